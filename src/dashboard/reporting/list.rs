//! The reports of an area, those it receives, and beginning one.

use askama::Template;
use axum::{
    Extension,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use entity::report;

use super::super::{
    Dashboard,
    asking::{Asking, area_of},
    forms::Posted,
    head::{About, Choice, Head},
    periods,
    visit::{Failed, Visit, parameters, see_other},
    words::Words,
};
use crate::{
    auth::capability::Supervisor,
    error::Error,
    reports::{Draft, progress::is_late},
};

#[derive(Template)]
#[template(path = "reports.html", config = "src/dashboard/askama.toml")]
struct ListPage {
    words: Words,
    head: Head,
    token: String,
    wrong: Vec<String>,
    own: Vec<Row>,
    action: String,
    drafting: String,
    periods: Vec<Choice>,
    period: String,
    below: Vec<Row>,
    begun: Vec<Choice>,
}

/// A report in a list.
struct Row {
    name: String,
    href: Option<String>,
    state: String,
    due: String,
    late: bool,
    version: i32,
}

/// The reports of an area.
pub async fn show(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(area): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    shown(&dashboard, &visit, &area, query.as_deref(), Vec::new()).await
}

/// Begins a report and goes on to it.
pub async fn begin(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(area): Path<String>,
    body: Bytes,
) -> Result<Response, Failed> {
    let mut posted = Posted::read(&visit, &body)?;
    let by = visit.supervisor()?;
    let draft = Draft {
        id: None,
        area: area_of(&area)?,
        period: posted.take("period").unwrap_or_default(),
    };
    by.over(&dashboard.areas().atlas(), draft.area)?;
    match dashboard.reports().draft(&by, draft).await {
        Ok(report) => Ok(see_other(&format!(
            "/dashboard/reports/{}",
            report.report_id
        ))),
        Err(Error::User(errors)) => {
            let wrong = super::mended(visit.words, &errors);
            let visit = visit.at(format!("/dashboard/areas/{area}/reports"));
            shown(&dashboard, &visit, &area, None, wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn shown(
    dashboard: &Dashboard,
    visit: &Visit,
    path: &str,
    query: Option<&str>,
    wrong: Vec<String>,
) -> Result<Response, Failed> {
    let (words, by) = (visit.words, visit.supervisor()?);
    let area = area_of(path)?;
    let (atlas, today) = (dashboard.areas().atlas(), dashboard.areas().today());
    let own = dashboard.reports().history(&by, area).await?;
    let wanted = parameters(query)
        .into_iter()
        .find(|(name, value)| name == "period" && !value.is_empty());
    let period = match wanted {
        Some((_, code)) => dashboard.reports().period(&code)?,
        None => periods::last_month(dashboard).ok_or(Error::NotFound)?,
    };
    let (ended, begun) = (periods::ended(dashboard), periods::begun(dashboard));
    let own_row = |report: &report::Model| {
        let period = dashboard.reports().period(&report.period_code).ok();
        let name = period.map(|period| periods::name(words, &period));
        row(dashboard, words, name.unwrap_or_default(), report)
    };
    let begin = begun
        .iter()
        .filter(|period| atlas.is_valid(area, period.to));
    let begin: Vec<_> = begin.cloned().collect();
    let last = ended.first().map_or("", |period| &period.code);
    let page = ListPage {
        words,
        head: head(words, &atlas, area, today),
        token: visit.form_token(),
        own: own.iter().map(own_row).collect(),
        action: format!("/dashboard/areas/{area}/reports"),
        drafting: format!("/dashboard/areas/{area}/reports"),
        begun: periods::choices(words, &begin, last),
        periods: periods::choices(words, &ended, &period.code),
        period: periods::name(words, &period),
        below: below(dashboard, &by, words, area, &period.code).await?,
        wrong,
    };
    let crumbs = super::super::head::crumbs(&by, &atlas, area, today, |area| {
        Asking::default().link_to(area, About::Reports)
    });
    let status = match page.wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let title = format!(
        "{} – {}",
        words.say("dashboard-tab-reports"),
        page.head.area
    );
    visit.page(status, &title, &crumbs, &page)
}

/// The head of a page about an area that asks no question of coverage.
fn head(
    words: Words,
    atlas: &crate::areas::Atlas,
    area: entity::ids::AreaId,
    today: chrono::NaiveDate,
) -> Head {
    let on = atlas
        .area(area)
        .map_or(today, |known| known.day_within(today));
    let tabs = super::super::head::tabs(words, &Asking::default(), area, About::Reports);
    Head::plain(words, atlas.name(area, on).to_owned(), tabs)
}

async fn below(
    dashboard: &Dashboard,
    by: &Supervisor,
    words: Words,
    area: entity::ids::AreaId,
    period: &str,
) -> Result<Vec<Row>, Error> {
    let progress = match dashboard.reports().progress(by, area, period).await {
        Ok(progress) => progress,
        Err(Error::User(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let atlas = dashboard.areas().atlas();
    let last = progress.period.to;
    let expected = progress.expected.iter().map(|below| {
        let name = atlas.name(below.area, last).to_owned();
        match &below.report {
            Some(report) => row(dashboard, words, name, report),
            None => Row {
                name,
                href: None,
                state: words.say("dashboard-state-none"),
                due: words.day(below.due_on),
                late: below.is_late,
                version: 0,
            },
        }
    });
    Ok(expected.collect())
}

fn row(dashboard: &Dashboard, words: Words, name: String, report: &report::Model) -> Row {
    Row {
        name,
        href: Some(format!("/dashboard/reports/{}", report.report_id)),
        state: super::state(words, report.state),
        due: words.day(report.due_on),
        late: is_late(report, dashboard.areas().today()),
        version: report.version_number,
    }
}

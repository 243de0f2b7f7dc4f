//! A report: where it is on its way, what was frozen, what was said, and the steps its reader may take.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use entity::report;

use super::{
    super::{
        Dashboard,
        asking::Asking,
        head::{About, crumbs},
        periods,
        visit::{Crumb, Failed, Visit, parameters},
        words::Words,
    },
    report_of,
    table::{self, Changed, FrozenRow},
};
use crate::{
    error::Error,
    reports::{
        Rights,
        form::{Form, Source},
        progress::is_late,
    },
};

#[derive(Template)]
#[template(path = "report.html", config = "src/dashboard/askama.toml")]
struct ReportPage {
    words: Words,
    token: String,
    wrong: Vec<String>,
    done: Option<String>,
    path: String,
    area: String,
    period: String,
    state: String,
    due: String,
    late: bool,
    receiving: String,
    sent: Option<String>,
    decided: Option<String>,
    rights: Rights,
    version_id: String,
    missing: Vec<Crumb>,
    missing_ids: Vec<String>,
    said_missing: Vec<String>,
    said_missing_ids: Vec<String>,
    comments: Vec<Said>,
    frozen: Option<Frozen>,
    indicators: Vec<(String, String)>,
}

/// A comment.
struct Said {
    about: String,
    text: String,
    when: String,
}

/// A frozen version.
struct Frozen {
    number: i32,
    versions: Vec<(i32, String, bool)>,
    restatement: Option<i32>,
    reason: Option<String>,
    at: String,
    newest: Option<String>,
    source: String,
    rule: i32,
    sha256: String,
    headings: Vec<String>,
    span: usize,
    total: Vec<FrozenRow>,
    chosen: String,
    below: Vec<FrozenRow>,
    differences: Vec<Changed>,
}

/// A report.
pub async fn show(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(report): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    shown(&dashboard, &visit, &report, query.as_deref(), Vec::new()).await
}

/// The page, with what is to be mended in a form that was sent.
pub async fn shown(
    dashboard: &Dashboard,
    visit: &Visit,
    path: &str,
    query: Option<&str>,
    wrong: Vec<String>,
) -> Result<Response, Failed> {
    let (words, by, reports) = (visit.words, visit.supervisor()?, dashboard.reports());
    let report = reports.report(&by, report_of(path)?).await?;
    let asked = parameters(query);
    let parameter = |name: &str| {
        let mut pairs = asked.iter();
        let found = pairs.find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    let number = match parameter("version").map(str::parse) {
        None => None,
        Some(Ok(number)) => Some(number),
        Some(Err(_no_number)) => return Err(Failed::Parameter("version")),
    };
    let (atlas, on) = (dashboard.areas().atlas(), report.period_to);
    let rights = reports.rights(&by, &report);
    let name = |area| atlas.name(area, on).to_owned();
    let form = match report.version_number {
        0 => None,
        _ => Some(reports.version(&report, number).await?),
    };
    let missing: Vec<_> = match rights.submit {
        true => {
            let below = reports.below(&report).await?.into_iter();
            below.filter(|below| !below.is_accepted()).collect()
        }
        false => Vec::new(),
    };
    let said_missing = match (&form, rights.accept) {
        (Some((_, form)), true) => form.acknowledged_missing.clone(),
        _ => Vec::new(),
    };
    let base = format!("/dashboard/reports/{}", report.report_id);
    let frozen = match form {
        Some((row, form)) => {
            let versions = reports.versions(&report).await?;
            let versions = versions.iter().map(|(row, form)| {
                let kind = match form.restatement {
                    Some(number) => words.with("dashboard-restatement", "number", number),
                    None => words.say("dashboard-submission"),
                };
                (
                    row.number,
                    format!("{kind}, {}", words.instant(row.frozen_at)),
                )
            });
            let versions = versions.map(|(number, text)| (number, text, number == row.number));
            let versions = versions.collect();
            Some(frozen(
                dashboard,
                words,
                &base,
                parameter("indicator"),
                (row.sha256, &form),
                versions,
            ))
        }
        None => None,
    };
    let rulebook = dashboard.programmes().rulebook();
    let indicators = frozen.iter().flat_map(|frozen| &frozen.total);
    let page = ReportPage {
        words,
        token: visit.form_token(),
        done: parameter("done").and_then(|step| done(words, step)),
        area: name(report.area_id),
        period: period_of(dashboard, words, &report),
        state: super::state(words, report.state),
        due: words.day(report.due_on),
        late: is_late(&report, dashboard.areas().today()),
        receiving: name(reports.receiving(&report)),
        sent: report.submitted_at.map(|at| words.instant(at)),
        decided: report.decided_at.map(|at| words.instant(at)),
        version_id: next_version(visit, &report),
        missing_ids: missing.iter().map(|below| below.area.to_string()).collect(),
        missing: missing
            .into_iter()
            .map(|below| Crumb {
                name: name(below.area),
                href: below
                    .report
                    .map(|sent| format!("/dashboard/reports/{}", sent.report_id)),
            })
            .collect(),
        said_missing_ids: said_missing.iter().map(ToString::to_string).collect(),
        said_missing: said_missing.into_iter().map(name).collect(),
        comments: comments(dashboard, words, &report).await?,
        indicators: indicators
            .map(|row| {
                let known = rulebook.indicator(&row.name);
                let long =
                    known.map_or("", |known| words.of(&known.row.name_vi, &known.row.name_en));
                (row.name.clone(), super::super::head::shortened(long, 80))
            })
            .collect(),
        frozen,
        path: base,
        rights,
        wrong,
    };
    let mut way = crumbs(&by, &atlas, report.area_id, on, |area| {
        Asking::default().link_to(area, About::Reports)
    });
    if let Some(own) = way.last_mut() {
        own.href = Some(Asking::default().link_to(report.area_id, About::Reports));
    }
    way.push(Crumb {
        name: report.period_code.clone(),
        href: None,
    });
    let status = match page.wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let title = format!("{} – {}", page.area, report.period_code);
    visit.page(status, &title, &way, &page)
}

fn frozen(
    dashboard: &Dashboard,
    words: Words,
    base: &str,
    wanted: Option<&str>,
    (sha256, form): (String, &Form),
    versions: Vec<(i32, String, bool)>,
) -> Frozen {
    let rulebook = dashboard.programmes().rulebook();
    let known = table::indicators(form, &rulebook);
    let chosen = wanted.and_then(|wanted| known.iter().find(|code| *code == wanted));
    let first = || known.iter().find(|code| *code == "D3").or(known.first());
    let chosen = chosen.or_else(first).cloned().unwrap_or_default();
    let (number, headings) = (form.number, table::headings(words));
    let href = |code: &str| format!("{base}?version={number}&indicator={code}#below");
    Frozen {
        number,
        versions,
        restatement: form.restatement,
        reason: form.reason.clone(),
        at: words.instant(form.frozen_at),
        newest: form.newest_event_at.map(|at| words.instant(at)),
        source: words.say(match form.source {
            Source::Computed => "dashboard-source-computed",
            Source::Summed => "dashboard-source-summed",
        }),
        rule: form.rule_version,
        sha256,
        span: headings.len() + 2,
        headings,
        total: table::total(words, form, &rulebook, &chosen, href),
        below: table::below(words, form, &rulebook, &chosen),
        differences: table::differences(words, form),
        chosen,
    }
}

async fn comments(
    dashboard: &Dashboard,
    words: Words,
    report: &report::Model,
) -> Result<Vec<Said>, Error> {
    let rows = dashboard.reports().comments(report.report_id).await?;
    let said = rows.into_iter().map(|row| Said {
        about: row
            .indicator
            .unwrap_or_else(|| words.say("dashboard-whole-report")),
        text: row.body,
        when: words.with_two(
            "dashboard-comment-on",
            ("version", row.version_number),
            ("at", words.instant(row.said_at)),
        ),
    });
    Ok(said.collect())
}

fn period_of(dashboard: &Dashboard, words: Words, report: &report::Model) -> String {
    let period = dashboard.reports().period(&report.period_code);
    period.map_or_else(
        |_unknown| report.period_code.clone(),
        |period| periods::name(words, &period),
    )
}

/// The id of the version that a form of this page freezes: the same for this session until something was frozen, so
/// that sending a form twice freezes once, and the page stays the same while nothing has changed.
fn next_version(visit: &Visit, report: &report::Model) -> String {
    let name = format!("{} {}", visit.form_token(), report.version_number);
    uuid::Uuid::new_v5(&report.report_id.0, name.as_bytes()).to_string()
}

/// What was just done, in words.
fn done(words: Words, step: &str) -> Option<String> {
    let key = match step {
        "submitted" => "dashboard-done-submitted",
        "returned" => "dashboard-done-returned",
        "accepted" => "dashboard-done-accepted",
        "restated" => "dashboard-done-restated",
        _ => return None,
    };
    Some(words.say(key))
}

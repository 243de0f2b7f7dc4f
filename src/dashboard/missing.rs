//! What is missing: denominators, reported values, reports of the areas below, and what does not fit together.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use entity::{
    data_finding::{FindingKind, FindingState},
    ids::AreaId,
    indicator::Computed,
};

use super::{
    Dashboard,
    asking::Looked,
    head::{About, Choice, Head},
    periods,
    visit::{Crumb, Failed, Visit, parameters},
    words::Words,
};
use crate::{
    coverage::{Cell, disclosure::Visibility},
    error::Error,
};

/// How many areas or findings are named before the rest is only counted.
const MOST_NAMED: usize = 80;

#[derive(Template)]
#[template(path = "missing.html", config = "src/dashboard/askama.toml")]
struct MissingPage {
    words: Words,
    head: Head,
    denominators: Vec<Lack>,
    reported: Vec<Lack>,
    period: String,
    periods: Vec<Choice>,
    hidden: Vec<(&'static str, String)>,
    action: String,
    reports: Option<Waiting>,
    findings: Vec<Finding>,
    findings_more: Option<String>,
}

/// Areas of which something is missing.
struct Lack {
    indicator: String,
    name: String,
    href: String,
    count: String,
    areas: Vec<Crumb>,
    more: Option<String>,
}

/// How far the areas below are with their reports.
struct Waiting {
    summary: String,
    areas: Vec<Crumb>,
    more: Option<String>,
}

struct Finding {
    what: String,
    indicator: String,
    area: String,
    href: String,
    period: String,
    state: String,
    note: Option<String>,
}

/// What is missing in an area.
pub async fn show(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(area): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let looked = Looked::read(&dashboard, &visit, &area, query.as_deref())?;
    let words = visit.words;
    let wanted = parameters(query.as_deref())
        .into_iter()
        .find(|(name, value)| name == "period" && !value.is_empty());
    let offered = periods::ended(&dashboard);
    let period = match wanted {
        Some((_, code)) => dashboard.reports().period(&code)?,
        None => periods::last_month(&dashboard).ok_or(Error::NotFound)?,
    };
    let (denominators, reported) = lacks(&dashboard, &looked, words).await?;
    let findings = findings(&dashboard, &looked, words).await?;
    let hidden = [
        ("indicator", Some(looked.indicator_code().to_owned())),
        ("on", looked.asking.on.map(|day| day.to_string())),
    ];
    let page = MissingPage {
        words,
        head: looked.head(About::Missing),
        denominators,
        reported,
        reports: waiting(&dashboard, &looked, words, &period.code).await?,
        period: periods::name(words, &period),
        periods: periods::choices(words, &offered, &period.code),
        hidden: hidden
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect(),
        action: format!("/dashboard/areas/{}/missing", looked.asked.area),
        findings_more: more(words, findings.len()),
        findings: findings.into_iter().take(MOST_NAMED).collect(),
    };
    let title = format!(
        "{} – {}",
        words.say("dashboard-tab-missing"),
        page.head.area
    );
    visit.page(StatusCode::OK, &title, &looked.crumbs(), &page)
}

/// Populations that no register gives, and values that areas have not reported.
async fn lacks(
    dashboard: &Dashboard,
    looked: &Looked,
    words: Words,
) -> Result<(Vec<Lack>, Vec<Lack>), Error> {
    let coverage = dashboard.coverage();
    let (mut denominators, mut reported) = (Vec::new(), Vec::new());
    for indicator in looked.rulebook.indicators() {
        let row = &indicator.row;
        let asked = looked.ask(dashboard, &row.code)?;
        let is_reported = row.computed == Computed::Reported;
        let mut areas = vec![asked.area];
        if !is_reported {
            areas.extend(coverage.children_of(&asked));
        }
        let cells = coverage.answer(&asked, &areas).await?;
        let without: Vec<AreaId> = if is_reported {
            let own = cells.first().and_then(|cell| cell.reported.as_ref());
            own.map_or_else(Vec::new, |own| own.unreported.clone())
        } else {
            let unknown =
                |cell: &&Cell| cell.figures.denominator().visibility() == Visibility::Unknown;
            let unknown = cells.iter().filter(unknown);
            unknown.map(|cell| cell.asked.area).collect()
        };
        if without.is_empty() {
            continue;
        }
        // The names of the indicator chosen only: those of all would be a heavy page.
        let is_chosen = row.indicator_id == looked.asked.indicator;
        let named = if is_chosen { without.len() } else { 0 };
        let lack = Lack {
            indicator: row.code.clone(),
            name: words.of(&row.name_vi, &row.name_en).to_owned(),
            href: looked
                .asking
                .about(&row.code)
                .link_to(asked.area, About::Missing),
            count: words.count(u64::try_from(without.len()).unwrap_or(u64::MAX)),
            more: more(words, named),
            areas: without
                .iter()
                .take(named.min(MOST_NAMED))
                .map(|area| Crumb {
                    name: looked.name(*area),
                    href: looked
                        .by
                        .over(&looked.atlas, *area)
                        .ok()
                        .map(|()| looked.asking.link_to(*area, About::Overview)),
                })
                .collect(),
        };
        match is_reported {
            true => reported.push(lack),
            false => denominators.push(lack),
        }
    }
    Ok((denominators, reported))
}

/// The areas below whose report of a period is not there; nothing where none is below, or the area was not there.
async fn waiting(
    dashboard: &Dashboard,
    looked: &Looked,
    words: Words,
    period: &str,
) -> Result<Option<Waiting>, Error> {
    let progress = dashboard
        .reports()
        .progress(&looked.by, looked.asked.area, period)
        .await;
    let progress = match progress {
        Ok(progress) if !progress.expected.is_empty() => progress,
        Ok(_) | Err(Error::User(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let number = |count: usize| words.count(u64::try_from(count).unwrap_or(u64::MAX));
    let without: Vec<_> = progress
        .expected
        .iter()
        .filter(|below| {
            let sent = below.report.as_ref();
            sent.is_none_or(|report| report.first_submitted_at.is_none())
        })
        .collect();
    let summary = words.with_two(
        "dashboard-reports-sent",
        ("sent", number(progress.submitted)),
        ("all", number(progress.expected.len())),
    );
    let accepted = words.with_two(
        "dashboard-reports-accepted",
        ("accepted", number(progress.accepted)),
        ("on_time", number(progress.on_time)),
    );
    Ok(Some(Waiting {
        summary: format!("{summary} {accepted}"),
        more: more(words, without.len()),
        areas: without
            .into_iter()
            .take(MOST_NAMED)
            .map(|below| Crumb {
                name: match below.is_late {
                    true => words.with("dashboard-is-late", "area", looked.name(below.area)),
                    false => looked.name(below.area),
                },
                href: Some(format!("/dashboard/areas/{}/reports", below.area)),
            })
            .collect(),
    }))
}

async fn findings(
    dashboard: &Dashboard,
    looked: &Looked,
    words: Words,
) -> Result<Vec<Finding>, Error> {
    let found = dashboard
        .coverage()
        .findings_of(&looked.by, looked.asked.area, None)
        .await?;
    let open = found
        .into_iter()
        .filter(|row| row.state != FindingState::Resolved);
    let shown = open.map(|row| {
        let indicator = looked.rulebook.indicator_by_id(row.indicator_id);
        let code = indicator.map_or("", |known| &known.row.code);
        Finding {
            what: words.say(match row.kind {
                FindingKind::Over100 => "dashboard-finding-over-100",
                FindingKind::Jump => "dashboard-finding-jump",
            }),
            indicator: code.to_owned(),
            area: looked.name(row.area_id),
            href: looked
                .asking
                .about(code)
                .link_to(row.area_id, About::Overview),
            period: words.day(row.period_from),
            state: words.say(match row.state {
                FindingState::Open => "dashboard-finding-open",
                FindingState::Acknowledged => "dashboard-finding-acknowledged",
                FindingState::Explained => "dashboard-finding-explained",
                FindingState::Resolved => "dashboard-finding-resolved",
            }),
            note: row.note,
        }
    });
    Ok(shown.collect())
}

fn more(words: Words, count: usize) -> Option<String> {
    let left = count.checked_sub(MOST_NAMED).filter(|left| *left > 0)?;
    let left = words.count(u64::try_from(left).unwrap_or(u64::MAX));
    Some(words.with("dashboard-and-more", "count", left))
}

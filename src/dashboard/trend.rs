//! How a figure came about: month by month over the phase, as a line and as a table.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use chrono::{Months, NaiveDate};

use super::{
    Dashboard,
    asking::Looked,
    chart::{Chart, SIZE},
    head::{About, Head, Tab},
    visit::{Failed, Visit, parameters},
    words::Words,
};
use crate::coverage::{Asked, series::MOST_MONTHS};

/// Months shown where there is no target whose phase could be shown.
const MONTHS: u32 = 24;

#[derive(Template)]
#[template(path = "trend.html", config = "src/dashboard/askama.toml")]
struct TrendPage {
    words: Words,
    head: Head,
    chart: Chart,
    wide: u32,
    high: u32,
    summary: String,
    is_reported: bool,
    spans: Vec<Tab>,
}

/// Lengths of time offered beside the whole phase, in months.
const SPANS: [u32; 3] = [12, 24, 60];

/// The trend of an area's figure.
pub async fn show(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(area): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let looked = Looked::read(&dashboard, &visit, &area, query.as_deref())?;
    let (words, coverage) = (visit.words, dashboard.coverage());
    let wanted = months(query.as_deref())?;
    let from = first_month(&dashboard, &looked.asked, wanted);
    let series = coverage.series(&looked.asked, from, false).await?;
    let points = series.into_iter().next().map(|line| line.points);
    let chart = Chart::of(words, coverage, &points.unwrap_or_default());
    let ends = |point: Option<&super::chart::Point>| {
        point.map_or_else(String::new, |point| {
            format!("{} ({})", point.share.text, point.month)
        })
    };
    let page = TrendPage {
        words,
        head: looked.head(About::Trend),
        wide: SIZE.0,
        high: SIZE.1,
        summary: words.with_two(
            "dashboard-trend-summary",
            ("first", ends(chart.points.first())),
            ("last", ends(chart.points.last())),
        ),
        is_reported: looked.asked.count.is_none(),
        spans: spans(&looked, words, wanted),
        chart,
    };
    let tab = words.say("dashboard-tab-trend");
    let title = format!("{tab} – {} – {}", page.head.area, looked.indicator_code());
    visit.page(StatusCode::OK, &title, &looked.crumbs(), &page)
}

/// How many months the address asks for.
fn months(query: Option<&str>) -> Result<Option<u32>, Failed> {
    let mut all = parameters(query).into_iter();
    let found = all.find(|(name, value)| name == "months" && !value.is_empty());
    let Some((_, text)) = found else {
        return Ok(None);
    };
    let most = u32::try_from(MOST_MONTHS).unwrap_or(MONTHS);
    let months = text
        .parse::<u32>()
        .ok()
        .filter(|months| (1..=most).contains(months));
    months.map(Some).ok_or(Failed::Parameter("months"))
}

/// The lengths of time to choose from: the phase, and some months.
fn spans(looked: &Looked, words: Words, wanted: Option<u32>) -> Vec<Tab> {
    let phase = looked.asking.link_to(looked.asked.area, About::Trend);
    let mark = if phase.contains('?') { '&' } else { '?' };
    let months = SPANS.map(|months| Tab {
        label: words.with("dashboard-trend-months", "count", months),
        href: format!("{phase}{mark}months={months}"),
        here: wanted == Some(months),
    });
    let phase = Tab {
        label: words.say("dashboard-trend-phase"),
        href: phase,
        here: wanted.is_none(),
    };
    [phase].into_iter().chain(months).collect()
}

/// The first of the months asked for; without any the first month of the phase whose target applies, or of the last
/// months where that is too long ago.
fn first_month(dashboard: &Dashboard, asked: &Asked, wanted: Option<u32>) -> NaiveDate {
    let back = |months: u32| {
        let first = asked
            .on
            .checked_sub_months(Months::new(months.saturating_sub(1)));
        first.unwrap_or(asked.on)
    };
    if let Some(months) = wanted {
        return back(months);
    }
    let most = u32::try_from(MOST_MONTHS).unwrap_or(MONTHS);
    let target = dashboard.coverage().target_of(asked);
    let begun = target.map_or_else(|| back(MONTHS), |target| target.phase.from_on);
    begun.max(back(most)).min(asked.on)
}

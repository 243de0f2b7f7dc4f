//! Where an area stands: its figure against the target, the areas below on a map and as bars, and every indicator.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};

use super::{
    Dashboard,
    asking::Looked,
    cells::{self, Line, Tile},
    head::{About, Head},
    visit::{Failed, Visit},
    words::Words,
};
use crate::error::Error;

#[derive(Template)]
#[template(path = "overview.html", config = "src/dashboard/askama.toml")]
struct OverviewPage {
    words: Words,
    head: Head,
    own: Line,
    freshness: Option<String>,
    widened: bool,
    tiles: Vec<Tile>,
    below: Vec<Line>,
    every: Vec<Line>,
}

/// The overview of an area.
pub async fn show(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(area): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let looked = Looked::read(&dashboard, &visit, &area, query.as_deref())?;
    let (words, coverage) = (visit.words, dashboard.coverage());
    let children = coverage.children_of(&looked.asked);
    let mut areas = vec![looked.asked.area];
    areas.extend(&children);
    let mut cells = coverage.answer(&looked.asked, &areas).await?.into_iter();
    let own = cells.next().ok_or(Error::NotFound)?;
    let cells: Vec<_> = cells.collect();
    let below = cells::below(&looked, words, coverage, &cells);
    let page = OverviewPage {
        words,
        head: looked.head(About::Overview),
        tiles: cells::map(&looked, &children, &below),
        freshness: own
            .newest_on
            .map(|day| words.with("dashboard-newest", "day", words.day(day))),
        widened: own.widened,
        own: cells::line(words, coverage, &own, looked.name(looked.asked.area)),
        below,
        every: every(&dashboard, &looked, words).await?,
    };
    let title = format!("{} – {}", page.head.area, looked.indicator_code());
    visit.page(StatusCode::OK, &title, &looked.crumbs(), &page)
}

/// Every indicator of the area in its own tier.
async fn every(dashboard: &Dashboard, looked: &Looked, words: Words) -> Result<Vec<Line>, Error> {
    let coverage = dashboard.coverage();
    let mut lines = Vec::new();
    for indicator in looked.rulebook.indicators() {
        let row = &indicator.row;
        let asked = looked.ask(dashboard, &row.code)?;
        let cells = coverage.answer(&asked, &[asked.area]).await?;
        let Some(cell) = cells.first() else {
            continue;
        };
        let name = format!("{} – {}", row.code, words.of(&row.name_vi, &row.name_en));
        lines.push(Line {
            href: Some(
                looked
                    .asking
                    .about(&row.code)
                    .link_to(asked.area, About::Overview),
            ),
            here: row.indicator_id == looked.asked.indicator,
            ..cells::line(words, coverage, cell, name)
        });
    }
    Ok(lines)
}

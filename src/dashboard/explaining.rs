//! Why a figure is what it is: the rule, what went in, where the target comes from.

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
    cells::{self, Line},
    head::{About, Head},
    visit::{Failed, Visit},
    words::Words,
};
use crate::{
    coverage::{explanation::explain, targets::Applied},
    error::Error,
    programmes::rulebook::PhaseState,
};

#[derive(Template)]
#[template(path = "explanation.html", config = "src/dashboard/askama.toml")]
struct ExplanationPage {
    words: Words,
    head: Head,
    own: Line,
    rule: String,
    lines: Vec<String>,
    target: Option<String>,
    before: Vec<String>,
}

/// The explanation of an area's figure.
pub async fn show(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(area): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let looked = Looked::read(&dashboard, &visit, &area, query.as_deref())?;
    let (words, coverage) = (visit.words, dashboard.coverage());
    let cells = coverage.answer(&looked.asked, &[looked.asked.area]).await?;
    let cell = cells.first().ok_or(Error::NotFound)?;
    let explained = explain(&looked.atlas, &looked.rulebook, cell);
    let applied = |applied: &Applied| told(&looked, words, applied);
    let page = ExplanationPage {
        words,
        head: looked.head(About::Explanation),
        own: cells::line(words, coverage, cell, looked.name(looked.asked.area)),
        rule: explained.rule.text(words.0),
        lines: explained
            .lines
            .iter()
            .map(|line| line.text(words.0))
            .collect(),
        target: coverage.target_of(&looked.asked).as_ref().map(applied),
        before: coverage
            .predecessor_targets(&looked.asked)
            .iter()
            .map(applied)
            .collect(),
    };
    let tab = words.say("dashboard-tab-explanation");
    let title = format!("{tab} – {} – {}", page.head.area, looked.indicator_code());
    visit.page(StatusCode::OK, &title, &looked.crumbs(), &page)
}

/// A target in a sentence: how much, who set it, for when, and where the day lies to that.
fn told(looked: &Looked, words: Words, applied: &Applied) -> String {
    let much = applied.percent().map_or_else(
        || words.say("dashboard-milestone"),
        |percent| words.whole_percent(percent),
    );
    let state = words.say(match applied.state {
        PhaseState::NotStarted => "dashboard-phase-not-started",
        PhaseState::Current => "dashboard-phase-current",
        PhaseState::Ended => "dashboard-phase-ended",
    });
    let who = looked.name(applied.from_area);
    let phase = format!(
        "{} – {} ({state})",
        words.day(applied.phase.from_on),
        words.day(applied.phase.to_on)
    );
    let set = words.with_two("dashboard-target-set", ("area", who), ("phase", phase));
    format!("{much}. {set}")
}

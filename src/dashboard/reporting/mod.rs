//! Pages about reports: an area's list, a report with its frozen figures, and the steps one takes with it.

pub mod files;
pub mod list;
pub mod page;
pub mod steps;
mod table;

use entity::{ids::ReportId, report::ReportState};
use uuid::Uuid;

use super::words::Words;
use crate::error::{Error, UserError};

/// The report that a path names.
fn report_of(path: &str) -> Result<ReportId, Error> {
    Uuid::try_parse(path)
        .map(ReportId::from)
        .or(Err(Error::NotFound))
}

/// A state in words.
fn state(words: Words, state: ReportState) -> String {
    words.say(match state {
        ReportState::Draft => "dashboard-state-draft",
        ReportState::Submitted => "dashboard-state-submitted",
        ReportState::Returned => "dashboard-state-returned",
        ReportState::Accepted => "dashboard-state-accepted",
        ReportState::Locked => "dashboard-state-locked",
    })
}

/// What is to be mended, in the words of a form instead of those of the API.
fn mended(words: Words, errors: &[UserError]) -> Vec<String> {
    let sentence = |error: &UserError| match error.message {
        "report-missing-below" => words.say("dashboard-missing-unsaid"),
        "report-comment-required" => words.say("dashboard-comment-needed"),
        _ => error.text(words.0),
    };
    errors.iter().map(sentence).collect()
}

//! The published form: everything a frozen report says, and nothing else. See [`super::canonical`] for its bytes.
//!
//! Invariant: a cell that was pooled when it was frozen holds no number, only commitments to what stays inside.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{AreaId, DenominatorId, ReportId, ReportVersionId, TargetId},
    report_version,
};
use serde::{Deserialize, Serialize};

use super::canonical;
use crate::{
    coverage::{
        disclosure::Published,
        frozen::{POPULATION, REGISTERED, REPORTED},
    },
    error::{Error, Result, UserErrorCode},
};

mod reported;

pub use reported::{MilestoneForm, ReportedForm, ReportedShape, ValueForm};

/// The step of a milestone, as a measure of differences.
pub const MILESTONE: &str = "MILESTONE";

/// Names the rules by which a form is to be read.
pub const FORMAT: &str = "vun-report-1";

/// A frozen report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Form {
    /// [`FORMAT`].
    pub format: String,
    /// The report.
    pub report: ReportId,
    /// This version of it.
    pub version: ReportVersionId,
    /// Number of this version, from 1.
    pub number: i32,
    /// From 1 for a restatement; none for a submission.
    pub restatement: Option<i32>,
    /// Why it was restated.
    pub reason: Option<String>,
    /// Hash of the version before.
    pub previous_sha256: Option<String>,
    /// Whose report.
    pub area: Place,
    /// For which period.
    pub period: Span,
    /// The day the figures are of.
    pub on: NaiveDate,
    /// Always `AS_REPORTED`: the areas of that day.
    pub basis: String,
    /// When it was frozen.
    pub frozen_at: DateTime<Utc>,
    /// When the newest event in it had been received.
    pub newest_event_at: Option<DateTime<Utc>>,
    /// Version of the rule that counted.
    pub rule_version: i32,
    /// Where the total comes from.
    pub source: Source,
    /// Areas below that had no accepted report, and of which this was said on submitting.
    pub acknowledged_missing: Vec<AreaId>,
    /// The areas whose people are in the total.
    pub covered: Vec<AreaId>,
    /// The areas below, in Vietnamese order of their names.
    pub rows: Vec<Row>,
    /// All of them together, an indicator each.
    pub total: Vec<CellForm>,
    /// What differs from the version before; empty for a submission.
    pub differences: Vec<Difference>,
}

/// An area as it was called on the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The area.
    pub id: AreaId,
    /// Its official code on the day.
    pub code: Option<String>,
    /// COUNTRY, PROVINCE, DISTRICT or COMMUNE.
    pub level: String,
    /// Its full name.
    pub name: String,
}

/// A period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its code.
    pub code: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// Where a total comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    /// Counted for the area itself: it has no areas below, or none of them has reported.
    Computed,
    /// The accepted reports of the areas below added up. Those that are pooled there are counted together, anew.
    Summed,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RowState {
    /// From an accepted report.
    Accepted,
    /// Counted, without a report of its own.
    Computed,
    /// No accepted report, so no figures.
    Missing,
}

/// One area below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The area.
    pub area: Place,
    /// What the row is.
    pub state: RowState,
    /// The report it was taken from.
    pub from: Option<Taken>,
    /// An indicator each.
    pub cells: Vec<CellForm>,
}

/// The frozen version a row was taken from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The report.
    pub report: ReportId,
    /// The version.
    pub version: ReportVersionId,
    /// Its number.
    pub number: i32,
    /// Its hash.
    pub sha256: String,
}

/// How much of a cell is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CellState {
    /// Its numbers; null where nobody knows one.
    Exact,
    /// Only commitments.
    Pooled,
}

/// One indicator in one area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellForm {
    /// Code of the indicator.
    pub indicator: String,
    /// How much is shown.
    pub state: CellState,
    /// By measure (`REGISTERED`, `POPULATION`, the tiers, `REPORTED`, an element as `REPORTED/NETWORK`), in people, or in what is counted of a reported
    /// indicator; empty when pooled.
    pub figures: BTreeMap<String, Option<u64>>,
    /// By measure; empty when exact.
    pub commitments: BTreeMap<String, String>,
    /// The versions of the register that `POPULATION` comes from; empty when pooled or unknown.
    pub register: Vec<RegisterForm>,
    /// The target in per cent that applied on the day.
    pub target: Option<TargetForm>,
    /// What the area said itself, where lessons cannot prove the indicator; left out of the form otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<ReportedForm>,
}

/// A version of a value of the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterForm {
    /// The value's id.
    pub id: DenominatorId,
    /// Its version.
    pub version: i32,
    /// Where it comes from.
    pub source: String,
}

/// A target as it applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetForm {
    /// The target.
    pub id: TargetId,
    /// The area that set it.
    pub area: AreaId,
    /// Per cent to reach.
    pub percent: u32,
}

/// A number as a version showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "value", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Seen {
    /// The number.
    Exact(u64),
    /// Shown only as part of a pool.
    Pooled,
    /// Nobody knew it.
    Unknown,
    /// There was no such cell.
    Absent,
}

/// One number that two versions show differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// In which area: one below, or the report's own for the total.
    pub area: AreaId,
    /// On which indicator.
    pub indicator: String,
    /// In which measure; [`MILESTONE`] for the step of one.
    pub measure: String,
    /// As the version before showed it.
    pub before: Seen,
    /// As this version shows it.
    pub after: Seen,
}

impl CellForm {
    /// A tier over a population as it may be shown.
    pub fn published(&self, measure: &str, population: &str) -> Published {
        let figure = |measure: &str| self.figures.get(measure).copied().flatten();
        Published::read_back(match self.state {
            CellState::Pooled => None,
            CellState::Exact => Some((figure(measure), figure(population))),
        })
    }

    fn seen(&self, measure: &str) -> Seen {
        match self.state {
            CellState::Pooled => Seen::Pooled,
            CellState::Exact => match self.figures.get(measure) {
                Some(Some(people)) => Seen::Exact(*people),
                Some(None) => Seen::Unknown,
                None => Seen::Absent,
            },
        }
    }

    /// The step of a milestone, from 0 for not begun, so that versions can be compared.
    fn step(&self) -> Option<Seen> {
        let reported = self.reported.as_ref()?;
        let step = reported.milestone.map(|step| Seen::Exact(step as u64));
        (reported.shape == ReportedShape::Milestone).then(|| step.unwrap_or(Seen::Unknown))
    }

    /// The measures of the cell.
    pub fn measures(&self) -> impl Iterator<Item = &String> {
        self.figures.keys().chain(self.commitments.keys())
    }

    /// The elements of a compound indicator with their measures, in the order of their codes.
    pub fn elements(&self) -> impl Iterator<Item = (&str, &String)> {
        self.measures()
            .filter_map(|measure| Some((element_of(measure)?, measure)))
    }

    /// The measures that count who reached it: the tiers, or what was reported, in all and by element.
    pub fn tiers(&self) -> impl Iterator<Item = &String> {
        let is_tier = |measure: &&String| *measure != REGISTERED && *measure != POPULATION;
        self.measures().filter(is_tier)
    }
}

/// The code of the element whose measure this is; nothing for other measures.
pub fn element_of(measure: &str) -> Option<&str> {
    let (whole, code) = measure.split_once('/')?;
    (whole == REPORTED).then_some(code)
}

impl Form {
    /// Reads a stored version.
    ///
    /// # Errors
    /// A conflict when it is not what was frozen: its hash does not fit, or it is the form of another version.
    pub fn read(row: &report_version::Model) -> Result<Self> {
        let changed = || {
            tracing::error!(version = %row.version_id, "a frozen report is not what was frozen");
            Error::user(UserErrorCode::Conflict, "", "report-changed-behind")
        };
        if canonical::sha256(&row.published) != row.sha256 {
            return Err(changed());
        }
        let form: Self = serde_json::from_str(&row.published).map_err(|cause| {
            tracing::error!(%cause, version = %row.version_id, "a frozen report cannot be read");
            changed()
        })?;
        let own = (form.report, form.version, form.number, form.frozen_at);
        if own != (row.report_id, row.version_id, row.number, row.frozen_at) {
            return Err(changed());
        }
        Ok(form)
    }

    /// The areas of the form with their cells, the total last under the report's own area.
    pub fn tables(&self) -> impl Iterator<Item = (&Place, &[CellForm])> {
        let rows = self.rows.iter().map(|row| (&row.area, &row.cells[..]));
        rows.chain([(&self.area, &self.total[..])])
    }

    /// What this form shows differently from an earlier one. A cell pooled in both says nothing, whatever became of
    /// the number behind it.
    pub fn differences_from(&self, before: &Self) -> Vec<Difference> {
        let (old, new) = (before.shown(), self.shown());
        let mut keys: Vec<_> = old.keys().chain(new.keys()).collect();
        keys.sort();
        keys.dedup();
        let seen = |of: &Shown, key: &Key| of.get(key).copied().unwrap_or(Seen::Absent);
        let difference = |key: &Key| Difference {
            area: key.0,
            indicator: key.1.clone(),
            measure: key.2.clone(),
            before: seen(&old, key),
            after: seen(&new, key),
        };
        keys.into_iter()
            .map(difference)
            .filter(|difference| difference.before != difference.after)
            .collect()
    }

    fn shown(&self) -> Shown {
        let mut shown = Shown::new();
        for (area, cells) in self.tables() {
            for cell in cells {
                for measure in cell.measures() {
                    let key = (area.id, cell.indicator.clone(), measure.clone());
                    shown.insert(key, cell.seen(measure));
                }
                if let Some(step) = cell.step() {
                    let key = (area.id, cell.indicator.clone(), MILESTONE.to_owned());
                    shown.insert(key, step);
                }
            }
        }
        shown
    }
}

type Key = (AreaId, String, String);
type Shown = BTreeMap<Key, Seen>;

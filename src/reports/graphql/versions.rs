//! Frozen versions on the wire: every number is a `Count` that says whether it may be shown.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{ids::AreaId, report_version};

use crate::{
    areas::{Atlas, graphql::AreaObject},
    coverage::{
        disclosure::Published,
        graphql::{AreaBasis, Count},
    },
    graphql::{context::language, date::Date, ids::wire},
    reports::form::{self, CellForm, Form, Row, Seen},
};

use super::cells::ReportCell;

/// Why a version was frozen. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::report_version::VersionKind")]
pub enum ReportVersionKind {
    /// The report was submitted.
    Submission,
    /// Later data changed what was accepted.
    Restatement,
}

/// Where a total comes from. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "form::Source")]
pub enum ReportSource {
    /// Counted for the area itself: it has no areas below, or none of them has reported.
    Computed,
    /// The accepted reports of the areas below, added up.
    Summed,
}

/// What a row is. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "form::RowState")]
pub enum ReportRowState {
    /// From an accepted report.
    Accepted,
    /// Counted, without a report of its own.
    Computed,
    /// No accepted report, so no figures.
    Missing,
}

/// One area below, in a frozen report.
pub struct ReportRow {
    atlas: Arc<Atlas>,
    on: chrono::NaiveDate,
    row: Row,
}

/// One area below, in a frozen report.
#[Object]
impl ReportRow {
    /// The area.
    async fn area(&self) -> Option<AreaObject> {
        AreaObject::new(&self.atlas, self.row.area.id, self.on)
    }

    /// What the row is.
    async fn state(&self) -> ReportRowState {
        self.row.state.into()
    }

    /// Hash of the frozen version it was taken from; null unless it is ACCEPTED.
    async fn sha256(&self) -> Option<&str> {
        self.row.from.as_ref().map(|from| &*from.sha256)
    }

    /// Its indicators; empty when it is MISSING.
    async fn cells(&self) -> Vec<ReportCell> {
        let cells = self.row.cells.iter().cloned();
        let cell = |cell| ReportCell::of(&self.atlas, self.on, cell);
        cells.map(cell).collect()
    }
}

/// One number that a version shows differently from the one before.
pub struct ReportDifference {
    atlas: Arc<Atlas>,
    on: chrono::NaiveDate,
    difference: form::Difference,
}

/// One number that a version shows differently from the one before.
#[Object]
impl ReportDifference {
    /// In which area: one below, or the report's own for the total.
    async fn area(&self) -> Option<AreaObject> {
        AreaObject::new(&self.atlas, self.difference.area, self.on)
    }

    /// Code of the indicator.
    async fn indicator(&self) -> &str {
        &self.difference.indicator
    }

    /// REGISTERED, POPULATION, a tier, REPORTED, or MILESTONE, whose steps are counted from 0 for not begun.
    async fn measure(&self) -> &str {
        &self.difference.measure
    }

    /// As the version before showed it.
    async fn before(&self, ctx: &Context<'_>) -> Count {
        seen(ctx, self.difference.before)
    }

    /// As this version shows it.
    async fn after(&self, ctx: &Context<'_>) -> Count {
        seen(ctx, self.difference.after)
    }
}

fn seen(ctx: &Context<'_>, seen: Seen) -> Count {
    let cell = Published::read_back(match seen {
        Seen::Exact(people) => Some((Some(people), None)),
        Seen::Pooled => None,
        Seen::Unknown | Seen::Absent => Some((None, None)),
    });
    Count::of(language(ctx), cell.numerator(), "coverage-no-denominator")
}

/// A file made from a frozen version.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReportDownload {
    /// CSV, XLSX or JSON.
    format: String,
    /// Where it is fetched with the viewer's access token.
    path: String,
}

/// A frozen version of a report.
pub struct ReportVersion {
    atlas: Arc<Atlas>,
    row: report_version::Model,
    form: Form,
}

impl ReportVersion {
    pub(super) fn of(atlas: &Arc<Atlas>, row: report_version::Model, form: Form) -> Self {
        Self {
            atlas: Arc::clone(atlas),
            row,
            form,
        }
    }
}

/// A frozen version of a report: what it says never changes.
#[Object]
impl ReportVersion {
    /// Id of the version.
    async fn id(&self) -> ID {
        wire(self.row.version_id)
    }

    /// Its number, from 1.
    async fn number(&self) -> i32 {
        self.row.number
    }

    /// Why it was frozen.
    async fn kind(&self) -> ReportVersionKind {
        self.row.kind.into()
    }

    /// Number of the restatement, from 1; null for a submission.
    async fn restatement_number(&self) -> Option<i32> {
        self.form.restatement
    }

    /// Why it was restated.
    async fn reason(&self) -> Option<&str> {
        self.form.reason.as_deref()
    }

    /// When it was frozen.
    async fn frozen_at(&self) -> DateTime<Utc> {
        self.row.frozen_at
    }

    /// The day the figures are of.
    async fn on(&self) -> Date {
        Date(self.form.on)
    }

    /// Which areas the figures are about: those of the day.
    async fn basis(&self) -> AreaBasis {
        AreaBasis::AsReported
    }

    /// Version of the rule that counted.
    async fn rule_version(&self) -> i32 {
        self.form.rule_version
    }

    /// When the newest learning event in it had been received: whatever came later is not in it.
    async fn newest_event_at(&self) -> Option<DateTime<Utc>> {
        self.form.newest_event_at
    }

    /// Where the total comes from.
    async fn source(&self) -> ReportSource {
        self.form.source.into()
    }

    /// Areas below that had no accepted report, as was said on submitting.
    async fn acknowledged_missing(&self) -> Vec<AreaObject> {
        let area = |area: &AreaId| AreaObject::new(&self.atlas, *area, self.form.on);
        let missing = self.form.acknowledged_missing.iter();
        missing.filter_map(area).collect()
    }

    /// SHA-256 over the bytes of `published`, in hexadecimal.
    async fn sha256(&self) -> &str {
        &self.row.sha256
    }

    /// The published form: the canonical JSON whose bytes are hashed. Numbers that are pooled are not in it.
    async fn published(&self) -> &str {
        &self.row.published
    }

    /// The areas below, in Vietnamese order of their names.
    #[graphql(complexity = "20 * child_complexity")]
    async fn rows(&self) -> Vec<ReportRow> {
        let row = |row: &Row| ReportRow {
            atlas: Arc::clone(&self.atlas),
            on: self.form.on,
            row: row.clone(),
        };
        self.form.rows.iter().map(row).collect()
    }

    /// All of them together, an indicator each; one by code.
    async fn total(
        &self,
        #[graphql(desc = "Only the indicator of this code")] indicator: Option<String>,
    ) -> Vec<ReportCell> {
        let cells = self.form.total.iter();
        let wanted = |cell: &&CellForm| {
            let only = indicator.as_ref();
            only.is_none_or(|only| *only == cell.indicator)
        };
        let cell = |cell| ReportCell::of(&self.atlas, self.form.on, cell);
        cells.filter(wanted).cloned().map(cell).collect()
    }

    /// What it shows differently from the version before; empty for a submission.
    async fn differences(&self) -> Vec<ReportDifference> {
        let difference = |difference: &form::Difference| ReportDifference {
            atlas: Arc::clone(&self.atlas),
            on: self.form.on,
            difference: difference.clone(),
        };
        self.form.differences.iter().map(difference).collect()
    }

    /// Files made from it.
    async fn downloads(&self) -> Vec<ReportDownload> {
        let (report, number) = (self.row.report_id, self.row.number);
        let download = |format: &str| ReportDownload {
            format: format.to_owned(),
            path: format!(
                "/reports/{report}/{number}/report.{}",
                format.to_lowercase()
            ),
        };
        ["CSV", "XLSX", "JSON"].map(download).into()
    }
}

//! Reports that go upward: an area stands behind its figures of a period, the area above accepts or returns them, and
//! what was frozen never changes.
//!
//! A report is drafted, submitted (which freezes a version, [`freezing`]), then returned with comments or accepted,
//! and locked once a report above has carried it on. Later data appear as numbered restatements beside what was
//! frozen. The published form of a version ([`form`]) is hashed over bytes that are written down ([`canonical`]), so
//! that a stranger can recompute the hash; what small populations must not give away stays inside, committed to with
//! keyed hashes ([`seals`]) that an auditor can have opened ([`audit`]).
//!
//! Invariant: a version is written once and never changed; one that was changed behind our back is refused on reading.
//! Invariant: nobody accepts what they drafted or submitted themselves.
//! Invariant: of two who take the same step at once, one wins.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use entity::{
    ids::{AreaId, ReportId, ReportVersionId},
    report::{self, ReportState},
    report_comment, report_version,
    report_version::VersionKind,
};

use crate::{
    areas::Areas,
    auth::{audit::Audit, capability::Supervisor},
    clock::Clock,
    coverage::Coverage,
    db::Db,
    error::{Error, Result, UserError, UserErrorCode as Code},
    programmes::Programmes,
};

mod area_change;
pub mod audit;
pub mod canonical;
pub mod check;
mod deciding;
mod drafting;
pub mod exports;
pub mod form;
pub mod freezing;
pub mod graphql;
mod held;
pub mod periods;
pub mod progress;
mod seals;
mod statements;
mod store;
mod totals;

pub use drafting::Draft;
use form::Form;
pub use freezing::Below;
use freezing::{Freezing, Frozen};
use periods::Period;
use store::Step;

/// The longest comment and reason, in characters.
pub const TEXT_LIMIT: usize = 1000;
/// The most comments on one return.
pub const MOST_COMMENTS: usize = 100;

/// The feature's operations. Cheap to clone.
#[derive(Clone)]
pub struct Reports(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Clock,
    areas: Areas,
    programmes: Programmes,
    coverage: Coverage,
    audit: Audit,
}

/// A remark on returning a report.
#[derive(Clone, Debug)]
pub struct Remark {
    /// Code of the indicator; the whole report when absent.
    pub indicator: Option<String>,
    /// What is wrong.
    pub text: String,
}

/// What a supervisor may do with a report as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Submit it.
    pub submit: bool,
    /// Return it.
    pub give_back: bool,
    /// Accept it.
    pub accept: bool,
    /// Restate it.
    pub restate: bool,
}

impl Reports {
    /// The feature.
    pub fn new(
        db: Db,
        clock: Clock,
        areas: Areas,
        programmes: Programmes,
        coverage: Coverage,
        audit: Audit,
    ) -> Self {
        Self(Arc::new(Parts {
            db,
            clock,
            areas,
            programmes,
            coverage,
            audit,
        }))
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The areas that report.
    pub fn areas(&self) -> &Areas {
        &self.0.areas
    }

    fn programmes(&self) -> &Programmes {
        &self.0.programmes
    }

    fn coverage(&self) -> &Coverage {
        &self.0.coverage
    }

    /// The periods that hold a day, and the reviews of that year.
    pub fn periods(&self, day: Option<NaiveDate>) -> Vec<Period> {
        let day = day.unwrap_or_else(|| self.0.clock.today());
        Period::around(day, &self.0.programmes.rulebook())
    }

    /// The period of a code.
    ///
    /// # Errors
    /// A user error when there is none.
    pub fn period(&self, code: &str) -> Result<Period> {
        let found = Period::of_code(code, &self.0.programmes.rulebook());
        found.ok_or_else(|| Error::user(Code::NotFound, "period", "report-period-unknown"))
    }

    /// A report of the supervisor's areas.
    ///
    /// # Errors
    /// [`Error::NotFound`] for every other.
    pub async fn report(&self, by: &Supervisor, id: ReportId) -> Result<report::Model> {
        let found = store::report(self.0.db.latest(), id).await?;
        let found = found.ok_or(Error::NotFound)?;
        by.over(&self.0.areas.atlas(), found.area_id)?;
        Ok(found)
    }

    /// The reports of an area and of those directly below it for a period, in the order they were begun.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's; a period there is not.
    pub async fn of_period(
        &self,
        by: &Supervisor,
        area: AreaId,
        period: &str,
    ) -> Result<Vec<report::Model>> {
        let atlas = self.0.areas.atlas();
        by.over(&atlas, area)?;
        let period = self.period(period)?;
        let mut areas = atlas.children(area, period.to);
        areas.push(area);
        let found = store::reports_of(self.0.db.latest(), &areas, &period.code).await?;
        let mut found: Vec<_> = found.into_values().collect();
        found.sort_by_key(|report| (report.drafted_at, report.report_id));
        Ok(found)
    }

    /// Every report of an area, newest period first. An area that has merged away keeps its history.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's.
    pub async fn history(&self, by: &Supervisor, area: AreaId) -> Result<Vec<report::Model>> {
        by.over(&self.0.areas.atlas(), area)?;
        store::history(self.0.db.latest(), area).await
    }

    /// The frozen versions of a report, oldest first, each checked against its hash.
    ///
    /// # Errors
    /// As [`Form::read`], of the first that is not what was frozen.
    pub async fn versions(
        &self,
        report: &report::Model,
    ) -> Result<Vec<(report_version::Model, Form)>> {
        let rows = store::versions(self.0.db.latest(), report.report_id).await?;
        let read = rows.into_iter().map(|row| {
            let form = Form::read(&row)?;
            Ok((row, form))
        });
        read.collect()
    }

    /// One frozen version of a report, the latest by default, checked against its hash.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; as [`Form::read`].
    pub async fn version(
        &self,
        report: &report::Model,
        number: Option<i32>,
    ) -> Result<(report_version::Model, Form)> {
        let number = number.unwrap_or(report.version_number);
        let found = store::version(self.0.db.latest(), report.report_id, number).await?;
        let row = found.ok_or(Error::NotFound)?;
        let form = Form::read(&row)?;
        Ok((row, form))
    }

    /// What was said about a report, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn comments(&self, report: ReportId) -> Result<Vec<report_comment::Model>> {
        store::comments(self.0.db.latest(), report).await
    }

    /// The area that receives a report: the one above on the period's last day, or the area itself where nothing is.
    pub fn receiving(&self, report: &report::Model) -> AreaId {
        let above = self
            .areas()
            .atlas()
            .parent(report.area_id, report.period_to);
        above.unwrap_or(report.area_id)
    }

    /// What a supervisor may do with a report.
    pub fn rights(&self, by: &Supervisor, report: &report::Model) -> Rights {
        let atlas = self.0.areas.atlas();
        let own = by.over(&atlas, report.area_id).is_ok();
        let above = by.over(&atlas, self.receiving(report)).is_ok();
        let author = report.drafted_by == by.account() || report.submitted_by == Some(by.account());
        let waits = report.state == ReportState::Submitted;
        Rights {
            submit: own
                && matches!(report.state, ReportState::Draft | ReportState::Returned)
                && self.0.clock.today() > report.period_to,
            give_back: above && waits,
            accept: above && waits && !author,
            restate: own && matches!(report.state, ReportState::Accepted | ReportState::Locked),
        }
    }

    /// Freezes a report and sends it upward. Sending the same version id again changes nothing.
    ///
    /// # Errors
    /// What can be mended: a period that has not ended, areas below missing of which nothing was said, a report that
    /// was submitted already.
    pub async fn submit(
        &self,
        by: &Supervisor,
        id: ReportId,
        version: Option<ReportVersionId>,
        acknowledged: BTreeSet<AreaId>,
    ) -> Result<report::Model> {
        let report = self.report(by, id).await?;
        let over = || Error::user(Code::Conflict, "reportId", "report-submitted-already");
        if !matches!(report.state, ReportState::Draft | ReportState::Returned) {
            return match self.is_latest(&report, version).await? {
                true => Ok(report),
                false => Err(over()),
            };
        }
        if self.0.clock.today() <= report.period_to {
            let error = UserError::new(Code::DateOutOfRange, "reportId", "report-period-not-ended");
            return Err(error.with("to", report.period_to).into());
        }
        let asked = Freezing {
            version: version.unwrap_or_else(|| self.0.clock.id()),
            report,
            acknowledged,
            restated: None,
        };
        let before = asked.report.version_number;
        let frozen = self.freeze(by, asked).await?;
        if !self
            .write_version(by, VersionKind::Submission, before, frozen)
            .await?
        {
            // Somebody else was first; if it was this same request, its answer was lost on the way.
            let report = self.report(by, id).await?;
            return match self.is_latest(&report, version).await? {
                true => Ok(report),
                false => Err(over()),
            };
        }
        self.report(by, id).await
    }

    async fn is_latest(
        &self,
        report: &report::Model,
        version: Option<ReportVersionId>,
    ) -> Result<bool> {
        let db = self.0.db.latest();
        let latest = store::version(db, report.report_id, report.version_number).await?;
        Ok(version.is_some() && latest.map(|row| row.version_id) == version)
    }

    /// Writes a frozen version and takes the step that it belongs to; false when somebody else was first.
    async fn write_version(
        &self,
        by: &Supervisor,
        kind: VersionKind,
        before: i32,
        frozen: Frozen,
    ) -> Result<bool> {
        let published = canonical::text(&frozen.form)?;
        let row = report_version::Model {
            version_id: frozen.form.version,
            report_id: frozen.form.report,
            number: frozen.form.number,
            kind,
            frozen_by: by.account(),
            frozen_at: frozen.form.frozen_at,
            sha256: canonical::sha256(&published),
            published,
        };
        let step = Step {
            report: row.report_id,
            version: before,
            by: by.account(),
            at: row.frozen_at,
        };
        let work = Arc::new((row, frozen));
        self.0
            .db
            .tx(move |tx| {
                let work = Arc::clone(&work);
                Box::pin(async move {
                    let (row, frozen) = &*work;
                    let first = match kind {
                        VersionKind::Submission => store::submit(tx, step).await?,
                        VersionKind::Restatement => {
                            store::restate(tx, step.report, step.version).await?
                        }
                    };
                    if !first {
                        return Ok(false);
                    }
                    if !store::insert_version(tx, row.clone()).await? {
                        return Err(Error::user(Code::Conflict, "versionId", "id-taken"));
                    }
                    store::insert_seals(tx, frozen.seals.clone()).await?;
                    store::lock(tx, &frozen.carried).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Decides on a submitted version and writes what was said; false when it no longer waits.
    async fn decide(
        &self,
        step: Step,
        state: ReportState,
        comments: Vec<report_comment::Model>,
    ) -> Result<bool> {
        self.0
            .db
            .tx(move |tx| {
                let comments = comments.clone();
                Box::pin(async move {
                    let first = store::decide(tx, step, state).await?;
                    if first && !comments.is_empty() {
                        store::insert_comments(tx, comments).await?;
                    }
                    Ok(first)
                })
            })
            .await
    }
}

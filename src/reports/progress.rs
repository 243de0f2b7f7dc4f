//! Who has reported and who is late: the areas below an area, for one period.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    ids::AreaId,
    report::{self, ReportState},
};

use super::{Reports, periods::Period, store};
use crate::{
    auth::capability::Supervisor,
    clock::day_in_viet_nam,
    db::ConnectionTrait,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

/// How far an area below is.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The area.
    pub area: AreaId,
    /// Its report, in whatever state.
    pub report: Option<report::Model>,
    /// Last day on which it is in time.
    pub due_on: NaiveDate,
    /// Whether the due day has passed and nothing was submitted.
    pub is_late: bool,
}

/// How far the areas below an area are.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The period.
    pub period: Period,
    /// Every area that is to report, in Vietnamese order of names.
    pub expected: Vec<Expected>,
    /// How many submitted in time, whatever became of it later.
    pub on_time: usize,
    /// How many have submitted, late or not.
    pub submitted: usize,
    /// How many were accepted.
    pub accepted: usize,
}

/// Whether a report is late on a day.
pub fn is_late(report: &report::Model, today: NaiveDate) -> bool {
    match report.first_submitted_at {
        Some(at) => day_in_viet_nam(at) > report.due_on,
        None => today > report.due_on,
    }
}

impl Reports {
    /// How far the areas directly below an area are with a period.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's; a user error for an unknown period, or one on
    /// whose last day the area was not there.
    pub async fn progress(&self, by: &Supervisor, area: AreaId, period: &str) -> Result<Progress> {
        let (atlas, today) = (self.areas().atlas(), self.clock().today());
        by.over(&atlas, area)?;
        let period = self.period(period)?;
        if !atlas.is_valid(area, period.to) {
            return Err(self.closed(area, &period));
        }
        let below = atlas.children(area, period.to);
        let mut sent = store::reports_of(self.db().latest(), &below, &period.code).await?;
        let mut expected = Vec::with_capacity(below.len());
        for area in below {
            let level = atlas.area(area).map(|known| known.level);
            let level = level.ok_or_else(|| Error::internal("an area of no atlas"))?;
            let (report, due_on) = (sent.remove(&area), period.due_on(level));
            expected.push(Expected {
                area,
                is_late: report
                    .as_ref()
                    .map_or(today > due_on, |report| is_late(report, today)),
                report,
                due_on,
            });
        }
        let count = |holds: &dyn Fn(&report::Model) -> bool| {
            let reports = expected.iter().filter_map(|below| below.report.as_ref());
            reports.filter(|report| holds(report)).count()
        };
        let in_time = |report: &report::Model| {
            let first = report.first_submitted_at.map(day_in_viet_nam);
            first.is_some_and(|day| day <= report.due_on)
        };
        let (on_time, submitted, accepted) = (
            count(&in_time),
            count(&|report| report.first_submitted_at.is_some()),
            count(&|report| matches!(report.state, ReportState::Accepted | ReportState::Locked)),
        );
        Ok(Progress {
            period,
            on_time,
            submitted,
            accepted,
            expected,
        })
    }

    /// Of areas, those that have submitted a report for a period, whatever became of it later.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn submitted_among(
        &self,
        db: &impl ConnectionTrait,
        areas: &[AreaId],
        period: &Period,
    ) -> Result<BTreeSet<AreaId>> {
        let reports = store::reports_of(db, areas, &period.code).await?;
        let submitted = |report: &report::Model| report.first_submitted_at.is_some();
        Ok(reports
            .into_iter()
            .filter_map(|(area, report)| submitted(&report).then_some(area))
            .collect())
    }

    /// Why an area that is not there on the last day of a period cannot report on it.
    pub(super) fn closed(&self, area: AreaId, period: &Period) -> Error {
        let atlas = self.areas().atlas();
        let today = self.clock().today();
        let successors = atlas.current_successors(area, today).areas;
        let names: Vec<_> = successors
            .into_iter()
            .filter(|successor| *successor != area)
            .map(|successor| atlas.display_name(successor, today))
            .collect();
        let name = atlas.name(area, period.to).to_owned();
        let error = UserError::new(Code::Closed, "areaId", "report-area-not-there");
        let error = error.with("area", name).with("on", period.to);
        error.with("successors", names.join("; ")).into()
    }
}

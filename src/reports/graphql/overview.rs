//! Who has reported and who is late, on the wire.

use async_graphql::SimpleObject;

use super::{ReportObject, ReportPeriod};
use crate::{
    areas::graphql::AreaObject,
    auth::capability::Supervisor,
    graphql::date::Date,
    reports::{Reports, progress::Progress},
};

/// An area that is to report.
#[derive(SimpleObject)]
pub struct ExpectedReport {
    /// The area.
    area: Option<AreaObject>,
    /// Its report; null when none was begun.
    report: Option<ReportObject>,
    /// Last day on which it is in time.
    due_on: Date,
    /// Whether it submitted after its due day, or that day has passed without it.
    is_late: bool,
}

/// How far the areas below an area are with a period. Counts are of areas.
#[derive(SimpleObject)]
pub struct ReportProgress {
    /// The period.
    period: ReportPeriod,
    /// How many are to report.
    expected_count: i32,
    /// How many have submitted, late or not.
    submitted_count: i32,
    /// How many submitted by their due day.
    on_time_count: i32,
    /// How many were accepted.
    accepted_count: i32,
    /// On time by expected, 0 to 1; null where nobody is to report.
    on_time_rate: Option<f64>,
    /// Accepted by expected, 0 to 1; null where nobody is to report.
    completeness_rate: Option<f64>,
    /// Every area that is to report, in Vietnamese order of names.
    expected: Vec<ExpectedReport>,
}

impl ReportProgress {
    pub(super) fn of(reports: &Reports, by: &Supervisor, found: Progress) -> Self {
        let atlas = reports.areas().atlas();
        let count = |areas: usize| i32::try_from(areas).unwrap_or(i32::MAX);
        let all = found.expected.len();
        let rate = |part: usize| (all > 0).then(|| part as f64 / all as f64);
        let last = found.period.to;
        let expected = found.expected.into_iter().map(|below| ExpectedReport {
            area: AreaObject::new(&atlas, below.area, last),
            report: below
                .report
                .map(|report| ReportObject::of(reports, by, report)),
            due_on: Date(below.due_on),
            is_late: below.is_late,
        });
        Self {
            expected_count: count(all),
            submitted_count: count(found.submitted),
            on_time_count: count(found.on_time),
            accepted_count: count(found.accepted),
            on_time_rate: rate(found.on_time),
            completeness_rate: rate(found.accepted),
            expected: expected.collect(),
            period: ReportPeriod::of(found.period),
        }
    }
}

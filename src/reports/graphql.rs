//! Reports on the wire.

use std::sync::Arc;

use async_graphql::{
    Context, Enum, ID, Object, SimpleObject,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};
use entity::{
    ids::{AreaId, ReportId},
    report, report_comment,
};

use super::{Below, Reports, Rights, periods, progress::is_late};
use crate::{
    areas::{Atlas, graphql::AreaObject},
    auth::{capability::Supervisor, graphql::viewer},
    error::Error,
    graphql::{
        date::Date,
        ids::{asked, wire},
        pages::{PageSize, Position, page_of},
        payload::graphql_error,
    },
};

mod cells;
mod changes;
mod overview;
mod versions;
mod watching;

pub use changes::ReportMutation;
pub use overview::{ExpectedReport, ReportProgress};
pub use versions::ReportVersion;
pub use watching::ReportSubscription;

/// Where a report is on its way. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::report::ReportState")]
pub enum ReportState {
    /// Being put together; nothing is frozen.
    Draft,
    /// Frozen and with the receiving area.
    Submitted,
    /// Sent back with comments: mend and submit again.
    Returned,
    /// Accepted by the receiving area.
    Accepted,
    /// Carried upward in a report of the area above, or accepted with nothing above.
    Locked,
}

/// Kinds of period. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "periods::PeriodKind")]
pub enum ReportPeriodKind {
    /// One day, out of turn: `DAY-2025-07-01`.
    Day,
    /// One month.
    Month,
    /// Three months.
    Quarter,
    /// Six months.
    Half,
    /// Twelve months.
    Year,
    /// The first day of a phase.
    Start,
    /// A phase up to the middle.
    Middle,
    /// A whole phase.
    End,
}

/// A period that can be reported on.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReportPeriod {
    /// Its code, such as `MONTH-2026-10`, or `MONTH15-2026-10` for one from a 15th to a 14th.
    code: String,
    /// What kind it is.
    kind: ReportPeriodKind,
    /// First day.
    from: Date,
    /// Last day: the day the figures are of.
    to: Date,
}

impl ReportPeriod {
    pub(super) fn of(period: periods::Period) -> Self {
        Self {
            code: period.code,
            kind: period.kind.into(),
            from: Date(period.from),
            to: Date(period.to),
        }
    }
}

/// What was said when a report was returned.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReportComment {
    /// Id of the comment.
    id: ID,
    /// Code of the indicator it is about; null for the whole report.
    indicator: Option<String>,
    /// What was said.
    text: String,
    /// On which version of the report, by its number.
    version_number: i32,
    /// When.
    said_at: DateTime<Utc>,
}

impl ReportComment {
    fn of(row: report_comment::Model) -> Self {
        Self {
            id: wire(row.comment_id),
            indicator: row.indicator,
            text: row.body,
            version_number: row.version_number,
            said_at: row.said_at,
        }
    }
}

/// An area below and the report it sent.
#[derive(SimpleObject)]
pub struct ReportBelow {
    /// The area.
    area: Option<AreaObject>,
    /// Its report for the period; null when none was begun.
    report: Option<ReportObject>,
    /// Whether its report was accepted, so that it is in the sum.
    is_accepted: bool,
}

/// What an area says of a period.
#[derive(Clone)]
pub struct ReportObject {
    atlas: Arc<Atlas>,
    report: report::Model,
    rights: Rights,
    is_late: bool,
}

impl ReportObject {
    fn of(reports: &Reports, by: &Supervisor, report: report::Model) -> Self {
        Self {
            atlas: reports.areas().atlas(),
            rights: reports.rights(by, &report),
            is_late: is_late(&report, reports.clock().today()),
            report,
        }
    }

    fn area_on_last_day(&self, area: AreaId) -> Option<AreaObject> {
        AreaObject::new(&self.atlas, area, self.report.period_to)
    }
}

/// What an area says of a period: a draft, then frozen figures that the area above accepts or returns.
#[Object(name = "Report")]
impl ReportObject {
    /// Id of the report.
    async fn id(&self) -> ID {
        wire(self.report.report_id)
    }

    /// Whose report, as the area was on the period's last day.
    async fn area(&self) -> Option<AreaObject> {
        self.area_on_last_day(self.report.area_id)
    }

    /// The area that receives it: the one above on the period's last day; the area itself where nothing is above.
    async fn receiving_area(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<AreaObject>> {
        let receiving = ctx.data::<Reports>()?.receiving(&self.report);
        Ok(self.area_on_last_day(receiving))
    }

    /// For which period.
    async fn period(&self, ctx: &Context<'_>) -> async_graphql::Result<ReportPeriod> {
        let period = ctx.data::<Reports>()?.period(&self.report.period_code);
        let period = period.map_err(|error| graphql_error(ctx, &error))?;
        Ok(ReportPeriod::of(period))
    }

    /// Where it is on its way.
    async fn state(&self) -> ReportState {
        self.report.state.into()
    }

    /// Last day on which it is in time.
    async fn due_on(&self) -> Date {
        Date(self.report.due_on)
    }

    /// Whether it was first submitted after its due day, or that day has passed without it.
    async fn is_late(&self) -> bool {
        self.is_late
    }

    /// When it was begun.
    async fn drafted_at(&self) -> DateTime<Utc> {
        self.report.drafted_at
    }

    /// When it was first submitted.
    async fn first_submitted_at(&self) -> Option<DateTime<Utc>> {
        self.report.first_submitted_at
    }

    /// When it was last submitted.
    async fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.report.submitted_at
    }

    /// When it was last returned or accepted.
    async fn decided_at(&self) -> Option<DateTime<Utc>> {
        self.report.decided_at
    }

    /// Whether the viewer can submit it now.
    async fn viewer_can_submit(&self) -> bool {
        self.rights.submit
    }

    /// Whether the viewer can return it now.
    async fn viewer_can_return(&self) -> bool {
        self.rights.give_back
    }

    /// Whether the viewer can accept it now: never her own.
    async fn viewer_can_accept(&self) -> bool {
        self.rights.accept
    }

    /// Whether the viewer can restate it now.
    async fn viewer_can_restate(&self) -> bool {
        self.rights.restate
    }

    /// The areas directly below on the period's last day, and what they sent.
    #[graphql(complexity = "20 * child_complexity")]
    async fn children(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ReportBelow>> {
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let below = below(ctx, &self.report).await?;
        let shown = |below: Below| ReportBelow {
            area: self.area_on_last_day(below.area),
            is_accepted: below.is_accepted(),
            report: below
                .report
                .map(|report| ReportObject::of(reports, &by, report)),
        };
        Ok(below.into_iter().map(shown).collect())
    }

    /// The areas below without an accepted report: to submit without them, name them in `acknowledgeMissing`.
    #[graphql(complexity = "20 * child_complexity")]
    async fn missing_children(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<AreaObject>> {
        let below = below(ctx, &self.report).await?;
        let missing = below.into_iter().filter(|below| !below.is_accepted());
        Ok(missing
            .filter_map(|below| self.area_on_last_day(below.area))
            .collect())
    }

    /// What was said when it was returned, oldest first.
    async fn comments(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ReportComment>> {
        let reports = ctx.data::<Reports>()?;
        let said = reports.comments(self.report.report_id).await;
        let said = said.map_err(|error| graphql_error(ctx, &error))?;
        Ok(said.into_iter().map(ReportComment::of).collect())
    }

    /// One frozen version, the latest by default; null while nothing was frozen. A version that was changed behind our
    /// back is refused.
    async fn version(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number, from 1")] number: Option<i32>,
    ) -> async_graphql::Result<Option<ReportVersion>> {
        if self.report.version_number == 0 {
            return Ok(None);
        }
        let found = ctx.data::<Reports>()?.version(&self.report, number).await;
        let (row, form) = found.map_err(|error| graphql_error(ctx, &error))?;
        Ok(Some(ReportVersion::of(&self.atlas, row, form)))
    }

    /// Every frozen version, oldest first: submissions, then numbered restatements.
    #[graphql(complexity = "5 * child_complexity")]
    async fn versions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ReportVersion>> {
        let found = ctx.data::<Reports>()?.versions(&self.report).await;
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        let shown = found
            .into_iter()
            .map(|(row, form)| ReportVersion::of(&self.atlas, row, form));
        Ok(shown.collect())
    }
}

fn supervisor(ctx: &Context<'_>) -> async_graphql::Result<Supervisor> {
    viewer(ctx)?
        .supervisor()
        .map_err(|error| graphql_error(ctx, &error))
}

async fn below(ctx: &Context<'_>, report: &report::Model) -> async_graphql::Result<Vec<Below>> {
    let found = ctx.data::<Reports>()?.below(report).await;
    found.map_err(|error| graphql_error(ctx, &error))
}

/// The pages of an area's reports.
const REPORTS: PageSize = PageSize {
    default: 20,
    maximum: 100,
};

/// Reports in pages.
pub type ReportConnection = Connection<Position, ReportObject, EmptyFields, EmptyFields>;

/// Reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportQuery;

/// Reports.
#[Object]
impl ReportQuery {
    /// One report. Needs a supervisor's standing on its area or above; every other is answered NOT_FOUND.
    async fn report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the report")] id: ID,
    ) -> async_graphql::Result<Option<ReportObject>> {
        let fail = |error: Error| graphql_error(ctx, &error);
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let id: ReportId = asked(&id).ok_or(Error::NotFound).map_err(fail)?;
        let found = reports.report(&by, id).await.map_err(fail)?;
        Ok(Some(ReportObject::of(reports, &by, found)))
    }

    /// Every report of an area, newest period first; an area that has merged away keeps its history. Needs a
    /// supervisor's standing on the area or above; every other is answered NOT_FOUND.
    #[graphql(
        complexity = "first.map_or(REPORTS.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The area, open or closed")] area_id: ID,
        #[graphql(desc = "How many; 20 by default, at most 100")] first: Option<i32>,
        #[graphql(desc = "Behind which: an `endCursor`")] after: Option<String>,
    ) -> async_graphql::Result<Option<ReportConnection>> {
        let fail = |error: Error| graphql_error(ctx, &error);
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let page = REPORTS.page(first, after.as_deref())?;
        let area = asked(&area_id).ok_or(Error::NotFound).map_err(fail)?;
        let history = reports.history(&by, area).await.map_err(fail)?;
        let shown = history
            .into_iter()
            .map(|report| ReportObject::of(reports, &by, report));
        Ok(Some(page_of(shown, &page)))
    }

    /// The periods that hold a day, and the reviews of the programmes that end in its year, by their last days.
    async fn report_periods(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Today by default")] on: Option<Date>,
    ) -> async_graphql::Result<Vec<ReportPeriod>> {
        let periods = ctx.data::<Reports>()?.periods(on.map(|on| on.0));
        Ok(periods.into_iter().map(ReportPeriod::of).collect())
    }

    /// Who below an area has reported on a period, and who is late. Needs a supervisor's standing on the area or
    /// above; every other is answered NOT_FOUND.
    #[graphql(complexity = "20 * child_complexity")]
    async fn report_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The area that receives the reports")] area_id: ID,
        #[graphql(desc = "Code of the period, such as `MONTH-2026-10`")] period: String,
    ) -> async_graphql::Result<Option<ReportProgress>> {
        let fail = |error: Error| graphql_error(ctx, &error);
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let area = asked(&area_id).ok_or(Error::NotFound).map_err(fail)?;
        let found = reports.progress(&by, area, &period).await.map_err(fail)?;
        Ok(Some(ReportProgress::of(reports, &by, found)))
    }
}

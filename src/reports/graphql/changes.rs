//! Steps of a report on the wire.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::report;

use super::{ReportObject, supervisor};
use crate::{
    auth::{capability::Supervisor, graphql::viewer},
    error::{Error, Result as Outcome},
    graphql::{
        ids::named,
        payload::{UserErrorObject, graphql_error, split},
    },
    reports::{
        Draft, Remark, Reports,
        audit::{Closed, Opened},
    },
};

/// A report to begin.
#[derive(InputObject)]
pub struct DraftReportInput {
    /// A UUID made by the client. An area has one report for a period: when it has one already, that is answered.
    id: Option<ID>,
    /// Whose report.
    area_id: ID,
    /// Code of the period, such as `MONTH-2026-10`; see `reportPeriods`.
    period: String,
}

/// A report to submit.
#[derive(InputObject)]
pub struct SubmitReportInput {
    /// Which report.
    report_id: ID,
    /// A UUID made by the client for the frozen version. With it, sending the same again changes nothing.
    version_id: Option<ID>,
    /// Areas below without an accepted report: each must be named to submit without it.
    acknowledge_missing: Option<Vec<ID>>,
}

/// What is wrong with a report.
#[derive(InputObject)]
pub struct ReportCommentInput {
    /// Code of the indicator it is about; the whole report when left out.
    indicator: Option<String>,
    /// What is wrong, at most 1,000 characters.
    text: String,
}

/// A report to return.
#[derive(InputObject)]
pub struct ReturnReportInput {
    /// Which report.
    report_id: ID,
    /// Why: at least one comment, at most 100.
    comments: Vec<ReportCommentInput>,
}

/// A report to accept.
#[derive(InputObject)]
pub struct AcceptReportInput {
    /// Which report.
    report_id: ID,
    /// Areas that it says were missing: each must be named to accept it without them.
    acknowledge_missing: Option<Vec<ID>>,
}

/// A report to restate.
#[derive(InputObject)]
pub struct RestateReportInput {
    /// Which report.
    report_id: ID,
    /// A UUID made by the client for the frozen version. With it, sending the same again changes nothing.
    version_id: Option<ID>,
    /// Why, at most 1,000 characters.
    reason: String,
}

/// A pooled cell to open.
#[derive(InputObject)]
pub struct OpenReportCellInput {
    /// Which report.
    report_id: ID,
    /// Number of the frozen version.
    version_number: i32,
    /// The area: the report's own, or one below that was computed with it.
    area_id: ID,
    /// Code of the indicator.
    indicator: String,
}

macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The report as it is now.
            report: Option<ReportObject>,
            /// What to mend; nothing was written when there is any.
            user_errors: Vec<UserErrorObject>,
        }
    )*};
}

payloads! {
    /// What `draftReport` did.
    DraftReportPayload
    /// What `submitReport` did.
    SubmitReportPayload
    /// What `returnReport` did.
    ReturnReportPayload
    /// What `acceptReport` did.
    AcceptReportPayload
    /// What `restateReport` did.
    RestateReportPayload
}

/// What stood behind one commitment.
#[derive(Clone, Debug, SimpleObject)]
pub struct OpenedCommitment {
    /// REGISTERED, POPULATION, or a tier.
    measure: String,
    /// People; null where nobody knew the number.
    value: Option<i32>,
    /// The key of the commitment, 32 bytes in hexadecimal.
    key: String,
    /// The text that was committed to, up to the line feed before the number.
    about: String,
    /// The commitment in the published form.
    commitment: String,
}

impl OpenedCommitment {
    fn of(opened: Opened) -> Self {
        Self {
            measure: opened.measure,
            value: opened.people.and_then(|people| i32::try_from(people).ok()),
            key: opened.key,
            about: opened.about,
            commitment: opened.commitment,
        }
    }
}

/// What `openReportCell` did.
#[derive(SimpleObject)]
pub struct OpenReportCellPayload {
    /// What stood behind the commitments of the cell.
    commitments: Option<Vec<OpenedCommitment>>,
    /// What to mend.
    user_errors: Vec<UserErrorObject>,
}

fn all<T: From<uuid::Uuid>, C: FromIterator<T>>(ids: Option<Vec<ID>>, field: &str) -> Outcome<C> {
    let ids = ids.unwrap_or_default();
    let each = ids.iter().enumerate();
    each.map(|(at, id)| named(id, &format!("{field}.{at}")))
        .collect()
}

fn maybe<T: From<uuid::Uuid>>(id: Option<&ID>, field: &str) -> Outcome<Option<T>> {
    id.map(|id| named(id, field)).transpose()
}

/// Reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportMutation;

impl ReportMutation {
    fn shown(
        ctx: &Context<'_>,
        by: &Supervisor,
        outcome: Outcome<report::Model>,
    ) -> async_graphql::Result<(Option<ReportObject>, Vec<UserErrorObject>)> {
        let reports = ctx.data::<Reports>()?;
        let (report, user_errors) = split(ctx, outcome)?;
        let report = report.map(|report| ReportObject::of(reports, by, report));
        Ok((report, user_errors))
    }
}

/// Reports.
#[Object]
impl ReportMutation {
    /// Begins an area's report for a period. Needs a supervisor's standing on the area or above.
    async fn draft_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose report, and for which period")] input: DraftReportInput,
    ) -> async_graphql::Result<DraftReportPayload> {
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let outcome = async {
            let draft = Draft {
                id: maybe(input.id.as_ref(), "id")?,
                area: named(&input.area_id, "areaId")?,
                period: input.period,
            };
            reports.draft(&by, draft).await
        };
        let (report, user_errors) = Self::shown(ctx, &by, outcome.await)?;
        Ok(DraftReportPayload {
            report,
            user_errors,
        })
    }

    /// Freezes a report's figures and sends it to the area above. Needs a supervisor's standing on its area or above.
    async fn submit_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report, and who is missing")] input: SubmitReportInput,
    ) -> async_graphql::Result<SubmitReportPayload> {
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let outcome = async {
            let id = named(&input.report_id, "reportId")?;
            let version = maybe(input.version_id.as_ref(), "versionId")?;
            let missing = all(input.acknowledge_missing, "acknowledgeMissing")?;
            reports.submit(&by, id, version, missing).await
        };
        let (report, user_errors) = Self::shown(ctx, &by, outcome.await)?;
        Ok(SubmitReportPayload {
            report,
            user_errors,
        })
    }

    /// Returns a submitted report with comments. Needs a supervisor's standing on the receiving area or above.
    async fn return_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report, and why")] input: ReturnReportInput,
    ) -> async_graphql::Result<ReturnReportPayload> {
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let outcome = async {
            let id = named(&input.report_id, "reportId")?;
            let remark = |comment: ReportCommentInput| Remark {
                indicator: comment.indicator,
                text: comment.text,
            };
            let remarks: Vec<Remark> = input.comments.into_iter().map(remark).collect();
            reports.give_back(&by, id, &remarks).await
        };
        let (report, user_errors) = Self::shown(ctx, &by, outcome.await)?;
        Ok(ReturnReportPayload {
            report,
            user_errors,
        })
    }

    /// Accepts a submitted report. Needs a supervisor's standing on the receiving area or above; never for one's own.
    async fn accept_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report, and who is missing in it")] input: AcceptReportInput,
    ) -> async_graphql::Result<AcceptReportPayload> {
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let outcome = async {
            let id = named(&input.report_id, "reportId")?;
            let missing = all(input.acknowledge_missing, "acknowledgeMissing")?;
            reports.accept(&by, id, &missing).await
        };
        let (report, user_errors) = Self::shown(ctx, &by, outcome.await)?;
        Ok(AcceptReportPayload {
            report,
            user_errors,
        })
    }

    /// Freezes what has become of an accepted report's figures, as a numbered restatement beside what was frozen.
    /// Needs a supervisor's standing on its area or above.
    async fn restate_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which report, and why")] input: RestateReportInput,
    ) -> async_graphql::Result<RestateReportPayload> {
        let by = supervisor(ctx)?;
        let reports = ctx.data::<Reports>()?;
        let outcome = async {
            let id = named(&input.report_id, "reportId")?;
            let version = maybe(input.version_id.as_ref(), "versionId")?;
            reports
                .restate_report(&by, id, version, &input.reason)
                .await
        };
        let (report, user_errors) = Self::shown(ctx, &by, outcome.await)?;
        Ok(RestateReportPayload {
            report,
            user_errors,
        })
    }

    /// Opens what stands behind the commitments of a pooled cell, for an auditor; each opening is on record. Needs an
    /// administrator's standing on the report's area or above.
    async fn open_report_cell(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cell")] input: OpenReportCellInput,
    ) -> async_graphql::Result<OpenReportCellPayload> {
        let auditor = viewer(ctx)?
            .administrator()
            .map_err(|error: Error| graphql_error(ctx, &error))?;
        let reports = ctx.data::<Reports>()?;
        let outcome = async {
            let cell = Closed {
                report: named(&input.report_id, "reportId")?,
                number: input.version_number,
                area: named(&input.area_id, "areaId")?,
                indicator: input.indicator,
            };
            reports.open_cell(&auditor, &cell).await
        };
        let (opened, user_errors) = split(ctx, outcome.await)?;
        Ok(OpenReportCellPayload {
            commitments: opened
                .map(|opened| opened.into_iter().map(OpenedCommitment::of).collect()),
            user_errors,
        })
    }
}

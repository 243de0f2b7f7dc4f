//! The list of what does not fit together, and dealing with it.

use async_graphql::{
    Context, Enum, ID, InputObject, Object, SimpleObject,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};
use entity::data_finding;

use crate::{
    areas::{Areas, graphql::AreaObject},
    auth::{capability::Supervisor, graphql::viewer},
    coverage::{Coverage, findings::HandleFinding},
    error::{Error, Result as Outcome},
    graphql::{
        date::Date,
        ids::{asked, named, wire},
        pages::{PageSize, Position, page_of},
        payload::{UserErrorObject, graphql_error, split},
    },
    programmes::Programmes,
};

/// What does not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "FindingKind", remote = "entity::data_finding::FindingKind")]
pub enum FindingKind {
    /// More were reached than belong to the population. The figure is shown as it is.
    #[graphql(name = "OVER_100")]
    Over100,
    /// A population or reported number changed suddenly from one period to the next.
    Jump,
}

/// How far a finding has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "FindingState", remote = "entity::data_finding::FindingState")]
pub enum FindingState {
    /// Nobody has looked at it.
    Open,
    /// Somebody has taken it.
    Acknowledged,
    /// It is as it is, for a reason given.
    Explained,
    /// It is no longer so.
    Resolved,
}

/// Something in the data that does not fit together, without numbers: ask coverage for those.
#[derive(SimpleObject)]
pub struct DataFinding {
    /// Identity of the finding.
    id: ID,
    /// What does not fit together.
    kind: FindingKind,
    /// In which area.
    area: Option<AreaObject>,
    /// Code of the indicator.
    indicator: String,
    /// First day of the period it is about.
    period_from: Date,
    /// When it was found, or found again.
    raised_at: DateTime<Utc>,
    /// How far it has come.
    state: FindingState,
    /// The account that has taken it; null until somebody has.
    owner: Option<ID>,
    /// Whether that is you.
    is_mine: bool,
    /// What was said of it.
    note: Option<String>,
    /// When its state last changed.
    changed_at: DateTime<Utc>,
}

impl DataFinding {
    fn of(
        ctx: &Context<'_>,
        supervisor: &Supervisor,
        row: data_finding::Model,
    ) -> async_graphql::Result<Self> {
        let atlas = ctx.data::<Areas>()?.atlas();
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        let indicator = rulebook.indicator_by_id(row.indicator_id);
        Ok(Self {
            id: wire(row.finding_id),
            kind: row.kind.into(),
            area: AreaObject::new(&atlas, row.area_id, row.period_from),
            indicator: indicator.map_or_else(String::new, |known| known.row.code.clone()),
            period_from: Date(row.period_from),
            raised_at: row.raised_at,
            state: row.state.into(),
            is_mine: row.owner_id == Some(supervisor.account()),
            owner: row.owner_id.map(wire),
            note: row.note,
            changed_at: row.changed_at,
        })
    }
}

const PAGE: PageSize = PageSize {
    default: 50,
    maximum: 200,
};

/// Findings.
#[derive(Clone, Copy, Debug, Default)]
pub struct FindingQuery;

#[Object]
impl FindingQuery {
    /// What does not fit together in an area and in the areas inside it, the newest first, as far as you may see the figures
    /// it is about. Needs a supervisor's standing on the area or above.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn data_findings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The area")] area_id: ID,
        #[graphql(desc = "Only those in this state; every state by default")] state: Option<
            FindingState,
        >,
        #[graphql(desc = "How many: 50 by default, 200 at most")] first: Option<i32>,
        #[graphql(desc = "Behind which: an `endCursor`")] after: Option<String>,
    ) -> async_graphql::Result<Connection<Position, DataFinding, EmptyFields, EmptyFields>> {
        let page = PAGE.page(first, after.as_deref())?;
        let fail = |error: Error| graphql_error(ctx, &error);
        let supervisor = viewer(ctx)?.supervisor().map_err(fail)?;
        let area = asked(&area_id).ok_or(Error::NotFound).map_err(fail)?;
        let rows = ctx
            .data::<Coverage>()?
            .findings_of(&supervisor, area, state.map(Into::into))
            .await
            .map_err(fail)?;
        let findings = rows
            .into_iter()
            .map(|row| DataFinding::of(ctx, &supervisor, row));
        let findings: Vec<_> = findings.collect::<async_graphql::Result<_>>()?;
        Ok(page_of(findings, &page))
    }
}

/// How somebody deals with a finding.
#[derive(Debug, InputObject)]
pub struct HandleFindingInput {
    /// The finding.
    id: ID,
    /// ACKNOWLEDGED takes it, EXPLAINED says why it is as it is, RESOLVED that it is no longer so.
    state: FindingState,
    /// Why; needed to explain it.
    note: Option<String>,
}

/// The answer to `handleFinding`.
#[derive(SimpleObject)]
pub struct HandleFindingPayload {
    /// The finding as it now is.
    finding: Option<DataFinding>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// Findings.
#[derive(Clone, Copy, Debug, Default)]
pub struct FindingMutation;

#[Object]
impl FindingMutation {
    /// Takes, explains or resolves a finding; whoever does owns it from then on. Needs a supervisor's standing on its area or
    /// above.
    async fn handle_finding(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is done")] input: HandleFindingInput,
    ) -> async_graphql::Result<HandleFindingPayload> {
        let fail = |error: Error| graphql_error(ctx, &error);
        let supervisor = viewer(ctx)?.supervisor().map_err(fail)?;
        let (row, user_errors) = split(ctx, handle(ctx, &supervisor, input).await)?;
        let finding = row.map(|row| DataFinding::of(ctx, &supervisor, row));
        Ok(HandleFindingPayload {
            finding: finding.transpose()?,
            user_errors,
        })
    }
}

async fn handle(
    ctx: &Context<'_>,
    supervisor: &Supervisor,
    input: HandleFindingInput,
) -> Outcome<data_finding::Model> {
    let context = |_missing| Error::internal("the schema has no such feature");
    let coverage = ctx.data::<Coverage>().map_err(context)?;
    let handle = HandleFinding {
        id: named(&input.id, "id")?,
        state: input.state.into(),
        note: input.note,
    };
    coverage.handle_finding(supervisor, handle).await
}

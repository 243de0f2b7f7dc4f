//! What was entered about an area: its register with every version, and its reported values.

use async_graphql::{
    Context, ID, Object, SimpleObject,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::{Count, register::DenominatorStatus, reported::ReportedValue};
use crate::{
    auth::{capability::Supervisor, graphql::viewer},
    coverage::{Coverage, register::RegisterRow},
    error::Error,
    graphql::{
        context::language,
        date::Date,
        ids::{asked, wire},
        pages::{PageSize, Position, page_of},
        payload::graphql_error,
    },
    programmes::Programmes,
};

/// One version of one source's value in the register.
#[derive(SimpleObject)]
pub struct RegisterEntry {
    /// This version.
    id: ID,
    /// Code of the indicator.
    indicator: String,
    /// First day it speaks for.
    period_from: Date,
    /// Last day it speaks for.
    period_to: Date,
    /// How many; POOLED where the population is too small to be shown by itself.
    value: Count,
    /// How sure it is.
    status: DenominatorStatus,
    /// Where the value comes from.
    source: String,
    /// Version, from 1, per area, indicator, period and status.
    version: i32,
    /// When it was entered.
    entered_at: DateTime<Utc>,
    /// Who entered it; null for an import at the command line.
    entered_by: Option<ID>,
    /// Whether it is the latest word of its source.
    is_latest: bool,
    /// Whether it is the value of its period that applies.
    in_force: bool,
    /// Whether sources contradict each other about this period and nobody has settled it.
    is_conflict: bool,
    /// Why it applies although others were entered; null unless a conflict was settled by this version.
    settled_because: Option<String>,
}

impl RegisterEntry {
    pub(super) fn of(ctx: &Context<'_>, shown: RegisterRow) -> async_graphql::Result<Self> {
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        let row = shown.row;
        let indicator = rulebook.indicator_by_id(row.indicator_id);
        Ok(Self {
            id: wire(row.denominator_id),
            indicator: indicator.map_or_else(String::new, |known| known.row.code.clone()),
            period_from: Date(row.period_from),
            period_to: Date(row.period_to),
            value: Count::of(language(ctx), shown.value, "coverage-no-denominator"),
            status: row.status.into(),
            source: row.source,
            version: row.version,
            entered_at: row.entered_at,
            entered_by: row.entered_by.map(wire),
            is_latest: shown.is_latest,
            in_force: shown.is_in_force,
            is_conflict: shown.is_conflict,
            settled_because: row.settled_because,
        })
    }
}

const PAGE: PageSize = PageSize {
    default: 50,
    maximum: 200,
};

/// What was entered about an area.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnteredQuery;

#[Object]
impl EnteredQuery {
    /// The register of an area with every version of every source, the latest period first. Needs a supervisor's standing on
    /// the area or above.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn denominators(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The area")] area_id: ID,
        #[graphql(desc = "Code of the indicator; every indicator by default")] indicator: Option<
            String,
        >,
        #[graphql(
            desc = "Only periods about which sources contradict each other; false by default"
        )]
        only_conflicts: Option<bool>,
        #[graphql(desc = "How many: 50 by default, 200 at most")] first: Option<i32>,
        #[graphql(desc = "Behind which: an `endCursor`")] after: Option<String>,
    ) -> async_graphql::Result<Connection<Position, RegisterEntry, EmptyFields, EmptyFields>> {
        let page = PAGE.page(first, after.as_deref())?;
        let supervisor = supervisor(ctx)?;
        let fail = |error: Error| graphql_error(ctx, &error);
        let area = asked(&area_id).ok_or(Error::NotFound).map_err(fail)?;
        let only_conflicts = only_conflicts.unwrap_or(false);
        let rows = ctx
            .data::<Coverage>()?
            .register_of(&supervisor, area, indicator.as_deref(), only_conflicts)
            .await
            .map_err(fail)?;
        let entries = rows.into_iter().map(|row| RegisterEntry::of(ctx, row));
        let entries: Vec<_> = entries.collect::<async_graphql::Result<_>>()?;
        Ok(page_of(entries, &page))
    }

    /// The values an area reported, every version, the latest period first. Needs a supervisor's standing on the area or
    /// above.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn reported_values(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The area")] area_id: ID,
        #[graphql(desc = "Code of the indicator; every indicator by default")] indicator: Option<
            String,
        >,
        #[graphql(desc = "How many: 50 by default, 200 at most")] first: Option<i32>,
        #[graphql(desc = "Behind which: an `endCursor`")] after: Option<String>,
    ) -> async_graphql::Result<Connection<Position, ReportedValue, EmptyFields, EmptyFields>> {
        let page = PAGE.page(first, after.as_deref())?;
        let supervisor = supervisor(ctx)?;
        let fail = |error: Error| graphql_error(ctx, &error);
        let area = asked(&area_id).ok_or(Error::NotFound).map_err(fail)?;
        let rows = ctx
            .data::<Coverage>()?
            .reported_of(&supervisor, area, indicator.as_deref())
            .await
            .map_err(fail)?;
        let values = rows
            .into_iter()
            .map(|row| ReportedValue::of(ctx, &supervisor, row));
        let values: Vec<_> = values.collect::<async_graphql::Result<_>>()?;
        Ok(page_of(values, &page))
    }
}

fn supervisor(ctx: &Context<'_>) -> async_graphql::Result<Supervisor> {
    let supervisor = viewer(ctx)?.supervisor();
    supervisor.map_err(|error| graphql_error(ctx, &error))
}

//! Entering populations into the register.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::entered::RegisterEntry;
use crate::{
    areas::Areas,
    auth::{capability::Supervisor, graphql::viewer},
    coverage::Coverage,
    error::{Error, Result as Outcome, UserError, UserErrorCode},
    graphql::{
        date::Date,
        ids::{named, wire},
        payload::{UserErrorObject, graphql_error, split},
    },
    programmes::{Programmes, Settle, denominators::Entry},
};

/// How sure a value of the register is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::denominator::DenominatorStatus")]
pub enum DenominatorStatus {
    /// Estimated.
    Estimate,
    /// Counted from a roster.
    Roster,
    /// Officially established.
    Official,
}

/// A population for the register.
#[derive(Debug, InputObject)]
pub struct SetDenominatorInput {
    /// The area counted.
    area_id: ID,
    /// Code of the indicator whose population it is, such as `D3`.
    indicator: String,
    /// First day it speaks for.
    period_from: Date,
    /// Last day it speaks for.
    period_to: Date,
    /// How many.
    value: i32,
    /// Where the value comes from: a document, a roster, a survey.
    source: String,
    /// How sure it is; ESTIMATE by default.
    status: Option<DenominatorStatus>,
}

/// A value of the register. Entering it again makes a new version; no version is ever changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct Denominator {
    /// This version.
    id: ID,
    /// How many.
    value: i32,
    /// Version, from 1.
    version: i32,
    /// Where the value comes from.
    source: String,
    /// How sure it is.
    status: DenominatorStatus,
    /// First day it speaks for.
    period_from: Date,
    /// Last day it speaks for.
    period_to: Date,
}

/// The answer to `setDenominator`.
#[derive(SimpleObject)]
pub struct SetDenominatorPayload {
    /// The value as entered.
    denominator: Option<Denominator>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// Coverage.
#[derive(Default)]
pub struct CoverageMutation;

#[Object]
impl CoverageMutation {
    /// Enters a population into the register, as a new version. Needs a supervisor's standing on the area or above.
    async fn set_denominator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The population")] input: SetDenominatorInput,
    ) -> async_graphql::Result<SetDenominatorPayload> {
        let supervisor = viewer(ctx)?
            .supervisor()
            .map_err(|error| graphql_error(ctx, &error))?;
        let entered = enter(ctx, &supervisor, input).await;
        let (row, user_errors) = split(ctx, entered)?;
        if let Some(row) = &row {
            examine(ctx, row).await?;
        }
        let denominator = row.map(|row| Denominator {
            id: wire(row.denominator_id),
            value: i32::try_from(row.value).unwrap_or(i32::MAX),
            version: row.version,
            source: row.source,
            status: row.status.into(),
            period_from: Date(row.period_from),
            period_to: Date(row.period_to),
        });
        Ok(SetDenominatorPayload {
            denominator,
            user_errors,
        })
    }

    /// Settles which of contradicting sources applies to an area, indicator and period; what the others said stays readable.
    /// Needs a supervisor's standing on the area or above.
    async fn settle_denominator(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The choice")] input: SettleDenominatorInput,
    ) -> async_graphql::Result<SettleDenominatorPayload> {
        let fail = |error: Error| graphql_error(ctx, &error);
        let supervisor = viewer(ctx)?.supervisor().map_err(fail)?;
        let (row, user_errors) = split(ctx, settle(ctx, &supervisor, input).await)?;
        let denominator = match row {
            Some(row) => {
                examine(ctx, &row).await?;
                let coverage = ctx.data::<Coverage>()?;
                let shown = coverage.register_row(&supervisor, &row).await;
                Some(RegisterEntry::of(ctx, shown.map_err(fail)?)?)
            }
            None => None,
        };
        Ok(SettleDenominatorPayload {
            denominator,
            user_errors,
        })
    }
}

/// Which of contradicting sources applies.
#[derive(Debug, InputObject)]
pub struct SettleDenominatorInput {
    /// The version that is to apply: the latest of its source.
    id: ID,
    /// Why, in words.
    reason: String,
}

/// The answer to `settleDenominator`.
#[derive(SimpleObject)]
pub struct SettleDenominatorPayload {
    /// The version that now applies.
    denominator: Option<RegisterEntry>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// Looks whether what was entered fits what is known.
async fn examine(ctx: &Context<'_>, row: &entity::denominator::Model) -> async_graphql::Result<()> {
    let coverage = ctx.data::<Coverage>()?;
    let examined = coverage.examine(Some((row.area_id, row.indicator_id)));
    examined
        .await
        .map(|_found| ())
        .map_err(|error| graphql_error(ctx, &error))
}

async fn settle(
    ctx: &Context<'_>,
    supervisor: &Supervisor,
    input: SettleDenominatorInput,
) -> Outcome<entity::denominator::Model> {
    let context = |_missing| Error::internal("the schema has no such feature");
    let programmes = ctx.data::<Programmes>().map_err(context)?;
    let atlas = ctx.data::<Areas>().map_err(context)?.atlas();
    let settle = Settle {
        id: named(&input.id, "id")?,
        reason: input.reason,
    };
    programmes
        .settle_denominator(supervisor, &atlas, settle)
        .await
}

async fn enter(
    ctx: &Context<'_>,
    supervisor: &Supervisor,
    input: SetDenominatorInput,
) -> Outcome<entity::denominator::Model> {
    let context = |_missing| Error::internal("the schema has no such feature");
    let programmes = ctx.data::<Programmes>().map_err(context)?;
    let atlas = ctx.data::<Areas>().map_err(context)?.atlas();
    let area = named(&input.area_id, "areaId")?;
    supervisor.over(&atlas, area)?;
    let indicator = programmes
        .rulebook()
        .indicator(&input.indicator)
        .map(|known| known.row.indicator_id);
    let unknown = || {
        UserError::new(
            UserErrorCode::NotFound,
            "indicator",
            "denominator-indicator-unknown",
        )
    };
    let entry = Entry {
        area,
        indicator: indicator.ok_or_else(unknown)?,
        period_from: input.period_from.0,
        period_to: input.period_to.0,
        value: input.value.into(),
        source: input.source,
        status: input
            .status
            .map_or(entity::denominator::DenominatorStatus::Estimate, Into::into),
    };
    let open = |area, day| atlas.is_valid(area, day);
    programmes
        .set_denominator(entry, Some(supervisor.account()), &open)
        .await
}

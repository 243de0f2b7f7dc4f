//! Setting an area's own target.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{ElementsRule, Milestone, TargetKind, TargetObject};
use crate::{
    areas::Areas,
    auth::{capability::Supervisor, graphql::viewer},
    error::{Error, Result},
    graphql::{
        date::Date,
        ids::named,
        payload::{UserErrorObject, graphql_error, split},
    },
    programmes::{
        Programmes,
        own_targets::{PhaseOf, SetTarget},
    },
};

/// A target as an area's plan sets it.
#[derive(Debug, InputObject)]
pub struct SetTargetInput {
    /// The area that sets it: the very area of your standing.
    area_id: ID,
    /// Code of the indicator, such as `D3`.
    indicator: String,
    /// Code of the phase, such as `VN1438-P2`. Either this or the days of the plan's own phase is needed.
    phase: Option<String>,
    /// First day of the plan's own phase.
    phase_from: Option<Date>,
    /// Last day of the plan's own phase.
    phase_to: Option<Date>,
    /// What the plan calls its own phase; its days by default.
    phase_label: Option<String>,
    /// PERCENT by default.
    kind: Option<TargetKind>,
    /// The share owed, 1 to 100 per cent; for a share.
    percent: Option<i32>,
    /// The step owed; for an indicator that is reached in steps.
    milestone: Option<Milestone>,
    /// Codes of the elements that the plan asks for, of a compound indicator; all of them by default.
    elements: Option<Vec<String>>,
    /// How they make it up; ALL by default.
    elements_rule: Option<ElementsRule>,
    /// What the share counts; what the indicator counts by default. A share of areas counts province, district or commune,
    /// by default the level below.
    unit_level: Option<String>,
    /// The words of the plan.
    wording: String,
    /// Number of the decision or plan.
    decision: String,
    /// The day it was signed.
    decided_on: Date,
    /// The document, or where it can be read.
    source: String,
}

/// The answer to `setTarget`.
#[derive(SimpleObject)]
pub struct SetTargetPayload {
    /// The target as it now is.
    target: Option<TargetObject>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// Programmes.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProgrammeMutation;

#[Object]
impl ProgrammeMutation {
    /// Sets the own target of an area on an indicator for a phase, with the plan that sets it. It holds for the area and,
    /// as long as they set none, for the areas inside it. What it said before stays readable in its history. Needs a
    /// supervisor's standing on that very area.
    async fn set_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The target")] input: SetTargetInput,
    ) -> async_graphql::Result<SetTargetPayload> {
        let supervisor = viewer(ctx)?
            .supervisor()
            .map_err(|error| graphql_error(ctx, &error))?;
        let (target, user_errors) = split(ctx, set(ctx, &supervisor, input).await)?;
        let target = target.map(|row| {
            let rulebook = ctx.data::<Programmes>()?.rulebook();
            Ok::<_, async_graphql::Error>(TargetObject::new(&rulebook, &Arc::new(row)))
        });
        Ok(SetTargetPayload {
            target: target.transpose()?,
            user_errors,
        })
    }
}

async fn set(
    ctx: &Context<'_>,
    supervisor: &Supervisor,
    input: SetTargetInput,
) -> Result<entity::target::Model> {
    let context = |_missing| Error::internal("the schema has no such feature");
    let programmes = ctx.data::<Programmes>().map_err(context)?;
    let atlas = ctx.data::<Areas>().map_err(context)?.atlas();
    let phase = match (input.phase, input.phase_from.zip(input.phase_to)) {
        (Some(code), _) => Some(PhaseOf::Known(code)),
        (None, Some((from, to))) => Some(PhaseOf::Own {
            from: from.0,
            to: to.0,
            label: input.phase_label,
        }),
        (None, None) => None,
    };
    let kind = input
        .kind
        .map_or(entity::target::TargetKind::Percent, Into::into);
    let asked = SetTarget {
        area: named(&input.area_id, "areaId")?,
        indicator: input.indicator,
        phase,
        kind,
        percent: input.percent,
        milestone: input.milestone.map(Into::into),
        elements: input.elements,
        elements_rule: input
            .elements_rule
            .map_or(entity::target::ElementsRule::All, Into::into),
        unit_level: input.unit_level,
        wording: input.wording,
        decision: input.decision,
        decided_on: input.decided_on.0,
        source: input.source,
    };
    programmes.set_target(supervisor, &atlas, asked).await
}

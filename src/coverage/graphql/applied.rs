//! The target that an answer is measured by.

use std::sync::Arc;

use async_graphql::{Context, Object};
use entity::area::AreaLevel;

use super::PhaseState;
use crate::{
    areas::{Atlas, graphql::AreaObject},
    coverage::{explanation::Line, targets::Applied},
    graphql::{context::language, date::Date},
    programmes::{
        Programmes,
        graphql::{ElementsRule, IndicatorElement, Milestone, TargetKind, elements_of},
    },
};

/// The target that an area is measured by.
pub struct AppliedTarget {
    pub(super) atlas: Arc<Atlas>,
    pub(super) applied: Applied,
}

/// The target that an area is measured by, with the area that set it and the phase it is for.
#[Object]
impl AppliedTarget {
    /// Per cent to reach; null for a milestone.
    async fn percent(&self) -> Option<i32> {
        self.applied.target.percent
    }

    /// The step to reach, for a milestone in steps; null otherwise.
    async fn milestone(&self) -> Option<Milestone> {
        self.applied.target.milestone.map(Into::into)
    }

    /// The elements of a compound indicator that it asks for; empty for others.
    #[graphql(complexity = "3 * child_complexity")]
    async fn elements(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<IndicatorElement>> {
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        Ok(elements_of(&rulebook, &self.applied.target))
    }

    /// How they make it up.
    async fn elements_rule(&self) -> ElementsRule {
        self.applied.target.elements_rule.into()
    }

    /// Number of the decision or plan that sets it; null where only the document is known.
    async fn decision(&self) -> Option<&str> {
        self.applied.target.decision.as_deref()
    }

    /// The day the decision or plan was signed.
    async fn decided_on(&self) -> Option<Date> {
        self.applied.target.decided_on.map(Date)
    }

    /// Whether it is a share or a milestone.
    async fn kind(&self) -> TargetKind {
        self.applied.target.kind.into()
    }

    /// What is counted: caregiver, staff, child, province, district, commune …
    async fn unit_level(&self) -> &str {
        &self.applied.target.unit_level
    }

    /// The area that set it: the area asked about, or one above.
    async fn area(&self) -> Option<AreaObject> {
        AreaObject::new(
            &self.atlas,
            self.applied.from_area,
            self.applied.phase.to_on,
        )
    }

    /// First day of the phase it is for.
    async fn phase_from(&self) -> Date {
        Date(self.applied.phase.from_on)
    }

    /// Last day of the phase it is for.
    async fn phase_to(&self) -> Date {
        Date(self.applied.phase.to_on)
    }

    /// Where the day asked about lies to the phase. After its end the target still shows, without a needed pace.
    async fn phase_state(&self) -> PhaseState {
        self.applied.state.into()
    }

    /// The target in the words of the plan that sets it, in Vietnamese.
    async fn wording(&self) -> &str {
        &self.applied.target.wording_vi
    }

    /// The plan that sets it, in the language of the request: the decision of the programme, or an area's own plan to carry it
    /// out; as it was named where somebody entered it here.
    async fn source(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let target = &self.applied.target;
        if target.set_by.is_some() {
            return Ok(target.source_file.clone());
        }
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        let Some(programme) = rulebook.programme(target.programme_id) else {
            return Ok(target.source_file.clone());
        };
        let from = self.applied.from_area;
        let known = self.atlas.area(from);
        let key = match known.map(|area| area.level) {
            Some(AreaLevel::Country) | None => "target-source-national",
            Some(_) => "target-source-local",
        };
        let on = known.map_or(programme.issued_on, |area| {
            area.day_within(programme.issued_on)
        });
        let line = Line::new(key)
            .with("decision", &programme.decision)
            .with("issued", programme.issued_on)
            .with("area", self.atlas.display_name(from, on));
        Ok(line.text(language(ctx)))
    }
}

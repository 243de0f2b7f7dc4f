//! Targets as anyone may ask for them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{target, target_version};

use super::{ElementsRule, IndicatorElement, IndicatorObject, PhaseObject, elements_of};
use crate::{
    areas::{Areas, graphql::AreaObject},
    auth::graphql::viewer,
    graphql::{date::Date, ids::wire},
    programmes::Rulebook,
};

/// What kind of target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::target::TargetKind")]
pub enum TargetKind {
    /// A share of units.
    Percent,
    /// A step that is reached or not.
    Milestone,
}

/// The steps of a model that is tried out first, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Milestone", remote = "entity::target::Milestone")]
pub enum Milestone {
    /// Not begun.
    None,
    /// Being tried out.
    Piloting,
    /// The trial was evaluated.
    Evaluated,
    /// It was taken up elsewhere.
    Replicated,
}

/// What a target said from some time on. No version is ever changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct TargetVersion {
    /// Version, from 1.
    version: i32,
    /// A share of units, or a step to reach.
    kind: TargetKind,
    /// The share owed; null for a milestone.
    percent: Option<i32>,
    /// The step owed; null for a share and for what is only there or not.
    milestone: Option<Milestone>,
    /// Codes of the elements that it asked for; empty for every element of the indicator, and where it has none.
    elements: Vec<String>,
    /// How they make it up.
    elements_rule: ElementsRule,
    /// What the share counts.
    unit_level: String,
    /// The words of the plan.
    wording: String,
    /// The document they come from.
    source: String,
    /// Number of the decision or plan; null where it was loaded from a file.
    decision: Option<String>,
    /// The day that was signed.
    decided_on: Option<Date>,
    /// When it was set so; null for what was there before changes were recorded.
    set_at: Option<DateTime<Utc>>,
    /// The account that set it so, to supervisors only; null for what was shipped or loaded from a file.
    set_by: Option<ID>,
}

impl TargetVersion {
    fn of(row: &target_version::Model, who_may_be_told: bool) -> Self {
        Self {
            version: row.version,
            kind: row.kind.into(),
            percent: row.percent,
            milestone: row.milestone.map(Into::into),
            elements: row
                .elements
                .iter()
                .flat_map(|codes| codes.split_whitespace().map(str::to_owned))
                .collect(),
            elements_rule: row.elements_rule.into(),
            unit_level: row.unit_level.clone(),
            wording: row.wording_vi.clone(),
            source: row.source_file.clone(),
            decision: row.decision.clone(),
            decided_on: row.decided_on.map(Date),
            set_at: row.set_at,
            set_by: row.set_by.filter(|_| who_may_be_told).map(wire),
        }
    }
}

/// A target.
pub struct TargetObject {
    rulebook: Arc<Rulebook>,
    target: Arc<target::Model>,
}

impl TargetObject {
    /// A target as anyone may see it.
    pub fn new(rulebook: &Arc<Rulebook>, target: &Arc<target::Model>) -> Self {
        Self {
            rulebook: Arc::clone(rulebook),
            target: Arc::clone(target),
        }
    }
}

/// A target: what an area owes on an indicator by the end of a phase.
#[Object(name = "Target")]
impl TargetObject {
    /// Identity of the target.
    async fn id(&self) -> ID {
        wire(self.target.target_id)
    }

    /// Its code: place, phase and indicator.
    async fn code(&self) -> &str {
        &self.target.code
    }

    /// A share of units, or a step to reach.
    async fn kind(&self) -> TargetKind {
        self.target.kind.into()
    }

    /// The share owed; null for a milestone.
    async fn percent(&self) -> Option<i32> {
        self.target.percent
    }

    /// What the share counts: child, caregiver, staff, staff+caregiver, province, district, commune, institution or need.
    async fn unit_level(&self) -> &str {
        &self.target.unit_level
    }

    /// The words of the plan, verbatim, in Vietnamese.
    async fn wording(&self) -> &str {
        &self.target.wording_vi
    }

    /// The document they come from.
    async fn source(&self) -> &str {
        &self.target.source_file
    }

    /// The step owed, for a milestone in steps; null for a share and for what is only there or not.
    async fn milestone(&self) -> Option<Milestone> {
        self.target.milestone.map(Into::into)
    }

    /// The elements of a compound indicator that it asks for; empty for others.
    #[graphql(complexity = "3 * child_complexity")]
    async fn elements(&self) -> Vec<IndicatorElement> {
        elements_of(&self.rulebook, &self.target)
    }

    /// How they make it up.
    async fn elements_rule(&self) -> ElementsRule {
        self.target.elements_rule.into()
    }

    /// Number of the decision or plan that sets it; null where only the document is known.
    async fn decision(&self) -> Option<&str> {
        self.target.decision.as_deref()
    }

    /// The day the decision or plan was signed.
    async fn decided_on(&self) -> Option<Date> {
        self.target.decided_on.map(Date)
    }

    /// What it has said, earliest first; empty for a target that never changed since it was loaded.
    #[graphql(complexity = "3 * child_complexity")]
    async fn history(&self, ctx: &Context<'_>) -> Vec<TargetVersion> {
        let supervisor = viewer(ctx).is_ok_and(|viewer| viewer.supervisor().is_ok());
        self.rulebook
            .versions_of(self.target.target_id)
            .map(|row| TargetVersion::of(row, supervisor))
            .collect()
    }

    /// Whether it differs from the national target; null for national ones.
    async fn deviates_from_national(&self) -> Option<bool> {
        self.target.deviates_from_national
    }

    /// What to know when reading it.
    async fn note(&self) -> Option<&str> {
        self.target.note.as_deref()
    }

    /// Its phase.
    async fn phase(&self) -> Option<PhaseObject> {
        let phase = self.rulebook.phase(self.target.phase_id)?;
        Some(PhaseObject(phase.clone()))
    }

    /// Its indicator.
    async fn indicator(&self) -> Option<IndicatorObject> {
        let indicator = self.rulebook.indicator_by_id(self.target.indicator_id)?;
        Some(IndicatorObject::new(&self.rulebook, indicator))
    }

    /// The area that set it, as it stands today or stood on its last day.
    async fn area(&self, ctx: &Context<'_>) -> Result<Option<AreaObject>> {
        let areas = ctx.data::<Areas>()?;
        Ok(AreaObject::today(areas, self.target.area_id))
    }
}

//! Targets as anyone may ask for them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::target;

use super::{IndicatorObject, PhaseObject};
use crate::{
    areas::{Areas, graphql::AreaObject},
    graphql::ids::wire,
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

//! What is shown of changes of areas and of what waits after them.

use async_graphql::{Enum, ID, Object};
use entity::ids::AreaId;

use super::{
    super::{
        super::{
            Areas, Settled,
            changes::{Effect, Outcome, Review, Step},
        },
        AreaObject,
    },
    AreaChangeKind,
};
use crate::graphql::{date::Date, ids::wire};

/// What becomes of something that hangs on an area that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::areas::changes::Fate")]
pub enum AreaChangeFate {
    /// It goes on as it was.
    Stays,
    /// It goes on in the one area that holds all of the old one.
    Follows,
    /// It is divided among the new areas by the shares stated on the edges.
    Divided,
    /// It waits for a decision or for more to be known: there is no one successor.
    Waits,
    /// It says nothing about the new areas, which need a value of their own.
    Unknown,
}

/// What hangs on areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::areas::changes::Matter")]
pub enum AreaChangeMatter {
    /// People living there.
    People,
    /// Standings that are valid today or later.
    Standings,
    /// Groups in use.
    Groups,
    /// Values of the denominator register that reach to the change or beyond it. They speak for the new areas until those
    /// have values of their own.
    Denominators,
    /// Targets of the area's own.
    Targets,
    /// Reports that are not locked. They stay with the area that wrote them, and can be read after it ended.
    Reports,
}

/// What a change does to one kind of thing in one area.
pub struct AreaChangeEffect {
    effect: Effect,
    step: Step,
}

/// What a change does to one kind of thing in one area.
#[Object]
impl AreaChangeEffect {
    /// What kind of thing.
    async fn matter(&self) -> AreaChangeMatter {
        self.effect.matter.into()
    }

    /// What becomes of it.
    async fn fate(&self) -> AreaChangeFate {
        self.effect.fate.into()
    }

    /// How many there are.
    async fn count(&self) -> i32 {
        i32::try_from(self.effect.count).unwrap_or(i32::MAX)
    }

    /// Where it is now.
    async fn area(&self) -> Option<AreaObject> {
        let on = self.step.plan.change.effective_on;
        AreaObject::new(&self.step.after, self.effect.area, on)
    }

    /// Where it may go.
    async fn successors(&self) -> Vec<AreaObject> {
        let areas = self.effect.successors.iter().copied();
        areas_after(&self.step, areas)
    }
}

/// That all or part of an area becomes part of another.
pub struct AreaChangeEdge {
    step: Step,
    from: AreaId,
    to: AreaId,
    share: Option<f64>,
}

/// That all or part of an area becomes part of another.
#[Object]
impl AreaChangeEdge {
    /// The area that ends, or is renamed or retyped.
    async fn from(&self) -> Option<AreaObject> {
        areas_after(&self.step, [self.from]).pop()
    }

    /// The area that all or part of it belongs to from the change on.
    async fn to(&self) -> Option<AreaObject> {
        areas_after(&self.step, [self.to]).pop()
    }

    /// Share of the old area's population, above 0 to 1; null where no source gives one.
    async fn share(&self) -> Option<f64> {
        self.share
    }
}

/// A change of areas by one decision on one day: as planned, or as done.
pub struct AreaChange(pub(super) Outcome);

/// A change of areas by one decision on one day: as planned, or as done.
#[Object]
impl AreaChange {
    /// Id of the change.
    async fn id(&self) -> ID {
        wire(self.0.step.plan.change.area_change_id)
    }

    /// Number of the decision.
    async fn decision(&self) -> &str {
        &self.0.step.plan.change.decision
    }

    /// First day on which the new state holds.
    async fn effective_on(&self) -> Date {
        Date(self.0.step.plan.change.effective_on)
    }

    /// What is done.
    async fn kind(&self) -> AreaChangeKind {
        self.0.step.plan.change.kind.into()
    }

    /// The areas that are new.
    async fn opened(&self) -> Vec<AreaObject> {
        areas_after(&self.0.step, self.0.step.plan.opened())
    }

    /// The areas that end.
    async fn closed(&self) -> Vec<AreaObject> {
        areas_after(&self.0.step, self.0.step.plan.closed())
    }

    /// The areas that go on as the same ones, with another name, type, code, or area around them.
    async fn altered(&self) -> Vec<AreaObject> {
        areas_after(&self.0.step, self.0.step.plan.altered())
    }

    /// Which area becomes, wholly or in part, which.
    async fn edges(&self) -> Vec<AreaChangeEdge> {
        let edges = self.0.step.plan.edges.iter();
        edges
            .map(|edge| AreaChangeEdge {
                step: self.0.step.clone(),
                from: edge.from_area_id,
                to: edge.to_area_id,
                share: edge.share,
            })
            .collect()
    }

    /// What it does to what hangs on the areas; things of which there are none are left out. Told when it is previewed
    /// and when it is applied, not when the same change is sent again.
    async fn effects(&self) -> Vec<AreaChangeEffect> {
        let effects = self.0.effects.iter().cloned();
        effects
            .map(|effect| AreaChangeEffect {
                effect,
                step: self.0.step.clone(),
            })
            .collect()
    }
}

fn areas_after(step: &Step, areas: impl IntoIterator<Item = AreaId>) -> Vec<AreaObject> {
    let on = step.plan.change.effective_on;
    let shown = |id| AreaObject::new(&step.after, id, on);
    areas.into_iter().filter_map(shown).collect()
}

/// A standing or group that waits for a decision, because its area was split or ended with its level.
pub struct AreaReview {
    pub(super) review: Review,
    pub(super) areas: Areas,
}

/// A standing or group that waits for a decision, because its area was split or ended with its level. Until then it
/// stays as it is: nobody gains or loses sight of anyone.
#[Object]
impl AreaReview {
    /// Id of the standing or group.
    async fn id(&self) -> ID {
        wire(self.review.id)
    }

    /// What waits: STANDINGS or GROUPS.
    async fn matter(&self) -> AreaChangeMatter {
        self.review.matter.into()
    }

    /// The name of the group, or the kind of the standing.
    async fn label(&self) -> &str {
        &self.review.label
    }

    /// The login name of the account whose it is.
    async fn login(&self) -> &str {
        &self.review.login
    }

    /// The area that ended.
    async fn area(&self) -> Option<AreaObject> {
        AreaObject::today(&self.areas, self.review.area)
    }

    /// The open areas that its parts went to.
    async fn successors(&self) -> Vec<AreaObject> {
        let next = match self.areas.settled(self.review.area) {
            Settled::Waits(next) => next,
            Settled::In(area) => vec![area],
        };
        let shown = |id| AreaObject::today(&self.areas, id);
        next.into_iter().filter_map(shown).collect()
    }
}

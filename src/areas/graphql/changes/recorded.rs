//! Changes of areas as they are recorded.

use async_graphql::{Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ids::AreaId;

use super::{
    super::{
        super::{Areas, changes::Recorded},
        AreaObject,
    },
    AreaChangeFate, AreaChangeKind, AreaChangeMatter,
};
use crate::graphql::{date::Date, ids::wire, pages::bad_input};

/// Where a recorded change stands. May grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AreaChangeState {
    /// It is recorded, and its day is still to come.
    Upcoming,
    /// Its day has come.
    InForce,
}

/// That all or part of an area became part of another, or that it was renamed.
#[derive(SimpleObject)]
pub struct RecordedAreaEdge {
    /// The area that ended, or was renamed or retyped; as of its last day.
    from: Option<AreaObject>,
    /// The area that all or part of it belongs to from the change on.
    to: Option<AreaObject>,
    /// Share of the old area's population, above 0 to 1; null where no source gives one.
    share: Option<f64>,
}

/// What a change did to one kind of thing in one area.
#[derive(SimpleObject)]
pub struct RecordedAreaEffect {
    /// What kind of thing.
    matter: AreaChangeMatter,
    /// What became of it.
    fate: AreaChangeFate,
    /// How many there were.
    count: i32,
    /// Where it was.
    area: Option<AreaObject>,
    /// Where it might go.
    successors: Vec<AreaObject>,
}

/// A change of areas as it is recorded.
pub struct RecordedAreaChange {
    pub(super) areas: Areas,
    pub(super) recorded: Recorded,
}

/// The most edges of one change shown at once.
const MOST_EDGES: usize = 200;

impl RecordedAreaChange {
    fn shown(&self, area: AreaId) -> Option<AreaObject> {
        let atlas = self.areas.atlas();
        let known = atlas.area(area)?;
        let on = known.day_within(self.recorded.change.effective_on);
        AreaObject::new(&atlas, area, on)
    }
}

/// A change of areas as it is recorded: shipped with the areas, or applied by an administrator.
#[Object]
impl RecordedAreaChange {
    /// Id of the change.
    async fn id(&self) -> ID {
        wire(self.recorded.change.area_change_id)
    }

    /// Number of the decision.
    async fn decision(&self) -> &str {
        &self.recorded.change.decision
    }

    /// First day on which the new state holds.
    async fn effective_on(&self) -> Date {
        Date(self.recorded.change.effective_on)
    }

    /// What was done.
    async fn kind(&self) -> AreaChangeKind {
        self.recorded.change.kind.into()
    }

    /// Whether its day has come.
    async fn state(&self) -> AreaChangeState {
        match self.recorded.is_in_force(self.areas.today()) {
            true => AreaChangeState::InForce,
            false => AreaChangeState::Upcoming,
        }
    }

    /// Whether it was shipped with the areas; such a change cannot be undone.
    #[graphql(name = "isShipped")]
    async fn shipped(&self) -> bool {
        self.recorded.is_shipped
    }

    /// Login name of who applied it; null of a shipped change, for supervisors, and once the account is erased.
    async fn applied_by(&self) -> Option<&str> {
        self.recorded.applied.as_ref()?.login.as_deref()
    }

    /// When it was applied; null of a shipped change and for supervisors.
    async fn applied_at(&self) -> Option<DateTime<Utc>> {
        self.recorded.applied.as_ref().map(|applied| applied.at)
    }

    /// How many edges there are in the areas of the viewer's standing.
    async fn edge_count(&self) -> i32 {
        i32::try_from(self.recorded.edges.len()).unwrap_or(i32::MAX)
    }

    /// Which area became which, in the areas of the viewer's standing.
    #[graphql(
        complexity = "first.map_or(20, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn edges(
        &self,
        #[graphql(desc = "How many; 20 by default, at most 200.")] first: Option<i32>,
    ) -> async_graphql::Result<Vec<RecordedAreaEdge>> {
        let first = first.map_or(Some(20), |first| usize::try_from(first).ok());
        let Some(first) = first.filter(|first| (1..=MOST_EDGES).contains(first)) else {
            return Err(bad_input(format!(
                "`first` must be between 1 and {MOST_EDGES}"
            )));
        };
        let edges = self.recorded.edges.iter().take(first);
        let shown = edges.map(|edge| RecordedAreaEdge {
            from: self.shown(edge.from_area_id),
            to: self.shown(edge.to_area_id),
            share: edge.share,
        });
        Ok(shown.collect())
    }

    /// What it did to what hung on the areas, as it was told when it was applied; empty of a shipped change and for
    /// supervisors.
    #[graphql(complexity = "10 * child_complexity")]
    async fn effects(&self) -> Vec<RecordedAreaEffect> {
        let applied = self.recorded.applied.iter();
        let effects = applied.flat_map(|applied| &applied.effects);
        effects
            .map(|effect| RecordedAreaEffect {
                matter: effect.matter.into(),
                fate: effect.fate.into(),
                count: i32::try_from(effect.count).unwrap_or(i32::MAX),
                area: self.shown(effect.area),
                successors: effect
                    .successors
                    .iter()
                    .filter_map(|area| self.shown(*area))
                    .collect(),
            })
            .collect()
    }
}

//! What administrators send about changes of areas.

use async_graphql::{Enum, ID, InputObject};
use entity::ids::AreaId;
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

use super::super::{
    super::{
        AreaChanges,
        changes::{Ask, Edge, Move, Target},
    },
    AreaUnitType,
};
use crate::{
    error::Result,
    graphql::{date::Date, ids::named},
};

/// What a change does to areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::area_change::AreaChangeKind")]
pub enum AreaChangeKind {
    /// Another name; the same area.
    Renamed,
    /// Another unit type; the same area.
    Retyped,
    /// Whole areas become part of a new one.
    Merged,
    /// An area's parts go to several new ones, alone or together with others.
    Split,
    /// A part of an area goes to another; both go on as new areas, be it under the same names and codes.
    PartTransferred,
    /// A level of the tree ends; its areas have no successor of their own.
    LevelAbolished,
    /// A district becomes a commune of the type đặc khu.
    BecameSpecialZone,
}

/// A change of areas by one decision on one day. Any change of extent makes new areas, even under the same name or
/// code; only renamed and retyped areas stay the same ones.
#[derive(InputObject)]
pub struct AreaChangeInput {
    /// A UUID made by the client. With it, the same change again changes nothing.
    id: Option<ID>,
    /// Number of the decision, at most 200 characters.
    decision: String,
    /// First day on which the new state holds; at most 24 months ahead.
    effective_on: Date,
    /// What is done.
    kind: AreaChangeKind,
    /// The areas that end, or are renamed or retyped: open, of one level, each once.
    from_ids: Vec<ID>,
    /// What they become; nothing when a level is abolished.
    to: Option<Vec<AreaChangeTargetInput>>,
    /// Which becomes which. May be left out where only one reading is possible: one area on either side, or a renaming.
    edges: Option<Vec<AreaChangeEdgeInput>>,
    /// Where the areas inside an area that is split lie from then on. After a merger they follow by themselves.
    moves: Option<Vec<AreaChangeMoveInput>>,
}

/// An area that a change leads to.
#[derive(InputObject)]
struct AreaChangeTargetInput {
    /// Of a renamed or retyped area its own id; otherwise a UUID made by the client for the new area.
    id: ID,
    /// Full official name with the unit type: "Phường Thuận An". Needed for a new area.
    name: Option<String>,
    /// Unit type. Needed for a new area.
    unit_type: Option<AreaUnitType>,
    /// Official code: two digits for a province, five for a commune. Needed for a new area.
    code: Option<String>,
    /// The area directly around it. Needed for a new area.
    parent_id: Option<ID>,
}

/// That all or part of an area becomes part of another.
#[derive(InputObject)]
struct AreaChangeEdgeInput {
    /// One of `fromIds`.
    from_id: ID,
    /// The id of one of `to`.
    to_id: ID,
    /// Share of the old area's population, above 0 to 1; left out where no source gives one.
    share: Option<f64>,
}

/// That an area lies in another one from the change on.
#[derive(InputObject)]
struct AreaChangeMoveInput {
    /// The area that lies inside.
    area_id: ID,
    /// The area directly around it: the id of one of `to`.
    parent_id: ID,
}

/// A change to take back.
#[derive(InputObject)]
pub struct UndoAreaChangeInput {
    /// Id of the change.
    pub(super) id: ID,
}

/// What becomes of a standing or group that waits.
#[derive(InputObject)]
pub struct DecideAreaReviewInput {
    /// Id of the standing or group.
    id: ID,
    /// Where it goes: of a group one of the successors; of a standing any number of them, and none ends it.
    area_ids: Vec<ID>,
}

impl DecideAreaReviewInput {
    pub(super) fn read(self) -> Result<(Uuid, Vec<AreaId>)> {
        let areas = self.area_ids.iter().enumerate();
        let areas = areas.map(|(at, id)| named(id, &format!("areaIds.{at}")));
        Ok((named(&self.id, "id")?, areas.collect::<Result<_>>()?))
    }
}

impl AreaChangeInput {
    pub(super) fn read(self, changes: &AreaChanges) -> Result<Ask> {
        let from = self.from_ids.iter().enumerate();
        let from = from.map(|(at, id)| named(id, &format!("fromIds.{at}")));
        let to = self.to.unwrap_or_default().into_iter().enumerate();
        let edges = self.edges.unwrap_or_default().into_iter().enumerate();
        let moves = self.moves.unwrap_or_default().into_iter().enumerate();
        Ok(Ask {
            id: match &self.id {
                Some(id) => named(id, "id")?,
                None => changes.fresh_id(),
            },
            decision: self.decision.trim().nfc().collect(),
            effective_on: self.effective_on.0,
            kind: self.kind.into(),
            from: from.collect::<Result<_>>()?,
            to: to.map(|(at, to)| to.read(at)).collect::<Result<_>>()?,
            edges: edges
                .map(|(at, edge)| edge.read(at))
                .collect::<Result<_>>()?,
            moves: moves.map(|(at, to)| to.read(at)).collect::<Result<_>>()?,
        })
    }
}

impl AreaChangeTargetInput {
    fn read(self, at: usize) -> Result<Target> {
        let field = |name: &str| format!("to.{at}.{name}");
        Ok(Target {
            id: named(&self.id, &field("id"))?,
            name: self.name.map(|name| name.trim().nfc().collect()),
            unit_type: self.unit_type.map(Into::into),
            code: self.code.map(|code| code.trim().to_owned()),
            parent: self
                .parent_id
                .map(|id| named(&id, &field("parentId")))
                .transpose()?,
        })
    }
}

impl AreaChangeEdgeInput {
    fn read(self, at: usize) -> Result<Edge> {
        Ok(Edge {
            from: named(&self.from_id, &format!("edges.{at}.fromId"))?,
            to: named(&self.to_id, &format!("edges.{at}.toId"))?,
            share: self.share,
        })
    }
}

impl AreaChangeMoveInput {
    fn read(self, at: usize) -> Result<Move> {
        Ok(Move {
            area: named(&self.area_id, &format!("moves.{at}.areaId"))?,
            parent: named(&self.parent_id, &format!("moves.{at}.parentId"))?,
        })
    }
}

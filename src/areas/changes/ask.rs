//! A change of areas as somebody asks for it.

use chrono::NaiveDate;
use entity::{
    area_change::AreaChangeKind,
    area_name::UnitType,
    ids::{AreaChangeId, AreaId},
};

/// A change of areas by one decision on one day.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Made by the client or by us.
    pub id: AreaChangeId,
    /// Number of the decision, as its source writes it.
    pub decision: String,
    /// First day on which the new state holds.
    pub effective_on: NaiveDate,
    /// What is done.
    pub kind: AreaChangeKind,
    /// The areas that end, or are renamed or retyped.
    pub from: Vec<AreaId>,
    /// What they become.
    pub to: Vec<Target>,
    /// Which becomes which; may be left out where only one reading is possible.
    pub edges: Vec<Edge>,
    /// Where the areas inside an area that is split lie from then on.
    pub moves: Vec<Move>,
}

/// An area that a change leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The area: of a renamed or retyped one its own, otherwise a new one.
    pub id: AreaId,
    /// Full official name, NFC.
    pub name: Option<String>,
    /// Unit type.
    pub unit_type: Option<UnitType>,
    /// Official code from the change on.
    pub code: Option<String>,
    /// The area directly around a new one.
    pub parent: Option<AreaId>,
}

impl Target {
    /// An area of which nothing is told but that it is meant.
    pub fn of(id: AreaId) -> Self {
        Self {
            id,
            name: None,
            unit_type: None,
            code: None,
            parent: None,
        }
    }
}

/// That all or part of an area becomes part of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// The area that ends.
    pub from: AreaId,
    /// Where it, or a part of it, belongs from the change on.
    pub to: AreaId,
    /// Share of the old area's population, above 0 to 1; absent where no source gives one.
    pub share: Option<f64>,
}

/// That an area lies in another one from the change on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The area that lies inside.
    pub area: AreaId,
    /// The area directly around it.
    pub parent: AreaId,
}

impl Ask {
    /// Whether the areas go on as the same ones.
    pub fn keeps_identity(&self) -> bool {
        matches!(self.kind, AreaChangeKind::Renamed | AreaChangeKind::Retyped)
    }

    /// The edges, those that go without saying included.
    pub fn all_edges(&self) -> Vec<Edge> {
        let edge = |from: AreaId, to: AreaId| Edge {
            from,
            to,
            share: None,
        };
        if !self.edges.is_empty() {
            return self.edges.clone();
        }
        match (self.from.as_slice(), self.to.as_slice()) {
            _ if self.keeps_identity() => self.to.iter().map(|to| edge(to.id, to.id)).collect(),
            ([from], to) => to.iter().map(|to| edge(*from, to.id)).collect(),
            (from, [to]) => from.iter().map(|from| edge(*from, to.id)).collect(),
            _ => Vec::new(),
        }
    }
}

//! The records of areas, arranged so that a change can be planned: what is known of each area, and what lies in it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    area::{self, AreaLevel},
    area_change::AreaChangeKind,
    area_code,
    area_name::{self, UnitType},
    area_parent, atom,
    ids::{AreaId, AtomId},
};

use super::super::{records::Records, shipped::named};

/// Everything recorded about one area, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Its level and life.
    pub area: area::Model,
    /// Its names.
    pub names: Vec<area_name::Model>,
    /// Its official codes.
    pub codes: Vec<area_code::Model>,
    /// What lay directly around it.
    pub parents: Vec<area_parent::Model>,
}

/// A dated row about an area.
trait Dated {
    fn from(&self) -> Option<NaiveDate>;
    fn to(&mut self) -> &mut Option<NaiveDate>;
}

macro_rules! dated {
    ($($row:ty)*) => {$(
        impl Dated for $row {
            fn from(&self) -> Option<NaiveDate> {
                self.valid_from
            }
            fn to(&mut self) -> &mut Option<NaiveDate> {
                &mut self.valid_to
            }
        }
    )*};
}

dated! { area_name::Model area_code::Model area_parent::Model }

impl Facts {
    /// Whether it existed before a day and has no last day.
    pub fn is_open_before(&self, day: NaiveDate) -> bool {
        self.area.valid_to.is_none() && self.area.valid_from.is_none_or(|first| first < day)
    }

    /// Whether anything about it is recorded to begin after a day.
    pub fn has_later(&self, day: NaiveDate) -> bool {
        let names = self.names.iter().map(|row| row.valid_from);
        let codes = self.codes.iter().map(|row| row.valid_from);
        let parents = self.parents.iter().map(|row| row.valid_from);
        let mut all = names.chain(codes).chain(parents).flatten();
        all.any(|first| first > day)
    }

    /// Its newest name.
    pub fn name(&self) -> &str {
        self.names.last().map_or("", |row| row.name.as_str())
    }

    /// Its newest unit type.
    pub fn unit_type(&self) -> UnitType {
        self.names
            .last()
            .map_or(UnitType::Country, |row| row.unit_type)
    }

    /// Its newest code.
    pub fn code(&self) -> &str {
        self.codes.last().map_or("", |row| row.code.as_str())
    }

    /// What lies directly around it on a day.
    pub fn parent_on(&self, day: NaiveDate) -> Option<AreaId> {
        let holds = |row: &&area_parent::Model| {
            row.valid_from.is_none_or(|first| first <= day)
                && row.valid_to.is_none_or(|last| day <= last)
        };
        self.parents.iter().find(holds).map(|row| row.parent_id)
    }

    /// Ends it: `day` is the first on which it is no more.
    pub fn close(&mut self, day: NaiveDate) {
        let last = day.pred_opt();
        self.area.valid_to = last;
        end(&mut self.names, day, last);
        end(&mut self.codes, day, last);
        end(&mut self.parents, day, last);
    }

    /// Calls it by another name from a day on.
    pub fn rename(&mut self, day: NaiveDate, name: &str, unit_type: UnitType) {
        let id = self.area.area_id;
        let to = self.area.valid_to;
        if self.name() == name && self.unit_type() == unit_type {
            return;
        }
        end(&mut self.names, day, day.pred_opt());
        if let Some(last) = self.names.last_mut()
            && last.name == name
            && last.unit_type == unit_type
        {
            last.valid_to = to;
            return;
        }
        let position = next(self.names.len());
        self.names
            .push(named(id, position, name, unit_type, (Some(day), to)));
    }

    /// Gives it another code from a day on.
    pub fn recode(&mut self, day: NaiveDate, code: &str) {
        if self.code() == code {
            return;
        }
        end(&mut self.codes, day, day.pred_opt());
        if let Some(last) = self.codes.last_mut()
            && last.code == code
        {
            last.valid_to = self.area.valid_to;
            return;
        }
        self.codes.push(area_code::Model {
            area_id: self.area.area_id,
            position: next(self.codes.len()),
            valid_from: Some(day),
            valid_to: self.area.valid_to,
            code: code.to_owned(),
        });
    }

    /// Lays it in another area from a day on.
    pub fn move_to(&mut self, day: NaiveDate, parent: AreaId) {
        if self.parent_on(day) == Some(parent) {
            return;
        }
        let until = self.parents.last().and_then(|row| row.valid_to);
        end(&mut self.parents, day, day.pred_opt());
        if let Some(last) = self.parents.last_mut()
            && last.parent_id == parent
        {
            last.valid_to = until;
            return;
        }
        self.parents.push(area_parent::Model {
            area_id: self.area.area_id,
            position: next(self.parents.len()),
            valid_from: Some(day),
            valid_to: until,
            parent_id: parent,
        });
    }
}

/// Drops what begins on `day` or later, and ends what is left on `last`.
fn end<R: Dated>(rows: &mut Vec<R>, day: NaiveDate, last: Option<NaiveDate>) {
    rows.retain(|row| row.from().is_none_or(|first| first < day));
    if let Some(row) = rows.last_mut() {
        *row.to() = last;
    }
}

fn next(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// The records, by area.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// What is known of each area.
    pub facts: HashMap<AreaId, Facts>,
    /// Decisions with the day and kind of what they did.
    pub changes: HashSet<(String, NaiveDate, AreaChangeKind)>,
    /// Where each area went.
    pub successors: HashMap<AreaId, BTreeSet<AreaId>>,
    /// Where each area came from.
    pub predecessors: HashMap<AreaId, BTreeSet<AreaId>>,
    /// The atoms that are, or became, part of each commune.
    pub atoms: HashMap<AreaId, Vec<AtomId>>,
}

impl World {
    /// Arranges records.
    pub fn new(records: &Records) -> Self {
        let mut world = Self::default();
        for row in &records.areas {
            let facts = Facts {
                area: row.clone(),
                names: Vec::new(),
                codes: Vec::new(),
                parents: Vec::new(),
            };
            world.facts.insert(row.area_id, facts);
        }
        for row in &records.names {
            if let Some(facts) = world.facts.get_mut(&row.area_id) {
                facts.names.push(row.clone());
            }
        }
        for row in &records.codes {
            if let Some(facts) = world.facts.get_mut(&row.area_id) {
                facts.codes.push(row.clone());
            }
        }
        for row in &records.parents {
            if let Some(facts) = world.facts.get_mut(&row.area_id) {
                facts.parents.push(row.clone());
            }
        }
        for facts in world.facts.values_mut() {
            facts.names.sort_by_key(|row| row.position);
            facts.codes.sort_by_key(|row| row.position);
            facts.parents.sort_by_key(|row| row.position);
        }
        for row in &records.changes {
            let known = (row.decision.clone(), row.effective_on, row.kind);
            world.changes.insert(known);
        }
        for edge in &records.edges {
            world.lead(edge.from_area_id, edge.to_area_id);
        }
        for row in &records.atoms {
            world.lay(row);
        }
        world
    }

    pub(super) fn lead(&mut self, from: AreaId, to: AreaId) {
        if from != to {
            self.successors.entry(from).or_default().insert(to);
            self.predecessors.entry(to).or_default().insert(from);
        }
    }

    pub(super) fn lay(&mut self, row: &atom::Model) {
        self.atoms.entry(row.area_id).or_default().push(row.atom_id);
    }

    /// The level of an area.
    pub fn level(&self, id: AreaId) -> Option<AreaLevel> {
        self.facts.get(&id).map(|facts| facts.area.level)
    }

    /// The areas directly inside another on a day or later.
    pub fn inside(&self, id: AreaId, day: NaiveDate) -> Vec<&Facts> {
        let lies = |facts: &&Facts| {
            let mut rows = facts.parents.iter();
            rows.any(|row| row.parent_id == id && row.valid_to.is_none_or(|last| last >= day))
        };
        let mut inside: Vec<_> = self.facts.values().filter(lies).collect();
        inside.sort_by_key(|facts| facts.area.area_id);
        inside
    }

    /// The area of a level around another on a day, or itself.
    pub fn around(&self, id: AreaId, level: AreaLevel, day: NaiveDate) -> Option<AreaId> {
        let mut at = id;
        // Levels only go up, so a tree is never deeper than its levels.
        for _ in 0..4 {
            let facts = self.facts.get(&at)?;
            if facts.area.level == level {
                return Some(at);
            }
            at = facts.parent_on(day)?;
        }
        None
    }

    /// The atoms that lie, as far as is certain, in a commune that has not ended.
    pub fn certain_atoms(&self, commune: AreaId) -> BTreeSet<AtomId> {
        let mut atoms = BTreeSet::new();
        let mut left = vec![commune];
        while let Some(area) = left.pop() {
            atoms.extend(self.atoms.get(&area).into_iter().flatten().copied());
            let before = self.predecessors.get(&area).into_iter().flatten();
            left.extend(before.filter(|older| {
                self.successors
                    .get(older)
                    .is_some_and(|next| next.len() == 1)
            }));
        }
        atoms
    }

    /// The name of an area, for messages.
    pub fn name(&self, id: AreaId) -> String {
        self.facts
            .get(&id)
            .map_or_else(|| id.to_string(), |facts| facts.name().to_owned())
    }
}

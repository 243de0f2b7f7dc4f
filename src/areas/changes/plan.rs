//! What a change of areas does to the records: a pure function, so that what is previewed is what is applied.
//!
//! Invariant: nothing that was true before the day of the change is altered; rows end, and others begin.
//! Invariant: renamed and retyped areas stay the same ones; every other change ends its areas and opens new ones.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    area::{self, AreaLevel},
    area_change::{self, AreaChangeKind as Kind},
    area_change_edge, area_code, area_parent, atom,
    ids::{AreaId, root_atom, shipped},
};
use unicode_normalization::UnicodeNormalization;

use super::{
    super::{records::Records, shipped::named},
    ask::{Ask, Edge, Target},
    check::{fault, faults},
    targets::target_level,
    world::{Facts, World},
};
use crate::error::{UserError, UserErrorCode as Code};

/// An area before and after a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Touched {
    /// What was recorded; nothing of a new area.
    pub before: Option<Facts>,
    /// What is recorded from now on; nothing of an area that is taken back.
    pub after: Option<Facts>,
}

impl Touched {
    /// Which area.
    pub fn id(&self) -> Option<AreaId> {
        let facts = self.after.as_ref().or(self.before.as_ref());
        facts.map(|facts| facts.area.area_id)
    }
}

/// What a change does.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangePlan {
    /// The change.
    pub change: area_change::Model,
    /// Its edges.
    pub edges: Vec<area_change_edge::Model>,
    /// The areas whose rows change, by id.
    pub touched: Vec<Touched>,
    /// The atoms it makes; a whole comes before its parts.
    pub atoms: Vec<atom::Model>,
}

impl ChangePlan {
    /// The areas that are new.
    pub fn opened(&self) -> impl Iterator<Item = AreaId> + '_ {
        let new = self.touched.iter().filter(|area| area.before.is_none());
        new.filter_map(Touched::id)
    }

    /// The areas that end.
    pub fn closed(&self) -> impl Iterator<Item = AreaId> + '_ {
        let open = |facts: &Option<Facts>| {
            facts
                .as_ref()
                .is_some_and(|facts| facts.area.valid_to.is_none())
        };
        let ended = move |area: &&Touched| open(&area.before) && !open(&area.after);
        self.touched.iter().filter(ended).filter_map(Touched::id)
    }

    /// The areas that go on, with another name, code or parent.
    pub fn altered(&self) -> impl Iterator<Item = AreaId> + '_ {
        let goes_on = |area: &&Touched| {
            let open = |facts: &Facts| facts.area.valid_to.is_none();
            area.before.is_some() && area.after.as_ref().is_some_and(open)
        };
        self.touched.iter().filter(goes_on).filter_map(Touched::id)
    }

    /// The areas an area went to.
    pub fn successors(&self, id: AreaId) -> Vec<AreaId> {
        let edges = self.edges.iter().filter(|edge| edge.from_area_id == id);
        edges.map(|edge| edge.to_area_id).collect()
    }

    /// Records with the change in them.
    #[must_use]
    pub fn applied(&self, records: &Records) -> Records {
        let mut records = records.clone();
        replace(&mut records, self.touched.iter(), |area| {
            area.after.as_ref()
        });
        records.changes.push(self.change.clone());
        records.edges.extend(self.edges.iter().cloned());
        records.atoms.extend(self.atoms.iter().cloned());
        records
    }

    /// Records without the change.
    #[must_use]
    pub fn undone(&self, records: &Records) -> Records {
        let mut records = records.clone();
        replace(&mut records, self.touched.iter(), |area| {
            area.before.as_ref()
        });
        let id = self.change.area_change_id;
        records.changes.retain(|row| row.area_change_id != id);
        records.edges.retain(|row| row.area_change_id != id);
        let made: Vec<_> = self.atoms.iter().map(|atom| atom.atom_id).collect();
        records.atoms.retain(|atom| !made.contains(&atom.atom_id));
        records
    }
}

fn replace<'t>(
    records: &mut Records,
    touched: impl Iterator<Item = &'t Touched>,
    now: impl Fn(&'t Touched) -> Option<&'t Facts>,
) {
    let touched: BTreeMap<AreaId, &Touched> = touched
        .filter_map(|area| Some((area.id()?, area)))
        .collect();
    let other = |id: &AreaId| !touched.contains_key(id);
    records.areas.retain(|row| other(&row.area_id));
    records.names.retain(|row| other(&row.area_id));
    records.codes.retain(|row| other(&row.area_id));
    records.parents.retain(|row| other(&row.area_id));
    for facts in touched.values().filter_map(|area| now(area)) {
        records.areas.push(facts.area.clone());
        records.names.extend(facts.names.iter().cloned());
        records.codes.extend(facts.codes.iter().cloned());
        records.parents.extend(facts.parents.iter().cloned());
    }
}

impl World {
    /// Carries a change into the world.
    pub fn apply(&mut self, plan: &ChangePlan) {
        for area in &plan.touched {
            match (area.id(), &area.after) {
                (Some(id), Some(facts)) => self.facts.insert(id, facts.clone()),
                (Some(id), None) => self.facts.remove(&id),
                (None, _) => None,
            };
        }
        for edge in &plan.edges {
            self.lead(edge.from_area_id, edge.to_area_id);
        }
        for atom in &plan.atoms {
            self.lay(atom);
        }
        let change = &plan.change;
        let key = (change.decision.clone(), change.effective_on, change.kind);
        self.changes.insert(key);
    }
}

/// Plans a change.
///
/// # Errors
/// Everything that must be mended; nothing is planned then.
pub fn plan(world: &World, ask: &Ask, today: NaiveDate) -> Result<ChangePlan, Vec<UserError>> {
    let found = faults(world, ask, today);
    if !found.is_empty() {
        return Err(found);
    }
    let day = ask.effective_on;
    let edges = ask.all_edges();
    let mut now: BTreeMap<AreaId, Facts> = BTreeMap::new();
    for to in &ask.to {
        let facts = match world.facts.get(&to.id) {
            Some(known) if ask.keeps_identity() => kept(known, to, day),
            // Another change of the day opened it: nothing about it changes but what it holds.
            Some(_) => continue,
            None => opened(world, ask, to),
        };
        now.insert(to.id, facts);
    }
    if !ask.keeps_identity() {
        move_inner(world, ask, &edges, &mut now)?;
        for id in &ask.from {
            if let Some(facts) = world.facts.get(id) {
                let mut facts = facts.clone();
                facts.close(day);
                now.insert(*id, facts);
            }
        }
    }
    let touched = now.into_iter().map(|(id, after)| Touched {
        before: world.facts.get(&id).cloned(),
        after: Some(after),
    });
    let mut rows: Vec<_> = edges
        .iter()
        .map(|edge| area_change_edge::Model {
            area_change_id: ask.id,
            from_area_id: edge.from,
            to_area_id: edge.to,
            share: edge.share,
        })
        .collect();
    rows.sort_by_key(|edge| (edge.from_area_id, edge.to_area_id));
    Ok(ChangePlan {
        change: area_change::Model {
            area_change_id: ask.id,
            decision: ask.decision.trim().nfc().collect(),
            effective_on: day,
            kind: ask.kind,
        },
        edges: rows,
        touched: touched.collect(),
        atoms: atoms(world, ask, &edges),
    })
}

fn kept(known: &Facts, to: &Target, day: NaiveDate) -> Facts {
    let mut facts = known.clone();
    let name: String = to.name.as_deref().unwrap_or(known.name()).nfc().collect();
    facts.rename(day, &name, to.unit_type.unwrap_or(known.unit_type()));
    if let Some(code) = &to.code {
        facts.recode(day, code);
    }
    facts
}

fn opened(world: &World, ask: &Ask, to: &Target) -> Facts {
    let (area_id, valid_from) = (to.id, Some(ask.effective_on));
    let name: String = to.name.as_deref().unwrap_or_default().nfc().collect();
    let unit_type = to.unit_type.unwrap_or(entity::area_name::UnitType::Commune);
    let code = to.code.iter().map(|code| area_code::Model {
        area_id,
        position: 0,
        valid_from,
        valid_to: None,
        code: code.clone(),
    });
    let parent = to.parent.iter().map(|parent| area_parent::Model {
        area_id,
        position: 0,
        valid_from,
        valid_to: None,
        parent_id: *parent,
    });
    Facts {
        area: area::Model {
            area_id,
            level: target_level(world, ask).unwrap_or(AreaLevel::Commune),
            valid_from,
            valid_to: None,
        },
        names: vec![named(area_id, 0, &name, unit_type, (valid_from, None))],
        codes: code.collect(),
        parents: parent.collect(),
    }
}

/// Lays what was inside the areas that end into what they became.
fn move_inner(
    world: &World,
    ask: &Ask,
    edges: &[Edge],
    now: &mut BTreeMap<AreaId, Facts>,
) -> Result<(), Vec<UserError>> {
    let day = ask.effective_on;
    let mut found = Vec::new();
    let mut used = vec![false; ask.moves.len()];
    for from in &ask.from {
        let next: Vec<AreaId> = edges
            .iter()
            .filter(|edge| edge.from == *from)
            .map(|edge| edge.to)
            .collect();
        let lifted = matches!(ask.kind, Kind::LevelAbolished | Kind::BecameSpecialZone);
        for inner in world.inside(*from, day) {
            let id = inner.area.area_id;
            let asked = ask.moves.iter().position(|inner| inner.area == id);
            if let Some(slot) = asked.and_then(|at| used.get_mut(at)) {
                *slot = true;
            }
            let asked = asked.and_then(|at| ask.moves.get(at)).map(|to| to.parent);
            let parent = match (asked, next.as_slice()) {
                _ if lifted => world.facts.get(from).and_then(|facts| facts.parent_on(day)),
                (Some(parent), _) if next.contains(&parent) => Some(parent),
                (None, [only]) => Some(*only),
                _ => None,
            };
            let facts = now.entry(id).or_insert_with(|| inner.clone());
            match parent {
                _ if inner.has_later(day)
                    || inner.area.valid_from.is_some_and(|first| first > day) =>
                {
                    let wrong = fault(Code::Conflict, "effectiveOn", "area-change-overlaps");
                    found.push(wrong.with("area", inner.name()).with("on", day));
                }
                Some(parent) => facts.move_to(day, parent),
                None => {
                    let wrong = fault(Code::Required, "moves", "area-change-move-required");
                    found.push(wrong.with("area", inner.name()));
                }
            }
        }
    }
    for (at, _) in used.iter().enumerate().filter(|(_, used)| !**used) {
        let field = format!("moves.{at}.areaId");
        found.push(fault(Code::NotFound, field, "area-change-move-unknown"));
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// A root atom for every new commune, and, for every part of a commune, a part of each atom that lay in it.
fn atoms(world: &World, ask: &Ask, edges: &[Edge]) -> Vec<atom::Model> {
    let new = |to: &&Target| !world.facts.contains_key(&to.id);
    let communes = target_level(world, ask) == Some(AreaLevel::Commune);
    let mut atoms: Vec<_> = ask
        .to
        .iter()
        .filter(|to| communes && new(to))
        .map(|to| atom::Model {
            atom_id: root_atom(to.id),
            area_id: to.id,
            parent_atom_id: None,
        })
        .collect();
    let mut edges: Vec<_> = edges
        .iter()
        .filter(|edge| world.level(edge.from) == Some(AreaLevel::Commune))
        .filter(|edge| edges.iter().filter(|other| other.from == edge.from).count() > 1)
        .collect();
    edges.sort_by_key(|edge| (edge.from, edge.to));
    for edge in edges {
        for whole in world.certain_atoms(edge.from) {
            atoms.push(atom::Model {
                atom_id: shipped(&format!("atom:{whole}:{}", edge.to)),
                area_id: edge.to,
                parent_atom_id: Some(whole),
            });
        }
    }
    atoms
}

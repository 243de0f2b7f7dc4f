//! What an import would change: the records it brings, compared with those that are held.

use std::collections::{HashMap, HashSet};

use entity::{
    area, area_change, area_change_edge, area_code, area_name, area_parent, atom, ids::AreaId,
};

use super::records::Records;

/// How many things an import brings, by what they are to the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Not held before.
    pub new: usize,
    /// Held, but not the same.
    pub changed: usize,
    /// Held just so.
    pub unchanged: usize,
}

/// What an import did, or in a dry run would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportSummary {
    /// Areas with their names, codes and parents.
    pub areas: Tally,
    /// Changes with their edges.
    pub changes: Tally,
    /// Atoms.
    pub atoms: Tally,
}

impl ImportSummary {
    /// Whether the database already held all of it.
    pub fn is_unchanged(&self) -> bool {
        let tallies = [self.areas, self.changes, self.atoms];
        tallies
            .iter()
            .all(|tally| tally.new == 0 && tally.changed == 0)
    }
}

impl std::fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines = [
            ("areas", self.areas),
            ("changes", self.changes),
            ("atoms", self.atoms),
        ];
        for (at, (what, tally)) in lines.iter().enumerate() {
            let end = if at + 1 < lines.len() { "\n" } else { "" };
            let Tally {
                new,
                changed,
                unchanged,
            } = tally;
            write!(
                f,
                "{what}: {new} new, {changed} changed, {unchanged} unchanged{end}"
            )?;
        }
        Ok(())
    }
}

/// What to write. What is held and not brought stays: it may be an administrator's own change.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) summary: ImportSummary,
    /// Areas to insert.
    pub(super) new_areas: Vec<area::Model>,
    /// Areas to update; their names, codes and parents are replaced.
    pub(super) changed_areas: Vec<area::Model>,
    pub(super) names: Vec<area_name::Model>,
    pub(super) codes: Vec<area_code::Model>,
    pub(super) parents: Vec<area_parent::Model>,
    pub(super) new_changes: Vec<area_change::Model>,
    /// Changes whose edges are replaced.
    pub(super) changed_changes: Vec<area_change::Model>,
    pub(super) edges: Vec<area_change_edge::Model>,
    pub(super) atoms: Vec<atom::Model>,
}

/// Everything about one area.
#[derive(Default, PartialEq)]
struct About<'a> {
    area: Option<&'a area::Model>,
    names: Vec<&'a area_name::Model>,
    codes: Vec<&'a area_code::Model>,
    parents: Vec<&'a area_parent::Model>,
}

/// Compares what is brought with what is held. Both list an area's facts, and a change's edges, in the same order.
/// Areas that administrators changed by decisions of their own (`own`) stay as they are.
pub(super) fn plan(brought: &Records, held: &Records, own: &HashSet<AreaId>) -> Plan {
    let mut plan = Plan::default();
    let known = by_area(held);
    for (id, about) in by_area(brought) {
        let Some(area) = about.area else { continue };
        match known.get(&id) {
            Some(same) if *same == about || own.contains(&id) => {
                plan.summary.areas.unchanged += 1;
                continue;
            }
            Some(_) => {
                plan.summary.areas.changed += 1;
                plan.changed_areas.push(area.clone());
            }
            None => {
                plan.summary.areas.new += 1;
                plan.new_areas.push(area.clone());
            }
        }
        plan.names.extend(about.names.into_iter().cloned());
        plan.codes.extend(about.codes.into_iter().cloned());
        plan.parents.extend(about.parents.into_iter().cloned());
    }
    // In the order of the keys the rows are appended to the tables' trees instead of scattered over them.
    plan.new_areas.sort_by_key(|row| row.area_id);
    plan.names.sort_by_key(|row| (row.area_id, row.position));
    plan.codes.sort_by_key(|row| (row.area_id, row.position));
    plan.parents.sort_by_key(|row| (row.area_id, row.position));
    plan_changes(&mut plan, brought, held);
    let atoms: HashMap<_, _> = held.atoms.iter().map(|atom| (atom.atom_id, atom)).collect();
    for atom in &brought.atoms {
        match atoms.contains_key(&atom.atom_id) {
            true => plan.summary.atoms.unchanged += 1,
            false => {
                plan.summary.atoms.new += 1;
                plan.atoms.push(atom.clone());
            }
        }
    }
    plan
}

fn plan_changes(plan: &mut Plan, brought: &Records, held: &Records) {
    let known: HashMap<_, _> = held
        .changes
        .iter()
        .map(|change| (change.area_change_id, change))
        .collect();
    let (edges, known_edges) = (by_change(&brought.edges), by_change(&held.edges));
    for change in &brought.changes {
        let id = change.area_change_id;
        let of_change = edges.get(&id);
        match known.get(&id) {
            Some(same) if *same == change && known_edges.get(&id) == of_change => {
                plan.summary.changes.unchanged += 1;
                continue;
            }
            Some(_) => {
                plan.summary.changes.changed += 1;
                plan.changed_changes.push(change.clone());
            }
            None => {
                plan.summary.changes.new += 1;
                plan.new_changes.push(change.clone());
            }
        }
        plan.edges
            .extend(of_change.into_iter().flatten().map(|edge| (*edge).clone()));
    }
}

fn by_area(records: &Records) -> HashMap<AreaId, About<'_>> {
    let mut all: HashMap<AreaId, About<'_>> = HashMap::with_capacity(records.areas.len());
    for area in &records.areas {
        all.entry(area.area_id).or_default().area = Some(area);
    }
    for name in &records.names {
        all.entry(name.area_id).or_default().names.push(name);
    }
    for code in &records.codes {
        all.entry(code.area_id).or_default().codes.push(code);
    }
    for parent in &records.parents {
        all.entry(parent.area_id).or_default().parents.push(parent);
    }
    all
}

fn by_change(
    edges: &[area_change_edge::Model],
) -> HashMap<entity::ids::AreaChangeId, Vec<&area_change_edge::Model>> {
    let mut all: HashMap<_, Vec<_>> = HashMap::new();
    for edge in edges {
        all.entry(edge.area_change_id).or_default().push(edge);
    }
    all
}

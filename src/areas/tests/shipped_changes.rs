//! The shipped history, made again from the areas of 30 June 2025 by the mechanism that administrators use.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    area_change::AreaChangeKind as Kind,
    ids::{AreaChangeId, AreaId},
};
use uuid::Uuid;

use super::super::{
    changes::{
        Ask, Edge, Target,
        plan::plan,
        world::{Facts, World},
    },
    records::Records,
};
use super::{ATLAS, RECORDS, after, before, today};

/// What was recorded about an area by a day, as if nothing had been decided since.
fn as_of(facts: &Facts, day: NaiveDate) -> Option<Facts> {
    let mut facts = facts.clone();
    if facts.area.valid_from.is_some_and(|first| first > day) {
        return None;
    }
    facts.area.valid_to = facts.area.valid_to.filter(|last| *last < day);
    macro_rules! cut {
        ($rows:ident) => {
            facts
                .$rows
                .retain(|row| row.valid_from.is_none_or(|first| first <= day));
            if let Some(row) = facts.$rows.last_mut() {
                row.valid_to = row.valid_to.filter(|last| *last < day);
            }
        };
    }
    cut!(names);
    cut!(codes);
    cut!(parents);
    Some(facts)
}

fn flat(facts: impl IntoIterator<Item = Facts>) -> Records {
    let mut records = Records::default();
    for facts in facts {
        records.areas.push(facts.area);
        records.names.extend(facts.names);
        records.codes.extend(facts.codes);
        records.parents.extend(facts.parents);
    }
    records
}

/// A new area, or one that goes on, as a day found it.
fn target(facts: &Facts, day: NaiveDate) -> Target {
    let name = facts.names.iter().find(|row| row.valid_from == Some(day));
    let code = facts.codes.iter().find(|row| row.valid_from == Some(day));
    let new = facts.area.valid_from == Some(day);
    Target {
        id: facts.area.area_id,
        name: name.map(|row| row.name.clone()),
        unit_type: name.map(|row| row.unit_type),
        code: code.map(|row| row.code.clone()),
        parent: new.then(|| facts.parent_on(day).unwrap()),
    }
}

/// The order in which the changes of one day can be told: the level that ends, then from above.
fn turn(world: &World, ask: &Ask) -> (NaiveDate, u8) {
    let level = world.level(ask.from[0]).unwrap();
    let turn = match (ask.kind, level) {
        (Kind::LevelAbolished, _) => 0,
        (_, AreaLevel::Province) => 1,
        (Kind::BecameSpecialZone, _) => 2,
        _ => 3,
    };
    (ask.effective_on, turn)
}

/// The shipped changes as an administrator would send them. What one decision does to extents is one change.
fn asks(shipped: &World) -> Vec<Ask> {
    let changes: BTreeMap<_, _> = RECORDS
        .changes
        .iter()
        .map(|change| (change.area_change_id, change))
        .collect();
    let mut groups: BTreeMap<_, BTreeSet<(AreaId, AreaId)>> = BTreeMap::new();
    for edge in &RECORDS.edges {
        let change = changes[&edge.area_change_id];
        let level = shipped.level(edge.from_area_id).unwrap();
        let kind = match change.kind {
            Kind::Merged | Kind::Split => Kind::Split,
            other => other,
        };
        let key = (change.effective_on, change.decision.clone(), kind, level);
        let edges = groups.entry(key).or_default();
        edges.insert((edge.from_area_id, edge.to_area_id));
    }
    let mut asks: Vec<Ask> = Vec::new();
    for ((effective_on, decision, kind, _), edges) in groups {
        let from: BTreeSet<_> = edges.iter().map(|(from, _)| *from).collect();
        let to: BTreeSet<_> = edges.iter().map(|(_, to)| *to).collect();
        let is_split = |from: &AreaId| edges.iter().filter(|(other, _)| other == from).count() > 1;
        let kind = match kind {
            Kind::Split if !from.iter().any(is_split) => Kind::Merged,
            other => other,
        };
        asks.push(Ask {
            id: AreaChangeId(Uuid::from_u128(asks.len() as u128 + 1)),
            decision,
            effective_on,
            kind,
            from: from.into_iter().collect(),
            to: to
                .iter()
                .map(|id| target(&shipped.facts[id], effective_on))
                .collect(),
            edges: edges
                .into_iter()
                .map(|(from, to)| Edge {
                    from,
                    to,
                    share: None,
                })
                .collect(),
            moves: Vec::new(),
        });
    }
    for change in RECORDS
        .changes
        .iter()
        .filter(|row| row.kind == Kind::LevelAbolished)
    {
        let ended = change.effective_on.pred_opt();
        let mut from: Vec<AreaId> = shipped
            .facts
            .values()
            .filter(|facts| facts.area.level == AreaLevel::District && facts.area.valid_to == ended)
            .map(|facts| facts.area.area_id)
            .filter(|id| !shipped.successors.contains_key(id))
            .collect();
        from.sort();
        asks.push(Ask {
            id: change.area_change_id,
            decision: change.decision.clone(),
            effective_on: change.effective_on,
            kind: change.kind,
            from,
            to: Vec::new(),
            edges: Vec::new(),
            moves: Vec::new(),
        });
    }
    // Five communes were kept with another spelling of the name, by no decision.
    let renamed: BTreeSet<AreaId> = asks
        .iter()
        .filter(|ask| ask.keeps_identity())
        .flat_map(|ask| ask.from.clone())
        .collect();
    let mut spelled: Vec<AreaId> = shipped
        .facts
        .values()
        .filter(|facts| facts.area.valid_from != Some(after()))
        .filter(|facts| {
            facts
                .names
                .iter()
                .any(|row| row.valid_from == Some(after()))
        })
        .map(|facts| facts.area.area_id)
        .filter(|id| !renamed.contains(id))
        .collect();
    spelled.sort();
    assert_eq!(spelled.len(), 5);
    asks.push(Ask {
        id: AreaChangeId(Uuid::from_u128(0xffff)),
        decision: "chính tả".to_owned(),
        effective_on: after(),
        kind: Kind::Renamed,
        to: spelled
            .iter()
            .map(|id| target(&shipped.facts[id], after()))
            .collect(),
        from: spelled,
        edges: Vec::new(),
        moves: Vec::new(),
    });
    asks
}

#[test]
fn every_shipped_change_made_again_from_30_june_2025_gives_just_the_shipped_areas() {
    let shipped = World::new(&RECORDS);
    let mut start = flat(
        shipped
            .facts
            .values()
            .filter_map(|facts| as_of(facts, before())),
    );
    let old: BTreeSet<AreaId> = start.areas.iter().map(|row| row.area_id).collect();
    let roots = RECORDS.atoms.iter();
    start.atoms = roots
        .filter(|atom| atom.parent_atom_id.is_none() && old.contains(&atom.area_id))
        .cloned()
        .collect();
    let mut world = World::new(&start);
    let mut atoms: BTreeSet<_> = start
        .atoms
        .iter()
        .map(|atom| (atom.atom_id, atom.area_id, atom.parent_atom_id))
        .collect();
    let mut asks = asks(&shipped);
    asks.sort_by_key(|ask| turn(&shipped, ask));
    assert!(asks.len() > 40, "{}", asks.len());
    let mut edges = BTreeSet::new();
    for ask in &asks {
        let made = plan(&world, ask, today());
        let made = made.unwrap_or_else(|wrong| {
            panic!(
                "{} {:?}: {:?}",
                ask.decision,
                ask.kind,
                &wrong[..wrong.len().min(5)]
            )
        });
        world.apply(&made);
        let new = made.atoms.iter();
        atoms.extend(new.map(|atom| (atom.atom_id, atom.area_id, atom.parent_atom_id)));
        if ask.decision != "chính tả" {
            let key = |from, to| (ask.decision.clone(), ask.effective_on, from, to);
            let led = made.edges.iter();
            edges.extend(led.map(|edge| key(edge.from_area_id, edge.to_area_id)));
        }
    }
    assert_eq!(world.facts.len(), shipped.facts.len());
    let different: Vec<_> = shipped
        .facts
        .iter()
        .filter(|(id, facts)| world.facts.get(id) != Some(*facts))
        .map(|(_, facts)| facts.name())
        .collect();
    assert!(
        different.is_empty(),
        "{} areas: {:?}",
        different.len(),
        &different[..different.len().min(8)]
    );
    let shipped_atoms: BTreeSet<_> = RECORDS
        .atoms
        .iter()
        .map(|atom| (atom.atom_id, atom.area_id, atom.parent_atom_id))
        .collect();
    assert_eq!(atoms.len(), shipped_atoms.len());
    assert!(atoms == shipped_atoms, "the atoms differ");
    let by_id: BTreeMap<_, _> = RECORDS
        .changes
        .iter()
        .map(|row| (row.area_change_id, row))
        .collect();
    let shipped_edges: BTreeSet<_> = RECORDS
        .edges
        .iter()
        .map(|edge| {
            let change = by_id[&edge.area_change_id];
            (
                change.decision.clone(),
                change.effective_on,
                edge.from_area_id,
                edge.to_area_id,
            )
        })
        .collect();
    assert!(
        edges == shipped_edges,
        "{} edges for {}",
        edges.len(),
        shipped_edges.len()
    );
}

#[test]
fn what_hangs_on_a_shipped_area_follows_a_merger_and_waits_after_a_split_or_with_its_level() {
    use super::super::Settled;
    let (mut follows, mut splits, mut districts) = (0, 0, 0);
    for facts in World::new(&RECORDS).facts.values() {
        let id = facts.area.area_id;
        let next = ATLAS.successors(id);
        match (ATLAS.settled(id, today()), facts.area.valid_to.is_none()) {
            (Settled::In(same), true) => assert_eq!(same, id),
            (Settled::In(other), false) => {
                assert!(ATLAS.is_open(other, today()) && next.len() == 1);
                follows += 1;
            }
            (Settled::Waits(parts), false) => {
                assert!(parts.iter().all(|part| ATLAS.is_open(*part, today())));
                match facts.area.level {
                    AreaLevel::Commune => splits += 1,
                    _ => districts += 1,
                }
            }
            (Settled::Waits(_), true) => panic!("{} waits while it is open", facts.name()),
        }
    }
    assert_eq!((follows, splits, districts), (9_462 + 52 + 5, 441, 691));
}

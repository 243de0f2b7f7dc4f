//! The register across changes of areas: whatever a restated population tells is a sum of what is laid on atoms, and sharing out
//! loses and invents nobody.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};
use entity::{
    area::{self, AreaLevel},
    area_change_edge, area_parent, atom, denominator,
    denominator::DenominatorStatus,
    ids::{AreaId, AtomId, root_atom, shipped},
};
use proptest::prelude::*;
use vun::{
    areas::{Atlas, records::Records},
    coverage::{disclosure::official_populations, official::laid},
    programmes::restated::{Entries, population, shared_out},
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn id(name: &str) -> AreaId {
    shipped(name)
}

/// An old commune: what it becomes (a place among the new ones each), in which shares of a hundred, and what the register says.
#[derive(Clone, Debug)]
struct Old {
    to: BTreeMap<usize, u32>,
    are_shares_stated: bool,
    entry: Option<i64>,
    registered: u64,
}

fn old() -> impl Strategy<Value = Old> {
    let to = proptest::collection::btree_map(0..3_usize, 1..100_u32, 1..3);
    (
        to,
        any::<bool>(),
        proptest::option::weighted(0.9, 0..60_i64),
        0..12_u64,
    )
        .prop_map(|(to, are_shares_stated, entry, registered)| Old {
            to,
            are_shares_stated,
            entry,
            registered,
        })
}

impl Old {
    fn share(&self, to: usize) -> Option<f64> {
        let sum: u32 = self.to.values().sum();
        let stated = self.are_shares_stated && self.to.len() > 1;
        stated.then(|| f64::from(self.to[&to]) / f64::from(sum))
    }
}

const NEW: usize = 3;

struct World {
    atlas: Atlas,
    entries: Entries,
    registered: BTreeMap<AtomId, u64>,
}

/// A province whose communes all become others on one day; the first new one is divided again by stated halves.
fn world(olds: &[Old]) -> World {
    let (last, first) = (day("2025-06-30"), day("2025-07-01"));
    let (last_again, first_again) = (day("2025-09-30"), day("2025-10-01"));
    let mut records = Records::default();
    let province = id("province");
    let mut open = |name: &str, level, valid_from, valid_to| {
        let area_id = id(name);
        records.areas.push(area::Model {
            area_id,
            level,
            valid_from,
            valid_to,
        });
        if level == AreaLevel::Commune {
            records.parents.push(area_parent::Model {
                area_id,
                position: 0,
                valid_from,
                valid_to,
                parent_id: province,
            });
            records.atoms.push(atom::Model {
                atom_id: root_atom(area_id),
                area_id,
                parent_atom_id: None,
            });
        }
        area_id
    };
    open("province", AreaLevel::Province, None, None);
    let old: Vec<AreaId> = (0..olds.len())
        .map(|at| open(&format!("old {at}"), AreaLevel::Commune, None, Some(last)))
        .collect();
    let new: Vec<AreaId> = (0..NEW)
        .map(|at| {
            let end = (at == 0).then_some(last_again);
            open(&format!("new {at}"), AreaLevel::Commune, Some(first), end)
        })
        .collect();
    let halves: Vec<AreaId> = (0..2)
        .map(|at| {
            open(
                &format!("half {at}"),
                AreaLevel::Commune,
                Some(first_again),
                None,
            )
        })
        .collect();
    let mut lead = |from_area_id, to_area_id, share| {
        records.edges.push(area_change_edge::Model {
            area_change_id: shipped("change"),
            from_area_id,
            to_area_id,
            share,
        });
    };
    let mut certain: Vec<AtomId> = vec![root_atom(new[0])];
    let mut parts = Vec::new();
    for (at, known) in olds.iter().enumerate() {
        for to in known.to.keys() {
            lead(old[at], new[*to], known.share(*to));
            let mut inside = root_atom(old[at]);
            if known.to.len() > 1 {
                let part: AtomId = shipped(&format!("part {at} {to}"));
                parts.push((part, new[*to], inside));
                inside = part;
            }
            if *to == 0 {
                certain.push(inside);
            }
        }
    }
    for (at, half) in halves.iter().enumerate() {
        lead(new[0], *half, Some(0.5));
        for whole in &certain {
            parts.push((shipped(&format!("half {at} of {whole}")), *half, *whole));
        }
    }
    records.atoms.extend(
        parts
            .into_iter()
            .map(|(atom_id, area_id, whole)| atom::Model {
                atom_id,
                area_id,
                parent_atom_id: Some(whole),
            }),
    );
    let mut entries = Entries::new();
    let mut registered = BTreeMap::new();
    for (at, known) in olds.iter().enumerate() {
        registered.insert(root_atom(old[at]), known.registered);
        let Some(value) = known.entry else { continue };
        let entry = denominator::Model {
            denominator_id: shipped(&format!("entry {at}")),
            area_id: old[at],
            indicator_id: shipped("D3"),
            period_from: day("2025-01-01"),
            period_to: last,
            status: DenominatorStatus::Official,
            version: 1,
            value,
            source: "mẫu".to_owned(),
            entered_by: None,
            entered_at: DateTime::UNIX_EPOCH,
            settled_because: None,
        };
        entries.insert(old[at], vec![entry]);
    }
    World {
        atlas: Atlas::new(&records).unwrap(),
        entries,
        registered,
    }
}

fn communes(atlas: &Atlas) -> Vec<AreaId> {
    let names = (0..6).map(|at| format!("old {at}"));
    let names = names.chain((0..NEW).map(|at| format!("new {at}")));
    let names = names.chain((0..2).map(|at| format!("half {at}")));
    names
        .map(|name| id(&name))
        .filter(|area| atlas.area(*area).is_some())
        .collect()
}

const DAYS: [&str; 4] = ["2025-06-30", "2025-07-01", "2025-10-01", "2025-12-31"];

proptest! {
    #[test]
    fn whatever_a_restated_population_tells_is_a_sum_of_what_is_laid_on_atoms(olds in proptest::collection::vec(old(), 1..6)) {
        let world = world(&olds);
        for on in DAYS.map(day) {
            let values = laid(&world.atlas, &world.entries, on);
            let atoms: Vec<AtomId> = values.iter().flat_map(|value| value.area.iter()).collect();
            prop_assert_eq!(atoms.iter().collect::<BTreeSet<_>>().len(), atoms.len(), "an atom is in two values");
            let official = official_populations(&world.registered, &values).unwrap();
            for area in communes(&world.atlas) {
                let Ok(known) = population(&world.atlas, &world.entries, &[area], on) else { continue };
                let sum: u64 = world.atlas.atoms_of_area(area)
                    .filter(|atom| atoms.contains(atom))
                    .map(|atom| official[&atom].people())
                    .sum();
                prop_assert_eq!(i64::try_from(sum).unwrap(), known.people, "{:?} on {}", area, on);
            }
        }
    }

    #[test]
    fn all_new_areas_together_have_what_all_old_ones_had_and_each_share_adds_up(olds in proptest::collection::vec(old(), 1..6)) {
        let world = world(&olds);
        let old: Vec<AreaId> = (0..olds.len()).map(|at| id(&format!("old {at}"))).collect();
        let reached: BTreeSet<AreaId> = old.iter().flat_map(|area| world.atlas.successors(*area)).collect();
        let new: Vec<AreaId> = reached.into_iter().collect();
        for on in DAYS.map(day) {
            let before = population(&world.atlas, &world.entries, &old, on);
            let after = population(&world.atlas, &world.entries, &new, on);
            match (before, after) {
                (Ok(before), Ok(after)) => {
                    prop_assert_eq!(before.people, after.people);
                    let each: Option<i64> = new.iter()
                        .map(|area| population(&world.atlas, &world.entries, &[*area], on).ok().map(|known| known.people))
                        .sum();
                    prop_assert!(each.is_none_or(|each| each == before.people), "{:?} of {}", each, before.people);
                }
                (Err(_), Err(_)) => {}
                (before, after) => prop_assert!(false, "{before:?} became {after:?}"),
            }
        }
    }

    #[test]
    fn an_area_is_unknown_exactly_when_an_entry_or_a_share_is_missing(olds in proptest::collection::vec(old(), 1..6)) {
        let world = world(&olds);
        for at in 0..NEW {
            let area = id(&format!("new {at}"));
            let into: Vec<&Old> = olds.iter().filter(|old| old.to.contains_key(&at)).collect();
            let complete = !into.is_empty()
                && into.iter().all(|old| old.entry.is_some() && (old.to.len() == 1 || old.are_shares_stated));
            let known = population(&world.atlas, &world.entries, &[area], day("2025-07-01"));
            prop_assert_eq!(known.is_ok(), complete, "{:?}", known);
            let next_year = population(&world.atlas, &world.entries, &[area], day("2026-01-01"));
            prop_assert!(next_year.is_err(), "an entry does not speak for another year");
        }
    }

    #[test]
    fn people_shared_out_are_whole_and_add_up(shares in proptest::collection::vec(1..1_000_000_i64, 1..6), people in 0..1_000_000_000_i64) {
        let sum: i64 = shares.iter().sum();
        let exact: BTreeMap<AreaId, i64> =
            shares.iter().enumerate().map(|(at, share)| (id(&format!("{at}")), share * 1_000_000 / sum)).collect();
        let parts = shared_out(&exact, people);
        prop_assert!(parts.values().all(|part| *part >= 0));
        prop_assert_eq!(parts.values().sum::<i64>(), people, "rounded shares are a whole");
        let half: BTreeMap<AreaId, i64> = [(id("only"), 500_000)].into();
        prop_assert_eq!(shared_out(&half, people).values().sum::<i64>(), people / 2);
    }
}

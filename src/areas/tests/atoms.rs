//! Where people are counted: rules that hold for every area, atom and day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel::{Commune, District, Province},
    area_change::AreaChangeKind,
    ids::{AreaId, AtomId},
};
use proptest::prelude::*;

use super::{ATLAS, RECORDS, after, before, by_code, day, today, valid};
use crate::areas::{AtomIx, Location};

#[test]
fn no_split_crosses_a_province() {
    let splits = RECORDS
        .changes
        .iter()
        .filter(|change| change.kind == AreaChangeKind::Split);
    let mut provinces: BTreeMap<AreaId, BTreeSet<AreaId>> = BTreeMap::new();
    for change in splits {
        let edges = RECORDS
            .edges
            .iter()
            .filter(|edge| edge.area_change_id == change.area_change_id);
        for edge in edges {
            let around = ATLAS.parent(edge.to_area_id, change.effective_on).unwrap();
            provinces
                .entry(edge.from_area_id)
                .or_default()
                .insert(around);
        }
    }
    assert_eq!(provinces.len(), 441);
    assert!(provinces.values().all(|around| around.len() == 1));
}

#[test]
fn people_of_a_split_commune_are_in_no_commune_until_placed_but_in_their_province() {
    let old = by_code("00007", before());
    assert_eq!(ATLAS.name(old, before()), "Phường Cống Vị");
    let whole = ATLAS.root_atom(old).unwrap();
    let hanoi = by_code("01", today());
    let here = ATLAS.location(whole, before());
    assert_eq!(here.commune, Some(old));
    assert_eq!(here.ancestors, ATLAS.ancestors(old, before()));
    let there = ATLAS.location(whole, after());
    assert_eq!(there.commune, None);
    assert_eq!(there.ancestors, [hanoi, ATLAS.country().unwrap()]);
    let parts = ATLAS.parts_of_atom(whole);
    assert_eq!(parts.len(), 2);
    for part in parts {
        let new = ATLAS.commune_of_atom(part).unwrap();
        assert_eq!(ATLAS.parent_atom(part), Some(whole));
        assert_eq!(ATLAS.location(part, before()).commune, Some(old));
        assert_eq!(ATLAS.location(part, today()).commune, Some(new));
        assert!(ATLAS.covers(new, new) && !ATLAS.covers(new, old));
        assert!(ATLAS.atoms_of_area(new).any(|atom| atom == part));
        assert!(!ATLAS.atoms_of_area(new).any(|atom| atom == whole));
    }
    assert_eq!(ATLAS.parent_atom(whole), None);
}

#[test]
fn a_merged_commune_is_counted_in_its_successor() {
    let old = by_code("25978", before());
    let new = ATLAS.successors(old)[0];
    let atom = ATLAS.root_atom(old).unwrap();
    assert_eq!(ATLAS.location(atom, after()).commune, Some(new));
    assert!(ATLAS.covers(new, old) && !ATLAS.covers(old, new));
    let (district, province) = (by_code("725", before()), by_code("74", before()));
    let expected: BTreeSet<_> = [
        old,
        new,
        district,
        province,
        by_code("79", after()),
        ATLAS.country().unwrap(),
    ]
    .into();
    assert_eq!(ATLAS.areas_of_atom(atom).collect::<BTreeSet<_>>(), expected);
    assert!(ATLAS.covers(by_code("79", after()), province));
    // Whoever moves to the new ward is not in the old province.
    let newcomer = ATLAS.root_atom(new).unwrap();
    assert_eq!(ATLAS.location(newcomer, before()), Location::default());
    assert!(ATLAS.areas_of_atom(newcomer).all(|area| area != province));
}

/// Days of both trees, early and late in each.
fn days() -> [NaiveDate; 4] {
    [day("1950-01-01"), before(), after(), today()]
}

fn atoms() -> impl Iterator<Item = AtomId> {
    RECORDS.atoms.iter().map(|atom| atom.atom_id)
}

#[test]
fn every_atom_is_in_one_province_and_the_country_from_its_first_day() {
    let country = ATLAS.country().unwrap();
    for atom in atoms() {
        let areas: BTreeSet<_> = ATLAS.areas_of_atom(atom).collect();
        let mut begun = false;
        for on in days() {
            let location = ATLAS.location(atom, on);
            begun |= !location.ancestors.is_empty();
            if !begun {
                continue;
            }
            let level = |wanted| {
                let around = location.ancestors.iter();
                around
                    .filter(move |id| ATLAS.area(**id).unwrap().level == wanted)
                    .count()
            };
            assert_eq!((level(Province), level(Commune)), (1, 0), "{atom} on {on}");
            assert_eq!(location.ancestors.last(), Some(&country));
            // It is never anywhere that its extents do not say.
            let everywhere = location.commune.iter().chain(&location.ancestors);
            for area in everywhere {
                assert!(
                    areas.contains(area) && ATLAS.is_valid(*area, on),
                    "{atom} on {on}"
                );
            }
        }
        assert!(begun, "{atom}");
    }
}

#[test]
fn the_communes_of_a_day_part_the_atoms_placed_on_it() {
    for on in [before(), after(), today()] {
        let mut seen: BTreeSet<AtomIx> = BTreeSet::new();
        for commune in valid(Commune, on) {
            for atom in ATLAS.extent(commune) {
                assert!(
                    seen.insert(*atom),
                    "an atom of {} is in two communes",
                    ATLAS.name(commune, on)
                );
            }
        }
        let placed: BTreeSet<_> = atoms()
            .filter(|atom| ATLAS.location(*atom, on).commune.is_some())
            .map(|atom| ATLAS.atom_ix(atom).unwrap())
            .collect();
        assert_eq!(seen, placed);
        let unplaced = match on < after() {
            // Communes that do not exist yet.
            true => 3_321 - 132,
            // Communes split, their people not yet placed.
            false => 441,
        };
        assert_eq!(RECORDS.atoms.len() - placed.len(), unplaced);
        // Those of split communes, and no others, may lie in several.
        let country = ATLAS.country().unwrap();
        let undecided = ATLAS.undecided_atoms(country, on).count();
        assert_eq!(undecided, if on < after() { 0 } else { 441 });
    }
    assert_eq!(RECORDS.atoms.len(), 13_224 + 972);
}

#[test]
fn the_extent_of_an_area_holds_those_of_the_areas_inside_it() {
    for on in [before(), after()] {
        for level in [Province, District, Commune] {
            for area in valid(level, on) {
                for around in ATLAS.ancestors(area, on) {
                    assert!(
                        ATLAS.covers(around, area),
                        "{}",
                        ATLAS.display_name(area, on)
                    );
                }
            }
        }
    }
}

fn any_area() -> impl Strategy<Value = AreaId> {
    // Mostly areas that touch each other: those of a few old and new provinces.
    let near: Vec<_> = ["70", "74", "79", "95", "96"]
        .into_iter()
        .flat_map(|code| [(code, before()), (code, after())])
        .flat_map(|(code, on)| {
            let province = ATLAS.by_code(code, Some(Province), on);
            province.into_iter().flat_map(move |id| {
                let mut inside = ATLAS.search(None, Some(id), None, on);
                inside.push(id);
                inside
            })
        })
        .chain(ATLAS.country())
        .collect();
    let all: Vec<_> = RECORDS.areas.iter().map(|area| area.area_id).collect();
    prop_oneof![4 => proptest::sample::select(near), 1 => proptest::sample::select(all)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn covering_is_reflexive_and_transitive(a in any_area(), atom in proptest::sample::select(atoms().collect::<Vec<_>>())) {
        prop_assert!(ATLAS.covers(a, a));
        let chain: Vec<_> = ATLAS.areas_of_atom(atom).collect();
        for one in &chain {
            for two in &chain {
                for three in &chain {
                    let holds = ATLAS.covers(*one, *two) && ATLAS.covers(*two, *three);
                    prop_assert!(!holds || ATLAS.covers(*one, *three));
                }
            }
        }
    }

    #[test]
    fn covering_is_transitive_for_any_three(a in any_area(), b in any_area(), c in any_area()) {
        let holds = ATLAS.covers(a, b) && ATLAS.covers(b, c);
        prop_assert!(!holds || ATLAS.covers(a, c));
    }

    #[test]
    fn what_stands_around_an_area_is_valid_and_lists_it_among_its_children(area in any_area(), on in proptest::sample::select(days().to_vec())) {
        for (inner, outer) in std::iter::once(area).chain(ATLAS.ancestors(area, on)).zip(ATLAS.ancestors(area, on)) {
            prop_assert!(ATLAS.is_valid(outer, on));
            prop_assert!(ATLAS.children(outer, on).contains(&inner));
        }
        prop_assert_eq!(ATLAS.is_valid(area, on), ATLAS.code(area, on).is_some());
    }
}

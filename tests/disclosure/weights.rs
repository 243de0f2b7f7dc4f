//! Official values laid over atoms.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vun::coverage::disclosure::{
    Atom, Census, OfficialError, OfficialValue, PoolHistory, Population, Shown, Threshold,
    official_populations,
};

use crate::world::month;

fn value(atoms: &[u8], root: u8, people: u64) -> OfficialValue<u8> {
    OfficialValue {
        area: atoms.iter().copied().collect(),
        root,
        people,
    }
}

fn people(registered: &[(u8, u64)], official: &[OfficialValue<u8>]) -> BTreeMap<u8, u64> {
    let registered = registered.iter().copied().collect();
    let populations = official_populations(&registered, official).unwrap();
    populations
        .into_iter()
        .map(|(atom, population)| (atom, population.people()))
        .collect()
}

#[test]
fn the_official_value_is_shared_by_the_registered_and_the_rest_stay_as_registered() {
    let shared = people(
        &[(0, 1), (1, 1), (2, 1), (9, 4)],
        &[value(&[0, 1, 2], 0, 100)],
    );
    assert_eq!(shared, BTreeMap::from([(0, 34), (1, 33), (2, 33), (9, 4)]));
}

#[test]
fn with_nobody_registered_the_root_takes_the_whole_value() {
    assert_eq!(
        people(&[], &[value(&[0, 1], 1, 30)]),
        BTreeMap::from([(0, 0), (1, 30)])
    );
}

#[test]
fn an_official_zero_does_not_publish_the_registered_few() {
    let registered = BTreeMap::from([(0_u8, 3), (1, 50)]);
    let populations = official_populations(&registered, &[value(&[0], 0, 0)]).unwrap();
    let atoms = populations.iter().map(|(&key, &population)| Atom {
        key,
        near: vec![Some(0_u8)],
        populations: vec![population],
    });
    let census = Census::new(1, 1, atoms).unwrap();
    let shown = Shown::at(
        &PoolHistory::default(),
        month(0),
        &census,
        Threshold::default(),
    );
    assert!(!shown.is_exact(&[0].into_iter().collect()));
    assert_eq!(
        populations.get(&0).copied().map(Population::people),
        Some(0)
    );
}

#[test]
fn overlapping_areas_and_roots_outside_are_refused() {
    let none = BTreeMap::new();
    let overlap = official_populations(&none, &[value(&[0, 1], 0, 5), value(&[1], 1, 5)]);
    assert_eq!(overlap.unwrap_err(), OfficialError::Overlap);
    assert_eq!(
        official_populations(&none, &[value(&[0], 7, 5)]).unwrap_err(),
        OfficialError::RootOutside
    );
}

proptest! {
    #[test]
    fn the_shares_add_up_to_the_official_value(
        registered in proptest::collection::btree_map(0..12_u8, prop_oneof![0..9_u64, Just(u64::MAX)], 0..12),
        official in prop_oneof![0..500_u64, Just(u64::MAX)],
    ) {
        let area: Vec<u8> = (0..8).collect();
        let populations = official_populations(&registered, &[value(&area, 3, official)]).unwrap();
        let sum: u128 = area.iter().map(|atom| u128::from(populations[atom].people())).sum();
        prop_assert_eq!(sum, u128::from(official));
        for (atom, &people) in registered.range(8..) {
            prop_assert_eq!(populations[atom].people(), people);
        }
        let all: u128 = area.iter().map(|atom| u128::from(registered.get(atom).copied().unwrap_or(0))).sum();
        for atom in area {
            let own = u128::from(registered.get(&atom).copied().unwrap_or(0));
            let exact = (u128::from(official) * own).checked_div(all);
            let share = u128::from(populations[&atom].people());
            prop_assert!(exact.is_none_or(|exact| share == exact || share == exact + 1));
        }
    }
}

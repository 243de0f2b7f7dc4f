//! Small random worlds of areas that merge and split, and what an onlooker is shown of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use vun::coverage::disclosure::{
    Atom, AtomSet, Census, Month, PoolHistory, Population, Shown, Threshold,
};

/// Indicators of the family in these worlds.
pub const INDICATORS: usize = 2;
/// Months that are evaluated one after the other.
pub const MONTHS: usize = 5;

/// Where an atom lies: an old and a current commune of one province, either of which may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub province: u8,
    pub current: Option<u8>,
    pub old: Option<u8>,
}

#[derive(Debug, Clone)]
pub struct World {
    pub k: u64,
    pub places: Vec<Place>,
    /// By month, atom and indicator.
    pub people: Vec<Vec<[u64; INDICATORS]>>,
}

pub fn month(number: usize) -> Month {
    (0..number).fold(first_month(), |month, _| month.next())
}

fn first_month() -> Month {
    Month::of(chrono::NaiveDate::from_ymd_opt(2025, 7, 1).unwrap())
}

impl World {
    pub fn threshold(&self) -> Threshold {
        Threshold::new(self.k).unwrap()
    }

    pub fn atoms(&self, month: usize) -> Vec<Atom<u8, (u8, u8)>> {
        let rows = self.places.iter().zip(&self.people[month]).enumerate();
        rows.map(|(key, (place, people))| Atom {
            key: u8::try_from(key).unwrap(),
            near: vec![
                place.current.map(|commune| (place.province, commune)),
                place.old.map(|commune| (place.province, commune / 2)),
                Some((place.province, 0)),
            ],
            populations: (0..INDICATORS)
                .map(|indicator| match people[indicator] {
                    0 if self.is_never_counted(key, month, indicator) => Population::NEVER,
                    people => Population::of(people),
                })
                .collect(),
        })
        .collect()
    }

    /// Whether nobody was counted in any month up to this one.
    pub fn is_never_counted(&self, atom: usize, month: usize, indicator: usize) -> bool {
        self.people[..=month]
            .iter()
            .all(|people| people[atom][indicator] == 0)
    }

    pub fn census(&self, month: usize) -> Census<u8, (u8, u8)> {
        Census::new(3, INDICATORS, self.atoms(month)).unwrap()
    }

    /// The history after the evaluations of the first `months` months.
    pub fn history(&self, months: usize) -> PoolHistory<u8> {
        let mut history = PoolHistory::default();
        for number in 0..months {
            history.evolve(&self.census(number), month(number), self.threshold());
        }
        history
    }

    pub fn shown(&self, history: &PoolHistory<u8>, number: usize) -> Shown<u8> {
        Shown::at(
            history,
            month(number),
            &self.census(number),
            self.threshold(),
        )
    }

    /// Every area that is ever asked for: current and old communes, districts, provinces, the country.
    pub fn areas(&self) -> BTreeSet<AtomSet<u8>> {
        let mut areas: BTreeMap<(u8, u8, u8), Vec<u8>> = BTreeMap::new();
        for (key, place) in self.places.iter().enumerate() {
            let key = u8::try_from(key).unwrap();
            areas.entry((0, 0, 0)).or_default().push(key);
            areas.entry((1, place.province, 0)).or_default().push(key);
            if let Some(commune) = place.current {
                areas
                    .entry((2, place.province, commune))
                    .or_default()
                    .push(key);
            }
            if let Some(commune) = place.old {
                areas
                    .entry((3, place.province, commune / 2))
                    .or_default()
                    .push(key);
                areas
                    .entry((4, place.province, commune))
                    .or_default()
                    .push(key);
            }
        }
        areas
            .into_values()
            .map(|atoms| atoms.into_iter().collect())
            .collect()
    }

    /// Everything shown of a month: the exact areas, and the pools around the others.
    pub fn shown_sets(&self, shown: &Shown<u8>) -> BTreeSet<AtomSet<u8>> {
        let areas = self.areas();
        let exact = areas.iter().filter(|area| shown.is_exact(area)).cloned();
        exact
            .chain(areas.iter().filter_map(|area| shown.pool_around(area)))
            .collect()
    }

    /// Everything shown of a month as sums of whole blocks: an exact area differs from the blocks around it by nobody.
    pub fn shown_sums(&self, shown: &Shown<u8>) -> BTreeSet<AtomSet<u8>> {
        self.areas()
            .iter()
            .filter_map(|area| shown.pool_around(area))
            .collect()
    }

    pub fn people_of(&self, area: &AtomSet<u8>, month: usize, indicator: usize) -> u64 {
        area.iter()
            .map(|atom| self.people[month][usize::from(atom)][indicator])
            .sum()
    }
}

/// Worlds of up to nine atoms whose populations drift around the threshold.
pub fn worlds() -> impl Strategy<Value = World> {
    let place = (
        0..2_u8,
        proptest::option::weighted(0.9, 0..3_u8),
        proptest::option::weighted(0.8, 0..4_u8),
    );
    (2..5_u64, proptest::collection::btree_set(place, 1..10)).prop_flat_map(|(k, places)| {
        let places: Vec<Place> = places
            .into_iter()
            .map(|(province, current, old)| Place {
                province,
                current,
                old,
            })
            .collect();
        let people = prop_oneof![2 => Just(0), 3 => 1..k, 2 => k..(2 * k), 2 => (2 * k)..(5 * k)];
        let month = proptest::collection::vec(proptest::array::uniform2(people), places.len());
        proptest::collection::vec(month, MONTHS).prop_map(move |people| World {
            k,
            places: places.clone(),
            people,
        })
    })
}

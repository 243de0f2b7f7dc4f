//! What may be shown, remembered by area: asking again costs a look-up instead of a pass over the area's atoms.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use super::{
    population::{AtomKey, Threshold},
    published::{Figure, Published},
    shown::{AtomSet, Shown, Sight, Tally},
};

/// A [`Shown`] that remembers which areas it shows exactly.
#[derive(Debug)]
pub struct Remembered<A, K> {
    shown: Shown<A>,
    exact: Mutex<HashMap<K, bool>>,
}

impl<A: AtomKey, K: Eq + Hash + Clone> Remembered<A, K> {
    /// Begins to remember.
    pub fn new(shown: Shown<A>) -> Self {
        Self {
            shown,
            exact: Mutex::default(),
        }
    }

    /// The one way out for the figures of an area. `key` names the area and `atoms` its atoms: the same for every call.
    pub fn publish(
        &self,
        key: &K,
        atoms: impl FnOnce() -> AtomSet<A>,
        sight: Sight,
        tally: Tally,
    ) -> Published {
        if sight == Sight::OwnCommune || self.is_exact(key, atoms) {
            Published::exact(tally)
        } else {
            Published::pooled()
        }
    }

    /// The one way out for a single number of people of an area.
    pub fn count(
        &self,
        key: &K,
        atoms: impl FnOnce() -> AtomSet<A>,
        sight: Sight,
        people: u64,
    ) -> Figure<u64> {
        if sight == Sight::OwnCommune || self.is_exact(key, atoms) {
            Figure::known(people)
        } else {
            Figure::pooled()
        }
    }

    /// As [`Remembered::count`], of atoms that no area names: nothing is remembered of them.
    pub fn count_once(&self, atoms: &AtomSet<A>, sight: Sight, people: u64) -> Figure<u64> {
        self.shown.count(atoms, sight, people)
    }

    /// The one way out for numbers somebody entered about the people of an area, whether or not they are in force: shown
    /// as any figure of the area is, and from above never when they speak of 1 to `k`-1 people themselves.
    pub fn publish_entered(
        &self,
        key: &K,
        atoms: impl FnOnce() -> AtomSet<A>,
        sight: Sight,
        k: Threshold,
        tally: Tally,
    ) -> Published {
        let people = tally.numerator.max(tally.denominator).unwrap_or(0);
        let is_small = |people: u64| (1..k.persons()).contains(&people);
        let small = is_small(people) || tally.denominator.is_some_and(is_small);
        if small && sight == Sight::Above {
            return Published::pooled();
        }
        self.publish(key, atoms, sight, tally)
    }

    fn is_exact(&self, key: &K, atoms: impl FnOnce() -> AtomSet<A>) -> bool {
        let known = self
            .exact
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .copied();
        known.unwrap_or_else(|| {
            let exact = self.shown.is_exact(&atoms());
            self.exact
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key.clone(), exact);
            exact
        })
    }
}

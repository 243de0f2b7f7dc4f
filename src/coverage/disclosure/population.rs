//! Who is counted where: atoms, their populations per indicator, and the threshold.

use std::collections::BTreeMap;
use std::hash::Hash;

/// A key that names one atom; its order decides every tie, so that results do not depend on the order of input.
pub trait AtomKey: Ord + Copy + Hash {}
impl<T: Ord + Copy + Hash> AtomKey for T {}

/// A key that names one grouping of atoms (a commune, district or province) at one level.
pub trait GroupKey: Ord + Copy {}
impl<T: Ord + Copy> GroupKey for T {}

/// The smallest population that may be shown by itself, in persons: the setting `k`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Threshold(u64);

/// The setting `k` was too small to protect anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the smallest population shown by itself must be at least 2, not {0}; set it to 2 or more (5 is the default)"
)]
pub struct ThresholdError(pub u64);

impl Threshold {
    /// A threshold of `k` persons; an error below 2, because a population of one would be shown.
    pub fn new(k: u64) -> Result<Self, ThresholdError> {
        if k < 2 {
            Err(ThresholdError(k))
        } else {
            Ok(Self(k))
        }
    }

    /// The number of persons.
    pub fn persons(self) -> u64 {
        self.0
    }

    pub(super) fn doubled(self) -> u64 {
        self.0.saturating_mul(2)
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self(5)
    }
}

/// Whether anybody was ever counted; ordered so that the maximum of parts is that of their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trace {
    Never,
    Past,
    Present,
}

/// The population of one atom for one indicator, in persons, and what is known of it when it is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Population {
    people: u64,
    trace: Trace,
    /// Registered where the official value is 0.
    beside: u64,
}

impl Population {
    /// Nobody is counted, nor was at any date before: an atom of a commune that did not exist yet, or without a single entry
    /// up to the date of the census. It keeps no area from being exact and no partner from leaving.
    pub const NEVER: Self = Self {
        people: 0,
        trace: Trace::Never,
        beside: 0,
    };

    /// So many people now; with 0, some may have been counted before (the careful assumption).
    pub fn of(people: u64) -> Self {
        let trace = if people > 0 {
            Trace::Present
        } else {
            Trace::Past
        };
        Self {
            people,
            trace,
            beside: 0,
        }
    }

    /// The same population where, in addition, `registered` people are registered by name. A population of 0 is then safe
    /// to show only where they are many enough themselves: an official 0 must not publish the registered few.
    #[must_use]
    pub fn with_registered(self, registered: u64) -> Self {
        if registered > 0 {
            Self {
                trace: Trace::Present,
                beside: if self.people == 0 { registered } else { 0 },
                ..self
            }
        } else {
            self
        }
    }

    /// Persons now.
    pub fn people(self) -> u64 {
        self.people
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            people: self.people.saturating_add(other.people),
            trace: self.trace.max(other.trace),
            beside: self.beside.saturating_add(other.beside),
        }
    }

    pub(super) fn is_safe(self, k: Threshold) -> bool {
        let only_beside = self.people == 0 && self.beside >= k.persons();
        self.people >= k.persons() || only_beside || self.is_settled_zero()
    }

    pub(super) fn is_never(self) -> bool {
        self.people == 0 && self.trace == Trace::Never
    }

    /// Nobody now, by either count.
    pub(super) fn is_settled_zero(self) -> bool {
        self.people == 0 && self.trace != Trace::Present
    }
}

/// One atom, with its populations in the order of the family's indicators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom<A, G> {
    /// The atom's key.
    pub key: A,
    /// The groupings that hold the atom, nearest first, `None` where it has none at that level. Partners are sought in this
    /// order; use current commune, old district, old province, current province. The country is implied.
    pub near: Vec<Option<G>>,
    /// One population per indicator of the family.
    pub populations: Vec<Population>,
}

/// All atoms of a family at one date, checked: one shape, each atom once.
#[derive(Debug, Clone)]
pub struct Census<A, G> {
    atoms: BTreeMap<A, Atom<A, G>>,
    levels: usize,
    indicators: usize,
}

/// Why a list of atoms is no census.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CensusError {
    /// Two atoms have the same key.
    #[error("an atom is listed twice; add its populations up first")]
    Repeated,
    /// An atom has more or fewer populations than the family has indicators.
    #[error("an atom has {found} populations where the family has {expected} indicators")]
    Populations {
        /// Indicators of the family.
        expected: usize,
        /// Populations of the atom.
        found: usize,
    },
    /// An atom has more or fewer levels of grouping than the others.
    #[error(
        "an atom names {found} levels of grouping where {expected} are used; write an absent one as none"
    )]
    Levels {
        /// Levels of the census.
        expected: usize,
        /// Levels of the atom.
        found: usize,
    },
}

impl<A: AtomKey, G: GroupKey> Census<A, G> {
    /// Checks the atoms: each once, `levels` groupings and `indicators` populations each. Their order does not matter.
    pub fn new(
        levels: usize,
        indicators: usize,
        atoms: impl IntoIterator<Item = Atom<A, G>>,
    ) -> Result<Self, CensusError> {
        let mut checked = BTreeMap::new();
        for atom in atoms {
            if atom.populations.len() != indicators {
                return Err(CensusError::Populations {
                    expected: indicators,
                    found: atom.populations.len(),
                });
            }
            if atom.near.len() != levels {
                return Err(CensusError::Levels {
                    expected: levels,
                    found: atom.near.len(),
                });
            }
            if checked.insert(atom.key, atom).is_some() {
                return Err(CensusError::Repeated);
            }
        }
        Ok(Self {
            atoms: checked,
            levels,
            indicators,
        })
    }

    pub(super) fn atoms(&self) -> impl Iterator<Item = &Atom<A, G>> {
        self.atoms.values()
    }

    pub(super) fn levels(&self) -> usize {
        self.levels
    }

    /// Whether nobody was ever counted in the atom, for no indicator; false for an atom that is not listed.
    pub(super) fn is_never_counted(&self, key: A) -> bool {
        self.atoms.get(&key).is_some_and(|atom| {
            atom.populations
                .iter()
                .all(|population| population.is_never())
        })
    }

    /// Whether the atoms have, over all indicators together, so many people.
    pub(super) fn has_at_least(&self, keys: impl Iterator<Item = A>, people: u64) -> bool {
        let populations = keys
            .filter_map(|key| self.atoms.get(&key))
            .flat_map(|atom| &atom.populations);
        populations.fold(0_u64, |sum, population| {
            sum.saturating_add(population.people)
        }) >= people
    }

    /// The atom, or for one that the census does not list, nobody at present and no groupings.
    pub(super) fn atom_or_empty(&self, key: A) -> Atom<A, G> {
        self.atoms.get(&key).cloned().unwrap_or_else(|| Atom {
            key,
            near: vec![None; self.levels],
            populations: vec![Population::of(0); self.indicators],
        })
    }
}

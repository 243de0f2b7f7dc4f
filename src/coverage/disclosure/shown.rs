//! What may be published at one date: the pools of that date, coarsened until safe with the populations of that date.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::pools::{Month, PoolHistory};
use super::population::{AtomKey, Census, GroupKey, Threshold};
use super::published::{Figure, Published};
use super::settling::{Block, settle};

/// The atoms of one area, each once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AtomSet<A>(Vec<A>);

impl<A: AtomKey> AtomSet<A> {
    /// Whether the atom belongs to the area.
    pub fn contains(&self, atom: A) -> bool {
        self.0.binary_search(&atom).is_ok()
    }

    /// The atoms, in order.
    pub fn iter(&self) -> impl Iterator<Item = A> + '_ {
        self.0.iter().copied()
    }

    /// The number of atoms.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the area has no atoms.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<A: AtomKey> FromIterator<A> for AtomSet<A> {
    fn from_iter<I: IntoIterator<Item = A>>(atoms: I) -> Self {
        let mut atoms: Vec<A> = atoms.into_iter().collect();
        atoms.sort_unstable();
        atoms.dedup();
        Self(atoms)
    }
}

/// Where the viewer stands as seen from the area asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The area is the commune on which the viewer stands, and she stands on nothing above it: she sees it exactly.
    OwnCommune,
    /// Everybody else.
    Above,
}

/// The true figures of one cell, in persons; none where unknown. They stay inside unless [`Shown`] publishes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Persons reached.
    pub numerator: Option<u64>,
    /// Persons of the population; none when no register has a value.
    pub denominator: Option<u64>,
}

#[derive(Debug, Clone)]
struct ShownBlock<A> {
    members: Vec<A>,
    /// Members in which anybody was ever counted.
    counted: usize,
    is_safe: bool,
}

/// Where an atom is, and whether nobody was ever counted in it up to the date.
#[derive(Debug, Clone, Copy)]
struct Seat {
    place: usize,
    is_empty: bool,
}

/// What of one indicator family may be published at one date.
///
/// Invariant: its blocks are unions of the pools of that date, and each safe one has 0 or at least `k` people for every indicator.
#[derive(Debug, Clone)]
pub struct Shown<A> {
    blocks: Vec<ShownBlock<A>>,
    seats: HashMap<A, Seat>,
    needs_evaluation: bool,
}

impl<A: AtomKey> Shown<A> {
    /// The pools at `month`, coarsened where the populations of that date (`census`) make it necessary.
    ///
    /// Costs one pass over all atoms: keep the result for as long as counters and memberships stay as they are.
    pub fn at<G: GroupKey>(
        history: &PoolHistory<A>,
        month: Month,
        census: &Census<A, G>,
        k: Threshold,
    ) -> Self {
        let pools = history.blocks_at(month);
        let mut pooled: BTreeSet<A> = BTreeSet::new();
        let mut blocks: Vec<Block<A, G>> = Vec::with_capacity(pools.len());
        for members in pools.values() {
            pooled.extend(members);
            blocks.extend(Block::of(
                members.iter().map(|&atom| census.atom_or_empty(atom)),
            ));
        }
        let alone = census.atoms().filter(|atom| !pooled.contains(&atom.key));
        blocks.extend(alone.cloned().map(Block::from));

        let settled = settle(blocks, census.levels(), k);
        let needs_evaluation = settled.iter().any(Block::is_new);
        let mut seats = HashMap::new();
        let mut blocks = Vec::with_capacity(settled.len());
        for (place, block) in settled.into_iter().enumerate() {
            let mut counted = 0;
            for &atom in &block.members {
                let is_empty = census.is_never_counted(atom);
                counted += usize::from(!is_empty);
                seats.insert(atom, Seat { place, is_empty });
            }
            blocks.push(ShownBlock {
                is_safe: block.is_safe(k),
                members: block.members,
                counted,
            });
        }
        Self {
            blocks,
            seats,
            needs_evaluation,
        }
    }

    /// Whether the stored pools were not enough. For the present month: evolve the pools before publishing, so that
    /// what is joined now is joined at all dates. For a past month it only says that the guard had to coarsen.
    pub fn needs_evaluation(&self) -> bool {
        self.needs_evaluation
    }

    /// Whether the area is shown exactly from above: a union of whole, safe blocks, leaving aside atoms in which nobody
    /// was ever counted up to this date (they add nothing to any figure). Takes time in proportion to its atoms.
    pub fn is_exact(&self, area: &AtomSet<A>) -> bool {
        let mut parts: BTreeMap<usize, usize> = BTreeMap::new();
        for atom in area.iter() {
            let Some(&Seat { place, is_empty }) = self.seats.get(&atom) else {
                return false;
            };
            if is_empty {
                continue;
            }
            let Some(block) = self.blocks.get(place).filter(|block| block.is_safe) else {
                return false;
            };
            if block.counted > 1 {
                *parts.entry(place).or_default() += 1;
            }
        }
        parts.into_iter().all(|(place, count)| {
            self.blocks
                .get(place)
                .is_some_and(|block| block.counted == count)
        })
    }

    /// The smallest union of whole blocks around an area: the pool it is shown as part of, and the area itself when it
    /// is exact. None when even that may not be shown.
    pub fn pool_around(&self, area: &AtomSet<A>) -> Option<AtomSet<A>> {
        let places = area
            .iter()
            .map(|atom| self.seats.get(&atom).map(|seat| seat.place));
        let places: BTreeSet<usize> = places.collect::<Option<_>>()?;
        let blocks: Vec<&ShownBlock<A>> = places
            .into_iter()
            .filter_map(|place| self.blocks.get(place))
            .collect();
        if blocks.iter().any(|block| !block.is_safe) {
            return None;
        }
        Some(
            blocks
                .iter()
                .flat_map(|block| block.members.iter().copied())
                .collect(),
        )
    }

    /// The blocks, in the order of their smallest atoms, and whether each is safe. For tests and for checks of stored pools.
    pub fn blocks(&self) -> Vec<(AtomSet<A>, bool)> {
        let mut blocks: Vec<(AtomSet<A>, bool)> = self
            .blocks
            .iter()
            .map(|block| (block.members.iter().copied().collect(), block.is_safe))
            .collect();
        blocks.sort();
        blocks
    }

    /// The one way out for the figures of an area: exact, or pooled with everything derived from them.
    pub fn publish(&self, area: &AtomSet<A>, sight: Sight, tally: Tally) -> Published {
        if self.lets_see(area, sight) {
            Published::exact(tally)
        } else {
            Published::pooled()
        }
    }

    /// The one way out for a single count of people in an area (not yet placed, excluded, counted late).
    pub fn count(&self, area: &AtomSet<A>, sight: Sight, people: u64) -> Figure<u64> {
        if self.lets_see(area, sight) {
            Figure::known(people)
        } else {
            Figure::pooled()
        }
    }

    fn lets_see(&self, area: &AtomSet<A>, sight: Sight) -> bool {
        sight == Sight::OwnCommune || self.is_exact(area)
    }
}

//! Settling: joins unsafe blocks with partners close by until every block is safe, or nobody is left to join.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::population::{Atom, AtomKey, GroupKey, Population, Threshold};

/// Whether one grouping of a level holds a whole block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach<G> {
    /// None of its atoms has a grouping at the level.
    Nowhere,
    /// All of its atoms that have one share it. The registrations of a new commune so stay in the old district of their partners.
    Within(G),
    /// Its atoms have different ones.
    Across,
}

impl<G: GroupKey> Reach<G> {
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nowhere, reach) | (reach, Self::Nowhere) => reach,
            (Self::Within(one), Self::Within(two)) if one == two => self,
            _ => Self::Across,
        }
    }

    fn grouping(self) -> Option<G> {
        match self {
            Self::Within(group) => Some(group),
            Self::Nowhere | Self::Across => None,
        }
    }
}

/// Some atoms that are counted together.
#[derive(Debug, Clone)]
pub(super) struct Block<A, G> {
    pub(super) members: Vec<A>,
    pub(super) populations: Vec<Population>,
    /// Its reach by level, nearest first.
    near: Vec<Reach<G>>,
    /// The smallest member, which names the block in ties.
    first: A,
    /// Whether settling put it together.
    is_new: bool,
}

impl<A: AtomKey, G: GroupKey> From<Atom<A, G>> for Block<A, G> {
    fn from(atom: Atom<A, G>) -> Self {
        let near = atom
            .near
            .into_iter()
            .map(|group| group.map_or(Reach::Nowhere, Reach::Within))
            .collect();
        Self {
            members: vec![atom.key],
            populations: atom.populations,
            near,
            first: atom.key,
            is_new: false,
        }
    }
}

impl<A: AtomKey, G: GroupKey> Block<A, G> {
    /// All of the atoms as one block, or none for no atoms.
    pub(super) fn of(atoms: impl IntoIterator<Item = Atom<A, G>>) -> Option<Self> {
        let all = atoms.into_iter().map(Self::from).reduce(|mut all, one| {
            all.take_in(one);
            all
        });
        all.map(|block| Self {
            is_new: false,
            ..block
        })
    }

    /// Whether settling put it together out of several blocks.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    pub(super) fn is_safe(&self, k: Threshold) -> bool {
        self.populations
            .iter()
            .all(|population| population.is_safe(k))
    }

    fn people(&self) -> u64 {
        self.populations
            .iter()
            .fold(0, |sum, population| sum.saturating_add(population.people()))
    }

    fn sums_with<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = Population> + 'a {
        self.populations
            .iter()
            .zip(&other.populations)
            .map(|(&a, &b)| a.plus(b))
    }

    fn is_safe_with(&self, other: &Self, k: Threshold) -> bool {
        self.sums_with(other)
            .all(|population| population.is_safe(k))
    }

    /// Whether the other has people where this one falls short.
    fn is_helped_by(&self, other: &Self, k: Threshold) -> bool {
        let mut pairs = self.populations.iter().zip(&other.populations);
        pairs.any(|(own, others)| !own.is_safe(k) && others.people() > 0)
    }

    fn take_in(&mut self, mut other: Self) {
        self.populations = self.sums_with(&other).collect();
        for (own, others) in self.near.iter_mut().zip(&other.near) {
            *own = own.with(*others);
        }
        self.first = self.first.min(other.first);
        self.is_new = true;
        if self.members.len() < other.members.len() {
            std::mem::swap(&mut self.members, &mut other.members);
        }
        self.members.append(&mut other.members);
    }

    /// How gladly a settled block takes in an unsafe one at a level: those that already straddle nearer groupings first,
    /// because no further area stops being exact, then the smallest.
    fn reluctance(&self, level: usize) -> (usize, u64, A) {
        let groupings = self
            .near
            .iter()
            .take(level)
            .filter_map(|reach| reach.grouping())
            .count();
        (
            groupings + usize::from(self.members.len() == 1),
            self.people(),
            self.first,
        )
    }
}

/// Joins blocks until each is safe with the populations given; blocks that nobody in the country can help stay unsafe.
///
/// Works outward through the groupings: a block seeks partners in the nearest grouping that holds all of it, first among
/// other unsafe blocks, then the most willing safe one, and only then further out.
pub(super) fn settle<A: AtomKey, G: GroupKey>(
    mut blocks: Vec<Block<A, G>>,
    levels: usize,
    k: Threshold,
) -> Vec<Block<A, G>> {
    for level in 0..levels {
        let grouping =
            |block: &Block<A, G>| block.near.get(level).and_then(|reach| reach.grouping());
        let wanting: BTreeSet<G> = blocks
            .iter()
            .filter(|block| !block.is_safe(k))
            .filter_map(grouping)
            .collect();
        let mut groups: BTreeMap<G, Vec<Block<A, G>>> = BTreeMap::new();
        let mut settled = Vec::with_capacity(blocks.len());
        for block in blocks {
            match grouping(&block).filter(|group| wanting.contains(group)) {
                Some(group) => groups.entry(group).or_default().push(block),
                None => settled.push(block),
            }
        }
        settled.extend(
            groups
                .into_values()
                .flat_map(|group| settle_group(group, level, k)),
        );
        blocks = settled;
    }
    if blocks.iter().all(|block| block.is_safe(k)) {
        blocks
    } else {
        settle_group(blocks, levels, k)
    }
}

fn settle_group<A: AtomKey, G: GroupKey>(
    group: Vec<Block<A, G>>,
    level: usize,
    k: Threshold,
) -> Vec<Block<A, G>> {
    let (mut settled, mut wanting): (Vec<_>, Vec<_>) =
        group.into_iter().partition(|block| block.is_safe(k));
    wanting.sort_by_cached_key(|block| (block.people(), block.first));
    let mut queue = VecDeque::from(wanting);
    let mut short = VecDeque::new();
    while let Some(mut pool) = queue.pop_back() {
        while !pool.is_safe(k) {
            let helper = queue.iter().position(|block| pool.is_helped_by(block, k));
            match helper.and_then(|position| queue.remove(position)) {
                Some(block) => pool.take_in(block),
                None => break,
            }
        }
        if pool.is_safe(k) {
            settled.push(pool)
        } else {
            short.push_back(pool)
        }
    }
    while let Some(mut pool) = short.pop_front() {
        if let Some(position) = short.iter().position(|block| pool.is_safe_with(block, k)) {
            short
                .remove(position)
                .into_iter()
                .for_each(|block| pool.take_in(block));
        } else {
            for block in take_partners(&mut settled, &pool, level, k) {
                pool.take_in(block);
            }
        }
        settled.push(pool);
    }
    settled
}

/// Takes out of `settled` the one most willing block that makes `pool` safe, else the fewest that willingness finds, else none.
fn take_partners<A: AtomKey, G: GroupKey>(
    settled: &mut Vec<Block<A, G>>,
    pool: &Block<A, G>,
    level: usize,
    k: Threshold,
) -> Vec<Block<A, G>> {
    let most_willing = |blocks: &[Block<A, G>], fits: &dyn Fn(&Block<A, G>) -> bool| {
        let fitting = blocks.iter().enumerate().filter(|(_, block)| fits(block));
        fitting
            .min_by_key(|(_, block)| block.reluctance(level))
            .map(|(position, _)| position)
    };
    if let Some(position) = most_willing(settled, &|block| pool.is_safe_with(block, k)) {
        return vec![settled.swap_remove(position)];
    }
    let mut sum = pool.clone();
    let mut taken = Vec::new();
    while let Some(position) = most_willing(settled, &|block| sum.is_helped_by(block, k)) {
        let block = settled.swap_remove(position);
        sum.take_in(block.clone());
        taken.push(block);
        if sum.is_safe(k) {
            return taken;
        }
    }
    settled.append(&mut taken);
    Vec::new()
}

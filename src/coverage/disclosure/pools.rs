//! Pools over time: which atom is in which pool from when until when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};

use super::population::AtomKey;

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month that holds the day.
    pub fn of(day: NaiveDate) -> Self {
        Self(
            day.year()
                .saturating_mul(12)
                .saturating_add(day.month0().cast_signed()),
        )
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Its first day; none outside the calendar that dates can name.
    pub fn first_day(self) -> Option<NaiveDate> {
        let month = u32::try_from(self.0.rem_euclid(12)).ok()?;
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), month + 1, 1)
    }
}

/// Names one pool of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolId(pub i64);

/// One atom in one pool for a stretch of months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership<A> {
    /// The atom.
    pub atom: A,
    /// The first month in force; none: since ever.
    pub from: Option<Month>,
    /// The first month no longer in force; none: open.
    pub until: Option<Month>,
    /// The pool.
    pub pool: PoolId,
    /// The month of the evaluation by which the atom joined those it is with.
    pub joined: Month,
}

/// What an evaluation changed: rows to delete, then rows to insert. Both empty when nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes<A> {
    /// Rows that no longer hold.
    pub removed: Vec<Membership<A>>,
    /// Rows that hold now.
    pub added: Vec<Membership<A>>,
}

/// Why rows are no history of pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// A row ends before it begins.
    #[error(
        "a pool membership ends before it begins; restore the table or evaluate the family anew"
    )]
    Empty,
    /// An atom is in two pools at once.
    #[error(
        "an atom is in two pools in the same month; restore the table or evaluate the family anew"
    )]
    Overlap,
    /// Atoms are in one pool that were not in one before, so that pools split backwards.
    #[error("a pool splits backwards in time; restore the table or evaluate the family anew")]
    SplitBackwards,
}

/// All pool memberships of one indicator family.
///
/// Invariant: the partition of a later month refines that of every earlier month. Joining is applied to all
/// months, leaving takes effect from a later month only.
#[derive(Debug, Clone)]
pub struct PoolHistory<A> {
    pub(super) rows: BTreeMap<A, Vec<Membership<A>>>,
}

impl<A> Default for PoolHistory<A> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
        }
    }
}

impl<A: AtomKey> PoolHistory<A> {
    /// Takes stored rows, in any order, and checks the invariant.
    pub fn new(memberships: impl IntoIterator<Item = Membership<A>>) -> Result<Self, HistoryError> {
        let mut rows: BTreeMap<A, Vec<Membership<A>>> = BTreeMap::new();
        for row in memberships {
            if row.until.is_some_and(|until| row.from >= Some(until)) {
                return Err(HistoryError::Empty);
            }
            rows.entry(row.atom).or_default().push(row);
        }
        for stretch in rows.values_mut() {
            stretch.sort();
            let mut pairs = stretch.iter().zip(stretch.iter().skip(1));
            if pairs
                .any(|(earlier, later)| earlier.until.is_none_or(|until| later.from < Some(until)))
            {
                return Err(HistoryError::Overlap);
            }
        }
        let history = Self { rows };
        if history.splits_backwards() {
            Err(HistoryError::SplitBackwards)
        } else {
            Ok(history)
        }
    }

    /// All rows, by atom and time.
    pub fn rows(&self) -> impl Iterator<Item = &Membership<A>> {
        self.rows.values().flatten()
    }

    /// The pool an atom is in at a month; none: it stands by itself.
    pub fn pool_of(&self, atom: A, month: Month) -> Option<PoolId> {
        self.seat(atom, Some(month)).map(|row| row.pool)
    }

    /// The pools at a month; an atom that is in none stands by itself.
    pub fn blocks_at(&self, month: Month) -> BTreeMap<PoolId, BTreeSet<A>> {
        let mut blocks: BTreeMap<PoolId, BTreeSet<A>> = BTreeMap::new();
        for (&atom, stretch) in &self.rows {
            if let Some(row) = in_force(stretch, Some(month)) {
                blocks.entry(row.pool).or_default().insert(atom);
            }
        }
        blocks
    }

    /// The row in force at a month; `None` asks for the time before all changes.
    pub(super) fn seat(&self, atom: A, at: Option<Month>) -> Option<&Membership<A>> {
        self.rows
            .get(&atom)
            .and_then(|stretch| in_force(stretch, at))
    }

    fn splits_backwards(&self) -> bool {
        let mut began: BTreeSet<(PoolId, Month)> = BTreeSet::new();
        let mut members: BTreeMap<PoolId, BTreeSet<A>> = BTreeMap::new();
        for row in self.rows() {
            began.extend(row.from.map(|from| (row.pool, from)));
            members.entry(row.pool).or_default().insert(row.atom);
        }
        began.into_iter().any(|(pool, month)| {
            let here = members.get(&pool).into_iter().flatten();
            let together = here.filter(|&&atom| self.pool_of(atom, month) == Some(pool));
            let earlier: BTreeSet<Option<PoolId>> = together
                .map(|&atom| self.pool_of(atom, Month(month.0.saturating_sub(1))))
                .collect();
            earlier.len() > 1 || earlier.contains(&None)
        })
    }

    pub(super) fn open_row(&self, atom: A) -> Option<&Membership<A>> {
        self.rows
            .get(&atom)?
            .last()
            .filter(|row| row.until.is_none())
    }

    pub(super) fn open_pools(&self) -> BTreeMap<PoolId, Vec<Membership<A>>> {
        let mut pools: BTreeMap<PoolId, Vec<Membership<A>>> = BTreeMap::new();
        for row in self.rows().filter(|row| row.until.is_none()) {
            pools.entry(row.pool).or_default().push(*row);
        }
        pools
    }
}

fn in_force<A>(stretch: &[Membership<A>], at: Option<Month>) -> Option<&Membership<A>> {
    stretch
        .iter()
        .find(|row| row.from <= at && row.until.is_none_or(|until| at < Some(until)))
}

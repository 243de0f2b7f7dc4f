//! The ledger: what changes in the counts when a household or what it has learned changes, and how that reaches
//! the counters.
//!
//! The transaction that changes a person writes only her own rows: the difference between when she was counted
//! and when she is now. A fold carries the differences into the counters of every area around her, some seconds
//! later; until then a reading adds them. So the counters of the country are never a queue that writers wait in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::ids::{AtomId, ChildId, IndicatorId, PersonId};
use uuid::Uuid;

use super::{
    Coverage,
    children::{Carer, child_intervals},
    counters::{Counter, Series, first_of_month},
    measure::Measure,
    population::intervals,
    store::{self, Delta, Interval, Taken},
};
use crate::{
    areas::Atlas,
    db::{ConnectionTrait, Tx},
    error::Result,
    learning::{
        Ledger,
        store::{self as learning_store, Record},
    },
    people::{household::Household, store as people_store},
};

/// The most changes one fold carries, so that it never holds the writer long.
const LARGEST_FOLD: u32 = 20_000;

#[async_trait::async_trait]
impl Ledger for Coverage {
    async fn settle(&self, tx: &Tx, household: &Household, record: &Record) -> Result<()> {
        let counted = self.counted();
        let now = intervals(household, &counted, &record.tiers);
        let before = store::intervals_of(tx, household.person).await?;
        self.replace_intervals(tx, household.person, household.bucket, &before, &now)
            .await?;
        self.settle_children(tx, household, record).await
    }
}

impl Coverage {
    async fn replace_intervals(
        &self,
        tx: &Tx,
        person: PersonId,
        bucket: i32,
        before: &BTreeSet<Interval>,
        now: &BTreeSet<Interval>,
    ) -> Result<()> {
        if before == now {
            return Ok(());
        }
        let gone = before.difference(now).copied();
        let new = now.difference(before).copied();
        store::change_intervals(tx, person, bucket, gone.clone(), new.clone()).await?;
        self.note(tx, differences(gone, new)).await
    }

    pub(super) async fn note(&self, tx: &Tx, deltas: Vec<Delta>) -> Result<()> {
        let deltas = deltas.into_iter().map(|delta| (self.clock().id(), delta));
        store::add_deltas(tx, deltas).await
    }

    /// Brings the children of a household in line. The children are held first: what is counted of a child follows
    /// from all its caregivers, and two of them may be changing at once.
    async fn settle_children(&self, tx: &Tx, household: &Household, record: &Record) -> Result<()> {
        let children: BTreeSet<ChildId> = household.children.iter().map(|child| child.id).collect();
        if children.is_empty() {
            return Ok(());
        }
        let buckets = people_store::hold_children(tx, &children).await?;
        let carers = people_store::carers(tx, &children).await?;
        let others = self.others(tx, household.person, &carers).await?;
        let stored = store::child_intervals_of(tx, &children).await?;
        let (counts, nothing) = (self.child_counts(), BTreeSet::new());
        for (child, bucket) in buckets {
            let own = Carer {
                household,
                tiers: &record.tiers,
                child_tiers: &record.child_tiers,
            };
            let all = all_carers(own, &others, carers.get(&child));
            let now = child_intervals(child, &all, &counts);
            let before = stored.get(&child).unwrap_or(&nothing);
            if *before != now {
                let gone = before.difference(&now).copied();
                let new = now.difference(before).copied();
                store::change_child_intervals(tx, child, bucket, gone.clone(), new.clone()).await?;
                self.note(tx, differences(gone, new)).await?;
            }
        }
        Ok(())
    }

    /// The other caregivers of children, with what they have learned.
    pub(super) async fn others(
        &self,
        db: &impl ConnectionTrait,
        person: PersonId,
        carers: &BTreeMap<ChildId, BTreeSet<PersonId>>,
    ) -> Result<BTreeMap<PersonId, (Household, Record)>> {
        let people: BTreeSet<PersonId> = carers.values().flatten().copied().collect();
        let mut others = BTreeMap::new();
        for other in people.into_iter().filter(|other| *other != person) {
            let Some(household) = people_store::household(db, other).await? else {
                continue;
            };
            let record = learning_store::record(db, other).await?;
            let record = record.unwrap_or_else(|| Record::new(other, household.bucket));
            others.insert(other, (household, record));
        }
        Ok(others)
    }

    pub(super) async fn fold_within(&self, tx: &Tx) -> Result<usize> {
        let today = self.clock().today();
        let row = store::lock_fold(tx).await?;
        // Another server may have changed areas: what is folded reaches every area of this moment.
        let atlas = self.areas().current(tx).await?;
        let taken = store::take_deltas(tx, today, LARGEST_FOLD).await?;
        let deltas: Vec<Delta> = taken.iter().map(|taken| taken.delta).collect();
        if !deltas.is_empty() {
            let changes = spread(&atlas, &deltas);
            let days = || deltas.iter().map(|delta| delta.on);
            if let (Some(first), Some(last)) = (days().min(), days().max()) {
                let places: BTreeSet<Uuid> = changes.keys().map(|series| series.place).collect();
                let before = store::counters(tx, places, first, last).await?;
                let mut after = before.clone();
                for (series, changes) in &changes {
                    let counter = after.entry(*series).or_default();
                    changes
                        .iter()
                        .for_each(|(on, delta)| counter.add(*on, *delta));
                }
                store::save_counters(tx, &before, &after).await?;
                store::add_present(tx, present(&deltas)).await?;
                store::add_late(tx, late(&self.areas().atlas(), &taken)).await?;
            }
        }
        self.judge_pools(tx, &row, &deltas).await?;
        Ok(deltas.len())
    }
}

/// What changes in the populations of today.
pub fn present(deltas: &[Delta]) -> BTreeMap<(IndicatorId, AtomId), i64> {
    let mut changes = BTreeMap::new();
    let populations = deltas
        .iter()
        .filter(|delta| delta.measure == Measure::Population);
    for delta in populations {
        *changes.entry((delta.indicator, delta.atom)).or_default() += i64::from(delta.delta);
    }
    changes
}

/// Changes of tiers that were recorded after the month they belong to, around every atom.
fn late(atlas: &Atlas, taken: &[Taken]) -> BTreeMap<(Series, NaiveDate, NaiveDate), i64> {
    let mut late = BTreeMap::new();
    for Taken { delta, recorded_on } in taken {
        let (month, recorded) = (first_of_month(delta.on), first_of_month(*recorded_on));
        if recorded <= month || delta.measure == Measure::Population {
            continue;
        }
        for place in places(atlas, delta.atom) {
            let series = Series {
                place,
                indicator: delta.indicator,
                measure: delta.measure,
            };
            *late.entry((series, month, recorded)).or_default() += i64::from(delta.delta).abs();
        }
    }
    late
}

/// Everybody who cares for a child.
pub fn all_carers<'a>(
    own: Carer<'a>,
    others: &'a BTreeMap<PersonId, (Household, Record)>,
    carers: Option<&BTreeSet<PersonId>>,
) -> Vec<Carer<'a>> {
    let known = carers.into_iter().flatten();
    let other = known.filter_map(|person| {
        let (household, record) = others.get(person)?;
        Some(Carer {
            household,
            tiers: &record.tiers,
            child_tiers: &record.child_tiers,
        })
    });
    std::iter::once(own).chain(other).collect()
}

/// What intervals gone and new change, each day, atom and measure once.
pub fn differences(
    gone: impl IntoIterator<Item = Interval>,
    new: impl IntoIterator<Item = Interval>,
) -> Vec<Delta> {
    let mut sums: BTreeMap<(AtomId, IndicatorId, Measure, NaiveDate), i32> = BTreeMap::new();
    let signed = gone
        .into_iter()
        .map(|interval| (interval, -1))
        .chain(new.into_iter().map(|interval| (interval, 1)));
    for (
        Interval {
            indicator,
            measure,
            atom,
            days,
        },
        sign,
    ) in signed
    {
        *sums
            .entry((atom, indicator, measure, days.enter))
            .or_default() += sign;
        if let Some(leave) = days.leave {
            *sums.entry((atom, indicator, measure, leave)).or_default() -= sign;
        }
    }
    sums.into_iter()
        .filter(|(_, delta)| *delta != 0)
        .map(|((atom, indicator, measure, on), delta)| Delta {
            atom,
            indicator,
            measure,
            on,
            delta,
        })
        .collect()
}

/// The changes of every place that a change of an atom moves: the atom itself and every area around it.
pub fn spread(atlas: &Atlas, deltas: &[Delta]) -> BTreeMap<Series, BTreeMap<NaiveDate, i64>> {
    let mut changes: BTreeMap<Series, BTreeMap<NaiveDate, i64>> = BTreeMap::new();
    for Delta {
        atom,
        indicator,
        measure,
        on,
        delta,
    } in deltas
    {
        for place in places(atlas, *atom) {
            let series = Series {
                place,
                indicator: *indicator,
                measure: *measure,
            };
            *changes.entry(series).or_default().entry(*on).or_default() += i64::from(*delta);
        }
    }
    changes
}

/// The atom itself and every area around it.
pub fn places(atlas: &Atlas, atom: AtomId) -> impl Iterator<Item = Uuid> + '_ {
    std::iter::once(atom.0).chain(atlas.areas_of_atom(atom).map(|area| area.0))
}

/// Counters as they must be after these changes: for `check`.
pub fn counters_of(
    changes: BTreeMap<Series, BTreeMap<NaiveDate, i64>>,
) -> BTreeMap<Series, Counter> {
    let build = |(series, changes): (Series, BTreeMap<NaiveDate, i64>)| {
        let mut counter = Counter::default();
        changes
            .into_iter()
            .for_each(|(on, delta)| counter.add(on, delta));
        (series, counter)
    };
    changes.into_iter().map(build).collect()
}

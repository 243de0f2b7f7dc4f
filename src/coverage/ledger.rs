//! The ledger: what changes in the counts when a household or what it has learned changes, and how that reaches
//! the counters.
//!
//! The transaction that changes a person writes only her own rows: the difference between when she was counted
//! and when she is now. A fold carries the differences into the counters of every area around her, some seconds
//! later; until then a reading adds them. So the counters of the country are never a queue that writers wait in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::ids::{AtomId, IndicatorId, PersonId};
use uuid::Uuid;

use super::{
    Coverage,
    counters::{Counter, Series},
    measure::Measure,
    population::intervals,
    store::{self, Delta, Interval},
};
use crate::{
    areas::Atlas,
    db::Tx,
    error::Result,
    learning::{Ledger, store::TierDays},
    people::household::Household,
};

/// The most changes one fold carries, so that it never holds the writer long.
const LARGEST_FOLD: u32 = 20_000;

#[async_trait::async_trait]
impl Ledger for Coverage {
    async fn settle(&self, tx: &Tx, household: &Household, tiers: &TierDays) -> Result<()> {
        let counted = self.counted();
        let now = intervals(household, &counted, tiers);
        let before = store::intervals_of(tx, household.person).await?;
        self.replace_intervals(tx, household.person, household.bucket, &before, &now)
            .await
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
        let deltas = differences(gone, new);
        store::add_deltas(
            tx,
            deltas.into_iter().map(|delta| (self.clock().id(), delta)),
        )
        .await
    }

    pub(super) async fn fold_within(&self, tx: &Tx) -> Result<usize> {
        let today = self.clock().today();
        let row = store::lock_fold(tx).await?;
        // Another server may have changed areas: what is folded reaches every area of this moment.
        let atlas = self.areas().current(tx).await?;
        let deltas = store::take_deltas(tx, today, LARGEST_FOLD).await?;
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
            }
        }
        self.judge_pools(tx, &row, &deltas).await?;
        Ok(deltas.len())
    }
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

//! Reading counts: what is folded and what is not, with what may be shown of it.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use entity::ids::{AreaId, IndicatorId};
use uuid::Uuid;

use super::{
    Asked, Coverage, counters,
    measure::Measure,
    pools::{Screen, ScreenKey},
    store::{self, Reading},
};
use crate::{
    areas::Atlas,
    error::{Error, Result},
    learning::tiers::Tier,
};

impl Coverage {
    /// Reads the counts of places and what may be shown of them. Populations that are not yet folded, or pools of
    /// last month, are brought up to date first: what may be shown depends on them.
    pub(super) async fn read(
        &self,
        asked: &Asked,
        count: IndicatorId,
        family: String,
        places: &BTreeSet<Uuid>,
    ) -> Result<(Arc<Screen>, Reading)> {
        let places: Arc<[Uuid]> = places.iter().copied().collect();
        let measures = [Measure::Population, Measure::Tier(asked.tier)];
        let month = counters::first_of_month(self.0.clock.today());
        // Each fold carries what was there when it began; more than a few rounds means that writers are faster.
        for _ in 0..MOST_FOLDS {
            let key = CountersKey {
                count,
                tier: asked.tier,
                on: asked.on,
                places: Arc::clone(&places),
            };
            let reading = self.reading(key, &measures).await?;
            if !reading.populations_unfolded && reading.pools_judged_for == month {
                let key = ScreenKey {
                    family: family.into(),
                    on: asked.on,
                    version: reading.version,
                };
                return Ok((self.screen(key).await?, reading));
            }
            self.fold().await?;
        }
        Err(Error::internal("the ledger grows faster than it is folded"))
    }
}

/// What counters are kept for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct CountersKey {
    count: IndicatorId,
    tier: Tier,
    on: NaiveDate,
    places: Arc<[Uuid]>,
}

/// Counters are kept for so many questions: some thousands of counts each at most.
pub(super) const KEPT_COUNTERS: u64 = 128;

impl Coverage {
    /// Counts and what is not yet folded, at one instant. Counters that were read before are not read again as long as
    /// their version is the same: it grows in the very transaction that changes one, on whatever server.
    async fn reading(&self, key: CountersKey, measures: &[Measure]) -> Result<Reading> {
        let db = self.db().latest();
        if let Some(kept) = self.0.counters.get(&key) {
            let reading = store::read_ledger(db, key.count, measures, key.on).await?;
            if reading.counters_version == kept.version {
                return Ok(Reading {
                    counters: kept,
                    ..reading
                });
            }
        }
        let reading = store::read_counts(db, &key.places, key.count, measures, key.on).await?;
        self.0.counters.insert(key, Arc::clone(&reading.counters));
        Ok(reading)
    }
}

/// Rounds of folding before a question gives up.
pub(super) const MOST_FOLDS: usize = 200;

pub(super) fn sum(atlas: &Atlas, reading: &Reading, areas: &[AreaId], measure: Measure) -> i64 {
    let folded: i64 = areas
        .iter()
        .filter_map(|area| reading.counters.folded.get(&(area.0, measure)))
        .sum();
    let tail = reading.unfolded.iter().filter(|(_, of, _)| *of == measure);
    let unfolded: i64 = tail
        .map(|(atom, _, delta)| {
            let times = atlas
                .areas_of_atom(*atom)
                .filter(|area| areas.contains(area))
                .count();
            i64::try_from(times).unwrap_or(0) * delta
        })
        .sum();
    folded + unfolded
}

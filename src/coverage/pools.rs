//! Keeping the pools: judged again whenever populations or the month change, and read by every question.
//!
//! What may be shown of one family on one day is worked out once and kept until populations or pools change, so
//! that a question costs one small reading however many communes there are.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    coverage_fold,
    ids::{AreaId, AtomId, IndicatorId},
};

use super::{
    Coverage,
    counters::first_of_month,
    disclosure::{
        Atom, AtomSet, Census, Month, PoolHistory, Population, Remembered, Shown,
        official_populations,
    },
    measure::Measure,
    official,
    store::{self, Delta, Version},
};
use crate::{
    areas::Atlas,
    db::{ConnectionTrait, Tx},
    error::{Error, Result},
};

/// What a [`Screen`] is made for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ScreenKey {
    /// The family of indicators.
    pub family: Box<str>,
    /// The day.
    pub on: NaiveDate,
    /// The populations and pools.
    pub version: Version,
}

/// What may be shown of one family on one day; remembers it by area.
pub type Screen = Remembered<AtomId, Vec<AreaId>>;

/// The atoms of areas shown as one.
pub(super) fn atoms(atlas: &Atlas, areas: &[AreaId]) -> AtomSet<AtomId> {
    areas
        .iter()
        .flat_map(|area| atlas.atoms_of_area(*area))
        .collect()
}

impl Coverage {
    /// Judges the pools of every family again if populations have changed or a month has begun, and notes it.
    pub(super) async fn judge_pools(
        &self,
        tx: &Tx,
        row: &coverage_fold::Model,
        folded: &[Delta],
    ) -> Result<()> {
        let today = self.clock().today();
        let month = first_of_month(today);
        let populations_changed = folded
            .iter()
            .any(|delta| delta.measure == Measure::Population);
        if folded.is_empty() && row.pools_judged_for == month {
            return Ok(());
        }
        let mut row = row.clone();
        row.folded_at = self.clock().now();
        if populations_changed || row.pools_judged_for != month {
            row.populations_version += i64::from(populations_changed);
            let changed = folded
                .iter()
                .filter(|delta| delta.measure == Measure::Population)
                .map(|delta| first_of_month(delta.on));
            if let Some(month) = changed.min() {
                store::note_population_change(tx, month, row.populations_version).await?;
            }
            for (family, indicators) in self.families() {
                let mut history = self.history(tx, &family).await?;
                let census = self.census(tx, &indicators, today).await?;
                let changes = history.evolve(&census, Month::of(today), self.threshold());
                if !(changes.removed.is_empty() && changes.added.is_empty()) {
                    store::change_memberships(tx, &family, &changes).await?;
                    row.pools_version += 1;
                }
            }
            row.pools_judged_for = month;
        }
        store::save_fold(tx, row).await
    }

    /// What may be shown of a family on a day.
    pub(super) async fn screen(&self, key: ScreenKey) -> Result<Arc<Screen>> {
        if let Some(screen) = self.screens().get(&key) {
            return Ok(screen);
        }
        let indicators = self.families().remove(&*key.family).unwrap_or_default();
        let db = self.db().latest();
        let history = self.history(db, &key.family).await?;
        let census = self.census(db, &indicators, key.on).await?;
        let shown = Shown::at(&history, Month::of(key.on), &census, self.threshold());
        let screen = Arc::new(Screen::new(shown));
        self.screens().insert(key, Arc::clone(&screen));
        Ok(screen)
    }

    async fn history(
        &self,
        db: &impl ConnectionTrait,
        family: &str,
    ) -> Result<PoolHistory<AtomId>> {
        PoolHistory::new(store::memberships(db, family).await?).map_err(Error::internal)
    }

    /// Everybody of a family on a day, by atom, with official values where the register has them.
    async fn census(
        &self,
        db: &impl ConnectionTrait,
        indicators: &[IndicatorId],
        on: NaiveDate,
    ) -> Result<Census<AtomId, AreaId>> {
        let atlas = self.areas().atlas();
        let mut registered: BTreeMap<IndicatorId, BTreeMap<AtomId, u64>> = BTreeMap::new();
        let populations = if on >= self.clock().today() {
            store::present_populations(db, indicators).await?
        } else {
            store::populations(db, indicators, on).await?
        };
        for (place, indicator, total) in populations {
            let atom = AtomId(place);
            if atlas.atom(atom).is_some() {
                let people = u64::try_from(total).unwrap_or(0);
                registered
                    .entry(indicator)
                    .or_default()
                    .insert(atom, people);
            }
        }
        let mut by_indicator = Vec::with_capacity(indicators.len());
        for indicator in indicators {
            let registered = registered.remove(indicator).unwrap_or_default();
            if self.shape_of(*indicator).is_some() {
                let reported = self
                    .reported_populations(db, &atlas, *indicator, on)
                    .await?;
                by_indicator.push((reported, registered));
                continue;
            }
            let entries = self.programmes().official_entries(*indicator, on).await?;
            let official = official::laid(&atlas, &entries, on);
            by_indicator.push((
                official_populations(&registered, &official).map_err(Error::internal)?,
                registered,
            ));
        }
        let population = |atom: AtomId,
                          (official, registered): &(
            BTreeMap<AtomId, Population>,
            BTreeMap<AtomId, u64>,
        )| {
            match (official.get(&atom), registered.get(&atom)) {
                (Some(official), Some(registered)) => official.with_registered(*registered),
                (Some(official), None) => *official,
                (None, Some(registered)) => Population::of(*registered),
                (None, None) => Population::NEVER,
            }
        };
        let census = atlas.atoms().map(|atom| Atom {
            key: atom,
            near: near(&atlas, atom),
            populations: by_indicator
                .iter()
                .map(|known| population(atom, known))
                .collect(),
        });
        Census::new(NEAR_LEVELS, indicators.len(), census).map_err(Error::internal)
    }
}

/// Partners are sought in the same current commune, then the old district, the old province, today's province.
const NEAR_LEVELS: usize = 4;

fn near(atlas: &Atlas, atom: AtomId) -> Vec<Option<AreaId>> {
    let (mut commune, mut district, mut old_province, mut province) = (None, None, None, None);
    for area in atlas.areas_of_atom(atom) {
        let Some(known) = atlas.area(area) else {
            continue;
        };
        let open = known.valid_to.is_none();
        match (known.level, open) {
            (AreaLevel::Commune, true) => commune = Some(area),
            (AreaLevel::District, _) => district = Some(area),
            (AreaLevel::Province, false) => old_province = Some(area),
            (AreaLevel::Province, true) => province = Some(area),
            (AreaLevel::Commune, false) | (AreaLevel::Country, _) => {}
        }
    }
    vec![commune, district, old_province.or(province), province]
}

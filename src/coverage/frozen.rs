//! Figures to be frozen: every computed indicator in every tier, for groups of areas, read at one time.
//!
//! What may be shown is shown; behind it stands the exact value, sealed. The sight is always that of the area above:
//! a report is read there.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use entity::{
    denominator,
    ids::{AreaId, IndicatorId},
};
use uuid::Uuid;

use super::{
    Coverage,
    counters::first_of_month,
    disclosure::{Figure, Sealed, Sight, Tally},
    measure::Measure,
    pools::{self, Screen, ScreenKey},
    reading::{MOST_FOLDS, sum},
    store::{self, Reading},
};
use crate::{
    areas::Atlas,
    auth::capability::AreaScope,
    error::{Error, Result},
    learning::tiers::Tier,
    programmes::restated::{self, Entries, Restated},
};

mod reported;

pub use reported::{FrozenReport, REPORTED, element_measure};

/// The people registered here who belong to the population.
pub const REGISTERED: &str = "REGISTERED";
/// The population in the register.
pub const POPULATION: &str = "POPULATION";

/// One number of a frozen cell.
#[derive(Clone, Debug)]
pub struct FrozenFigure {
    /// [`REGISTERED`], [`POPULATION`], the word of a tier, or what areas reported.
    pub measure: String,
    /// As it may be shown.
    pub shown: Figure<u64>,
    /// As it is.
    pub sealed: Sealed,
}

/// One indicator in one group of areas counted together.
#[derive(Clone, Debug)]
pub struct FrozenCell {
    /// The indicator.
    pub indicator: IndicatorId,
    /// Whether the group is shown only as part of a pool: then none of the numbers is shown.
    pub is_pooled: bool,
    /// The numbers, in the same order in every cell.
    pub figures: Vec<FrozenFigure>,
    /// Whether [`POPULATION`] is what was entered for these very areas, not for those they were made of.
    pub is_own_entry: bool,
    /// The versions of the register that [`POPULATION`] was taken from; none when one of the areas has none.
    pub register: Vec<denominator::Model>,
}

impl Coverage {
    /// Reads what is to be frozen on a day: for each group of areas its cells, one for each computed indicator, in
    /// the order of the programmes.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area outside the scope; when the database does not answer.
    pub async fn freeze(
        &self,
        scope: &AreaScope,
        on: NaiveDate,
        groups: &[Vec<AreaId>],
    ) -> Result<Vec<Vec<FrozenCell>>> {
        let atlas = self.areas().atlas();
        let every: BTreeSet<AreaId> = groups.iter().flatten().copied().collect();
        if every.iter().any(|area| !atlas.covers(scope.area(), *area)) {
            return Err(Error::NotFound);
        }
        let every: Vec<AreaId> = every.into_iter().collect();
        let families = self.families();
        let mut rows = vec![Vec::new(); groups.len()];
        for counted in self.counted() {
            let indicator = counted.indicator;
            let mut of = families.iter();
            let Some((family, _)) = of.find(|(_, members)| members.contains(&indicator)) else {
                continue;
            };
            let programmes = self.programmes();
            let register = programmes.entries(&atlas, indicator, &every, on).await?;
            let (screen, reading) = self.read_all(indicator, family, on, &every).await?;
            for (row, group) in rows.iter_mut().zip(groups) {
                row.push(cell(
                    &atlas,
                    (indicator, on),
                    &screen,
                    &reading,
                    &register,
                    group,
                ));
            }
        }
        Ok(rows)
    }

    /// Every measure of areas and what may be shown of them, with populations and pools up to date.
    async fn read_all(
        &self,
        indicator: IndicatorId,
        family: &str,
        on: NaiveDate,
        areas: &[AreaId],
    ) -> Result<(Arc<Screen>, Reading)> {
        let places: Vec<Uuid> = areas.iter().map(|area| area.0).collect();
        let measures: Vec<Measure> = Measure::all().collect();
        let month = first_of_month(self.clock().today());
        for _ in 0..MOST_FOLDS {
            let db = self.db().latest();
            let reading = store::read_counts(db, &places, indicator, &measures, on).await?;
            if !reading.populations_unfolded && reading.pools_judged_for == month {
                let key = ScreenKey {
                    family: family.into(),
                    on,
                    version: reading.version,
                };
                return Ok((self.screen(key).await?, reading));
            }
            self.fold().await?;
        }
        Err(Error::internal("the ledger grows faster than it is folded"))
    }
}

fn cell(
    atlas: &Atlas,
    (indicator, on): (IndicatorId, NaiveDate),
    screen: &Screen,
    reading: &Reading,
    register: &Entries,
    group: &[AreaId],
) -> FrozenCell {
    let key = group.to_vec();
    let publish = |people: Option<u64>| {
        let tally = Tally {
            numerator: people,
            denominator: None,
        };
        screen.publish(&key, || pools::atoms(atlas, group), Sight::Above, tally)
    };
    let known = restated::population(atlas, register, group, on).ok();
    let known = known.as_ref();
    let population = known.and_then(|known| u64::try_from(known.people).ok());
    let counted = |measure| u64::try_from(sum(atlas, reading, group, measure)).ok();
    let mut numbers = vec![
        (REGISTERED, counted(Measure::Population)),
        (POPULATION, population),
    ];
    numbers.extend(Tier::ALL.map(|tier| (tier.word(), counted(Measure::Tier(tier)))));
    let figures = numbers.into_iter().map(|(measure, people)| FrozenFigure {
        measure: measure.to_owned(),
        shown: publish(people).numerator(),
        sealed: Sealed::of(people),
    });
    FrozenCell {
        indicator,
        is_pooled: publish(None).is_pooled(),
        figures: figures.collect(),
        is_own_entry: known.is_some_and(|known| known.is_of(group)),
        register: known.map_or_else(Vec::new, Restated::entries),
    }
}

//! Coverage: the share of a population that knowledge has reached, against the target that applies, anywhere and
//! on any day, without showing any family.
//!
//! Written with the event: from when until when each person is counted ([`population`]), as changes in a ledger
//! ([`ledger`]). Folded in the background: counters of every area ([`counters`]). Read: one small statement, what
//! is not yet folded added, and out through the one door for numbers ([`disclosure`]).
//!
//! Basis: an area's extent never changes during its life, so a figure of an area on a day is the same whatever the
//! basis. `AS_REPORTED` and `CURRENT` only decide which areas are asked about: those of the day, or today's.

mod area_change;
pub mod check;
pub mod children;
pub mod compare;
pub mod counted;
pub mod counters;
pub mod disclosure;
pub mod explanation;
pub mod findings;
pub mod frozen;
pub mod graphql;
mod held;
pub mod ledger;
pub mod measure;
pub mod official;
mod parts;
pub mod pools;
pub mod population;
mod protection;
pub mod question;
pub mod ranges;
mod reading;
mod register;
pub mod reported;
mod resettle;
pub mod series;
pub mod store;
pub mod synced;
pub mod targets;
mod waiting;

use std::{collections::BTreeSet, sync::Arc};

pub use self::protection::PopulationsChanged;
pub use self::question::{AreaBasis, Asked, Cell, CoverageUnit, DenominatorKind, Door, Question};
use self::{
    disclosure::{Published, Sight, Tally, Threshold},
    measure::Measure,
    parts::{Part, every, places},
    pools::{Screen, ScreenKey},
    store::Reading,
};
use crate::{
    areas::Areas,
    auth::capability::Supervisor,
    clock::Clock,
    db::{Db, Tx, Work},
    error::{Error, Result, UserError, UserErrorCode},
    learning::tiers::Tier,
    programmes::{
        Programmes,
        restated::{self, Entries, Restated},
    },
};
use chrono::NaiveDate;
use entity::ids::AreaId;

/// The coverage feature. Cheap to clone.
#[derive(Clone)]
pub struct Coverage(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    areas: Areas,
    programmes: Programmes,
    threshold: Threshold,
    jump_percent: u32,
    screens: moka::sync::Cache<ScreenKey, Arc<Screen>>,
    devices: moka::sync::Cache<synced::Counted, synced::ByHome>,
    counters: moka::sync::Cache<reading::CountersKey, Arc<store::Counters>>,
}

/// What may be shown is kept for so many families and days: a series of five years of one family, and some more.
const SCREENS: u64 = 96;

/// The first day that can be asked about: the decisions are of this day.
const FIRST_DAY: (i32, u32, u32) = (2018, 10, 29);

impl Coverage {
    /// Opens the feature. `threshold` is the smallest population shown by itself, `jump_percent` by how much of itself a
    /// population may change from one period to the next before that is found.
    ///
    /// # Errors
    /// When the threshold would protect nobody.
    pub fn new(
        db: Db,
        clock: Clock,
        areas: Areas,
        programmes: Programmes,
        (threshold, jump_percent): (u64, u32),
    ) -> Result<Self> {
        let threshold = Threshold::new(threshold).map_err(Error::internal)?;
        let screens = moka::sync::Cache::new(SCREENS);
        Ok(Self(Arc::new(Inner {
            db,
            clock,
            areas,
            programmes,
            threshold,
            jump_percent,
            screens,
            devices: moka::sync::Cache::new(synced::KEPT),
            counters: moka::sync::Cache::new(reading::KEPT_COUNTERS),
        })))
    }

    /// One transaction, for the files beside this one.
    async fn within<T, F>(&self, work: F) -> Result<T>
    where
        T: Send,
        F: for<'t> Fn(&'t Tx) -> Work<'t, T> + Send + Sync,
    {
        self.db().tx(work).await
    }

    fn db(&self) -> &Db {
        &self.0.db
    }

    fn clock(&self) -> &Clock {
        &self.0.clock
    }

    fn areas(&self) -> &Areas {
        &self.0.areas
    }

    fn programmes(&self) -> &Programmes {
        &self.0.programmes
    }

    fn threshold(&self) -> Threshold {
        self.0.threshold
    }

    fn screens(&self) -> &moka::sync::Cache<ScreenKey, Arc<Screen>> {
        &self.0.screens
    }

    /// Carries what has come due from the ledger into the counters; answers how many changes it carried.
    ///
    /// # Errors
    /// When the database does not answer; nothing is half-carried.
    pub async fn fold(&self) -> Result<usize> {
        let this = self.clone();
        self.db()
            .tx(move |tx| {
                let this = this.clone();
                Box::pin(async move { this.fold_within(tx).await })
            })
            .await
    }

    /// Fills in the defaults of a question and checks it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's; a user error for an unknown indicator, a
    /// day in the future or before the programmes, and an area that does not exist on the day.
    pub fn ask(&self, supervisor: &Supervisor, question: Question) -> Result<Asked> {
        let atlas = self.0.areas.atlas();
        let area = atlas.area(question.area).ok_or(Error::NotFound)?;
        let scope = supervisor.scope(&atlas, question.area)?;
        let rulebook = self.0.programmes.rulebook();
        let indicator = rulebook.indicator(&question.indicator).ok_or_else(|| {
            let codes: Vec<_> = rulebook
                .indicators()
                .iter()
                .map(|known| known.row.code.as_str())
                .collect();
            Error::from(
                UserError::new(
                    UserErrorCode::NotFound,
                    "indicator",
                    "coverage-indicator-unknown",
                )
                .with("codes", codes.join(", ")),
            )
        })?;
        let today = self.0.clock.today();
        let open = atlas.is_open(area.id, today);
        let basis = question.basis.unwrap_or(if open {
            AreaBasis::Current
        } else {
            AreaBasis::AsReported
        });
        let on = question.on.unwrap_or_else(|| match (basis, area.valid_to) {
            (AreaBasis::AsReported, Some(last)) => last.min(today),
            _ => today,
        });
        let first =
            NaiveDate::from_ymd_opt(FIRST_DAY.0, FIRST_DAY.1, FIRST_DAY.2).unwrap_or_default();
        if on > today || on < first {
            return Err(UserError::new(
                UserErrorCode::DateOutOfRange,
                "on",
                "coverage-day-out-of-range",
            )
            .with("first", first)
            .with("last", today)
            .into());
        }
        if basis == AreaBasis::AsReported && !area.is_valid(on) {
            let names: Vec<_> = atlas
                .current_successors(area.id, today)
                .areas
                .into_iter()
                .map(|successor| atlas.display_name(successor, today))
                .collect();
            return Err(UserError::new(
                UserErrorCode::Closed,
                "on",
                "coverage-area-not-of-that-day",
            )
            .with("area", atlas.display_name(area.id, area.day_within(on)))
            .with("on", on)
            .with("successors", names.join("; "))
            .into());
        }
        let count = self.count_of(indicator.row.indicator_id, question.of);
        if question.of == CoverageUnit::Children && count.is_none() {
            return Err(self.no_children(&rulebook));
        }
        let default_tier = indicator
            .row
            .default_tier
            .map(Tier::from)
            .unwrap_or(Tier::Demonstrated);
        Ok(Asked {
            scope,
            area: area.id,
            indicator: indicator.row.indicator_id,
            tier: question.tier.unwrap_or(default_tier),
            on,
            basis,
            denominator: question.denominator.unwrap_or(match question.of {
                CoverageUnit::Own => DenominatorKind::Population,
                CoverageUnit::Children => DenominatorKind::Registered,
            }),
            of: question.of,
            count,
        })
    }

    /// The areas one level below, of the tree that the basis names.
    pub fn children_of(&self, asked: &Asked) -> Vec<AreaId> {
        let atlas = self.0.areas.atlas();
        let today = self.0.clock.today();
        match asked.basis {
            AreaBasis::AsReported => atlas.children(asked.area, asked.on),
            AreaBasis::Current if atlas.is_open(asked.area, today) => {
                atlas.children(asked.area, today)
            }
            AreaBasis::Current => atlas.current_successors(asked.area, today).areas,
        }
    }

    /// Answers a question for several areas at once: one reading, whatever their number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn answer(&self, asked: &Asked, areas: &[AreaId]) -> Result<Vec<Cell>> {
        if let Some(shape) = self.shape_of(asked.indicator) {
            return self.answer_reported(asked, shape, areas).await;
        }
        let parts = self.parts(asked.basis, areas);
        let (every, places) = (every(&parts), places(&parts));
        let register = self.entries(asked, &every).await?;
        let counts = match asked
            .count
            .and_then(|count| Some((count, self.family_of(count)?)))
        {
            Some((count, family)) => Some(self.read(asked, count, family, &places).await?),
            None => None,
        };
        Ok(self.cells(asked, parts, &register, counts.as_ref()))
    }

    /// What the register may say of areas up to the day; nothing where it counts others than those asked about.
    async fn entries(&self, asked: &Asked, areas: &BTreeSet<AreaId>) -> Result<Entries> {
        match asked.denominator {
            DenominatorKind::Population if !asked.is_beside_indicator() => {
                let (atlas, areas) = (self.areas().atlas(), Vec::from_iter(areas.iter().copied()));
                let programmes = self.programmes();
                programmes
                    .entries(&atlas, asked.indicator, &areas, asked.on)
                    .await
            }
            _ => Ok(Entries::new()),
        }
    }

    /// The answers of one day: counts added up, and out through the door for numbers.
    fn cells(
        &self,
        asked: &Asked,
        parts: Vec<Part>,
        register: &Entries,
        counts: Option<&(Arc<Screen>, Reading)>,
    ) -> Vec<Cell> {
        let atlas = self.0.areas.atlas();
        let counted_at = self.0.clock.now();
        let cells = parts.into_iter().map(|part| {
            let (area, counted, key) = (part.area, &part.counted, part.key());
            let population = (asked.denominator == DenominatorKind::Population
                && !asked.is_beside_indicator())
            .then(|| restated::population(&atlas, register, counted, asked.on));
            let known = population.as_ref().and_then(|known| known.as_ref().ok());
            // Her own commune as it was; what it became holds others too.
            let sight = match *counted == [area] {
                true => asked.sight(area),
                false => Sight::Above,
            };
            let figures = match counts {
                None => Published::unknown(),
                Some((screen, reading)) => {
                    let sum = |measure| part.sum(&atlas, reading, measure);
                    let numerator = u64::try_from(sum(Measure::Tier(asked.tier))).ok();
                    let denominator = match asked.denominator {
                        DenominatorKind::Registered => u64::try_from(sum(Measure::Population)).ok(),
                        DenominatorKind::Population => {
                            known.and_then(|known| u64::try_from(known.people).ok())
                        }
                    };
                    let tally = Tally {
                        numerator,
                        denominator,
                    };
                    screen.publish(&key, || part.atoms(&atlas), sight, tally)
                }
            };
            let since = counts.map(|(screen, reading)| {
                let late = reading.late_in(&part.places());
                let late = screen.count(&key, || part.atoms(&atlas), sight, late);
                // What is pooled does not tell either when it last changed.
                let newest = reading.newest_in(&part.places());
                (late, newest.filter(|_| late.exact().is_some()))
            });
            let waiting = counts.filter(|_| !part.unplaced.is_empty());
            let not_yet_placed = waiting.map(|(screen, reading)| {
                // The whole less the successors: told only where both may be.
                let people = u64::try_from(part.waiting(reading)).unwrap_or(0);
                let those = || pools::atoms(&atlas, counted);
                let without = screen.count(counted, those, sight, people);
                let whole = screen.count(&key, || part.atoms(&atlas), sight, people);
                whole.only_with(without)
            });
            Cell {
                asked: Asked {
                    area,
                    ..asked.clone()
                },
                not_yet_placed,
                late: since.map(|(late, _)| late),
                newest_on: since.and_then(|(_, newest)| newest),
                counted: part.counted.clone(),
                unplaced: part.unplaced.clone(),
                widened: part.widened,
                figures,
                register: known.map_or_else(Vec::new, Restated::entries),
                population,
                reported: None,
                counted_at,
                door: counts.map(|(screen, _)| Door {
                    screen: Arc::clone(screen),
                    sight,
                }),
            }
        });
        cells.collect()
    }
}

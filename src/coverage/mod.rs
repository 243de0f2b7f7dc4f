//! Coverage: the share of a population that knowledge has reached, against the target that applies, anywhere and
//! on any day, without showing any family.
//!
//! Written with the event: from when until when each person is counted ([`population`]), as changes in a ledger
//! ([`ledger`]). Folded in the background: counters of every area ([`counters`]). Read: one small statement, what
//! is not yet folded added, and out through the one door for numbers ([`disclosure`]).
//!
//! Basis: an area's extent never changes during its life, so a figure of an area on a day is the same whatever the
//! basis. `AS_REPORTED` and `CURRENT` only decide which areas are asked about: those of the day, or today's.

pub mod check;
pub mod counters;
pub mod disclosure;
pub mod explanation;
pub mod frozen;
pub mod graphql;
pub mod ledger;
pub mod measure;
pub mod pools;
pub mod population;
pub mod question;
pub mod ranges;
pub mod store;
pub mod targets;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{denominator, ids::AreaId, indicator::Computed};
use uuid::Uuid;

pub use self::question::{AreaBasis, Asked, Cell, DenominatorKind, Question};
use self::{
    disclosure::{Published, Sight, Tally, Threshold},
    measure::Measure,
    pools::{Screen, ScreenKey},
    population::{Counted, Members},
    store::Reading,
};
use crate::{
    areas::{Areas, Atlas},
    auth::capability::Supervisor,
    clock::Clock,
    db::Db,
    error::{Error, Result, UserError, UserErrorCode},
    learning::{applies::asks_for_disability, tiers::Tier},
    programmes::{Programmes, rulebook::Indicator},
};

/// The coverage feature. Cheap to clone.
#[derive(Clone)]
pub struct Coverage(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    areas: Areas,
    programmes: Programmes,
    threshold: Threshold,
    screens: moka::sync::Cache<ScreenKey, Arc<Screen>>,
}

/// The first day that can be asked about: the decisions are of this day.
const FIRST_DAY: (i32, u32, u32) = (2018, 10, 29);

impl Coverage {
    /// Opens the feature. `threshold` is the smallest population shown by itself.
    ///
    /// # Errors
    /// When the threshold would protect nobody.
    pub fn new(
        db: Db,
        clock: Clock,
        areas: Areas,
        programmes: Programmes,
        threshold: u64,
    ) -> Result<Self> {
        let threshold = Threshold::new(threshold).map_err(Error::internal)?;
        let screens = moka::sync::Cache::new(16);
        Ok(Self(Arc::new(Inner {
            db,
            clock,
            areas,
            programmes,
            threshold,
            screens,
        })))
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

    /// The indicators computed from people.
    pub fn counted(&self) -> Vec<Counted> {
        let rulebook = self.0.programmes.rulebook();
        let members = |indicator: &Indicator| match indicator.row.computed {
            Computed::Caregiver => {
                let under_months = rulebook.max_age_months(indicator)?;
                Some(Members::CaregiversOf {
                    under_months: u32::try_from(under_months).ok()?,
                    with_disability: asks_for_disability(indicator),
                })
            }
            Computed::Staff => Some(Members::Staff),
            Computed::Union => Some(Members::EitherOf(indicator.components.clone())),
            Computed::Child | Computed::Reported => None,
        };
        let counted = |indicator: &Indicator| {
            Some(Counted {
                indicator: indicator.row.indicator_id,
                members: members(indicator)?,
            })
        };
        rulebook
            .indicators()
            .iter()
            .map(AsRef::as_ref)
            .filter_map(counted)
            .collect()
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
            denominator: question.denominator.unwrap_or(DenominatorKind::Population),
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
        let atlas = self.0.areas.atlas();
        let today = self.0.clock.today();
        let parts: Vec<(AreaId, Vec<AreaId>, bool)> = areas
            .iter()
            .map(|area| match asked.basis {
                AreaBasis::Current if !atlas.is_open(*area, today) => {
                    let successors = atlas.current_successors(*area, today);
                    (*area, successors.areas, successors.widened)
                }
                _ => (*area, vec![*area], false),
            })
            .collect();
        let every: BTreeSet<AreaId> = parts
            .iter()
            .flat_map(|(_, parts, _)| parts.iter().copied())
            .collect();
        let register = match asked.denominator {
            DenominatorKind::Population => {
                let every: Vec<AreaId> = every.iter().copied().collect();
                self.0
                    .programmes
                    .denominators(asked.indicator, &every, asked.on)
                    .await?
            }
            DenominatorKind::Registered => HashMap::new(),
        };
        let counts = match self.family_of(asked.indicator) {
            Some(family) => Some(self.read(asked, family, &every).await?),
            None => None,
        };
        let counted_at = self.0.clock.now();
        let cells = parts.into_iter().map(|(area, counted, widened)| {
            let known: Option<Vec<denominator::Model>> = counted
                .iter()
                .map(|part| register.get(part).cloned())
                .collect();
            let figures = match &counts {
                None => Published::unknown(),
                Some((screen, reading)) => {
                    let sum = |measure| sum(&atlas, reading, &counted, measure);
                    let numerator = u64::try_from(sum(Measure::Tier(asked.tier))).ok();
                    let denominator = match asked.denominator {
                        DenominatorKind::Registered => u64::try_from(sum(Measure::Population)).ok(),
                        DenominatorKind::Population => known.as_ref().and_then(|known| {
                            known
                                .iter()
                                .map(|value| u64::try_from(value.value).ok())
                                .sum()
                        }),
                    };
                    let sight = if asked.scope.is_own_commune() && area == asked.scope.area() {
                        Sight::OwnCommune
                    } else {
                        Sight::Above
                    };
                    let atoms = || pools::atoms(&atlas, &counted);
                    screen.publish(
                        &counted,
                        atoms,
                        sight,
                        Tally {
                            numerator,
                            denominator,
                        },
                    )
                }
            };
            Cell {
                asked: Asked {
                    area,
                    ..asked.clone()
                },
                counted,
                widened,
                figures,
                register: known.unwrap_or_default(),
                counted_at,
            }
        });
        Ok(cells.collect())
    }

    /// Reads the counts of areas and what may be shown of them. Populations that are not yet folded, or pools of
    /// last month, are brought up to date first: what may be shown depends on them.
    async fn read(
        &self,
        asked: &Asked,
        family: String,
        areas: &BTreeSet<AreaId>,
    ) -> Result<(Arc<Screen>, Reading)> {
        let places: Vec<Uuid> = areas.iter().map(|area| area.0).collect();
        let measures = [Measure::Population, Measure::Tier(asked.tier)];
        let month = counters::first_of_month(self.0.clock.today());
        // Each fold carries what was there when it began; more than a few rounds means that writers are faster.
        for _ in 0..MOST_FOLDS {
            let reading = store::read_counts(
                self.0.db.write(),
                &places,
                asked.indicator,
                &measures,
                asked.on,
            )
            .await?;
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

/// Rounds of folding before a question gives up.
const MOST_FOLDS: usize = 200;

fn sum(atlas: &Atlas, reading: &Reading, areas: &[AreaId], measure: Measure) -> i64 {
    let folded: i64 = areas
        .iter()
        .filter_map(|area| reading.folded.get(&(area.0, measure)))
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

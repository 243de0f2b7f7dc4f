//! Findings: what does not fit together in the register, in reported values and in counts, and who looks after it.
//!
//! Two rules. **Over 100 %**: on the last day of a period (today, while it lasts) more were reached than belong to the
//! population in force; it is shown as it is, and found. **Jump**: a population or reported number differs from that of the
//! period before by more than a share of it (a setting) and by 20 or more.
//!
//! Invariant: a finding holds no numbers, and whoever may not see the figures it is about does not see that it is there:
//! that more were reached than there are is derived from them.

mod handling;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{
    data_finding,
    data_finding::{FindingKind, FindingState},
    denominator,
    ids::{AreaId, IndicatorId},
    reported_value,
};

use super::{
    Coverage,
    measure::Measure,
    reading::sum,
    store::{self, read_counts},
};
use crate::{
    error::Result,
    learning::tiers::Tier,
    programmes::{denominators::in_force, reported::in_force_by_area},
};

pub use self::handling::HandleFinding;

/// The smallest change that is a jump, in people: a small place may double within a year.
pub const SMALLEST_JUMP: i64 = 20;

/// What a finding is about: where, on what, of which period, and what does not fit.
type Matter = (AreaId, IndicatorId, NaiveDate, FindingKind);

/// The population in force in an area, from a day on.
type Entered = (AreaId, NaiveDate, i64);

/// A number of a period.
type Told = (NaiveDate, NaiveDate, i64);

impl Coverage {
    fn jump_percent(&self) -> i64 {
        self.0.jump_percent.into()
    }

    /// Examines what was entered about an indicator in an area, or everything: raises what does not fit together, and
    /// resolves what fits again. Answers how many findings were raised.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn examine(&self, of: Option<(AreaId, IndicatorId)>) -> Result<usize> {
        let programmes = self.programmes();
        let (register, reports) = match of {
            Some((area, indicator)) => (
                programmes.register_of_area(area, Some(indicator)).await?,
                programmes.reports_of_area(area, Some(indicator)).await?,
            ),
            None => programmes.everything_entered().await?,
        };
        let holding = self.holding(&register, &reports).await?;
        let known = match of {
            Some((area, _)) => store::findings(self.db().latest(), [area]).await?,
            None => {
                store::findings(
                    self.db().latest(),
                    holding
                        .iter()
                        .map(|(area, ..)| *area)
                        .chain(
                            store::unresolved(self.db().latest())
                                .await?
                                .iter()
                                .map(|row| row.area_id),
                        )
                        .collect::<BTreeSet<_>>(),
                )
                .await?
            }
        };
        let examined = |row: &data_finding::Model| {
            of.is_none_or(|(_, indicator)| row.indicator_id == indicator)
        };
        let now = self.clock().now();
        let mut changed = Vec::new();
        let mut there = BTreeSet::new();
        for row in known.into_iter().filter(examined) {
            let matter = (row.area_id, row.indicator_id, row.period_from, row.kind);
            there.insert(matter);
            let state = match (holding.contains(&matter), row.state) {
                (true, FindingState::Resolved) => FindingState::Open,
                (false, state) if state != FindingState::Resolved => FindingState::Resolved,
                _ => continue,
            };
            changed.push(data_finding::Model {
                state,
                changed_at: now,
                raised_at: if state == FindingState::Open {
                    now
                } else {
                    row.raised_at
                },
                ..row
            });
        }
        let fresh: Vec<_> = holding
            .difference(&there)
            .map(|(area, indicator, period_from, kind)| data_finding::Model {
                finding_id: self.clock().id(),
                kind: *kind,
                area_id: *area,
                indicator_id: *indicator,
                period_from: *period_from,
                raised_at: now,
                state: FindingState::Open,
                owner_id: None,
                note: None,
                changed_at: now,
            })
            .collect();
        let raised = fresh.len()
            + changed
                .iter()
                .filter(|row| row.state == FindingState::Open)
                .count();
        if fresh.is_empty() && changed.is_empty() {
            return Ok(0);
        }
        self.within(move |tx| {
            let (fresh, changed) = (fresh.clone(), changed.clone());
            Box::pin(async move {
                store::add_findings(tx, fresh).await?;
                store::save_findings(tx, changed).await
            })
        })
        .await?;
        Ok(raised)
    }

    /// What does not fit together now.
    async fn holding(
        &self,
        register: &[denominator::Model],
        reports: &[reported_value::Model],
    ) -> Result<BTreeSet<Matter>> {
        let today = self.clock().today();
        let mut places: BTreeMap<_, Vec<&denominator::Model>> = BTreeMap::new();
        for row in register {
            let place = (
                row.area_id,
                row.indicator_id,
                row.period_from,
                row.period_to,
            );
            places.entry(place).or_default().push(row);
        }
        let mut holding = BTreeSet::new();
        let mut series: BTreeMap<(AreaId, IndicatorId), Vec<Told>> = BTreeMap::new();
        let mut asked: BTreeMap<(IndicatorId, NaiveDate), Vec<Entered>> = BTreeMap::new();
        for ((area, indicator, from, to), versions) in places {
            let Some(value) = in_force(&versions).map(|row| row.value) else {
                continue;
            };
            series
                .entry((area, indicator))
                .or_default()
                .push((from, to, value));
            if from <= today {
                let matter = (area, from, value);
                asked
                    .entry((indicator, to.min(today)))
                    .or_default()
                    .push(matter);
            }
        }
        jumps(&series, self.jump_percent(), &mut holding);
        for ((indicator, on), places) in asked {
            let reached = match self.shape_of(indicator) {
                Some(_) => reached_as_reported(reports, indicator, on),
                None => {
                    self.reached(indicator, on, places.iter().map(|(area, ..)| *area))
                        .await?
                }
            };
            for (area, from, value) in places {
                if reached.get(&area).is_some_and(|reached| *reached > value) {
                    holding.insert((area, indicator, from, FindingKind::Over100));
                }
            }
        }
        let mut told: BTreeMap<(AreaId, IndicatorId), Vec<Told>> = BTreeMap::new();
        let days: BTreeSet<_> = reports
            .iter()
            .map(|row| (row.indicator_id, row.period_from))
            .collect();
        for (indicator, from) in days {
            let of: Vec<_> = reports
                .iter()
                .filter(|row| row.indicator_id == indicator && row.period_from <= from)
                .cloned()
                .collect();
            for (area, row) in in_force_by_area(of, |_| from) {
                let (Some(numerator), true) = (row.numerator, row.period_from == from) else {
                    continue;
                };
                if row
                    .denominator
                    .is_some_and(|denominator| numerator > denominator)
                {
                    holding.insert((area, indicator, from, FindingKind::Over100));
                }
                let last = row.period_to.unwrap_or(from);
                let told = told.entry((area, indicator)).or_default();
                told.push((from, last, row.denominator.unwrap_or(numerator)));
            }
        }
        jumps(&told, self.jump_percent(), &mut holding);
        Ok(holding)
    }

    /// How many were reached in each area on a day, in the indicator's own tier.
    async fn reached(
        &self,
        indicator: IndicatorId,
        on: NaiveDate,
        areas: impl Iterator<Item = AreaId>,
    ) -> Result<HashMap<AreaId, i64>> {
        let rulebook = self.programmes().rulebook();
        let known = rulebook.indicator_by_id(indicator);
        let tier = known
            .and_then(|known| known.row.default_tier)
            .map(Tier::from);
        let measure = Measure::Tier(tier.unwrap_or(Tier::Demonstrated));
        let areas: Vec<AreaId> = areas.collect();
        let places: Vec<_> = areas.iter().map(|area| area.0).collect();
        let reading = read_counts(self.db().latest(), &places, indicator, &[measure], on).await?;
        let atlas = self.areas().atlas();
        let count = |area: AreaId| (area, sum(&atlas, &reading, &[area], measure));
        Ok(areas.into_iter().map(count).collect())
    }
}

/// What areas reported as reached on a day.
fn reached_as_reported(
    reports: &[reported_value::Model],
    indicator: IndicatorId,
    on: NaiveDate,
) -> HashMap<AreaId, i64> {
    let of = reports.iter().filter(|row| row.indicator_id == indicator);
    let of = in_force_by_area(of.cloned().collect(), |_| on);
    of.into_iter()
        // A value that names its own population is held against that.
        .filter(|(_, row)| row.denominator.is_none())
        .filter_map(|(area, row)| Some((area, row.numerator?)))
        .collect()
}

/// The periods whose number differs suddenly from that of the period before.
fn jumps(
    series: &BTreeMap<(AreaId, IndicatorId), Vec<Told>>,
    percent: i64,
    holding: &mut BTreeSet<Matter>,
) {
    for ((area, indicator), told) in series {
        for (from, _, value) in told {
            let before = told.iter().filter(|(_, to, _)| to < from);
            let Some((_, _, before)) = before.max_by_key(|(from, to, _)| (*to, *from)) else {
                continue;
            };
            let change = value.abs_diff(*before);
            let share = u128::from(change) * 100
                > before.unsigned_abs() as u128 * percent.unsigned_abs() as u128;
            if share && change >= SMALLEST_JUMP.unsigned_abs() {
                holding.insert((*area, *indicator, *from, FindingKind::Jump));
            }
        }
    }
}

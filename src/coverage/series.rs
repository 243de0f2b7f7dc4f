//! Coverage by month: how a figure came about, for an area and the areas below it, in one reading.
//!
//! A point is the figure of the last day of its month, of today for the month that has begun; it is the same that
//! [`Coverage::answer`] gives for that day, and goes out through the same door with the pools of that day.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::ids::{AreaId, IndicatorId};
use uuid::Uuid;

use super::{
    AreaBasis, Asked, Cell, Coverage,
    counters::{first_of_month, next_month},
    disclosure::Published,
    measure::Measure,
    parts::{every, places},
    pools::ScreenKey,
    reading::MOST_FOLDS,
    store::{self, SeriesReading},
};
use crate::error::{Error, Result, UserError, UserErrorCode};

/// The most months of one series.
pub const MOST_MONTHS: usize = 60;

/// The figures of one area, month by month.
#[derive(Clone, Debug)]
pub struct AreaSeries {
    /// Which area.
    pub area: AreaId,
    /// One point a month, in order.
    pub points: Vec<Cell>,
}

impl Coverage {
    /// The figures of an area month by month, and with `with_children` those of the areas below it. The day of
    /// `asked` is the last point.
    ///
    /// # Errors
    /// A user error for months in the wrong order or too many; otherwise when the database does not answer.
    pub async fn series(
        &self,
        asked: &Asked,
        from: NaiveDate,
        with_children: bool,
    ) -> Result<Vec<AreaSeries>> {
        let days = points(first_of_month(from), asked.on)?;
        let mut areas = vec![asked.area];
        if with_children {
            areas.extend(self.children_over(asked, &days));
        }
        let parts = self.parts(asked.basis, &areas);
        let (every, places) = (every(&parts), places(&parts));
        let register = self.entries(asked, &every).await?;
        let counts = match asked
            .count
            .and_then(|count| Some((count, self.family_of(count)?)))
        {
            Some((count, family)) => {
                let reading = self.read_series(asked, count, &places, &days).await?;
                Some((family, reading))
            }
            None => None,
        };
        let atlas = self.areas().atlas();
        let mut series: Vec<AreaSeries> = areas
            .iter()
            .map(|area| AreaSeries {
                area: *area,
                points: Vec::with_capacity(days.len()),
            })
            .collect();
        for day in days {
            let asked = Asked {
                on: day,
                ..asked.clone()
            };
            let counts = match &counts {
                Some((family, reading)) => {
                    let key = ScreenKey {
                        family: family.as_str().into(),
                        on: day,
                        version: reading.version(day),
                    };
                    Some((self.screen(key).await?, reading.on(day)))
                }
                None => None,
            };
            let cells = self.cells(&asked, parts.clone(), &register, counts.as_ref());
            for (line, mut cell) in series.iter_mut().zip(cells) {
                // An area is reported for the days of its life only.
                if asked.basis == AreaBasis::AsReported && !atlas.is_valid(line.area, day) {
                    cell.figures = Published::unknown();
                    cell.population = None;
                }
                line.points.push(cell);
            }
        }
        Ok(series)
    }

    /// The areas below on any of the days, each once.
    fn children_over(&self, asked: &Asked, days: &[NaiveDate]) -> Vec<AreaId> {
        let mut seen = BTreeSet::new();
        let days = match asked.basis {
            AreaBasis::AsReported => days,
            AreaBasis::Current => days.last().map_or(&[][..], std::slice::from_ref),
        };
        let children = days.iter().flat_map(|day| {
            self.children_of(&Asked {
                on: *day,
                ..asked.clone()
            })
        });
        children.filter(|area| seen.insert(*area)).collect()
    }

    async fn read_series(
        &self,
        asked: &Asked,
        count: IndicatorId,
        places: &BTreeSet<Uuid>,
        days: &[NaiveDate],
    ) -> Result<SeriesReading> {
        let places: Vec<Uuid> = places.iter().copied().collect();
        let measures = [Measure::Population, Measure::Tier(asked.tier)];
        let first = days.first().copied().unwrap_or(asked.on);
        let this_month = first_of_month(self.clock().today());
        for _ in 0..MOST_FOLDS {
            let reading = store::read_series(
                self.db().latest(),
                &places,
                count,
                &measures,
                first_of_month(first),
                asked.on,
            )
            .await?;
            if !reading.populations_unfolded && reading.pools_judged_for == this_month {
                return Ok(reading);
            }
            self.fold().await?;
        }
        Err(Error::internal("the ledger grows faster than it is folded"))
    }
}

/// The days of the points: the ends of the months up to the last one, which ends with `last`.
fn points(first: NaiveDate, last: NaiveDate) -> Result<Vec<NaiveDate>> {
    if first > last {
        return Err(Error::user(
            UserErrorCode::DateOutOfRange,
            "from",
            "coverage-series-order",
        ));
    }
    let months = std::iter::successors(Some(first), |month| Some(next_month(*month)));
    let months: Vec<NaiveDate> = months
        .take_while(|month| *month <= last)
        .take(MOST_MONTHS + 1)
        .collect();
    if months.len() > MOST_MONTHS {
        return Err(
            UserError::new(UserErrorCode::TooMany, "from", "coverage-series-too-long")
                .with("maximum", MOST_MONTHS)
                .into(),
        );
    }
    let end = |month: &NaiveDate| next_month(*month).pred_opt().unwrap_or(*month).min(last);
    Ok(months.iter().map(end).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn points_are_ends_of_months_and_the_last_is_the_day_asked_about() {
        let days = points(day("2025-12-01"), day("2026-02-10")).unwrap();
        assert_eq!(
            days,
            [day("2025-12-31"), day("2026-01-31"), day("2026-02-10")]
        );
        assert_eq!(
            points(day("2026-02-01"), day("2026-02-01")).unwrap(),
            [day("2026-02-01")]
        );
    }

    #[test]
    fn months_in_the_wrong_order_or_too_many_are_refused() {
        assert!(points(day("2026-03-01"), day("2026-02-10")).is_err());
        assert!(points(day("2020-01-01"), day("2024-12-31")).is_ok());
        assert!(points(day("2019-12-01"), day("2024-12-31")).is_err());
    }
}

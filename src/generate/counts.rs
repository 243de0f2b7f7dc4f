//! Sums of who enters and leaves where on which day, small enough to keep for millions of people.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use entity::ids::{AtomId, IndicatorId};

use crate::{
    coverage::{
        measure::Measure,
        store::{Delta, Interval},
    },
    error::{Error, Result},
};

/// Changes by indicator, measure, place and day.
#[derive(Default)]
pub struct Counts {
    sums: HashMap<Key, i32>,
    indicators: Numbered<IndicatorId>,
    measures: Numbered<Measure>,
    atoms: Numbered<AtomId>,
}

/// Indicator, measure, atom, day: numbers in the order of first use, the day as days since the first one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    indicator: u8,
    measure: u8,
    atom: u16,
    day: u16,
}

/// Things with small numbers instead of their ids.
struct Numbered<T> {
    all: Vec<T>,
    numbers: HashMap<T, usize>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            numbers: HashMap::new(),
        }
    }
}

impl<T: Copy + Eq + std::hash::Hash> Numbered<T> {
    fn number<N: TryFrom<usize>>(&mut self, thing: T) -> Result<N> {
        let all = &mut self.all;
        let number = *self.numbers.entry(thing).or_insert_with(|| {
            all.push(thing);
            all.len() - 1
        });
        N::try_from(number).map_err(|_over| Error::internal("too many places or measures to count"))
    }

    fn thing(&self, number: impl Into<usize>) -> Option<T> {
        self.all.get(number.into()).copied()
    }
}

/// Before the programmes began: no day that counts is earlier.
fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2010, 1, 1).unwrap_or_default()
}

impl Counts {
    /// Adds the days on which some people are counted.
    ///
    /// # Errors
    /// When there are more places or days than the numbers hold.
    pub fn add(&mut self, intervals: &[Interval]) -> Result<()> {
        for Interval {
            indicator,
            measure,
            atom,
            days,
        } in intervals
        {
            let key = |day: NaiveDate| -> Result<u16> {
                u16::try_from((day - first_day()).num_days()).map_err(Error::internal)
            };
            let entering = Key {
                indicator: self.indicators.number(*indicator)?,
                measure: self.measures.number(*measure)?,
                atom: self.atoms.number(*atom)?,
                day: key(days.enter)?,
            };
            *self.sums.entry(entering).or_default() += 1;
            if let Some(leave) = days.leave {
                *self
                    .sums
                    .entry(Key {
                        day: key(leave)?,
                        ..entering
                    })
                    .or_default() -= 1;
            }
        }
        Ok(())
    }

    /// The changes, one indicator and measure after the other.
    pub fn groups(self) -> impl Iterator<Item = Vec<Delta>> {
        let Self {
            sums,
            indicators,
            measures,
            atoms,
        } = self;
        let mut sums: Vec<(Key, i32)> = sums.into_iter().filter(|(_, delta)| *delta != 0).collect();
        sums.sort_unstable_by_key(|(key, _)| *key);
        let mut begin = 0;
        std::iter::from_fn(move || {
            let rest = sums.get(begin..)?;
            let (first, _) = rest.first()?;
            let of = (first.indicator, first.measure);
            let length = rest.partition_point(|(key, _)| (key.indicator, key.measure) <= of);
            begin += length;
            let delta = |(key, delta): &(Key, i32)| {
                Some(Delta {
                    atom: atoms.thing(key.atom)?,
                    indicator: indicators.thing(key.indicator)?,
                    measure: measures.thing(key.measure)?,
                    on: first_day().checked_add_days(Days::new(key.day.into()))?,
                    delta: *delta,
                })
            };
            Some(rest.iter().take(length).filter_map(delta).collect())
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{coverage::ranges::Range, learning::tiers::Tier};

    fn day(number: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 7, 1).unwrap() + Days::new(number)
    }

    fn interval(indicator: u128, measure: Measure, enter: u64, leave: Option<u64>) -> Interval {
        Interval {
            indicator: IndicatorId(Uuid::from_u128(indicator)),
            measure,
            atom: AtomId(Uuid::from_u128(9)),
            days: Range::new(day(enter), leave.map(day)).unwrap(),
        }
    }

    #[test]
    fn groups_hold_every_change_once_and_what_cancels_out_is_gone() {
        let mut counts = Counts::default();
        let reached = Measure::Tier(Tier::Reached);
        let people = [
            interval(1, Measure::Population, 0, Some(5)),
            interval(1, Measure::Population, 0, None),
            interval(1, Measure::Population, 5, None),
            interval(1, reached, 3, None),
            interval(2, Measure::Population, 2, Some(4)),
        ];
        counts.add(&people).unwrap();
        let groups: Vec<_> = counts.groups().collect();
        let seen = |indicator: u128, measure: Measure| -> Vec<(NaiveDate, i32)> {
            let mut groups = groups.iter().filter(|group| {
                group.iter().all(|delta| {
                    delta.indicator.0.as_u128() == indicator && delta.measure == measure
                })
            });
            groups
                .next()
                .unwrap()
                .iter()
                .map(|delta| (delta.on, delta.delta))
                .collect()
        };
        assert_eq!(groups.len(), 3);
        assert_eq!(seen(1, Measure::Population), [(day(0), 2)]);
        assert_eq!(seen(1, reached), [(day(3), 1)]);
        assert_eq!(seen(2, Measure::Population), [(day(2), 1), (day(4), -1)]);
    }
}

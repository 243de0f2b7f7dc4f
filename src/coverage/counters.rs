//! Counters that answer "how many on that day" without counting people.
//!
//! For each place, indicator and measure there is the count at the end of every month with a change, and, within
//! a month, what its days have changed so far. A count on any day is one row of each, added. A late event moves
//! the later months of its places, at most one row a month.
//!
//! Only days up to today are folded. What is known to happen later (a child will outgrow the age) waits in the
//! ledger until its day has come, so that the future never makes the past more costly.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use entity::ids::IndicatorId;
use uuid::Uuid;

use super::measure::Measure;

/// What is counted where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// An area or an atom.
    pub place: Uuid,
    /// On which indicator.
    pub indicator: IndicatorId,
    /// In which measure.
    pub measure: Measure,
}

/// The rows of one series that a fold reads and writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counter {
    /// Counts at the ends of months, by first day of the month.
    pub months: BTreeMap<NaiveDate, i64>,
    /// What a month has changed up to and with a day, by day.
    pub days: BTreeMap<NaiveDate, i64>,
}

impl Counter {
    /// Adds a change on a day.
    pub fn add(&mut self, on: NaiveDate, delta: i64) {
        let month = first_of_month(on);
        let before = self
            .months
            .range(..month)
            .next_back()
            .map_or(0, |(_, total)| *total);
        self.months.entry(month).or_insert_with_key(|_| before);
        for (_, total) in self.months.range_mut(month..) {
            *total += delta;
        }
        let earlier = self
            .days
            .range(month..on)
            .next_back()
            .map_or(0, |(_, total)| *total);
        self.days.entry(on).or_insert(earlier);
        let next = next_month(month);
        for (_, total) in self.days.range_mut(on..next) {
            *total += delta;
        }
    }

    /// The count on a day.
    pub fn on(&self, day: NaiveDate) -> i64 {
        let month = first_of_month(day);
        let before = self
            .months
            .range(..month)
            .next_back()
            .map_or(0, |(_, total)| *total);
        let within = self
            .days
            .range(month..=day)
            .next_back()
            .map_or(0, |(_, total)| *total);
        before + within
    }
}

/// The first day of the month of a day.
pub fn first_of_month(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The first day of the month after.
pub fn next_month(first: NaiveDate) -> NaiveDate {
    first
        .checked_add_months(chrono::Months::new(1))
        .unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_order_of_changes_gives_the_recount_on_every_day(
            changes in proptest::collection::vec((0_u64..400, -3_i64..4), 0..60),
            seed in any::<u64>(),
        ) {
            let start = NaiveDate::from_ymd_opt(2024, 11, 20).unwrap();
            let mut shuffled = changes.clone();
            shuffled.sort_by_key(|(day, delta)| seed.wrapping_mul(day + 7).rotate_left(11) ^ (*delta as u64));
            let (mut one, mut other) = (Counter::default(), Counter::default());
            changes.iter().for_each(|(day, delta)| one.add(start + Days::new(*day), *delta));
            shuffled.iter().for_each(|(day, delta)| other.add(start + Days::new(*day), *delta));
            prop_assert_eq!(&one, &other);
            for day in 0..420 {
                let recount: i64 = changes.iter().filter(|(on, _)| *on <= day).map(|(_, delta)| delta).sum();
                prop_assert_eq!(one.on(start + Days::new(day)), recount);
            }
        }
    }
}

//! Sets of days as half-open runs `[enter, leave)`: the arithmetic of "from when until when".

use chrono::NaiveDate;

/// Days from `enter` up to, not with, `leave`; without end when `leave` is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range {
    /// First day.
    pub enter: NaiveDate,
    /// First day after.
    pub leave: Option<NaiveDate>,
}

/// A set of days.
///
/// Invariant: runs are in order, none is empty, and between two of them lies at least one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<Range>);

impl Range {
    /// The days from `enter` up to `leave`; nothing if there are none.
    pub fn new(enter: NaiveDate, leave: Option<NaiveDate>) -> Option<Self> {
        leave
            .is_none_or(|leave| enter < leave)
            .then_some(Self { enter, leave })
    }

    /// The days in both.
    pub fn and(self, other: Self) -> Option<Self> {
        let leave = match (self.leave, other.leave) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self::new(self.enter.max(other.enter), leave)
    }

    /// The days of it from `day` on.
    pub fn from(self, day: NaiveDate) -> Option<Self> {
        Self::new(self.enter.max(day), self.leave)
    }

    /// Whether a day is in it.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.enter <= day && self.leave.is_none_or(|leave| day < leave)
    }
}

impl Ranges {
    /// The runs, in order.
    pub fn iter(&self) -> impl Iterator<Item = Range> + '_ {
        self.0.iter().copied()
    }

    /// Whether a day is in it.
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.iter().any(|range| range.contains(day))
    }

    /// The days in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.iter()
            .flat_map(|a| other.iter().filter_map(move |b| a.and(b)))
            .collect()
    }

    /// The days in either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }

    /// The days of it that are not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let cut = |left: Vec<Range>, gone: Range| -> Vec<Range> {
            left.into_iter()
                .flat_map(|days| {
                    let before = days.and(Range {
                        enter: NaiveDate::MIN,
                        leave: Some(gone.enter),
                    });
                    let after = gone.leave.and_then(|leave| days.from(leave));
                    before.into_iter().chain(after)
                })
                .collect()
        };
        other.iter().fold(self.0.clone(), cut).into_iter().collect()
    }

    /// The days of it from `day` on.
    #[must_use]
    pub fn from(&self, day: NaiveDate) -> Self {
        self.iter().filter_map(|range| range.from(day)).collect()
    }
}

impl From<Range> for Ranges {
    fn from(range: Range) -> Self {
        Self(vec![range])
    }
}

impl FromIterator<Range> for Ranges {
    fn from_iter<I: IntoIterator<Item = Range>>(ranges: I) -> Self {
        let mut ranges: Vec<Range> = ranges.into_iter().collect();
        ranges.sort();
        let mut joined: Vec<Range> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if last.leave.is_none_or(|leave| range.enter <= leave) => {
                    last.leave = match (last.leave, range.leave) {
                        (Some(a), Some(b)) => Some(a.max(b)),
                        _ => None,
                    };
                }
                _ => joined.push(range),
            }
        }
        Self(joined)
    }
}

#[cfg(test)]
mod tests {
    use chrono::Days;
    use proptest::prelude::*;

    use super::*;

    fn day(number: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(number)
    }

    fn ranges() -> impl Strategy<Value = Ranges> {
        let range = (0_u64..40, proptest::option::of(1_u64..15));
        proptest::collection::vec(range, 0..6).prop_map(|all| {
            all.into_iter()
                .filter_map(|(enter, long)| {
                    Range::new(day(enter), long.map(|long| day(enter + long)))
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn a_day_is_in_the_result_exactly_when_it_is_in_both_or_either(a in ranges(), b in ranges(), cut in 0_u64..60) {
            for number in 0..60 {
                let on = day(number);
                prop_assert_eq!(a.and(&b).contains(on), a.contains(on) && b.contains(on));
                prop_assert_eq!(a.or(&b).contains(on), a.contains(on) || b.contains(on));
                prop_assert_eq!(a.from(day(cut)).contains(on), a.contains(on) && number >= cut);
                prop_assert_eq!(a.without(&b).contains(on), a.contains(on) && !b.contains(on));
            }
        }

        #[test]
        fn runs_are_in_order_apart_and_not_empty(a in ranges(), b in ranges()) {
            for set in [a.and(&b), a.or(&b), a.without(&b)] {
                for range in set.iter() {
                    prop_assert!(range.leave.is_none_or(|leave| range.enter < leave));
                }
                for pair in set.0.windows(2) {
                    prop_assert!(pair[0].leave.is_some_and(|leave| leave < pair[1].enter));
                }
            }
        }
    }
}

//! Time and fresh ids, passed in: the only place that asks the machine what time it is.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveTime, SubsecRound, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// Says what time it is and makes ids that sort by it. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    Machine,
    Set(Mutex<DateTime<Utc>>),
}

impl Clock {
    /// The machine's clock.
    pub fn machine() -> Self {
        Self(Arc::new(Source::Machine))
    }

    /// A clock that stands still until [`Clock::set`] moves it: for tests and the demo's history.
    pub fn set_to(now: DateTime<Utc>) -> Self {
        Self(Arc::new(Source::Set(Mutex::new(now))))
    }

    /// Moves a clock made by [`Clock::set_to`]; the machine's clock is left alone.
    pub fn set(&self, now: DateTime<Utc>) {
        if let Source::Set(time) = &*self.0 {
            *time.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
    }

    /// Moves a clock made by [`Clock::set_to`] forward.
    pub fn advance(&self, by: Duration) {
        self.set(self.now() + by);
    }

    /// Now, in whole microseconds: what both databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        match &*self.0 {
            Source::Machine => machine_now().trunc_subsecs(6),
            Source::Set(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Today in Viet Nam: the day every rule and report speaks of.
    pub fn today(&self) -> NaiveDate {
        day_in_viet_nam(self.now())
    }

    /// A fresh UUIDv7, as any id type.
    pub fn id<T: From<Uuid>>(&self) -> T {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let nanos = now.timestamp_subsec_nanos();
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos)).into()
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that may")]
fn machine_now() -> DateTime<Utc> {
    Utc::now()
}

const HOURS_AHEAD: i32 = 7;

/// The instant at which a calendar day begins in Viet Nam.
pub fn midnight_in_viet_nam(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc() - Duration::hours(i64::from(HOURS_AHEAD))
}

/// The calendar day in Viet Nam (UTC+7 all year) at an instant.
pub fn day_in_viet_nam(at: DateTime<Utc>) -> NaiveDate {
    match FixedOffset::east_opt(HOURS_AHEAD * 3600) {
        Some(offset) => at.with_timezone(&offset).date_naive(),
        None => at.date_naive(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_seventeen_hours_utc() {
        let before: DateTime<Utc> = "2025-06-30T16:59:59Z".parse().unwrap();
        let after: DateTime<Utc> = "2025-06-30T17:00:00Z".parse().unwrap();
        assert_eq!(day_in_viet_nam(before).to_string(), "2025-06-30");
        assert_eq!(day_in_viet_nam(after).to_string(), "2025-07-01");
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let clock = Clock::set_to("2026-01-01T00:00:00Z".parse().unwrap());
        let first: Uuid = clock.id();
        clock.advance(Duration::milliseconds(2));
        let second: Uuid = clock.id();
        assert!(first < second);
    }
}

//! When a lesson was one of its module's lessons: what somebody had to finish on a day is judged by that day.

use chrono::NaiveDate;
use entity::{lesson_release, lesson_release::ReleaseState};

use crate::clock::day_in_viet_nam;

/// Runs of days `[from, until)`, open where absent. A lesson that an import brought was always there: it may have been
/// taught from paper before. One that an editor adds is asked for from the day after it was published, so that nobody who
/// had finished on that day loses it; one that is retired is no longer asked for from that day on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lives(Vec<(Option<NaiveDate>, Option<NaiveDate>)>);

impl Lives {
    /// A lesson that is always there.
    pub fn always() -> Self {
        Self(vec![(None, None)])
    }

    /// Drawn from a lesson's releases, by number.
    pub fn of(releases: &[lesson_release::Model]) -> Self {
        let shown = |release: &&lesson_release::Model| {
            matches!(
                release.state,
                ReleaseState::Published | ReleaseState::Retired
            )
        };
        let mut lives: Vec<(Option<NaiveDate>, Option<NaiveDate>)> = Vec::new();
        // The run that the release before left open, and the instant at which another must follow.
        let mut open: Option<(Option<NaiveDate>, &lesson_release::Model)> = None;
        for release in releases.iter().filter(shown) {
            let from = release.published_at.map(day_in_viet_nam);
            let from = from.and_then(|day| day.succ_opt());
            let follows = |before: &lesson_release::Model| {
                before.retired_by.is_none()
                    && (before.retired_at.is_none() || before.retired_at == release.published_at)
            };
            open = match open.take() {
                Some((from, before)) if follows(before) => Some((from, release)),
                Some((since, before)) => {
                    lives.extend(ended(since, before));
                    Some((from, release))
                }
                None if release.published_by.is_none() => Some((None, release)),
                None => Some((from, release)),
            };
        }
        if let Some((since, last)) = open {
            match last.state {
                ReleaseState::Published => lives.push((since, None)),
                _ => lives.extend(ended(since, last)),
            }
        }
        Self(lives)
    }

    /// Whether the lesson was there on a day.
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.0.iter().any(|(from, until)| {
            from.is_none_or(|from| from <= day) && until.is_none_or(|until| day < until)
        })
    }
}

/// A run that ended; nothing when nobody knows when.
fn ended(
    since: Option<NaiveDate>,
    last: &lesson_release::Model,
) -> Option<(Option<NaiveDate>, Option<NaiveDate>)> {
    let until = last.retired_at.map(day_in_viet_nam)?;
    let any = since.is_none_or(|since| since < until);
    any.then_some((since, Some(until)))
}

#[cfg(test)]
mod tests {
    use entity::{
        ids::{AccountId, shipped},
        lesson_release::CompletionRule,
    };
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A release published at noon of a day, ended at noon of another; by an editor or an import.
    fn release(number: i32, from: &str, until: Option<&str>) -> lesson_release::Model {
        let noon = |day: &str| format!("{day}T05:00:00Z").parse().unwrap();
        lesson_release::Model {
            release_id: shipped(&format!("release:X:{number}")),
            lesson_id: shipped("lesson:X"),
            number,
            state: match until {
                Some(_) => ReleaseState::Retired,
                None => ReleaseState::Published,
            },
            completion_rule: CompletionRule::Opened,
            completion_value: None,
            refresher_required: false,
            licence: String::new(),
            source: String::new(),
            reviewed_by: None,
            reviewed_on: None,
            published_at: Some(noon(from)),
            source_language: None,
            refresher_reasons: None,
            published_by: Some(AccountId(Uuid::nil())),
            signed_by: None,
            retired_at: until.map(noon),
            retired_by: None,
            retired_reason: None,
        }
    }

    #[test]
    fn an_added_lesson_is_asked_for_from_the_next_day_and_an_imported_one_always_was() {
        let added = release(1, "2026-05-01", None);
        let lives = Lives::of(std::slice::from_ref(&added));
        assert!(!lives.holds(day("2026-05-01")) && lives.holds(day("2026-05-02")));
        let imported = lesson_release::Model {
            published_by: None,
            ..added
        };
        assert!(Lives::of(&[imported]).holds(day("2019-01-01")));
    }

    #[test]
    fn a_release_that_follows_another_leaves_no_gap_and_a_retirement_does() {
        let first = release(1, "2026-01-01", Some("2026-05-01"));
        let second = release(2, "2026-05-01", None);
        let lives = Lives::of(&[first.clone(), second.clone()]);
        assert!(lives.holds(day("2026-05-01")) && lives.holds(day("2026-05-02")));

        let retired = lesson_release::Model {
            retired_by: Some(AccountId(Uuid::nil())),
            ..first
        };
        let lives = Lives::of(std::slice::from_ref(&retired));
        assert!(lives.holds(day("2026-04-30")) && !lives.holds(day("2026-05-01")));
        let later = release(2, "2026-07-01", None);
        let lives = Lives::of(&[retired, later]);
        for (on, there) in [
            ("2026-04-30", true),
            ("2026-06-01", false),
            ("2026-07-01", false),
            ("2026-07-02", true),
        ] {
            assert_eq!(lives.holds(day(on)), there, "{on}");
        }
    }
}

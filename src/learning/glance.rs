//! A glance at somebody's stored state: how far each lesson is, without reading the rest of it.
//!
//! A roster shows fifty people at once; reading all that [`super::merge::PersonState`] holds of each would cost
//! more than everything else on that screen.

use std::fmt;

use chrono::NaiveDate;
use entity::ids::{LessonId, ReleaseId};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::merge::Status;
use crate::error::{Error, Result};

/// What a glance sees of one lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// How far it is.
    pub status: Status,
    /// The release that was finished first, if one was and it is known.
    pub release: Option<ReleaseId>,
    /// The last day on which it was finished.
    pub finished_on: Option<NaiveDate>,
}

/// How far each lesson is that a stored state knows of, in the order it holds them.
///
/// # Errors
/// When the text is not a stored state.
pub fn lessons_of(state: &str) -> Result<Vec<(LessonId, Glimpse)>> {
    let glance: Glance = serde_json::from_str(state).map_err(Error::internal)?;
    Ok(glance.lessons)
}

#[derive(Deserialize)]
struct Glance {
    #[serde(rename = "l", default, deserialize_with = "lessons")]
    lessons: Vec<(LessonId, Glimpse)>,
}

/// The fields of `LessonState` that say how far it is.
#[derive(Deserialize)]
struct LessonGlance {
    #[serde(rename = "o", default)]
    started_at: Option<IgnoredAny>,
    #[serde(rename = "c", default)]
    completed: Option<CompletionGlance>,
    #[serde(rename = "d", default, deserialize_with = "last_day")]
    finished_on: Option<NaiveDate>,
}

#[derive(Deserialize)]
struct CompletionGlance {
    #[serde(rename = "r", default)]
    release: Option<ReleaseId>,
}

fn last_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<NaiveDate>, D::Error> {
    from.deserialize_seq(Days)
}

/// Days in order, of which the last is wanted.
struct Days;

impl<'de> Visitor<'de> for Days {
    type Value = Option<NaiveDate>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("days")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut days: S) -> Result<Self::Value, S::Error> {
        let mut last = None;
        while let Some(day) = days.next_element()? {
            last = Some(day);
        }
        Ok(last)
    }
}

fn lessons<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(LessonId, Glimpse)>, D::Error> {
    from.deserialize_map(Lessons)
}

struct Lessons;

impl<'de> Visitor<'de> for Lessons {
    type Value = Vec<(LessonId, Glimpse)>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("lessons by id")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut lessons = Vec::with_capacity(map.size_hint().unwrap_or(32));
        while let Some((lesson, glance)) = map.next_entry::<LessonId, LessonGlance>()? {
            let status = match (&glance.completed, glance.started_at) {
                (Some(_), _) => Status::Completed,
                (None, Some(_)) => Status::InProgress,
                (None, None) => Status::NotStarted,
            };
            let glimpse = Glimpse {
                status,
                release: glance.completed.and_then(|completed| completed.release),
                finished_on: glance.finished_on,
            };
            lessons.push((lesson, glimpse));
        }
        Ok(lessons)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use entity::ids::ReleaseId;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::learning::merge::{Completion, LessonState, PersonState, QuizState};

    fn lesson() -> impl Strategy<Value = LessonState> {
        let moment = || 0..2_000_000_000_000_000_i64;
        let times = (
            prop::option::of(moment()),
            prop::option::of(moment()),
            prop::option::of(moment()),
        );
        (0..=100_u8, times, any::<Option<u128>>()).prop_map(|(percent, times, release)| {
            let (started, completed, practised) = times;
            let at = |micros: Option<i64>| micros.and_then(DateTime::from_timestamp_micros);
            LessonState {
                percent,
                started_at: at(started),
                completed: at(completed).map(|at| Completion {
                    at,
                    release: release.map(|id| ReleaseId(Uuid::from_u128(id))),
                }),
                finished_on: at(completed)
                    .into_iter()
                    .chain(at(practised))
                    .map(|at| at.date_naive())
                    .collect(),
                practised_at: at(practised),
                last_activity_at: at(practised.or(started)),
                ..LessonState::default()
            }
        })
    }

    proptest! {
        #[test]
        fn a_glance_sees_what_the_whole_state_says(
            lessons in prop::collection::btree_map(any::<u128>(), lesson(), 0..40),
            quizzes in prop::collection::btree_map(any::<u128>(), any::<u8>(), 0..5),
            voided in prop::collection::btree_set(any::<u128>(), 0..5),
        ) {
            let state = PersonState {
                lessons: lessons.into_iter().map(|(id, lesson)| (Uuid::from_u128(id).into(), lesson)).collect(),
                quizzes: quizzes
                    .into_iter()
                    .map(|(id, best_score)| {
                        (Uuid::from_u128(id).into(), QuizState { best_score, ..QuizState::default() })
                    })
                    .collect(),
                voided: voided.into_iter().map(|id| Uuid::from_u128(id).into()).collect(),
            };
            let stored = serde_json::to_string(&state).unwrap();
            let glimpse = |lesson: &LessonState| Glimpse {
                status: lesson.status(),
                release: lesson.completed.as_ref().and_then(|completed| completed.release),
                finished_on: lesson.finished_on.last().copied(),
            };
            let whole: Vec<_> = state.lessons.iter().map(|(id, lesson)| (*id, glimpse(lesson))).collect();
            prop_assert_eq!(lessons_of(&stored).unwrap(), whole);
        }
    }

    #[test]
    fn what_is_no_state_is_an_error_and_an_empty_one_is_not() {
        assert_eq!(lessons_of("{}").unwrap(), []);
        for wrong in ["", r#"{"l":[]}"#, r#"{"l":{"x":{}}}"#] {
            assert!(lessons_of(wrong).is_err(), "{wrong}");
        }
    }
}

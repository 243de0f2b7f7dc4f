//! State as a join: the same events give the same state in any order, however often and in whatever pieces
//! they arrive.
//!
//! Invariant: every field of the state only moves one way (max, min or union), so merging is commutative,
//! associative and idempotent. Taking an event back is therefore never a lower value but a fold over the
//! events that remain: see [`PersonState::fold`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::ids::{EventId, LessonId, ModuleId, ReleaseId};
use serde::{Deserialize, Serialize};

use super::event::{Event, Happened};
use crate::{
    clock::day_in_viet_nam,
    content::{
        Catalogue,
        catalogue::{Lesson, Refresher},
    },
};

/// Everything one person has learned, kept beside the events as a cache.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonState {
    /// By lesson.
    #[serde(rename = "l", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lessons: BTreeMap<LessonId, LessonState>,
    /// By module.
    #[serde(rename = "q", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub quizzes: BTreeMap<ModuleId, QuizState>,
    /// Events taken back, whether or not they have arrived.
    #[serde(rename = "v", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub voided: BTreeSet<EventId>,
}

/// How far a lesson is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Never opened.
    #[default]
    NotStarted,
    /// Opened, or read in part.
    InProgress,
    /// Finished on the phone, or attended in person.
    Completed,
}

/// What one person has done of one lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonState {
    /// Per cent read, the most ever.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub percent: u8,
    /// First opened, read or attended.
    #[serde(
        rename = "o",
        default,
        with = "micros",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_at: Option<DateTime<Utc>>,
    /// First finished, and the release that was finished then.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Completion>,
    /// The first day on which each other release was finished.
    #[serde(rename = "f", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub finished_others: BTreeMap<ReleaseId, NaiveDate>,
    /// Every day on which it was finished: on each of them it is judged what had been reached.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub finished_on: BTreeSet<NaiveDate>,
    /// First practised at home or seen done by a trainer.
    #[serde(
        rename = "h",
        default,
        with = "micros",
        skip_serializing_if = "Option::is_none"
    )]
    pub practised_at: Option<DateTime<Utc>>,
    /// How completion and practice are known: a set of [`Evidence`] bits.
    #[serde(rename = "e", default, skip_serializing_if = "is_zero")]
    pub evidence: u8,
    /// Last sign of activity.
    #[serde(
        rename = "a",
        default,
        with = "micros",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_activity_at: Option<DateTime<Utc>>,
}

/// The first completion of a lesson. The earliest wins; the same instant is settled by the release's id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Completion {
    /// When.
    #[serde(rename = "t", with = "chrono::serde::ts_microseconds")]
    pub at: DateTime<Utc>,
    /// Which release.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseId>,
}

/// How a completion or practice is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The learner finished it on a phone.
    OnPhone = 1,
    /// A trainer recorded attendance.
    InPerson = 2,
    /// The caregiver says that it was practised at home.
    Ticked = 4,
    /// A trainer saw it done.
    Observed = 8,
}

/// What one person has shown in the quiz of one module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizState {
    /// Questions right in the best attempt.
    #[serde(rename = "b")]
    pub best_score: u8,
    /// Days on which an attempt passed; the first makes the module demonstrated, a later one can show that it
    /// was retained.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeSet::is_empty")]
    pub passed_on: BTreeSet<NaiveDate>,
    /// Last attempt.
    #[serde(
        rename = "a",
        default,
        with = "micros",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_attempt_at: Option<DateTime<Utc>>,
}

impl PersonState {
    /// The state after a set of events, those taken back left out.
    pub fn fold<'e>(events: impl IntoIterator<Item = &'e Event> + Clone) -> Self {
        let voided = events
            .clone()
            .into_iter()
            .filter_map(|event| event.happened.voids())
            .collect();
        let mut state = Self {
            voided,
            ..Self::default()
        };
        for event in events {
            state.apply(event);
        }
        state
    }

    /// Merges one event; nothing happens if it has been taken back.
    ///
    /// A void only notes what it takes back: if that is already merged, the state must be folded again.
    pub fn apply(&mut self, event: &Event) {
        if let Some(target) = event.happened.voids() {
            self.voided.insert(target);
        }
        if self.voided.contains(&event.id) {
            return;
        }
        let at = event.occurred_at;
        if let Some(lesson) = event.happened.lesson() {
            self.lessons
                .entry(lesson)
                .or_default()
                .apply(&event.happened, at, event.release);
        }
        if let Happened::QuizAnswered {
            module,
            score,
            passed,
            ..
        } = &event.happened
        {
            let quiz = self.quizzes.entry(*module).or_default();
            quiz.best_score = quiz.best_score.max(*score);
            quiz.last_attempt_at = quiz.last_attempt_at.max(Some(at));
            if *passed {
                quiz.passed_on.insert(day_in_viet_nam(at));
            }
        }
    }

    /// Joins the state built from other events of the same person.
    pub fn merge(&mut self, other: &Self) {
        self.voided.extend(&other.voided);
        for (lesson, theirs) in &other.lessons {
            self.lessons.entry(*lesson).or_default().merge(theirs);
        }
        for (module, theirs) in &other.quizzes {
            let ours = self.quizzes.entry(*module).or_default();
            ours.best_score = ours.best_score.max(theirs.best_score);
            ours.passed_on.extend(&theirs.passed_on);
            ours.last_attempt_at = ours.last_attempt_at.max(theirs.last_attempt_at);
        }
    }

    /// When the last sign of activity was.
    pub fn last_activity_at(&self) -> Option<DateTime<Utc>> {
        let lessons = self
            .lessons
            .values()
            .filter_map(|lesson| lesson.last_activity_at);
        lessons
            .chain(
                self.quizzes
                    .values()
                    .filter_map(|quiz| quiz.last_attempt_at),
            )
            .max()
    }

    /// The day a lesson was first completed.
    pub fn completed_on(&self, lesson: LessonId) -> Option<NaiveDate> {
        self.lessons
            .get(&lesson)?
            .completed
            .as_ref()
            .map(|completion| day_in_viet_nam(completion.at))
    }
}

impl QuizState {
    /// The day from which passing again shows that it was retained; absent before it was first passed.
    pub fn recheck_from(&self) -> Option<NaiveDate> {
        let after = Days::new(super::tiers::RETAINED_AFTER_DAYS);
        self.passed_on.first()?.checked_add_days(after)
    }
}

impl LessonState {
    /// How far the lesson is.
    pub fn status(&self) -> Status {
        match (&self.completed, self.started_at) {
            (Some(_), _) => Status::Completed,
            (None, Some(_)) => Status::InProgress,
            (None, None) => Status::NotStarted,
        }
    }

    /// The first day on which each release was finished.
    fn finished_releases(&self) -> BTreeMap<ReleaseId, NaiveDate> {
        let mut finished = self.finished_others.clone();
        let first = self.completed.as_ref();
        let first = first.and_then(|first| Some((first.release?, day_in_viet_nam(first.at))));
        finished.extend(first);
        finished
    }

    /// The first day on which a release of this number or a later one was finished.
    pub fn completed_since(&self, catalogue: &Catalogue, number: u32) -> Option<NaiveDate> {
        let counts = |release: &ReleaseId| {
            let known = catalogue.release(*release);
            known.is_some_and(|known| known.number >= number)
        };
        let finished = self.finished_releases().into_iter();
        finished
            .filter(|(release, _)| counts(release))
            .map(|(_, day)| day)
            .min()
    }

    /// What asks for this lesson to be seen again: it was finished, and no release that counts now was.
    pub fn refresher<'l>(
        &self,
        catalogue: &Catalogue,
        lesson: &'l Lesson,
    ) -> Option<&'l Refresher> {
        let refresher = lesson.refresher()?;
        let is_due =
            self.completed.is_some() && self.completed_since(catalogue, refresher.number).is_none();
        is_due.then_some(refresher)
    }

    /// Whether completion is known in this way.
    pub fn has(&self, evidence: Evidence) -> bool {
        self.evidence & evidence as u8 != 0
    }

    fn apply(&mut self, happened: &Happened, at: DateTime<Utc>, release: Option<ReleaseId>) {
        let mut learned = Self {
            last_activity_at: Some(at),
            ..Self::default()
        };
        let completed = Some(Completion { at, release });
        match happened {
            Happened::Opened { .. } => learned.started_at = Some(at),
            Happened::Progressed { percent, .. } => {
                learned.started_at = Some(at);
                learned.percent = (*percent).min(100);
            }
            Happened::Completed { .. } => {
                learned = Self {
                    started_at: Some(at),
                    percent: 100,
                    completed,
                    finished_on: [day_in_viet_nam(at)].into(),
                    evidence: Evidence::OnPhone as u8,
                    ..learned
                }
            }
            Happened::AttendedInPerson { .. } => {
                learned = Self {
                    started_at: Some(at),
                    percent: 100,
                    completed,
                    finished_on: [day_in_viet_nam(at)].into(),
                    evidence: Evidence::InPerson as u8,
                    ..learned
                }
            }
            Happened::PractisedAtHome { .. } => {
                learned.practised_at = Some(at);
                learned.evidence = Evidence::Ticked as u8;
            }
            Happened::ObservedByTrainer { .. } => {
                learned.practised_at = Some(at);
                learned.evidence = Evidence::Observed as u8;
            }
            Happened::QuizAnswered { .. } | Happened::Voided { .. } => return,
        }
        self.merge(&learned);
    }

    fn merge(&mut self, other: &Self) {
        self.percent = self.percent.max(other.percent);
        self.started_at = earlier(self.started_at, other.started_at);
        let mut finished = self.finished_releases();
        for (release, day) in other.finished_releases() {
            let first = finished.entry(release).or_insert(day);
            *first = day.min(*first);
        }
        self.completed = earlier(self.completed.take(), other.completed.clone());
        if let Some(first) = self.completed.as_ref().and_then(|first| first.release) {
            finished.remove(&first);
        }
        self.finished_others = finished;
        self.finished_on.extend(&other.finished_on);
        self.practised_at = earlier(self.practised_at, other.practised_at);
        self.evidence |= other.evidence;
        self.last_activity_at = self.last_activity_at.max(other.last_activity_at);
    }
}

fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// Instants as whole microseconds: short, and equal to what the event's row holds.
mod micros {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => to.serialize_i64(at.timestamp_micros()),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Ok(Option::<i64>::deserialize(from)?.and_then(DateTime::from_timestamp_micros))
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;

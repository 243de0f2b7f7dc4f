//! From what a person has learned to the tier reached on an indicator, with the day.
//!
//! A tier is judged on the days on which something was finished or passed, with what applied on *that* day
//! (the children of that day, at their age of that day). The first such day on which nothing is missing is the
//! day the tier was reached. Judged like this the answer depends on the set of events alone, never on the order
//! they arrived in, and more events only ever bring the day forward.
//!
//! Invariant: the lessons that were required are frozen with the tier. Children added, grown or corrected later
//! bring new lessons and take no credit away; only events taken back can.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use entity::ids::{ChildId, IndicatorId, LessonId, ModuleId};
use serde::{Deserialize, Serialize};

use super::merge::PersonState;
use crate::clock::day_in_viet_nam;

/// How far knowledge reached, each tier inside the one before; `Practised` stands apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Tier {
    /// A lesson that counts was opened or attended.
    Reached,
    /// Every applicable core lesson is finished.
    Completed,
    /// And the quizzes of their modules are passed.
    Demonstrated,
    /// And each was passed again at least [`RETAINED_AFTER_DAYS`] days later.
    Retained,
    /// Something a counting lesson teaches was practised at home or seen done.
    Practised,
}

/// Days between demonstrating and the re-check that shows knowledge was retained.
pub const RETAINED_AFTER_DAYS: u64 = 30;

impl From<entity::indicator::Tier> for Tier {
    fn from(tier: entity::indicator::Tier) -> Self {
        match tier {
            entity::indicator::Tier::Reached => Self::Reached,
            entity::indicator::Tier::Completed => Self::Completed,
            entity::indicator::Tier::Demonstrated => Self::Demonstrated,
            entity::indicator::Tier::Retained => Self::Retained,
            entity::indicator::Tier::Practised => Self::Practised,
        }
    }
}

impl From<Tier> for entity::indicator::Tier {
    fn from(tier: Tier) -> Self {
        match tier {
            Tier::Reached => Self::Reached,
            Tier::Completed => Self::Completed,
            Tier::Demonstrated => Self::Demonstrated,
            Tier::Retained => Self::Retained,
            Tier::Practised => Self::Practised,
        }
    }
}

impl Tier {
    /// Every tier.
    pub const ALL: [Self; 5] = [
        Self::Reached,
        Self::Completed,
        Self::Demonstrated,
        Self::Retained,
        Self::Practised,
    ];

    /// The word stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reached => "REACHED",
            Self::Completed => "COMPLETED",
            Self::Demonstrated => "DEMONSTRATED",
            Self::Retained => "RETAINED",
            Self::Practised => "PRACTISED",
        }
    }

    /// The tier of a stored word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.word() == word)
    }
}

/// What an indicator asks of one person.
pub trait Requirement {
    /// Whether a lesson counts for the indicator at all.
    fn counts(&self, lesson: LessonId) -> bool;
    /// The module a lesson belongs to.
    fn module_of(&self, lesson: LessonId) -> Option<ModuleId>;
    /// The lessons that applied to the person on a day; empty when the indicator does not apply to her then.
    fn required_on(&self, day: NaiveDate) -> BTreeSet<LessonId>;
    /// The day a lesson was finished, by what counted as finishing it on the day `by`: once a release has asked for a
    /// refresher, only that release or a later one.
    fn completed_on(
        &self,
        state: &PersonState,
        lesson: LessonId,
        _by: NaiveDate,
    ) -> Option<NaiveDate> {
        state.completed_on(lesson)
    }
}

/// A tier reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The day.
    pub on: NaiveDate,
    /// The lessons that were required on that day; empty for the tiers that ask for any one lesson.
    pub required: BTreeSet<LessonId>,
}

/// The tiers one person has reached on one indicator.
pub type TiersReached = BTreeMap<Tier, Reached>;

/// The tiers one person has reached for single children, by child and indicator.
pub type ChildTiersReached = BTreeMap<ChildId, BTreeMap<IndicatorId, TiersReached>>;

/// The tiers that the events alone show, with the household as it is known now.
pub fn judge(state: &PersonState, ask: &impl Requirement) -> TiersReached {
    let mut tiers = TiersReached::new();
    let mut note = |tier, on, required| {
        tiers.insert(tier, Reached { on, required });
    };
    let counting = || {
        state
            .lessons
            .iter()
            .filter(|(lesson, _)| ask.counts(**lesson))
    };
    let first = |days: &mut dyn Iterator<Item = chrono::DateTime<chrono::Utc>>| {
        days.min().map(day_in_viet_nam)
    };
    if let Some(on) = first(&mut counting().filter_map(|(_, lesson)| lesson.started_at)) {
        note(Tier::Reached, on, BTreeSet::new());
    }
    if let Some(on) = first(&mut counting().filter_map(|(_, lesson)| lesson.practised_at)) {
        note(Tier::Practised, on, BTreeSet::new());
    }

    let finished: BTreeSet<NaiveDate> = counting()
        .flat_map(|(_, lesson)| lesson.finished_on.iter().copied())
        .collect();
    let passed: BTreeSet<NaiveDate> = state
        .quizzes
        .values()
        .flat_map(|quiz| quiz.passed_on.iter().copied())
        .collect();
    let mut completed = None;
    let mut demonstrated = None;
    for day in finished.union(&passed) {
        let required = ask.required_on(*day);
        if !is_completed(state, ask, &required, *day) {
            continue;
        }
        if is_demonstrated(state, ask, &required, *day) {
            demonstrated = Some((*day, required.clone()));
        }
        completed.get_or_insert((*day, required));
        if demonstrated.is_some() {
            break;
        }
    }
    if let Some((on, required)) = completed {
        note(Tier::Completed, on, required);
    }
    if let Some((on, required)) = demonstrated {
        if let Some(retained) = retained_on(state, ask, &required, on) {
            note(Tier::Retained, retained, required.clone());
        }
        note(Tier::Demonstrated, on, required);
    }
    tiers
}

/// What holds now: the tiers the events show, and those reached before that the events still bear out.
pub fn settle(stored: &TiersReached, state: &PersonState, ask: &impl Requirement) -> TiersReached {
    let mut tiers = judge(state, ask);
    for (tier, reached) in stored {
        let earlier = tiers.get(tier).is_none_or(|judged| reached.on < judged.on);
        if earlier && still_holds(*tier, reached, state, ask) {
            tiers.insert(*tier, reached.clone());
        }
    }
    tiers
}

/// Whether the events still bear out a tier with the lessons frozen in it.
pub fn still_holds(
    tier: Tier,
    reached: &Reached,
    state: &PersonState,
    ask: &impl Requirement,
) -> bool {
    let Reached { on, required } = reached;
    let completed = || is_completed(state, ask, required, *on);
    match tier {
        Tier::Reached | Tier::Practised => {
            let since = |lesson: &super::merge::LessonState| match tier {
                Tier::Reached => lesson.started_at,
                _ => lesson.practised_at,
            };
            let counting = state
                .lessons
                .iter()
                .filter(|(lesson, _)| ask.counts(**lesson));
            counting
                .filter_map(|(_, lesson)| since(lesson))
                .any(|at| day_in_viet_nam(at) <= *on)
        }
        Tier::Completed => completed(),
        Tier::Demonstrated => completed() && is_demonstrated(state, ask, required, *on),
        Tier::Retained => {
            // The demonstration it builds on came at least thirty days before.
            let Some(before) = on.checked_sub_days(Days::new(RETAINED_AFTER_DAYS)) else {
                return false;
            };
            is_completed(state, ask, required, before)
                && is_demonstrated(state, ask, required, before)
                && retained_on(state, ask, required, before).is_some_and(|retained| retained <= *on)
        }
    }
}

fn is_completed(
    state: &PersonState,
    ask: &impl Requirement,
    required: &BTreeSet<LessonId>,
    by: NaiveDate,
) -> bool {
    let finished = |lesson: &LessonId| {
        let day = ask.completed_on(state, *lesson, by);
        day.is_some_and(|day| day <= by)
    };
    !required.is_empty() && required.iter().all(finished)
}

fn is_demonstrated(
    state: &PersonState,
    ask: &impl Requirement,
    required: &BTreeSet<LessonId>,
    by: NaiveDate,
) -> bool {
    modules(ask, required).iter().all(|module| {
        let first = state
            .quizzes
            .get(module)
            .and_then(|quiz| quiz.passed_on.first());
        first.is_some_and(|day| *day <= by)
    })
}

/// The day the last of the modules was passed again, each at least thirty days after all were demonstrated.
fn retained_on(
    state: &PersonState,
    ask: &impl Requirement,
    required: &BTreeSet<LessonId>,
    demonstrated_on: NaiveDate,
) -> Option<NaiveDate> {
    let from = demonstrated_on.checked_add_days(Days::new(RETAINED_AFTER_DAYS))?;
    let again = modules(ask, required).into_iter().map(|module| {
        state
            .quizzes
            .get(&module)?
            .passed_on
            .range(from..)
            .next()
            .copied()
    });
    again.collect::<Option<Vec<_>>>()?.into_iter().max()
}

fn modules(ask: &impl Requirement, required: &BTreeSet<LessonId>) -> BTreeSet<ModuleId> {
    required
        .iter()
        .filter_map(|lesson| ask.module_of(*lesson))
        .collect()
}

#[cfg(test)]
#[path = "tiers_tests.rs"]
mod tests;

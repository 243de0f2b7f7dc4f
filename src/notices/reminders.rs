//! Who needs a reminder today, and of what: a pure function of what somebody has learned and what her groups set, so that
//! the same day gives the same reminder on every server.
//!
//! One reminder at most, the first of: something assigned that is due soon; a check that can show what was retained; a
//! lesson that was begun and not finished; new lessons on a child's birthday. Each comes back a few times, ever more
//! seldom, and then no more: whoever did not answer three reminders needs a person, and is on her trainer's worklist.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, Duration, NaiveDate};
use entity::{
    ids::{LessonId, ModuleId},
    notice::NoticeKind,
};

use super::outbox::About;
use crate::{
    clock::day_in_viet_nam,
    content::Catalogue,
    learning::{
        applies::ChildFacts,
        merge::Status,
        path::{Assigned, path},
        store::Record,
    },
};

/// Days before a due day on which is reminded of it: the more remote first.
const DUE_AHEAD: [i64; 2] = [3, 1];
/// Days after the last sign of learning on which is reminded of a lesson begun.
const UNFINISHED_AFTER: [i64; 3] = [3, 10, 30];
/// Days after a check can be passed again on which is reminded of it.
const RECHECK_AFTER: [i64; 3] = [0, 7, 30];
/// Days after which a stage that nobody was reminded at is let pass.
const STALE: i64 = 14;
/// Days of a month on which new lessons are told of: a sweep may come late.
const BIRTHDAY_DAYS: u32 = 7;

/// A reminder somebody needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Of what.
    pub kind: NoticeKind,
    /// What its text names.
    pub about: About,
    /// The cause, within the person: the same on every day on which the same is reminded of.
    pub cause: String,
    /// How long it is worth showing.
    pub lasts: Duration,
}

/// What somebody could be reminded of today, the most pressing first. `due` is what her groups set, with the soonest day
/// each is due.
pub fn reminders(
    record: &Record,
    due: &BTreeMap<ModuleId, NaiveDate>,
    catalogue: &Catalogue,
    today: NaiveDate,
) -> Vec<Reminder> {
    // Who took back the consent to a learning record is not reminded of what it says.
    if !record.facts.may_record {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(due_soon(record, due, catalogue, today));
    found.extend(recheck(record, catalogue, today));
    found.extend(unfinished(record, catalogue, today));
    found.extend(new_lessons(record, catalogue, today));
    found
}

/// The last stage that days have reached, unless it is too long ago: a sweep that was kept from working must not remind of
/// what is long past.
fn stage(stages: &[i64], days: i64) -> Option<i64> {
    let reached = stages
        .iter()
        .copied()
        .filter(|stage| *stage <= days)
        .max()?;
    (days < reached + STALE).then_some(reached)
}

fn is_finished(record: &Record, lesson: LessonId) -> bool {
    let known = record.state.lessons.get(&lesson);
    known.is_some_and(|known| known.status() == Status::Completed)
}

fn due_soon(
    record: &Record,
    due: &BTreeMap<ModuleId, NaiveDate>,
    catalogue: &Catalogue,
    today: NaiveDate,
) -> Option<Reminder> {
    let mut soonest: Vec<_> = due.iter().map(|(module, day)| (*day, *module)).collect();
    soonest.sort_unstable();
    soonest.into_iter().find_map(|(day, id)| {
        let ahead = (day - today).num_days();
        let stages = DUE_AHEAD.iter().copied();
        let stage = stages.filter(|stage| ahead <= *stage).min()?;
        let module = catalogue.module(id)?;
        let mut lessons = catalogue.published_of(module);
        let left = lessons.any(|lesson| !is_finished(record, lesson.id));
        (ahead >= 0 && left).then(|| Reminder {
            kind: NoticeKind::DueSoon,
            about: About {
                module: Some(id),
                due_on: Some(day),
                ..About::default()
            },
            cause: format!("due:{id}:{day}:{stage}"),
            lasts: Duration::days(ahead + 1),
        })
    })
}

fn recheck(record: &Record, catalogue: &Catalogue, today: NaiveDate) -> Option<Reminder> {
    let quizzes = record.state.quizzes.iter();
    quizzes
        .filter_map(|(module, quiz)| {
            let from = quiz.recheck_from()?;
            let shown = quiz.passed_on.iter().any(|day| *day >= from);
            let stage = stage(&RECHECK_AFTER, (today - from).num_days())?;
            catalogue.module(*module)?;
            (!shown).then_some((from, *module, stage))
        })
        .min()
        .map(|(_, id, stage)| Reminder {
            kind: NoticeKind::RecheckDue,
            about: About {
                module: Some(id),
                ..About::default()
            },
            cause: format!("recheck:{id}:{stage}"),
            lasts: Duration::days(14),
        })
}

fn unfinished(record: &Record, catalogue: &Catalogue, today: NaiveDate) -> Option<Reminder> {
    let last = day_in_viet_nam(record.state.last_activity_at()?);
    let stage = stage(&UNFINISHED_AFTER, (today - last).num_days())?;
    let begun = record.state.lessons.iter().filter(|(id, lesson)| {
        let published = catalogue
            .lesson(**id)
            .is_some_and(|lesson| lesson.release.is_some());
        lesson.status() == Status::InProgress && published
    });
    let (_, id) = begun
        .map(|(id, lesson)| (lesson.last_activity_at, *id))
        .max()?;
    Some(Reminder {
        kind: NoticeKind::UnfinishedLesson,
        about: About {
            lesson: Some(id),
            ..About::default()
        },
        cause: format!("unfinished:{id}:{last}:{stage}"),
        lasts: Duration::days(14),
    })
}

/// Lessons that a child's month of birth brings: those that are in its path since this month began and were not before.
fn new_lessons(record: &Record, catalogue: &Catalogue, today: NaiveDate) -> Option<Reminder> {
    if today.day() > BIRTHDAY_DAYS {
        return None;
    }
    let before = today.with_day(1)?.checked_sub_days(Days::new(1))?;
    let grew = |child: &&ChildFacts| child.born.is_some() && child.is_here(today);
    record.facts.children.iter().filter(grew).find_map(|child| {
        let on = |day| {
            let nothing = Assigned::new();
            let (state, facts) = (&record.state, &record.facts);
            path(state, facts, &nothing, catalogue, Some(child.id), day)
        };
        let old: BTreeSet<_> = on(before).into_iter().map(|step| step.lesson).collect();
        let steps = on(today);
        let first = steps.iter().find(|step| !old.contains(&step.lesson))?;
        Some(Reminder {
            kind: NoticeKind::NewLessons,
            about: About {
                lesson: Some(first.lesson),
                ..About::default()
            },
            cause: format!("grown:{}:{}", child.id, today.format("%Y-%m")),
            lasts: Duration::days(30),
        })
    })
}

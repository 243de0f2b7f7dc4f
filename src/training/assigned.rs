//! What is assigned, and how far somebody is with it: pure, so that the list, the counts and the phone agree.
//!
//! An assignment pins the releases in force when it was made. A lesson of it is done when the pinned release was
//! completed, a later one, or an earlier one with no release between that asks for a refresher; and also when it
//! was finished again on or after the day of the assignment, whatever was finished first. So nothing that an editor
//! publishes later makes somebody late who was done.
//!
//! Invariant: a lesson that is no longer published is asked of nobody, and one for staff only of staff, unless it was
//! assigned by itself.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{AssignmentId, LessonId, ModuleId, PersonId, ReleaseId},
    lesson::LessonAudience,
};

use crate::{
    clock::day_in_viet_nam,
    content::Catalogue,
    learning::{glance::Glimpse, merge::Status},
};

/// A module or a lesson that a group, or one person of it, is to learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// What to learn, or the module of the lesson.
    pub module: ModuleId,
    /// The one lesson to learn; the whole module when absent.
    pub lesson: Option<LessonId>,
    /// The one member who is to learn it; the whole group when absent.
    pub person: Option<PersonId>,
    /// Last day.
    pub due_on: NaiveDate,
    /// When it was first assigned.
    pub assigned_at: DateTime<Utc>,
    /// What the trainer wrote to it.
    pub note: Option<String>,
    /// The releases it pins; none where it was assigned before they were kept.
    pub releases: Vec<ReleaseId>,
    /// Who need not learn it, and why.
    pub excused: BTreeMap<PersonId, String>,
}

/// A lesson asked for, and the release that was in force, if that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What to learn.
    pub lesson: LessonId,
    /// The release it was assigned with.
    pub release: Option<ReleaseId>,
    /// Whether it is asked of staff only.
    pub staff_only: bool,
}

/// How far somebody is with an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Nothing of it was begun, and there is time left.
    NotStarted,
    /// Something of it was begun, and there is time left.
    OnTheWay,
    /// The day has passed, and something is left.
    Late,
    /// Everything of it is done.
    Done,
    /// Need not learn it, and has not.
    Excused,
}

/// How far somebody is with an assignment, and what that rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which assignment.
    pub assignment: AssignmentId,
    /// How far.
    pub state: State,
    /// Lessons done.
    pub done: usize,
    /// Lessons asked of her.
    pub asked: usize,
    /// The first lesson of it that is not done.
    pub next: Option<LessonId>,
    /// Why she is excused, if she is.
    pub excuse: Option<String>,
}

/// How many people are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nothing begun.
    pub not_started: usize,
    /// Something begun.
    pub on_the_way: usize,
    /// The day has passed.
    pub late: usize,
    /// Everything done.
    pub done: usize,
    /// Need not.
    pub excused: usize,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, state: State) {
        let count = match state {
            State::NotStarted => &mut self.not_started,
            State::OnTheWay => &mut self.on_the_way,
            State::Late => &mut self.late,
            State::Done => &mut self.done,
            State::Excused => &mut self.excused,
        };
        *count += 1;
    }
}

impl Assignment {
    /// The lessons it asks for that can be learned now, in the order of the curriculum.
    pub fn asked(&self, catalogue: &Catalogue) -> Vec<Asked> {
        let Some(module) = catalogue.module(self.module) else {
            return Vec::new();
        };
        let pinned: HashMap<LessonId, ReleaseId> = self
            .releases
            .iter()
            .filter_map(|id| Some((catalogue.release(*id)?.lesson, *id)))
            .collect();
        let wanted = |lesson: LessonId| match (self.lesson, self.releases.is_empty()) {
            (Some(only), _) => only == lesson,
            (None, true) => true,
            (None, false) => pinned.contains_key(&lesson),
        };
        catalogue
            .published_of(module)
            .filter(|lesson| wanted(lesson.id))
            .map(|lesson| Asked {
                lesson: lesson.id,
                release: pinned.get(&lesson.id).copied(),
                staff_only: self.lesson.is_none() && lesson.audience == LessonAudience::Staff,
            })
            .collect()
    }

    /// Whether it is somebody's to learn.
    pub fn is_for(&self, person: PersonId) -> bool {
        self.person.is_none_or(|only| only == person)
    }

    /// How far somebody is, by what is known of each lesson. Nothing when it asks nothing of her.
    pub fn standing(
        &self,
        asked: &[Asked],
        (person, is_staff): (PersonId, bool),
        known: impl Fn(LessonId) -> Glimpse,
        catalogue: &Catalogue,
        today: NaiveDate,
    ) -> Option<Standing> {
        let mut standing = Standing {
            assignment: self.id,
            state: State::NotStarted,
            done: 0,
            asked: 0,
            next: None,
            excuse: self.excused.get(&person).cloned(),
        };
        let mut begun = false;
        for asked in asked.iter().filter(|asked| is_staff || !asked.staff_only) {
            let glimpse = known(asked.lesson);
            standing.asked += 1;
            if self.counts(&glimpse, asked.release, catalogue) {
                standing.done += 1;
            } else {
                standing.next = standing.next.or(Some(asked.lesson));
            }
            begun |= glimpse.status != Status::NotStarted;
        }
        if standing.asked == 0 {
            return None;
        }
        standing.state = if standing.done == standing.asked {
            State::Done
        } else if standing.excuse.is_some() {
            State::Excused
        } else if self.due_on < today {
            State::Late
        } else if begun {
            State::OnTheWay
        } else {
            State::NotStarted
        };
        Some(standing)
    }

    fn counts(&self, known: &Glimpse, pinned: Option<ReleaseId>, catalogue: &Catalogue) -> bool {
        if known.status != Status::Completed {
            return false;
        }
        let (Some(completed), Some(pinned)) = (known.release, pinned) else {
            return true;
        };
        let again = || {
            let since = day_in_viet_nam(self.assigned_at);
            known.finished_on.is_some_and(|day| day >= since)
        };
        catalogue.counts_for(completed, pinned) || again()
    }
}

#[cfg(test)]
#[path = "assigned_tests.rs"]
mod tests;

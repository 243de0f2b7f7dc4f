//! What to learn next, each lesson with its reason. Deterministic: the same record on the same day gives the same path, and
//! a birthday alone may give another.
//!
//! In the path are the lessons not finished that
//! - apply to a child by its age, corrected until 24 months when it was born early, and by its kinds of disability;
//! - apply to it by its birthday alone, so that a module can be completed: behind the former;
//! - are for staff, when the person is;
//! - were assigned to her or to one of her groups, whether or not they apply to a child.
//!
//! Who is excused from an assignment is as if it had not been made.
//!
//! Assigned lessons come first, the one due soonest before the others; then those of modules already begun; then
//! the rest: each time in the order of the curriculum.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    ids::{AssignmentId, ChildId, LessonId, ModuleId},
    lesson::LessonAudience,
};

use super::{
    applies::{ChildFacts, Facts},
    merge::{PersonState, Status},
};
use crate::content::{
    Catalogue,
    applicability::{self, AgeMonths, Learner},
};

/// Something assigned to a person, or to a group she is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignedWork {
    /// Its id.
    pub id: AssignmentId,
    /// What is to be learned of it, of what can be learned now.
    pub lessons: Vec<LessonId>,
    /// Last day.
    pub due_on: NaiveDate,
    /// What the trainer wrote to it.
    pub note: Option<String>,
    /// Whether she need not learn it.
    pub excused: bool,
}

/// By when a lesson is to be learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The soonest day.
    pub on: NaiveDate,
    /// What the trainer wrote to it.
    pub note: Option<String>,
}

/// The lessons assigned to a person, each with the soonest day it is due.
pub type Assigned = BTreeMap<LessonId, Due>;

/// The lessons of everything assigned from which she is not excused.
pub fn assigned(work: &[AssignedWork]) -> Assigned {
    let mut assigned = Assigned::new();
    for work in work.iter().filter(|work| !work.excused) {
        for lesson in &work.lessons {
            let due = Due {
                on: work.due_on,
                note: work.note.clone(),
            };
            let soonest = assigned.entry(*lesson).or_insert_with(|| due.clone());
            if due.on < soonest.on {
                *soonest = due;
            }
        }
    }
    assigned
}

/// One lesson to learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which lesson.
    pub lesson: LessonId,
    /// The child it is for; none for staff lessons, and for those that are only assigned.
    pub child: Option<ChildId>,
    /// Why this lesson.
    pub why: Why,
    /// The day by which it was assigned, if it was.
    pub due_on: Option<NaiveDate>,
    /// What the trainer wrote who assigned it.
    pub note: Option<String>,
    /// The lesson of the same module finished last, if any.
    pub after: Option<LessonId>,
}

/// Why a lesson is in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The child is of this age, in months.
    ChildIs(i32),
    /// The child was born early and is of this age, in months, counted from the month it was due in.
    ChildBornEarlyIs(i32),
    /// The child is expected.
    ChildIsExpected,
    /// The child's age is withheld, and the lesson fits every age.
    FitsAnyAge,
    /// The lesson is for staff.
    ForStaff,
    /// A trainer assigned it; nothing else speaks for it.
    OnlyAssigned,
}

/// The path of a person: for one child, or for the whole household, her work and her groups.
pub fn path(
    state: &PersonState,
    facts: &Facts,
    assigned: &Assigned,
    catalogue: &Catalogue,
    child: Option<ChildId>,
    today: NaiveDate,
) -> Vec<Step> {
    let modules: Vec<ModuleId> = catalogue.modules().iter().map(|module| module.id).collect();
    let mut steps: BTreeMap<LessonId, (usize, Step)> = BTreeMap::new();
    let mut add = |lessons: Vec<LessonId>, rank: usize, child: Option<ChildId>, why: Why| {
        for lesson in lessons {
            let finished = state
                .lessons
                .get(&lesson)
                .is_some_and(|known| known.status() == Status::Completed);
            if finished {
                continue;
            }
            steps.entry(lesson).or_insert_with(|| {
                let due = assigned.get(&lesson);
                let step = Step {
                    lesson,
                    child,
                    why,
                    due_on: due.map(|due| due.on),
                    note: due.and_then(|due| due.note.clone()),
                    after: last_finished(state, catalogue, lesson),
                };
                (rank, step)
            });
        }
    };
    let of = |learner: Learner<'_>| -> Vec<LessonId> {
        let lessons = applicability::applicable_lessons(catalogue, &modules, learner, today);
        lessons.into_iter().map(|lesson| lesson.id).collect()
    };
    let asked =
        |known: &&ChildFacts| child.is_none_or(|child| child == known.id) && known.is_here(today);
    let children: Vec<&ChildFacts> = facts.children.iter().filter(asked).collect();
    for known in &children {
        if let Some((told, months)) = corrected(known, today) {
            let learner = [told];
            let why = Why::ChildBornEarlyIs(months);
            add(of(Learner::Caregiver(&learner)), 0, Some(known.id), why);
        }
    }
    for known in &children {
        let why = match (known.born, known.due) {
            (Some(born), _) => Why::ChildIs(AgeMonths::on(today, born).0),
            (None, Some(_)) => Why::ChildIsExpected,
            (None, None) => Why::FitsAnyAge,
        };
        let rank = usize::from(corrected(known, today).is_some());
        let learner = [known.for_lessons()];
        add(of(Learner::Caregiver(&learner)), rank, Some(known.id), why);
    }
    if child.is_none() && facts.is_staff {
        add(of(Learner::Staff), 0, None, Why::ForStaff);
    }
    if child.is_none() {
        add(
            for_her(catalogue, assigned, facts),
            0,
            None,
            Why::OnlyAssigned,
        );
    }
    let place: BTreeMap<LessonId, usize> = catalogue
        .lessons()
        .iter()
        .enumerate()
        .map(|(at, lesson)| (lesson.id, at))
        .collect();
    let mut steps: Vec<(usize, Step)> = steps.into_values().collect();
    steps.sort_by_key(|(rank, step)| {
        let due = (step.due_on.is_none(), step.due_on);
        let place = place.get(&step.lesson).copied();
        (due, *rank, step.after.is_none(), place)
    });
    steps.into_iter().map(|(_, step)| step).collect()
}

/// A child born early as if it were born when it was due, and its age in months by that; nothing when it makes no difference.
fn corrected(known: &ChildFacts, today: NaiveDate) -> Option<(applicability::ChildFacts, i32)> {
    let (born, weeks) = known.born.zip(known.weeks_early)?;
    let AgeMonths(age) = AgeMonths::on(today, born);
    let AgeMonths(corrected) = AgeMonths::corrected(today, born, weeks);
    let later = u32::try_from(age - corrected)
        .ok()
        .filter(|later| *later > 0)?;
    let told = applicability::ChildFacts {
        born_month: Some(born.checked_add_months(chrono::Months::new(later))?),
        ..known.for_lessons()
    };
    Some((told, corrected))
}

/// The assigned lessons that are published and for somebody like her.
fn for_her(catalogue: &Catalogue, assigned: &Assigned, facts: &Facts) -> Vec<LessonId> {
    let suits = |audience| match audience {
        LessonAudience::Staff => facts.is_staff,
        LessonAudience::Caregiver | LessonAudience::Both => true,
    };
    let lessons = assigned
        .keys()
        .filter_map(|lesson| catalogue.lesson(*lesson));
    lessons
        .filter(|lesson| lesson.release.is_some() && suits(lesson.audience))
        .map(|lesson| lesson.id)
        .collect()
}

fn last_finished(state: &PersonState, catalogue: &Catalogue, lesson: LessonId) -> Option<LessonId> {
    let module = catalogue.lesson(lesson)?.module;
    let finished = state.lessons.iter().filter_map(|(id, known)| {
        let completed = known.completed.as_ref()?;
        (catalogue.lesson(*id)?.module == module).then_some((completed.at, *id))
    });
    finished.max().map(|(_, id)| id)
}

#[cfg(test)]
#[path = "path_tests.rs"]
mod tests;

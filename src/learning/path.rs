//! What to learn next, each lesson with its reason. Deterministic: the same record on the same day gives the same path.

use chrono::NaiveDate;
use entity::ids::{ChildId, LessonId, ModuleId};

use super::{
    applies::{ChildFacts, Facts},
    merge::{PersonState, Status},
};
use crate::content::{
    Catalogue,
    applicability::{self, AgeMonths, Learner},
};

/// One lesson to learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which lesson.
    pub lesson: LessonId,
    /// The child it is for; none for staff lessons.
    pub child: Option<ChildId>,
    /// Why this lesson.
    pub why: Why,
    /// The lesson of the same module finished last, if any.
    pub after: Option<LessonId>,
}

/// Why a lesson is in a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The child is of this age, in months.
    ChildIs(i32),
    /// The child is expected.
    ChildIsExpected,
    /// The child's age is withheld, and the lesson fits every age.
    FitsAnyAge,
    /// The lesson is for staff.
    ForStaff,
}

/// The lessons that apply to a person today and are not finished: for one child, or for the whole household and
/// her work. Modules already begun come first, then the order of the curriculum.
pub fn path(
    state: &PersonState,
    facts: &Facts,
    catalogue: &Catalogue,
    child: Option<ChildId>,
    today: NaiveDate,
) -> Vec<Step> {
    let modules: Vec<ModuleId> = catalogue.modules().iter().map(|module| module.id).collect();
    let mut steps: Vec<Step> = Vec::new();
    let mut add = |lessons: Vec<LessonId>, child: Option<ChildId>, why: Why| {
        for lesson in lessons {
            let finished = state
                .lessons
                .get(&lesson)
                .is_some_and(|known| known.status() == Status::Completed);
            if !finished && steps.iter().all(|step| step.lesson != lesson) {
                steps.push(Step {
                    lesson,
                    child,
                    why,
                    after: last_finished(state, catalogue, lesson),
                });
            }
        }
    };
    let of = |learner: Learner<'_>| -> Vec<LessonId> {
        let lessons = applicability::applicable_lessons(catalogue, &modules, learner, today);
        lessons.into_iter().map(|lesson| lesson.id).collect()
    };
    let asked =
        |known: &&ChildFacts| child.is_none_or(|child| child == known.id) && known.is_here(today);
    for known in facts.children.iter().filter(asked) {
        let why = match (known.born, known.due) {
            (Some(born), _) => Why::ChildIs(AgeMonths::on(today, born).0),
            (None, Some(_)) => Why::ChildIsExpected,
            (None, None) => Why::FitsAnyAge,
        };
        add(
            of(Learner::Caregiver(&[known.for_lessons()])),
            Some(known.id),
            why,
        );
    }
    if child.is_none() && facts.is_staff {
        add(of(Learner::Staff), None, Why::ForStaff);
    }
    let place = |lesson: LessonId| {
        catalogue
            .lessons()
            .iter()
            .position(|known| known.id == lesson)
    };
    steps.sort_by_key(|step| (step.after.is_none(), place(step.lesson)));
    steps
}

fn last_finished(state: &PersonState, catalogue: &Catalogue, lesson: LessonId) -> Option<LessonId> {
    let module = catalogue.lesson(lesson)?.module;
    let finished = state.lessons.iter().filter_map(|(id, known)| {
        let completed = known.completed.as_ref()?;
        (catalogue.lesson(*id)?.module == module).then_some((completed.at, *id))
    });
    finished.max().map(|(_, id)| id)
}

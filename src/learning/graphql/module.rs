//! How far a person is with a module, on the wire.

use async_graphql::{Enum, ID, SimpleObject};
use entity::ids::{LessonId, ModuleId};

use super::progress_id;
use crate::{
    content::{
        Catalogue,
        applicability::{self, Learner},
    },
    graphql::{date::Date, ids::wire},
    learning::{
        applies::ChildFacts,
        merge::{self, LessonState, QuizState},
        store::Record,
    },
};

/// How far a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ModuleStatus {
    /// No lesson of it applies to this family: neither required nor credited.
    NotApplicable,
    /// Nothing of it is begun.
    NotStarted,
    /// Some of it is done.
    InProgress,
    /// Every applicable lesson is finished.
    Completed,
    /// And its quiz is passed.
    Demonstrated,
}

/// What a person has done of a module.
#[derive(Clone, Debug, SimpleObject)]
pub struct ModuleProgress {
    /// Id of this person's progress with this module.
    #[graphql(owned)]
    pub id: ID,
    /// Id of the module.
    module_id: ID,
    /// How far it is.
    status: ModuleStatus,
    /// Lessons of it that apply to this family today, by the month of birth as it is: what coverage asks for. The path shows
    /// a child born early the lessons of its corrected age first; those that its month of birth does not ask for are extra
    /// and take nothing away.
    applicable_count: i32,
    /// Of these, finished ones.
    completed_count: i32,
    /// Of these, ones finished before that a release since asks to see again; not among the finished ones until then.
    refresher_count: i32,
    /// Questions right in the best attempt at its quiz; null before the first attempt.
    quiz_best_score: Option<i32>,
    /// Whether its quiz was ever passed.
    quiz_passed: bool,
    /// From this day a quiz passed again shows that it was retained: thirty days after it was first passed. Null before that,
    /// and once it is shown.
    recheck_from: Option<Date>,
    /// Whether it was passed again at least thirty days after it was first passed.
    retained: bool,
}

impl ModuleProgress {
    /// Of a module in a record, with the lessons that apply on a day.
    pub fn of(
        record: &Record,
        catalogue: &Catalogue,
        module: ModuleId,
        today: chrono::NaiveDate,
    ) -> Self {
        let here = record
            .facts
            .children
            .iter()
            .filter(|child| child.is_here(today));
        let children: Vec<_> = here.map(ChildFacts::for_lessons).collect();
        let mut lessons = applicability::applicable_lessons(
            catalogue,
            &[module],
            Learner::Caregiver(&children),
            today,
        );
        if record.facts.is_staff {
            lessons.extend(applicability::applicable_lessons(
                catalogue,
                &[module],
                Learner::Staff,
                today,
            ));
        }
        let mut lessons: Vec<LessonId> = lessons.into_iter().map(|lesson| lesson.id).collect();
        lessons.sort();
        lessons.dedup();
        let state = |lesson: &LessonId| {
            record
                .state
                .lessons
                .get(lesson)
                .map(LessonState::status)
                .unwrap_or_default()
        };
        let is_due_again = |lesson: &LessonId| {
            let known = record.state.lessons.get(lesson);
            let known = known.zip(catalogue.lesson(*lesson));
            known.is_some_and(|(known, lesson)| known.refresher(catalogue, lesson).is_some())
        };
        let refresher = lessons.iter().filter(|lesson| is_due_again(lesson)).count();
        let completed = lessons
            .iter()
            .filter(|lesson| state(lesson) == merge::Status::Completed && !is_due_again(lesson))
            .count();
        let begun = lessons
            .iter()
            .any(|lesson| state(lesson) != merge::Status::NotStarted);
        let quiz = record.state.quizzes.get(&module);
        let passed = quiz.is_some_and(|quiz| !quiz.passed_on.is_empty());
        let recheck = quiz.and_then(QuizState::recheck_from);
        let retained = recheck
            .zip(quiz)
            .is_some_and(|(from, quiz)| quiz.passed_on.range(from..).next().is_some());
        let status = match (lessons.len(), completed) {
            (0, _) => ModuleStatus::NotApplicable,
            (all, done) if done == all && passed => ModuleStatus::Demonstrated,
            (all, done) if done == all => ModuleStatus::Completed,
            _ if begun || quiz.is_some() => ModuleStatus::InProgress,
            _ => ModuleStatus::NotStarted,
        };
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            id: progress_id(record.person, module),
            module_id: wire(module),
            status,
            applicable_count: count(lessons.len()),
            completed_count: count(completed),
            refresher_count: count(refresher),
            quiz_best_score: quiz.map(|quiz| quiz.best_score.into()),
            quiz_passed: passed,
            recheck_from: recheck.filter(|_| !retained).map(Date),
            retained,
        }
    }
}

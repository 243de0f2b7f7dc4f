//! The path is deterministic, follows birthdays and corrected ages, and forgets nothing that applies.

use std::{collections::BTreeSet, sync::LazyLock};

use chrono::{DateTime, Months};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    content::tests::catalogue as shipped,
    learning::merge::{Completion, LessonState},
};

/// Read once: it is the same for every case.
fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(shipped);
    &CATALOGUE
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn child(born: &str, weeks_early: Option<i32>) -> ChildFacts {
    ChildFacts {
        id: Uuid::from_u128(1).into(),
        born: Some(day(born)),
        due: None,
        until: None,
        disabilities: None,
        weeks_early,
    }
}

fn facts(children: Vec<ChildFacts>) -> Facts {
    Facts {
        children,
        is_staff: false,
        may_record: true,
    }
}

fn lessons(steps: &[Step]) -> BTreeSet<LessonId> {
    steps.iter().map(|step| step.lesson).collect()
}

#[test]
fn a_child_born_early_is_taken_for_as_old_as_if_born_when_due_until_two_years() {
    let born = day("2025-01-01");
    for (today, weeks, expected) in [
        ("2026-01-15", 0, 12),
        ("2026-01-15", 1, 12),
        ("2026-01-15", 3, 11),
        ("2026-01-15", 8, 10),
        ("2026-01-15", 17, 8),
        ("2026-12-15", 8, 21),
        ("2027-01-01", 8, 24),
        ("2027-06-01", 17, 29),
        ("2025-01-20", 17, 0),
        ("2024-12-01", 8, -1),
    ] {
        let AgeMonths(age) = AgeMonths::corrected(day(today), born, weeks);
        assert_eq!(age, expected, "{today}, {weeks} weeks early");
    }
}

#[test]
fn a_corrected_age_comes_first_and_nothing_that_applies_by_birthday_is_lost() {
    let (catalogue, nothing) = (catalogue(), Assigned::new());
    let today = day("2026-11-22");
    let plan = |weeks| {
        let facts = facts(vec![child("2025-11-01", weeks)]);
        path(
            &PersonState::default(),
            &facts,
            &nothing,
            catalogue,
            None,
            today,
        )
    };
    let (term, early) = (plan(None), plan(Some(12)));
    assert!(lessons(&early).is_superset(&lessons(&term)));
    assert!(matches!(early[0].why, Why::ChildBornEarlyIs(9)));
    assert!(matches!(term[0].why, Why::ChildIs(12)));
    let first_by_birthday = early
        .iter()
        .position(|step| matches!(step.why, Why::ChildIs(_)));
    let last_corrected = early
        .iter()
        .rposition(|step| matches!(step.why, Why::ChildBornEarlyIs(_)));
    assert!(first_by_birthday.is_none_or(|first| last_corrected.is_some_and(|last| last < first)));
}

#[test]
fn a_birthday_alone_replans() {
    let (catalogue, nothing) = (catalogue(), Assigned::new());
    let facts = facts(vec![child("2024-01-01", None)]);
    let mut plans = BTreeSet::new();
    for month in 0..96 {
        let today = day("2024-01-31") + Months::new(month);
        let steps = path(
            &PersonState::default(),
            &facts,
            &nothing,
            catalogue,
            None,
            today,
        );
        assert!(
            steps
                .iter()
                .all(|step| step.why == Why::ChildIs(i32::try_from(month).unwrap()))
        );
        plans.insert(lessons(&steps));
    }
    assert!(plans.len() > 3, "{}", plans.len());
}

fn work(codes: &[&str], due_on: &str, excused: bool) -> AssignedWork {
    let lesson = |code: &&str| catalogue().lesson_by_code(code).unwrap().id;
    AssignedWork {
        id: Uuid::from_u128(7).into(),
        lessons: codes.iter().map(lesson).collect(),
        due_on: day(due_on),
        note: None,
        excused,
    }
}

#[test]
fn what_is_assigned_comes_first_the_soonest_due_before_the_others() {
    let catalogue = catalogue();
    let assigned = assigned(&[
        work(&["ED1.1", "ED1.2"], "2026-12-24", false),
        work(&["IN1.1", "ED1.2"], "2026-12-01", false),
        work(&["HC1.1"], "2026-11-23", true),
    ]);
    assert_eq!(assigned.len(), 3, "who is excused need not learn it");
    let facts = facts(vec![child("2025-01-01", None)]);
    let state = PersonState::default();
    let steps = path(
        &state,
        &facts,
        &assigned,
        catalogue,
        None,
        day("2026-11-22"),
    );
    let due: Vec<_> = steps.iter().map(|step| step.due_on).collect();
    let with_due = due.iter().take_while(|due| due.is_some()).count();
    assert!(with_due > 0 && due[with_due..].iter().all(Option::is_none));
    assert!(due[..with_due].is_sorted());
    assert_eq!(steps[0].due_on, Some(day("2026-12-01")));
    // Asked for the child alone, only what applies to it.
    let of_child = path(
        &state,
        &facts,
        &assigned,
        catalogue,
        Some(facts.children[0].id),
        day("2026-11-22"),
    );
    assert!(of_child.iter().all(|step| step.child.is_some()));
}

proptest! {
    #[test]
    fn the_same_facts_give_the_same_path_without_what_is_finished_and_nothing_twice(
        born in 0_u32..150, weeks in prop::option::of(0..18_i32), finished in prop::collection::btree_set(0_usize..73, 0..20),
        due in prop::collection::btree_map(0_usize..15, 0_u64..60, 0..4), staff: bool,
    ) {
        let catalogue = catalogue();
        let today = day("2026-11-22");
        let born = (day("2026-11-01") - Months::new(born)).to_string();
        let facts = Facts { is_staff: staff, ..facts(vec![child(&born, weeks)]) };
        let at = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let done = LessonState { completed: Some(Completion { at, release: None }), ..LessonState::default() };
        let finished: BTreeSet<LessonId> = finished.into_iter().map(|at| catalogue.lessons()[at].id).collect();
        let state = PersonState {
            lessons: finished.iter().map(|id| (*id, done.clone())).collect(),
            ..PersonState::default()
        };
        let assigned: Assigned = due
            .into_iter()
            .map(|(at, days)| {
                let due = Due { on: today + chrono::Days::new(days), note: None };
                (catalogue.lessons()[at * 4].id, due)
            })
            .collect();
        let steps = path(&state, &facts, &assigned, catalogue, None, today);
        prop_assert_eq!(&steps, &path(&state, &facts, &assigned, catalogue, None, today));
        let shown = lessons(&steps);
        prop_assert_eq!(shown.len(), steps.len());
        prop_assert!(shown.is_disjoint(&finished));
        // By its birthday alone, everything that applies is there.
        let modules: Vec<ModuleId> = catalogue.modules().iter().map(|module| module.id).collect();
        let told = [facts.children[0].for_lessons()];
        for lesson in applicability::applicable_lessons(catalogue, &modules, Learner::Caregiver(&told), today) {
            prop_assert!(shown.contains(&lesson.id) || finished.contains(&lesson.id));
        }
    }
}

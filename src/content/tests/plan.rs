//! What an import would change.

use chrono::{DateTime, Utc};
use entity::lesson_release::ReleaseState;

use crate::{
    content::{Rows, import::Curriculum, plan::plan},
    shipped::Tally,
};

use super::shipped;

fn now() -> DateTime<Utc> {
    "2026-11-22T02:00:00Z".parse().unwrap()
}

/// The tables after a plan was carried out.
fn after(mut current: Rows, curriculum: &Curriculum) -> Rows {
    let plan = plan(&current, curriculum, now());
    assert_eq!(plan.remove, Rows::default());
    for release in plan.put.releases {
        current
            .releases
            .retain(|row| row.release_id != release.release_id);
        current.releases.push(release);
    }
    current.variants.extend(plan.put.variants);
    for row in plan.put.lessons {
        current
            .lessons
            .retain(|there| there.lesson_id != row.lesson_id);
        current.lessons.push(row);
    }
    current
}

/// The tables after the first import.
fn loaded() -> Rows {
    let plan = plan(&Rows::default(), &shipped(), now());
    let count = |kind| plan.report.of(kind).new;
    assert_eq!(
        [
            "domain", "module", "lesson", "release", "variant", "question", "answer"
        ]
        .map(count),
        [3, 15, 73, 73, 146, 45, 135]
    );
    plan.put
}

#[test]
fn loading_the_same_again_changes_nothing() {
    let again = plan(&loaded(), &shipped(), now());
    assert!(again.report.changes_nothing(), "{}", again.report);
    assert_eq!(
        (again.put, again.remove),
        (Rows::default(), Rows::default())
    );
}

#[test]
fn a_changed_body_makes_the_next_release_and_leaves_the_first_as_it_was() {
    let first = loaded();
    let mut curriculum = shipped();
    let changed = &mut curriculum.rows.variants[0];
    changed.body.push_str("\nThêm một câu.");
    changed.sha256 = "another".to_owned();
    let plan = plan(&first, &curriculum, now());
    let tally = Tally {
        changed: 1,
        unchanged: 72,
        ..Tally::default()
    };
    assert_eq!(plan.report.of("release"), tally);
    let [old, new] = &plan.put.releases[..] else {
        panic!("two releases to write");
    };
    assert_eq!((old.number, old.state), (1, ReleaseState::Retired));
    assert_eq!((new.number, new.state), (2, ReleaseState::Published));
    assert_eq!(new.reviewed_by, None);
    assert!(
        plan.put
            .variants
            .iter()
            .all(|variant| variant.release_id == new.release_id)
    );
    assert_eq!(plan.put.variants.len(), 2);

    let second = after(first.clone(), &curriculum);
    assert!(second.variants.starts_with(&first.variants));
    // The older file again: its text was released once, so the newer release stays.
    let older = super::super::plan::plan(&second, &shipped(), now());
    assert!(older.report.changes_nothing(), "{}", older.report);
}

#[test]
fn a_translation_added_here_does_not_make_a_release() {
    let mut rows = loaded();
    let mut khmer = rows.variants[0].clone();
    khmer.language = "km".to_owned();
    rows.variants.push(khmer);
    assert!(plan(&rows, &shipped(), now()).report.changes_nothing());
}

#[test]
fn a_question_that_left_the_file_is_removed_with_its_answers() {
    let mut curriculum = shipped();
    let rows = &mut curriculum.rows;
    let gone = rows.questions.pop().unwrap().question_id;
    rows.question_texts.retain(|text| text.question_id != gone);
    let options: Vec<_> = rows
        .options
        .extract_if(.., |option| option.question_id == gone)
        .map(|option| option.option_id)
        .collect();
    rows.option_texts
        .retain(|text| !options.contains(&text.option_id));
    let plan = plan(&loaded(), &curriculum, now());
    let removed = |kind| plan.report.of(kind).removed;
    assert_eq!(
        ["question", "question text", "answer", "answer text"].map(removed),
        [1, 2, 3, 6]
    );
    assert_eq!(plan.put, Rows::default());
}

#[test]
fn a_lesson_made_here_is_left_alone_and_named() {
    let mut rows = loaded();
    let mut own = rows.lessons[0].clone();
    own.lesson_id = entity::ids::LessonId(uuid::Uuid::from_u128(7));
    own.code = "HC1.9".to_owned();
    rows.lessons.push(own);
    let report = plan(&rows, &shipped(), now()).report;
    assert!(report.changes_nothing());
    assert!(
        report
            .to_string()
            .contains("lesson HC1.9 is here and not in the files")
    );
}

#[test]
fn the_report_says_that_nothing_is_reviewed() {
    let report = plan(&Rows::default(), &shipped(), now()).report;
    assert!(report.to_string().contains("DRAFT: not reviewed by"));
}

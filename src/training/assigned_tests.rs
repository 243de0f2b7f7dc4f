//! States of assignments: what counts, what makes late, and what an editor can never take away.

use std::sync::LazyLock;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::content::tests::{catalogue as shipped, released_again};

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(shipped);
    &CATALOGUE
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn of_module(code: &str, due_on: &str) -> Assignment {
    let module = catalogue().module_by_code(code).unwrap();
    let lessons = catalogue().published_of(module);
    Assignment {
        id: Uuid::from_u128(1).into(),
        module: module.id,
        lesson: None,
        person: None,
        due_on: day(due_on),
        assigned_at: "2026-11-01T02:00:00Z".parse().unwrap(),
        note: None,
        releases: lessons
            .filter_map(|lesson| Some(lesson.release.as_ref()?.id))
            .collect(),
        excused: BTreeMap::new(),
    }
}

fn somebody() -> PersonId {
    Uuid::from_u128(9).into()
}

fn standing(assignment: &Assignment, staff: bool, known: &HashMap<LessonId, Glimpse>) -> Standing {
    let asked = assignment.asked(catalogue());
    let look = |lesson| known.get(&lesson).copied().unwrap_or_default();
    let who = (somebody(), staff);
    let found = assignment.standing(&asked, who, look, catalogue(), day("2026-11-22"));
    found.unwrap()
}

fn done(release: Option<ReleaseId>, finished_on: &str) -> Glimpse {
    Glimpse {
        status: Status::Completed,
        release,
        finished_on: Some(day(finished_on)),
    }
}

#[test]
fn a_state_follows_from_what_is_done_the_day_and_the_excuse() {
    let ahead = of_module("HC1", "2026-11-22");
    let late = of_module("HC1", "2026-11-21");
    let mut known = HashMap::new();
    assert_eq!(standing(&ahead, false, &known).state, State::NotStarted);
    assert_eq!(standing(&late, false, &known).state, State::Late);
    let asked = ahead.asked(catalogue());
    let begun = Glimpse {
        status: Status::InProgress,
        ..Glimpse::default()
    };
    known.insert(asked[0].lesson, begun);
    let shown = standing(&ahead, false, &known);
    assert_eq!(
        (shown.state, shown.done, shown.asked),
        (State::OnTheWay, 0, 5)
    );
    assert_eq!(shown.next, Some(asked[0].lesson));
    let mut excused = late.clone();
    excused.excused.insert(somebody(), "Ốm".to_owned());
    assert_eq!(standing(&excused, false, &known).state, State::Excused);
    for one in &asked {
        known.insert(one.lesson, done(one.release, "2026-11-02"));
    }
    for assignment in [&ahead, &late, &excused] {
        let shown = standing(assignment, false, &known);
        assert_eq!(
            (shown.state, shown.done, shown.next),
            (State::Done, 5, None)
        );
    }
}

#[test]
fn a_lesson_for_staff_is_asked_of_staff_only_unless_it_was_assigned_by_itself() {
    let module = of_module("IN2", "2026-12-01");
    let nothing = HashMap::new();
    assert_eq!(standing(&module, false, &nothing).asked, 3);
    assert_eq!(standing(&module, true, &nothing).asked, 4);
    let lesson = catalogue().lesson_by_code("IN2.4").unwrap();
    let single = Assignment {
        lesson: Some(lesson.id),
        releases: vec![lesson.release.as_ref().unwrap().id],
        ..module
    };
    assert_eq!(standing(&single, false, &nothing).asked, 1);
}

#[test]
fn an_earlier_release_does_not_count_where_a_refresher_was_asked_for_until_it_is_finished_again() {
    let lesson = catalogue().lesson_by_code("HC1.1").unwrap();
    let first = lesson.release.as_ref().unwrap().id;
    let lesson = lesson.id;
    let (second, third) = (Uuid::from_u128(52).into(), Uuid::from_u128(53).into());
    let changed = released_again("HC1.1", &[(second, true), (third, false)]);
    let assigned = Assignment {
        lesson: Some(lesson),
        releases: vec![second],
        ..of_module("HC1", "2026-12-01")
    };
    let state = |release, finished_on: &str| {
        let asked = assigned.asked(&changed);
        let known = |_| done(release, finished_on);
        let who = (somebody(), false);
        let found = assigned.standing(&asked, who, known, &changed, day("2026-11-22"));
        found.unwrap().state
    };
    assert_eq!(state(Some(second), "2026-10-01"), State::Done);
    assert_eq!(
        state(Some(third), "2026-10-01"),
        State::Done,
        "a later one counts"
    );
    assert_eq!(
        state(None, "2026-10-01"),
        State::Done,
        "of which release is not known"
    );
    assert_eq!(state(Some(first), "2026-10-01"), State::OnTheWay);
    assert_eq!(
        state(Some(first), "2026-11-01"),
        State::Done,
        "finished again since"
    );
}

proptest! {
    /// Learning more never makes a state worse, and everybody is counted once.
    #[test]
    fn learning_more_never_takes_a_lesson_away(
        known in prop::collection::vec(0_u8..3, 5), more in prop::collection::vec(0_u8..3, 5), excused: bool, late: bool,
    ) {
        let mut assignment = of_module("HC1", if late { "2026-11-01" } else { "2026-12-01" });
        if excused {
            assignment.excused.insert(somebody(), "Ốm".to_owned());
        }
        let asked = assignment.asked(catalogue());
        let glimpses = |words: &[u8]| -> HashMap<LessonId, Glimpse> {
            let glimpse = |word: u8, asked: &Asked| match word {
                0 => Glimpse::default(),
                1 => Glimpse { status: Status::InProgress, ..Glimpse::default() },
                _ => done(asked.release, "2026-11-02"),
            };
            asked.iter().zip(words).map(|(asked, word)| (asked.lesson, glimpse(*word, asked))).collect()
        };
        let joined: Vec<u8> = known.iter().zip(&more).map(|(one, other)| *one.max(other)).collect();
        let (before, after) = (standing(&assignment, false, &glimpses(&known)), standing(&assignment, false, &glimpses(&joined)));
        prop_assert!(after.done >= before.done);
        prop_assert_eq!(after.state == State::Done, after.done == after.asked);
        prop_assert!(before.state != State::Done || after.state == State::Done);
        let mut counts = Counts::default();
        counts.add(before.state);
        counts.add(after.state);
        let all = [counts.not_started, counts.on_the_way, counts.late, counts.done, counts.excused];
        prop_assert_eq!(all.iter().sum::<usize>(), 2);
    }
}

//! What each tier asks, and that nothing but taking events back lowers one.

use chrono::{DateTime, Datelike, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    super::{
        event::{Event, Happened},
        merge::PersonState,
    },
    *,
};

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

/// Lessons 1 and 2 are of module 1, lesson 3 of module 2, lesson 9 counts for nothing. Lesson 3 is asked only
/// from 2026 on, as if a child grew into it; nothing is asked before 2025.
struct Asked;

impl Requirement for Asked {
    fn counts(&self, lesson: LessonId) -> bool {
        lesson != id(9)
    }

    fn module_of(&self, lesson: LessonId) -> Option<ModuleId> {
        Some(if lesson == id(3) { id(2) } else { id(1) })
    }

    fn required_on(&self, day: NaiveDate) -> BTreeSet<LessonId> {
        let count = match day.year() {
            ..2025 => 0,
            2025 => 2,
            _ => 3,
        };
        (1..=count).map(id).collect()
    }
}

fn at(day: &str) -> DateTime<Utc> {
    format!("{day}T03:00:00Z").parse().unwrap()
}

fn event(number: u128, day: &str, happened: Happened) -> Event {
    Event {
        id: id(number),
        person: id(1),
        actor: id(1),
        device: None,
        occurred_at: at(day),
        claimed_at: at(day),
        clock_offset_ms: None,
        clamped: false,
        received_at: at(day),
        release: None,
        child: None,
        happened,
    }
}

fn done(lesson: u128, day: &str) -> Event {
    event(
        lesson * 10,
        day,
        Happened::Completed {
            lesson: id(lesson),
            minutes: None,
        },
    )
}

fn passed(module: u128, day: &str) -> Event {
    let number = module * 1000 + u128::from(day.bytes().map(u64::from).sum::<u64>());
    let happened = Happened::QuizAnswered {
        module: id(module),
        score: 3,
        out_of: 3,
        passed: true,
        answers: vec![],
    };
    event(number, day, happened)
}

fn days(tiers: &TiersReached) -> Vec<(Tier, String)> {
    tiers
        .iter()
        .map(|(tier, reached)| (*tier, reached.on.to_string()))
        .collect()
}

fn judged(events: &[Event]) -> Vec<(Tier, String)> {
    days(&judge(&PersonState::fold(events), &Asked))
}

#[test]
fn each_tier_is_reached_on_the_day_its_last_piece_came() {
    let mut events = vec![event(1, "2025-02-01", Happened::Opened { lesson: id(1) })];
    assert_eq!(judged(&events), [(Tier::Reached, "2025-02-01".into())]);
    events.extend([done(1, "2025-02-02"), done(2, "2025-02-05")]);
    assert_eq!(
        judged(&events)[1..],
        [(Tier::Completed, "2025-02-05".into())]
    );
    events.push(passed(1, "2025-02-07"));
    assert_eq!(
        judged(&events)[2..],
        [(Tier::Demonstrated, "2025-02-07".into())]
    );
    events.push(passed(1, "2025-03-08"));
    assert_eq!(judged(&events).len(), 3, "29 days later is too soon");
    events.push(passed(1, "2025-03-09"));
    assert_eq!(
        judged(&events)[3..],
        [(Tier::Retained, "2025-03-09".into())]
    );
}

#[test]
fn a_lesson_that_does_not_count_reaches_nobody() {
    assert!(judged(&[done(9, "2025-02-01")]).is_empty());
}

#[test]
fn where_nothing_applies_nothing_is_completed() {
    let tiers = judged(&[
        done(1, "2024-02-02"),
        done(2, "2024-02-05"),
        passed(1, "2024-02-07"),
    ]);
    assert_eq!(tiers, [(Tier::Reached, "2024-02-02".into())]);
}

#[test]
fn what_was_required_then_is_frozen_when_the_child_grows() {
    let state = PersonState::fold(&[
        done(1, "2025-12-30"),
        done(2, "2025-12-31"),
        passed(1, "2025-12-31"),
    ]);
    let then = judge(&state, &Asked);
    assert_eq!(
        then[&Tier::Completed].required,
        BTreeSet::from([id(1), id(2)])
    );
    // A later finish in 2026, when lesson 3 is asked too, changes nothing.
    let later = PersonState::fold(&[
        done(1, "2025-12-30"),
        done(2, "2025-12-31"),
        passed(1, "2025-12-31"),
        event(77, "2026-01-05", Happened::Opened { lesson: id(3) }),
    ]);
    assert_eq!(settle(&then, &later, &Asked), then);
}

#[test]
fn credit_earned_before_a_child_was_corrected_stays_until_an_event_is_taken_back() {
    struct Corrected;
    impl Requirement for Corrected {
        fn counts(&self, _: LessonId) -> bool {
            true
        }
        fn module_of(&self, lesson: LessonId) -> Option<ModuleId> {
            Asked.module_of(lesson)
        }
        fn required_on(&self, _: NaiveDate) -> BTreeSet<LessonId> {
            (1..=5).map(id).collect()
        }
    }
    let events = [
        done(1, "2025-02-02"),
        done(2, "2025-02-05"),
        passed(1, "2025-02-07"),
    ];
    let stored = judge(&PersonState::fold(&events), &Asked);
    assert_eq!(
        settle(&stored, &PersonState::fold(&events), &Corrected),
        stored
    );
    let without = PersonState::fold(&events[1..]);
    let left = settle(&stored, &without, &Corrected);
    assert_eq!(left.keys().copied().collect::<Vec<_>>(), [Tier::Reached]);
}

fn any_event() -> impl Strategy<Value = Event> {
    let day = 0_u64..700;
    (0_u128..100_000, day, 0_u128..8).prop_map(|(number, day, what)| {
        let on = NaiveDate::from_ymd_opt(2024, 10, 1).unwrap() + Days::new(day);
        let happened = match what {
            0..=3 => Happened::Completed {
                lesson: id(what + 1),
                minutes: None,
            },
            4 => Happened::Opened { lesson: id(1) },
            5 => Happened::PractisedAtHome { lesson: id(2) },
            _ => Happened::QuizAnswered {
                module: id(what - 5),
                score: 2,
                out_of: 3,
                passed: true,
                answers: vec![],
            },
        };
        event(number, &on.to_string(), happened)
    })
}

proptest! {
    #[test]
    fn more_events_only_bring_a_day_forward(events in proptest::collection::vec(any_event(), 0..25), more in any_event()) {
        let before = judge(&PersonState::fold(&events), &Asked);
        let mut all = events.clone();
        all.push(more);
        let after = judge(&PersonState::fold(&all), &Asked);
        for (tier, reached) in &before {
            prop_assert!(after.get(tier).is_some_and(|later| later.on <= reached.on), "{tier:?}");
        }
    }

    #[test]
    fn tiers_lie_inside_one_another(events in proptest::collection::vec(any_event(), 0..40)) {
        let tiers = judge(&PersonState::fold(&events), &Asked);
        let chain = [Tier::Reached, Tier::Completed, Tier::Demonstrated, Tier::Retained];
        for pair in chain.windows(2) {
            if let Some(inner) = tiers.get(&pair[1]) {
                prop_assert!(tiers.get(&pair[0]).is_some_and(|outer| outer.on <= inner.on));
            }
        }
    }

    #[test]
    fn settling_in_pieces_gives_what_settling_at_once_gives(events in proptest::collection::vec(any_event(), 0..25)) {
        let mut stored = TiersReached::new();
        for end in 0..=events.len() {
            stored = settle(&stored, &PersonState::fold(&events[..end]), &Asked);
        }
        prop_assert_eq!(stored, judge(&PersonState::fold(&events), &Asked));
    }
}

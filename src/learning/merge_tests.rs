//! Any permutation, duplication and splitting of the events gives the same state.

use chrono::DateTime;
use entity::ids::AccountId;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

fn happened() -> impl Strategy<Value = Happened> {
    let lesson = (0_u128..4).prop_map(id::<LessonId>);
    prop_oneof![
        lesson
            .clone()
            .prop_map(|lesson| Happened::Opened { lesson }),
        (lesson.clone(), 0_u8..=110).prop_map(|(lesson, percent)| Happened::Progressed {
            lesson,
            percent,
            minutes: None
        }),
        lesson.clone().prop_map(|lesson| Happened::Completed {
            lesson,
            minutes: Some(3)
        }),
        lesson
            .clone()
            .prop_map(|lesson| Happened::AttendedInPerson { lesson }),
        lesson
            .clone()
            .prop_map(|lesson| Happened::PractisedAtHome { lesson }),
        lesson.prop_map(|lesson| Happened::ObservedByTrainer { lesson }),
        (0_u128..2, 0_u8..=3).prop_map(|(module, score)| Happened::QuizAnswered {
            module: id(module),
            score,
            out_of: 3,
            passed: score >= 2,
            answers: vec![],
        }),
        (0_u128..30).prop_map(|event| Happened::Voided { event: id(event) }),
    ]
}

/// Up to thirty events with ids 0, 1, 2 …, so that a void often names one of them.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let one = (
        happened(),
        1_700_000_000_i64..1_700_300_000,
        proptest::option::of(0_u128..3),
    );
    proptest::collection::vec(one, 0..30).prop_map(|all| {
        let event =
            |(number, (happened, seconds, release)): (usize, (Happened, i64, Option<u128>))| {
                let at = DateTime::from_timestamp(seconds, 0).unwrap();
                Event {
                    id: id(number as u128),
                    person: id(1),
                    actor: id::<AccountId>(1),
                    device: None,
                    occurred_at: at,
                    claimed_at: at,
                    clock_offset_ms: None,
                    clamped: false,
                    received_at: at,
                    release: release.map(id),
                    child: None,
                    happened,
                }
            };
        all.into_iter().enumerate().map(event).collect()
    })
}

/// The events in another order, each as often as its number says.
fn disorder(history: Vec<Event>) -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    let times = proptest::collection::vec(1_usize..4, history.len());
    times.prop_flat_map(move |times| {
        let repeated: Vec<Event> = history
            .iter()
            .zip(times)
            .flat_map(|(event, times)| vec![event.clone(); times])
            .collect();
        (Just(history.clone()), Just(repeated).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn any_order_and_repetition_gives_the_same_state((history, shuffled) in history().prop_flat_map(disorder)) {
        prop_assert_eq!(PersonState::fold(&history), PersonState::fold(&shuffled));
    }

    #[test]
    fn any_splitting_into_uploads_gives_the_same_state(history in history(), cut in 0_usize..30) {
        let voided: BTreeSet<EventId> = history.iter().filter_map(|event| event.happened.voids()).collect();
        let standing: Vec<&Event> = history
            .iter()
            .filter(|event| event.happened.voids().is_some() || !voided.contains(&event.id))
            .collect();
        let (first, second) = standing.split_at(cut.min(standing.len()));
        let state_of = |events: &[&Event]| {
            let mut state = PersonState::default();
            events.iter().for_each(|event| state.apply(event));
            state
        };
        let (one, two) = (state_of(first), state_of(second));
        let mut forwards = one.clone();
        forwards.merge(&two);
        let mut backwards = two;
        backwards.merge(&one);
        prop_assert_eq!(&forwards, &backwards);
        prop_assert_eq!(&forwards, &PersonState::fold(&history));
        let again = forwards.clone();
        forwards.merge(&again);
        prop_assert_eq!(forwards, again);
    }

    #[test]
    fn more_events_never_lower_a_state_unless_one_is_taken_back(history in history(), extra in happened()) {
        prop_assume!(extra.voids().is_none());
        let before = PersonState::fold(&history);
        let mut more = history.clone();
        if let Some(last) = history.last() {
            more.push(Event { id: id(1000), happened: extra, ..last.clone() });
        }
        let after = PersonState::fold(&more);
        for (lesson, state) in &before.lessons {
            let later = after.lessons.get(lesson).expect("a lesson once learned stays");
            prop_assert!(later.status() >= state.status() && later.percent >= state.percent);
        }
    }

    #[test]
    fn the_stored_form_gives_back_the_same_state(history in history()) {
        let state = PersonState::fold(&history);
        let stored = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<PersonState>(&stored).unwrap(), state);
    }
}

#[test]
fn an_event_taken_back_leaves_no_trace_in_whatever_order_the_two_arrive() {
    let at = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let event = |number, happened| Event {
        id: id(number),
        person: id(1),
        actor: id(1),
        device: None,
        occurred_at: at,
        claimed_at: at,
        clock_offset_ms: None,
        clamped: false,
        received_at: at,
        release: None,
        child: None,
        happened,
    };
    let done = event(
        1,
        Happened::Completed {
            lesson: id(7),
            minutes: None,
        },
    );
    let back = event(2, Happened::Voided { event: id(1) });
    for order in [[&done, &back], [&back, &done]] {
        let state = PersonState::fold(order);
        assert!(state.lessons.is_empty() && state.voided.contains(&id(1)));
    }
}

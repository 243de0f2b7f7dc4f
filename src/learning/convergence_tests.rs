//! Six phones with wrong clocks and a bad network: whatever order their events arrive in, one state comes out.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use entity::ids::{EventId, LessonId};
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    event::{Event, Happened},
    intake::occurred,
    merge::PersonState,
};

/// One thing that happened: on which phone, minutes after the beginning, and what.
#[derive(Clone, Debug)]
struct Fact {
    phone: usize,
    minute: i64,
    happened: Happened,
}

/// A history, and how the network treated it.
#[derive(Clone, Debug)]
struct History {
    /// How wrong each phone's clock is, and whether it knows.
    clocks: Vec<(i64, bool)>,
    facts: Vec<Fact>,
    /// Which event arrives when: each at least once, some again and again.
    arrivals: Vec<usize>,
}

fn id<T: From<Uuid>>(number: usize) -> T {
    Uuid::from_u128(number as u128 + 1).into()
}

fn happened() -> impl Strategy<Value = Happened> {
    (0_usize..8, 0_usize..4, 0_u8..=100, 0_usize..25).prop_map(|(kind, lesson, number, target)| {
        let lesson: LessonId = id(lesson);
        let minutes = None;
        match kind {
            0 => Happened::Opened { lesson },
            1 => Happened::Progressed {
                lesson,
                percent: number,
                minutes,
            },
            2 | 3 => Happened::Completed { lesson, minutes },
            4 => Happened::AttendedInPerson { lesson },
            5 => Happened::PractisedAtHome { lesson },
            6 => Happened::QuizAnswered {
                module: id(0),
                score: number % 4,
                out_of: 3,
                passed: number % 4 > 1,
                answers: vec![],
            },
            _ => Happened::Voided { event: id(target) },
        }
    })
}

fn history() -> impl Strategy<Value = History> {
    const TWO_YEARS: i64 = 2 * 366 * 24 * 60;
    let clocks = prop::collection::vec((-TWO_YEARS..=TWO_YEARS, any::<bool>()), 1..=6);
    let facts = prop::collection::vec((0_usize..6, 0_i64..200_000, happened()), 0..25);
    (clocks, facts).prop_flat_map(|(clocks, facts)| {
        let facts: Vec<Fact> = facts
            .into_iter()
            .map(|(phone, minute, happened)| Fact {
                phone: phone % clocks.len(),
                minute,
                happened,
            })
            .collect();
        // A lost receipt makes a phone send again; a lost upload only makes it send later.
        let times = prop::collection::vec(1_usize..4, facts.len());
        times.prop_flat_map(move |times| {
            let sent = times
                .iter()
                .enumerate()
                .flat_map(|(event, times)| vec![event; *times]);
            let (clocks, facts) = (clocks.clone(), facts.clone());
            Just(sent.collect::<Vec<_>>())
                .prop_shuffle()
                .prop_map(move |arrivals| History {
                    clocks: clocks.clone(),
                    facts: facts.clone(),
                    arrivals,
                })
        })
    })
}

fn begin() -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

impl History {
    /// The event as the server stores it when it first arrives.
    fn stored(&self, number: usize, received_at: DateTime<Utc>) -> Event {
        let fact = &self.facts[number];
        let (wrong, knows) = self.clocks[fact.phone];
        let claimed_at = begin() + Duration::minutes(fact.minute + wrong);
        let offset = i32::try_from(-wrong * 60_000).ok().filter(|_| knows);
        let (occurred_at, clamped) = occurred(claimed_at, offset, received_at).unwrap();
        Event {
            id: id(number),
            person: id(0),
            actor: id(0),
            device: Some(fact.phone.to_string()),
            occurred_at,
            claimed_at,
            clock_offset_ms: offset.map(i64::from),
            clamped,
            received_at,
            release: Some(id(number % 3)),
            child: None,
            happened: fact.happened.clone(),
        }
    }
}

/// What the server does with each arrival.
fn receive(state: &mut PersonState, log: &mut BTreeMap<EventId, Event>, event: Event) {
    if log.contains_key(&event.id) {
        return;
    }
    let voids = event.happened.voids().is_some();
    log.insert(event.id, event.clone());
    if voids {
        *state = PersonState::fold(log.values());
    } else {
        state.apply(&event);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn ten_thousand_histories_converge_to_the_state_of_the_events_in_order(history in history()) {
        let (mut state, mut log) = (PersonState::default(), BTreeMap::new());
        for (place, number) in history.arrivals.iter().enumerate() {
            let received_at = begin() + Duration::days(200) + Duration::minutes(place as i64);
            receive(&mut state, &mut log, history.stored(*number, received_at));
        }
        // None lost, none twice, none in the future of when it came.
        prop_assert_eq!(log.len(), history.facts.len());
        prop_assert!(log.values().all(|event| event.occurred_at <= event.received_at));

        let mut in_order: Vec<Event> = log.values().cloned().collect();
        in_order.sort_by_key(|event| (event.occurred_at, event.id));
        prop_assert_eq!(&state, &PersonState::fold(&in_order));

        // Another server that gets the same events the other way round agrees.
        let (mut other, mut others) = (PersonState::default(), BTreeMap::new());
        for event in in_order.into_iter().rev() {
            receive(&mut other, &mut others, event);
        }
        prop_assert_eq!(state, other);
    }
}

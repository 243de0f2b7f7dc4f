//! A child is counted once and in one place, whoever cares for it and in whatever order that became known.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use entity::ids::{AreaId, AtomId, PersonId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::people::household::{Basis, Channel, Child, Consent, DisabilitySpell, Residence};

const CHILD: ChildId = ChildId(Uuid::from_u128(7));
const COUNT: IndicatorId = IndicatorId(Uuid::from_u128(31));
const INDICATOR: IndicatorId = IndicatorId(Uuid::from_u128(3));
const LAST: u64 = 400;

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(number)
}

fn count(by: LearnedBy) -> ChildCount {
    ChildCount {
        count: COUNT,
        indicator: INDICATOR,
        under_months: 96,
        with_disability: true,
        by,
    }
}

/// One caregiver: when she began and ended to care, where she lived from when, when she gave and withdrew consent,
/// and when she learned.
#[derive(Clone, Debug)]
struct Told {
    cares: (u64, Option<u64>),
    moves: Vec<(u64, u8)>,
    consents: (u64, Option<u64>),
    learned: Option<u64>,
    tester: bool,
}

fn told() -> impl Strategy<Value = Told> {
    (
        (0..200_u64, proptest::option::of(1..200_u64)),
        proptest::collection::vec((0..300_u64, 0..4_u8), 1..4),
        (0..200_u64, proptest::option::of(1..300_u64)),
        proptest::option::of(0..LAST),
        proptest::bool::weighted(0.1),
    )
        .prop_map(|(cares, mut moves, consents, learned, tester)| {
            moves.sort_unstable();
            moves.dedup_by_key(|(from, _)| *from);
            Told {
                cares: (cares.0, cares.1.map(|long| cares.0 + long)),
                moves,
                consents: (consents.0, consents.1.map(|long| consents.0 + long)),
                learned,
                tester,
            }
        })
}

fn household(number: u128, told: &Told, born: NaiveDate) -> Household {
    let noon = |number: u64| day(number).and_hms_opt(5, 0, 0).unwrap().and_utc();
    let consent = |purpose| Consent {
        id: Uuid::from_u128(1).into(),
        purpose,
        text_version: "1".to_owned(),
        language: "vi".to_owned(),
        channel: Channel::App,
        given_at: noon(told.consents.0),
        withdrawn_at: told.consents.1.map(noon),
    };
    let ends = told.moves.iter().skip(1).map(|(from, _)| Some(day(*from)));
    let residence = |((from, atom), to_on): (&(u64, u8), Option<NaiveDate>)| Residence {
        area: AreaId(Uuid::from_u128(1)),
        atom: AtomId(Uuid::from_u128(u128::from(*atom) + 100)),
        from_on: day(*from),
        to_on,
    };
    Household {
        person: PersonId(Uuid::from_u128(number)),
        bucket: 0,
        full_name: "Người mẫu".to_owned(),
        exclude_from_reporting: told.tester,
        audiences: Vec::new(),
        residences: told
            .moves
            .iter()
            .zip(ends.chain([None]))
            .map(residence)
            .collect(),
        children: vec![Child {
            id: CHILD,
            nickname: None,
            born_month: Some(born),
            due_month: None,
            sex: None,
            premature_weeks: None,
            from_on: day(told.cares.0),
            to_on: told.cares.1.map(day),
            recorded_on: day(0),
            removed_on: None,
            disabilities: vec![DisabilitySpell {
                id: Uuid::from_u128(2).into(),
                disability: None,
                degree: None,
                basis: Basis::Unknown,
                recorded_on: day(0),
                removed_on: None,
            }],
        }],
        consents: vec![
            consent(Purpose::Statistics),
            consent(Purpose::ChildProfile),
            consent(Purpose::DisabilityData),
        ],
    }
}

fn tiers(told: &Told) -> TierDays {
    let reached = told.learned.map(|on| (Tier::Demonstrated, day(on)));
    BTreeMap::from([(INDICATOR, reached.into_iter().collect())])
}

fn counted(people: &[(Household, TierDays)], by: LearnedBy) -> BTreeSet<Interval> {
    let for_child: Vec<ChildTierDays> = people
        .iter()
        .map(|(_, tiers)| BTreeMap::from([(CHILD, tiers.clone())]))
        .collect();
    let nothing = TierDays::new();
    let carers: Vec<Carer<'_>> = people
        .iter()
        .zip(&for_child)
        .map(|((household, tiers), child_tiers)| Carer {
            household,
            tiers: if by == LearnedBy::Caregiver {
                tiers
            } else {
                &nothing
            },
            child_tiers,
        })
        .collect();
    child_intervals(CHILD, &carers, &[count(by)])
}

fn homes(intervals: &BTreeSet<Interval>, measure: Measure, on: NaiveDate) -> Vec<AtomId> {
    let here = |interval: &&Interval| interval.measure == measure && interval.days.contains(on);
    intervals
        .iter()
        .filter(here)
        .map(|interval| interval.atom)
        .collect()
}

fn speaks(told: &Told, on: u64) -> bool {
    let within = |(from, to): (u64, Option<u64>)| from <= on && to.is_none_or(|to| on < to);
    !told.tester
        && within(told.cares)
        && within(told.consents)
        && told.moves.first().is_some_and(|(from, _)| *from <= on)
}

proptest! {
    #[test]
    fn a_child_is_counted_once_while_somebody_speaks_for_it_and_learned_while_one_of_them_has(
        all in proptest::collection::vec(told(), 1..4), by_child in any::<bool>(),
    ) {
        let by = if by_child { LearnedBy::CaregiverForTheChild } else { LearnedBy::Caregiver };
        let born = day(0) - chrono::Months::new(90);
        let people: Vec<_> = all.iter().enumerate()
            .map(|(at, told)| (household(at as u128 + 1, told, crate::coverage::counters::first_of_month(born)), tiers(told)))
            .collect();
        let intervals = counted(&people, by);
        for on in 0..LAST {
            let young = day(on) < NaiveDate::from_ymd_opt(2025, 7, 1).unwrap();
            let speaking: Vec<&Told> = all.iter().filter(|told| young && speaks(told, on)).collect();
            let here = homes(&intervals, Measure::Population, day(on));
            prop_assert_eq!(here.len(), usize::from(!speaking.is_empty()), "on {}", day(on));
            let first = all.iter().enumerate().filter(|(_, told)| young && speaks(told, on)).min_by_key(|(at, told)| (told.cares.0, *at));
            let home = first.and_then(|(_, told)| told.moves.iter().rfind(|(from, _)| *from <= on));
            prop_assert_eq!(here.first().copied(), home.map(|(_, atom)| AtomId(Uuid::from_u128(u128::from(*atom) + 100))));
            let learned = speaking.iter().any(|told| told.learned.is_some_and(|since| since <= on));
            let reached = homes(&intervals, Measure::Tier(Tier::Demonstrated), day(on));
            prop_assert_eq!(reached, if learned { here } else { Vec::new() });
        }
    }

    #[test]
    fn the_order_in_which_caregivers_are_known_changes_nothing(
        all in proptest::collection::vec(told(), 2..5), seed in any::<prop::sample::Index>(),
    ) {
        let born = NaiveDate::from_ymd_opt(2020, 5, 1).unwrap();
        let people: Vec<_> = all.iter().enumerate().map(|(at, told)| (household(at as u128 + 1, told, born), tiers(told))).collect();
        let mut turned = people.clone();
        turned.rotate_left(seed.index(people.len()));
        turned.reverse();
        prop_assert_eq!(counted(&people, LearnedBy::Caregiver), counted(&turned, LearnedBy::Caregiver));
    }
}

//! What may be recorded about a child, case by case.

use chrono::{DateTime, Utc};
use entity::ids::{ConsentId, PersonId};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::people::household::{Channel, Consent};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    day("2026-11-22")
}

fn id(number: u128) -> ChildId {
    ChildId(Uuid::from_u128(number))
}

fn household(purposes: &[Purpose], children: Vec<Child>) -> Household {
    let consent = |purpose: &Purpose| Consent {
        id: ConsentId(Uuid::nil()),
        purpose: *purpose,
        text_version: "2026-11".to_owned(),
        language: "vi".to_owned(),
        channel: Channel::App,
        given_at: DateTime::<Utc>::UNIX_EPOCH,
        withdrawn_at: None,
    };
    Household {
        person: PersonId(Uuid::nil()),
        bucket: 0,
        full_name: "Gia đình mẫu 1".to_owned(),
        exclude_from_reporting: false,
        audiences: Vec::new(),
        residences: Vec::new(),
        children,
        consents: purposes.iter().map(consent).collect(),
    }
}

fn family(children: Vec<Child>) -> Household {
    household(&[Purpose::ChildProfile, Purpose::DisabilityData], children)
}

fn child(number: u128) -> Child {
    Child {
        id: id(number),
        nickname: Some("Bống".to_owned()),
        born_month: Some(day("2021-04-01")),
        due_month: None,
        sex: Some(Sex::Female),
        premature_weeks: Some(2),
        from_on: day("2024-01-05"),
        to_on: None,
        recorded_on: day("2024-01-05"),
        removed_on: None,
        disabilities: Vec::new(),
    }
}

fn mobility() -> NewDisability {
    NewDisability {
        disability: Some(Disability::Mobility),
        degree: None,
        basis: Basis::Concern,
    }
}

fn errors(household: &Household, input: &SaveChild) -> Vec<(Code, String)> {
    match plan(household, input, id(99), today()) {
        Err(Error::User(errors)) => errors
            .iter()
            .map(|error| (error.code, error.field.join(".")))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_be_is_refused_with_the_field_that_is_wrong() {
    let born = |text| SaveChild {
        born_month: Some(day(text)),
        ..SaveChild::default()
    };
    let due = |text| SaveChild {
        due_month: Some(day(text)),
        ..SaveChild::default()
    };
    let nickname = |text: &str| SaveChild {
        nickname: Some(text.to_owned()),
        ..born("2021-04-01")
    };
    let both = SaveChild {
        due_month: Some(day("2027-01-01")),
        ..born("2021-04-01")
    };
    let weeks = |weeks| SaveChild {
        premature_weeks: Some(weeks),
        ..born("2021-04-01")
    };
    let repeated = SaveChild {
        disabilities: Some(vec![mobility(), mobility()]),
        ..born("2021-04-01")
    };
    let contradictory = SaveChild {
        clear: ClearChild {
            month: true,
            ..ClearChild::default()
        },
        ..born("2021-04-01")
    };
    for (input, code, field) in [
        (born("2026-12-01"), Code::DateOutOfRange, "bornMonth"),
        (born("2010-11-01"), Code::DateOutOfRange, "bornMonth"),
        (due("2026-10-01"), Code::DateOutOfRange, "dueMonth"),
        (due("2027-10-01"), Code::DateOutOfRange, "dueMonth"),
        (both, Code::Invalid, "dueMonth"),
        (weeks(-1), Code::Invalid, "prematureWeeks"),
        (weeks(18), Code::Invalid, "prematureWeeks"),
        (
            SaveChild {
                premature_weeks: Some(3),
                ..due("2027-01-01")
            },
            Code::Invalid,
            "prematureWeeks",
        ),
        (nickname(" "), Code::Required, "nickname"),
        (nickname("Bống\0"), Code::Invalid, "nickname"),
        (nickname(&"a".repeat(51)), Code::Invalid, "nickname"),
        (repeated, Code::Invalid, "disabilities.1.type"),
        (contradictory, Code::Invalid, "clearMonth"),
    ] {
        assert_eq!(
            errors(&family(Vec::new()), &input),
            [(code, field.to_owned())],
            "{input:?}"
        );
    }
}

#[test]
fn the_first_and_last_months_that_can_be_are_accepted() {
    for (born, due) in [
        (Some("2026-11-01"), None),
        (Some("2010-12-01"), None),
        (None, Some("2026-11-01")),
        (None, Some("2027-09-01")),
        (None, None),
    ] {
        let input = SaveChild {
            born_month: born.map(day),
            due_month: due.map(day),
            ..SaveChild::default()
        };
        let plan = plan(&family(Vec::new()), &input, id(99), today()).unwrap();
        assert_eq!(plan.born_month, born.map(day));
        assert_eq!(plan.due_month, due.map(day));
    }
}

#[test]
fn each_purpose_needs_its_own_consent() {
    let input = SaveChild {
        disabilities: Some(vec![mobility()]),
        ..SaveChild::default()
    };
    assert_eq!(
        errors(&household(&[Purpose::ChildProfile], Vec::new()), &input),
        [(Code::ConsentMissing, "disabilities".to_owned())]
    );
    assert_eq!(
        errors(&household(&[Purpose::DisabilityData], Vec::new()), &input),
        [(Code::ConsentMissing, String::new())]
    );
    let clearing = SaveChild {
        id: Some(id(1)),
        clear: ClearChild {
            disabilities: true,
            ..ClearChild::default()
        },
        ..SaveChild::default()
    };
    let withdrawn = household(&[Purpose::ChildProfile], vec![child(1)]);
    let plan = plan(&withdrawn, &clearing, id(99), today()).unwrap();
    assert_eq!(plan.disabilities, Some(Vec::new()));
}

#[test]
fn absent_means_unchanged_and_clearing_is_explicit() {
    let untouched = SaveChild {
        id: Some(id(1)),
        ..SaveChild::default()
    };
    let kept = plan(&family(vec![child(1)]), &untouched, id(99), today()).unwrap();
    assert!(!kept.is_new);
    assert_eq!(kept.nickname.as_deref(), Some("Bống"));
    assert_eq!(kept.born_month, Some(day("2021-04-01")));
    assert_eq!(kept.sex, Some(Sex::Female));
    assert_eq!(kept.premature_weeks, Some(2));
    assert_eq!(kept.disabilities, None);
    let cleared = SaveChild {
        id: Some(id(1)),
        clear: ClearChild {
            nickname: true,
            month: true,
            sex: true,
            premature_weeks: true,
            disabilities: true,
        },
        ..SaveChild::default()
    };
    let plan = plan(&family(vec![child(1)]), &cleared, id(99), today()).unwrap();
    let nothing = (None, None, None, None, None);
    let left = (
        plan.nickname,
        plan.born_month,
        plan.due_month,
        plan.sex,
        plan.premature_weeks,
    );
    assert_eq!(left, nothing);
    assert_eq!(plan.disabilities, Some(Vec::new()));
}

#[test]
fn a_birth_replaces_the_expectation_and_is_not_taken_back() {
    let mut expected = child(1);
    expected.born_month = None;
    expected.premature_weeks = None;
    expected.due_month = Some(day("2026-11-01"));
    let birth = SaveChild {
        id: Some(id(1)),
        born_month: Some(day("2026-10-01")),
        ..SaveChild::default()
    };
    let plan = plan(&family(vec![expected]), &birth, id(99), today()).unwrap();
    assert_eq!(plan.born_month, Some(day("2026-10-01")));
    assert_eq!(plan.due_month, None);
    let unborn = SaveChild {
        id: Some(id(1)),
        due_month: Some(day("2026-12-01")),
        ..SaveChild::default()
    };
    assert_eq!(
        errors(&family(vec![child(1)]), &unborn),
        [(Code::Conflict, "dueMonth".to_owned())]
    );
}

#[test]
fn what_was_recorded_can_be_sent_again_when_it_could_no_longer_be_recorded() {
    let mut grown = child(1);
    grown.born_month = Some(day("2009-01-01"));
    let again = SaveChild {
        id: Some(id(1)),
        born_month: grown.born_month,
        ..SaveChild::default()
    };
    assert!(plan(&family(vec![grown]), &again, id(99), today()).is_ok());
}

#[test]
fn a_removed_child_does_not_come_back() {
    let mut removed = child(1);
    removed.removed_on = Some(day("2026-01-01"));
    removed.to_on = removed.removed_on;
    let again = SaveChild {
        id: Some(id(1)),
        ..SaveChild::default()
    };
    assert_eq!(
        errors(&family(vec![removed]), &again),
        [(Code::NotFound, "id".to_owned())]
    );
}

#[test]
fn the_twenty_first_child_is_refused_and_the_twentieth_can_still_be_changed() {
    let many: Vec<_> = (1..=20).map(child).collect();
    assert_eq!(
        errors(&family(many.clone()), &SaveChild::default()),
        [(Code::TooMany, String::new())]
    );
    let known = SaveChild {
        id: Some(id(20)),
        ..SaveChild::default()
    };
    assert!(plan(&family(many), &known, id(99), today()).is_ok());
}

proptest! {
    #[test]
    fn saving_what_was_planned_plans_the_same_again(
        born in proptest::option::of(0_u32..300),
        due in proptest::option::of(0_u32..30),
        weeks in proptest::option::of(-1_i32..20),
        clear_month in any::<bool>(),
    ) {
        let month = |back: u32| day("2027-10-01") - Months::new(back);
        let input = SaveChild {
            id: Some(id(1)),
            born_month: born.map(month),
            due_month: due.map(month),
            premature_weeks: weeks,
            clear: ClearChild { month: clear_month, ..ClearChild::default() },
            ..SaveChild::default()
        };
        let empty = family(Vec::new());
        if let Ok(first) = plan(&empty, &input, id(99), today()) {
            prop_assert!(first.born_month.is_none() || first.due_month.is_none());
            let mut kept = child(1);
            kept.nickname = first.nickname.clone();
            kept.born_month = first.born_month;
            kept.due_month = first.due_month;
            kept.sex = first.sex;
            kept.premature_weeks = first.premature_weeks;
            let again = plan(&family(vec![kept]), &input, id(99), today()).unwrap();
            prop_assert_eq!(ChildPlan { is_new: true, ..again }, first);
        }
    }
}

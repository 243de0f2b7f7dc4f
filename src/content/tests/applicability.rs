//! Whom lessons apply to.

use std::{collections::BTreeSet, sync::LazyLock};

use chrono::NaiveDate;
use entity::{disability::Disability, ids::ModuleId, lesson::LessonAudience};
use proptest::prelude::*;
use rstest::rstest;

use crate::content::{
    Catalogue,
    applicability::{AgeMonths, ChildFacts, Learner, applicable_lessons, is_for},
};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(super::catalogue);

const TODAY: &str = "2026-11-22";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn modules(codes: &[&str]) -> Vec<ModuleId> {
    let id = |code: &&str| CATALOGUE.module_by_code(code).unwrap().id;
    codes.iter().map(id).collect()
}

fn child(born_month: Option<&str>, kinds: &[Disability]) -> ChildFacts {
    ChildFacts {
        born_month: born_month.map(day),
        due_month: None,
        disabilities: kinds.iter().copied().collect(),
    }
}

fn lessons(codes: &[&str], learner: Learner<'_>, on: &str) -> Vec<&'static str> {
    let found = applicable_lessons(&CATALOGUE, &modules(codes), learner, day(on));
    found.into_iter().map(|lesson| &*lesson.code).collect()
}

#[rstest]
#[case("2021-04-01", "2021-04-30", 0)]
#[case("2021-04-01", "2021-05-01", 1)]
#[case("2021-12-01", "2022-01-31", 1)]
#[case("2021-04-01", "2021-03-31", -1)]
#[case("2010-11-01", "2026-11-22", 192)]
fn age_is_the_difference_of_the_months(#[case] born: &str, #[case] on: &str, #[case] months: i32) {
    assert_eq!(AgeMonths::on(day(on), day(born)), AgeMonths(months));
}

#[rstest]
#[case(-1, Some("A0"))]
#[case(0, Some("A1"))]
#[case(5, Some("A1"))]
#[case(6, Some("A2"))]
#[case(23, Some("A3"))]
#[case(35, Some("A4"))]
#[case(36, Some("A5"))]
#[case(71, Some("A5"))]
#[case(95, Some("A6"))]
#[case(96, Some("A7"))]
#[case(191, Some("A7"))]
#[case(192, None)]
fn every_age_under_sixteen_has_exactly_one_band(#[case] months: i32, #[case] code: Option<&str>) {
    let bands = CATALOGUE.bands().iter();
    let holding: Vec<_> = bands
        .filter(|band| band.holds(AgeMonths(months)))
        .map(|band| &*band.code)
        .collect();
    assert_eq!(holding, code.into_iter().collect::<Vec<_>>());
}

/// HC4.1 and HC4.2 are for some kinds of disability, HC4.3 for all six from two years, HC4.5 for one kind.
#[rstest]
#[case::mobility_at_four(Some("2022-11-01"), &[Disability::Mobility], &["HC4.1", "HC4.2", "HC4.3", "HC4.4"])]
#[case::hearing_at_four(Some("2022-11-01"), &[Disability::HearingSpeech], &["HC4.3", "HC4.4"])]
#[case::hearing_as_a_baby(Some("2026-09-01"), &[Disability::HearingSpeech], &[])]
#[case::two_kinds(Some("2022-11-01"), &[Disability::Other, Disability::NeuroMental], &["HC4.1", "HC4.2", "HC4.3", "HC4.5"])]
#[case::withheld_kind(Some("2022-11-01"), &[], &[])]
#[case::withheld_month(None, &[Disability::NeuroMental], &["HC4.1", "HC4.5"])]
#[case::sixteen(Some("2010-11-01"), &[Disability::Mobility], &[])]
fn one_childs_lessons_of_hc4(
    #[case] born: Option<&str>,
    #[case] kinds: &[Disability],
    #[case] expected: &[&str],
) {
    let children = [child(born, kinds)];
    assert_eq!(
        lessons(&["HC4"], Learner::Caregiver(&children), TODAY),
        expected
    );
}

#[test]
fn an_expected_child_asks_for_the_lessons_before_birth_and_no_others() {
    let expected = ChildFacts {
        due_month: Some(day("2027-02-01")),
        ..ChildFacts::default()
    };
    let before_birth = CATALOGUE
        .bands()
        .iter()
        .position(|band| band.from_month.is_none())
        .unwrap();
    let all: Vec<ModuleId> = CATALOGUE.modules().iter().map(|module| module.id).collect();
    let found = applicable_lessons(
        &CATALOGUE,
        &all,
        Learner::Caregiver(&[expected]),
        day(TODAY),
    );
    assert!(!found.is_empty());
    for lesson in found {
        assert!(lesson.bands.has(before_birth), "{}", lesson.code);
        assert!(lesson.disabilities.is_empty(), "{}", lesson.code);
    }
}

#[test]
fn a_caregiver_without_children_that_count_has_no_lessons() {
    assert!(lessons(&["HC1", "IN1"], Learner::Caregiver(&[]), TODAY).is_empty());
}

#[test]
fn staff_have_every_lesson_for_staff_and_no_other() {
    assert_eq!(
        lessons(&["HC1", "HC4", "IN2", "ED2"], Learner::Staff, TODAY),
        [
            "HC1.2", "HC4.1", "HC4.4", "HC4.5", "IN2.1", "IN2.3", "IN2.4"
        ]
    );
}

#[test]
fn lessons_only_for_staff_are_never_a_caregivers() {
    let children = [child(Some("2022-11-01"), &[Disability::Mobility])];
    let found = lessons(&["IN2", "IN5"], Learner::Caregiver(&children), TODAY);
    assert!(!found.contains(&"IN2.4") && !found.contains(&"IN5.2"));
}

#[test]
fn what_is_not_published_applies_to_nobody() {
    let mut rows = super::shipped().rows;
    let lesson = rows.lessons.iter().find(|row| row.code == "HC5.2").unwrap();
    let id = lesson.lesson_id;
    for release in rows.releases.iter_mut().filter(|row| row.lesson_id == id) {
        release.state = entity::lesson_release::ReleaseState::Retired;
    }
    let catalogue = Catalogue::of(rows);
    let children = [child(Some("2022-11-01"), &[])];
    let found = applicable_lessons(
        &catalogue,
        &modules(&["HC5"]),
        Learner::Caregiver(&children),
        day(TODAY),
    );
    let codes: Vec<_> = found.iter().map(|lesson| &*lesson.code).collect();
    assert_eq!(codes, ["HC5.1", "HC5.3"]);
    assert!(catalogue.lesson(id).unwrap().release.is_none());
}

fn any_child() -> impl Strategy<Value = ChildFacts> {
    let kinds = prop::collection::vec(
        prop::sample::select(vec![
            Disability::Mobility,
            Disability::HearingSpeech,
            Disability::Vision,
            Disability::NeuroMental,
            Disability::Intellectual,
            Disability::Other,
        ]),
        0..3,
    );
    let month =
        |months: i32| NaiveDate::from_ymd_opt(2010 + months / 12, (months % 12) as u32 + 1, 1);
    let age = prop_oneof![
        (0..204_i32).prop_map(move |months| (month(months), None)),
        Just((None, None)),
        Just((None, NaiveDate::from_ymd_opt(2027, 1, 1))),
    ];
    (age, kinds).prop_map(|((born_month, due_month), kinds)| ChildFacts {
        born_month,
        due_month,
        disabilities: kinds.into_iter().collect(),
    })
}

proptest! {
    #[test]
    fn another_child_never_takes_a_lesson_away(
        children in prop::collection::vec(any_child(), 0..4),
        another in any_child(),
    ) {
        let all: Vec<ModuleId> = CATALOGUE.modules().iter().map(|module| module.id).collect();
        let applicable = |children: &[ChildFacts]| -> BTreeSet<_> {
            applicable_lessons(&CATALOGUE, &all, Learner::Caregiver(children), day(TODAY))
                .into_iter()
                .map(|lesson| lesson.id)
                .collect()
        };
        let before = applicable(&children);
        let more = [children, vec![another]].concat();
        prop_assert!(before.is_subset(&applicable(&more)));
    }

    #[test]
    fn telling_a_month_or_a_kind_never_takes_a_lesson_away(born in any_child(), kind in any_child()) {
        let all: Vec<ModuleId> = CATALOGUE.modules().iter().map(|module| module.id).collect();
        let applicable = |child: ChildFacts| -> BTreeSet<_> {
            applicable_lessons(&CATALOGUE, &all, Learner::Caregiver(&[child]), day(TODAY))
                .into_iter()
                .map(|lesson| lesson.id)
                .collect()
        };
        let told = ChildFacts { disabilities: kind.disabilities, ..born };
        let kind_withheld = ChildFacts { disabilities: Default::default(), ..told };
        prop_assert!(applicable(kind_withheld).is_subset(&applicable(told)));
        let under_sixteen = told
            .age_on(day(TODAY))
            .is_some_and(|age| (0..192).contains(&age.0));
        if under_sixteen {
            let month_withheld = ChildFacts { born_month: None, due_month: None, ..told };
            prop_assert!(applicable(month_withheld).is_subset(&applicable(told)));
        }
    }

    #[test]
    fn whatever_applies_is_for_caregivers_and_published(child in any_child()) {
        let all: Vec<ModuleId> = CATALOGUE.modules().iter().map(|module| module.id).collect();
        for lesson in applicable_lessons(&CATALOGUE, &all, Learner::Caregiver(&[child]), day(TODAY)) {
            prop_assert!(is_for(lesson, LessonAudience::Caregiver));
            prop_assert!(lesson.release.is_some());
        }
    }
}

//! What each indicator counts, and its core set.

use entity::indicator::{Computed, Tier};
use rstest::rstest;

use crate::{
    content::{
        applicability::{Learner, applicable_lessons},
        tests::catalogue,
    },
    programmes::Rulebook,
};

use super::{RULEBOOK, day, rows};

#[rstest]
#[case("D1", &[])]
#[case("D2", &["IN3", "IN4"])]
#[case("D2C", &[])]
#[case("D3", &["HC1", "HC2", "HC3", "HC4", "IN1", "IN2", "IN3", "IN4"])]
#[case("D4", &["HC4", "IN1", "IN2", "IN3", "IN4"])]
#[case("D7", &[])]
#[case("E1", &[])]
#[case("E2", &[])]
#[case("E2S", &["ED1", "ED5", "HC1", "HC2", "HC3", "IN2"])]
#[case("E2C", &["ED1", "ED2", "ED3", "ED4", "ED5", "HC1", "HC2", "HC3", "IN2"])]
#[case("E3", &[])]
fn each_indicator_has_its_core_set(#[case] indicator: &str, #[case] expected: &[&str]) {
    let catalogue = catalogue();
    let modules = RULEBOOK.indicator(indicator).unwrap().modules.iter();
    let mut codes: Vec<_> = modules
        .map(|module| &*catalogue.module(*module).unwrap().code)
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, expected);
}

#[test]
fn of_a_staff_indicators_modules_only_the_lessons_for_staff_are_asked() {
    let catalogue = catalogue();
    let modules = &RULEBOOK.indicator("E2S").unwrap().modules;
    let found = applicable_lessons(&catalogue, modules, Learner::Staff, day("2026-11-22"));
    let codes: Vec<_> = found.iter().map(|lesson| &*lesson.code).collect();
    assert_eq!(
        codes,
        [
            "HC1.2", "HC2.4", "HC2.5", "HC3.2", "HC3.4", "IN2.1", "IN2.3", "IN2.4", "ED1.1",
            "ED1.2", "ED1.3", "ED5.5"
        ]
    );
}

#[rstest]
#[case("D1", Computed::Reported, "CWD", Some(192))]
#[case("D2", Computed::Child, "CWD", Some(192))]
#[case("D2C", Computed::Reported, "CWD", Some(192))]
#[case("D3", Computed::Caregiver, "CWD", Some(192))]
#[case("D4", Computed::Staff, "CWD_STAFF", None)]
#[case("D5", Computed::Reported, "D5", None)]
#[case("D7", Computed::Reported, "CWD", Some(192))]
#[case("D9", Computed::Reported, "D9", None)]
#[case("E1", Computed::Reported, "ECD", Some(96))]
#[case("E2", Computed::Union, "ECD", Some(96))]
#[case("E2S", Computed::Staff, "ECD_STAFF", None)]
#[case("E2C", Computed::Caregiver, "ECD", Some(96))]
#[case("E3", Computed::Reported, "E3", None)]
fn each_indicator_says_how_it_is_measured(
    #[case] code: &str,
    #[case] computed: Computed,
    #[case] family: &str,
    #[case] age: Option<i32>,
) {
    let indicator = RULEBOOK.indicator(code).unwrap();
    assert_eq!(indicator.row.computed, computed);
    assert_eq!(indicator.row.family, family);
    assert_eq!(RULEBOOK.max_age_months(indicator), age);
    let tier = (computed != Computed::Reported).then_some(Tier::Demonstrated);
    assert_eq!(indicator.row.default_tier, tier);
}

#[test]
fn the_inclusive_reading_of_to_age_eight_is_a_setting_of_the_programme() {
    let mut rows = rows();
    for programme in &mut rows.programmes {
        programme.early_years_inclusive = true;
    }
    let rulebook = Rulebook::of(0, rows);
    let age = |code| rulebook.max_age_months(rulebook.indicator(code).unwrap());
    assert_eq!(
        (age("E2C"), age("D3"), age("E2S")),
        (Some(108), Some(192), None)
    );
}

#[test]
fn the_union_knows_its_parts() {
    let id = |code| RULEBOOK.indicator(code).unwrap().row.indicator_id;
    let parts = &RULEBOOK.indicator("E2").unwrap().components;
    assert_eq!(parts, &[id("E2S"), id("E2C")]);
    assert_eq!(
        RULEBOOK.indicator("D2C").unwrap().row.variant_of_id,
        Some(id("D2"))
    );
}

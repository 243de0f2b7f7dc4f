//! Bad programme files: each fault is named by file, place and reason.

use rstest::rstest;
use serde_json::{Value, json};

use crate::programmes::import::{read, read_measured};

use super::{resolve, text};

fn faults(text: &str) -> Vec<String> {
    match read("programme_targets.json", text, &resolve) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.0.iter().map(ToString::to_string).collect(),
    }
}

#[rstest]
#[case::programme("/phases/0/programme", json!("VN1"), "$.phases[0].programme: the code of a programme is needed, not \"VN1\"")]
#[case::day("/programmes/0/issued", json!("29/10/2018"), "$.programmes[0].issued: a day such as 2018-10-29 is needed, not \"29/10/2018\"")]
#[case::years("/phases/1/from_year", json!(2026), "$.phases[1]: from_year lies after to_year")]
#[case::twice("/indicators/1/code", json!("D1"), "$.indicators[1].code: \"D1\" is used twice")]
#[case::parent("/indicators/12/parent", json!("E9"), "$.indicators[12].parent: the code of an indicator is needed, not \"E9\"")]
#[case::parts("/indicators/11/components", json!(["E2S"]), "$.indicators[11].components: the parts must be the indicators that name this one as parent")]
#[case::percent("/targets/0/percent", json!(170), "$.targets[0].percent: a whole number from 1 to 100 is needed, not 170")]
#[case::no_percent("/targets/0/percent", json!(null), "$.targets[0].percent: a whole number from 1 to 100 is needed, not null")]
#[case::kind("/targets/0/kind", json!("milestone"), "$.targets[0].percent: a milestone has no percentage")]
#[case::unit("/targets/0/unit_level", json!("village"), "$.targets[0].unit_level: one of child, caregiver, staff, staff+caregiver, province, district, commune, institution, need, milestone is needed, not \"village\"")]
#[case::wording("/targets/3/wording_vi", json!(""), "$.targets[3].wording_vi: text is needed")]
#[case::place("/targets/3/place", json!("VN-X"), "$.targets[3].place: the code of a place is needed, not \"VN-X\"")]
#[case::id("/targets/3/id", json!("VN/VN1438-P1/D9"), "$.targets[3].id: the id must be place/phase/indicator of this target")]
#[case::mixed("/targets/3/programme", json!("VN1437"), "$.targets[3]: phase and indicator must be of the target's programme")]
#[case::area("/places/2/old_code", json!("97"), "$.places[2]: no province had code \"97\" on 2025-06-30: import the areas first")]
#[case::level("/places/2/level", json!("region"), "$.places[2].level: country, province, district or commune is needed, not \"region\"")]
fn a_bad_value_is_named_by_its_path(
    #[case] pointer: &str,
    #[case] bad: Value,
    #[case] expected: &str,
) {
    let mut value: Value = serde_json::from_str(&text()).unwrap();
    *value.pointer_mut(pointer).unwrap() = bad;
    let said = faults(&value.to_string());
    assert!(
        said.contains(&format!("programme_targets.json: {expected}")),
        "{said:#?}"
    );
}

#[test]
fn a_second_target_of_the_same_scope_is_named() {
    let mut value: Value = serde_json::from_str(&text()).unwrap();
    let again = value["targets"][0].clone();
    value["targets"].as_array_mut().unwrap().push(again);
    let said = faults(&value.to_string());
    assert_eq!(
        said,
        [
            "programme_targets.json: $.targets[44].id: \"VN/VN1438-P1/D1\" is used twice",
            "programme_targets.json: $.targets[44]: another target is of the same place, phase and indicator",
        ]
    );
}

#[rstest]
#[case(r#"{"indicators": {"D3": {"computed": "PERSON", "default_tier": "DEMONSTRATED", "family": "CWD"}}}"#,
    "$.indicators.D3.computed: CAREGIVER, STAFF, CHILD, UNION or REPORTED is needed, not \"PERSON\"")]
#[case(
    r#"{"indicators": {"D3": {"computed": "CAREGIVER", "family": "CWD"}}}"#,
    "$.indicators.D3: a default_tier is needed unless computed is REPORTED"
)]
#[case(
    r#"{"indicators": {"X1": {"computed": "REPORTED", "family": "CWD"}}}"#,
    "$.indicators.X1: no indicator has this code"
)]
fn a_bad_measure_is_named_by_its_path(#[case] measures: &str, #[case] expected: &str) {
    let faults = read_measured("programme_targets.json", &text(), measures, &resolve).unwrap_err();
    let said: Vec<_> = faults.0.iter().map(ToString::to_string).collect();
    assert!(
        said.contains(&format!("programme_measures.json: {expected}")),
        "{said:#?}"
    );
}

#[test]
fn a_place_that_is_not_found_is_named_once_and_a_place_without_targets_is_not_looked_for() {
    let said = match read("f.json", &text(), &|_, _, _| None) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.0.iter().map(|fault| fault.place.clone()).collect(),
    };
    assert_eq!(
        said,
        ["$.places[0]", "$.places[2]", "$.places[3]", "$.places[4]"]
    );
}

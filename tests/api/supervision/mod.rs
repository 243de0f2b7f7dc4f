//! What supervisors enter: targets, the register, reported values; and all targets of the source documents answered.

mod compound;
mod documents;
mod findings;
mod networks;
mod register;
mod reported;
mod targets;

use chrono::NaiveDate;
use entity::{area::AreaLevel, ids::AreaId};
use serde_json::{Value, json};

use crate::{app::TestApp, authorization::operation, given::Actor, requests::Answer};

/// Sends the operation of a root field.
async fn call(app: &TestApp, who: &Actor, field: &str, variables: Value) -> Answer {
    who.graphql(app, &operation(field), variables).await
}

/// Sends a mutation that must succeed.
async fn done(app: &TestApp, who: &Actor, field: &str, input: Value) -> Value {
    let answer = call(app, who, field, json!({ "input": input })).await;
    assert_eq!(
        answer.user_errors(field),
        [] as [(&str, &str); 0],
        "{answer}"
    );
    answer.data(field).clone()
}

/// What must be mended in a mutation, as codes and fields.
async fn refused(app: &TestApp, who: &Actor, field: &str, input: Value) -> Vec<(String, String)> {
    let answer = call(app, who, field, json!({ "input": input })).await;
    let errors = answer.user_errors(field);
    assert!(!errors.is_empty(), "{answer}");
    errors
        .into_iter()
        .map(|error| (error.code, error.field))
        .collect()
}

/// An object with some of its fields changed.
fn but(mut object: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().expect("changes") {
        object[name] = value.clone();
    }
    object
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The town of Thuận An, a district until 2025-06-30.
fn thuan_an(app: &TestApp) -> AreaId {
    app.area("725", AreaLevel::District, day("2025-06-30"))
}

/// Bạc Liêu, a province until 2025-06-30.
fn bac_lieu(app: &TestApp) -> AreaId {
    app.area("95", AreaLevel::Province, day("2025-06-30"))
}

fn children(app: &TestApp, area: AreaId, on: &str) -> Vec<AreaId> {
    app.app.areas.atlas().children(area, day(on))
}

const COVERAGE: &str = "query($area: ID!, $indicator: String!, $on: Date, $basis: AreaBasis) { \
    coverage(areaId: $area, indicator: $indicator, on: $on, basis: $basis) { \
      on basis method numerator { state value reason } denominator { state value reason } rate gap { state value } targetMet \
      target { kind percent milestone unitLevel wording area { id } phaseFrom phaseTo phaseState decision decidedOn } \
      explanation(language: \"en\") { rule lines } countedAreas { id } \
      elements { element { code name } isNeeded numerator { state value } denominator { state value } rate } \
      reported { values { area { id } inPlace elementsInPlace milestone state source } unreported { id } predecessors { area { id } inPlace } \
        unitLevel units { id } unitLevelEndedOn milestone } } }";

/// The coverage of an area on a day.
async fn coverage(
    app: &TestApp,
    who: &Actor,
    area: AreaId,
    indicator: &str,
    on: &str,
    basis: &str,
) -> Value {
    let variables =
        json!({ "area": area.to_string(), "indicator": indicator, "on": on, "basis": basis });
    let answer = who.graphql(app, COVERAGE, variables).await;
    answer.data("coverage").clone()
}

/// Reports that an area has something in place, or not, from a day on.
async fn in_place(
    app: &TestApp,
    who: &Actor,
    area: AreaId,
    indicator: &str,
    from: &str,
    yes: bool,
) {
    let input = json!({ "areaId": area.to_string(), "indicator": indicator, "periodFrom": from, "inPlace": yes,
        "source": "Báo cáo mẫu" });
    done(app, who, "reportValue", input).await;
}

//! Figures by month and two figures held against each other say the same as the single figures, and show no more.

use chrono::Duration;
use serde_json::{Value, json};

use crate::{
    app::{TestApp, on_both},
    coverage::{ask, everything, people, upload, with_child},
    given::Actor,
};

const SERIES: &str = "query($area: ID!, $indicator: String!, $from: Month!, $to: Month, $basis: AreaBasis, $of: CoverageUnit, $children: Boolean) { \
    coverageSeries(areaId: $area, indicator: $indicator, from: $from, to: $to, basis: $basis, of: $of, denominator: REGISTERED, withChildren: $children) { \
      area { name } points { month on numerator { state value reason } denominator { state value } rate } \
      children { area { name } points { on numerator { state value } denominator { state value reason } } } } }";

const COMPARE: &str = "query($area: ID!, $indicator: String!, $from: CoverageMomentInput!, $to: CoverageMomentInput!, $denominator: DenominatorKind) { \
    compareCoverage(areaId: $area, indicator: $indicator, from: $from, to: $to, denominator: $denominator) { \
      from { on numerator { state value } denominator { state value } } to { on numerator { state value } denominator { state value } } \
      numeratorChange { state value } denominatorChange { state value } rateChange reasons \
      flows { joined { state value } movedIn { state value } outgrown { state value } movedOut { state value } leftOtherwise { state value } \
        reached { state value } joinedReached { state value } leftReached { state value } takenBack { state value } } } }";

async fn series(app: &TestApp, who: &Actor, more: Value) -> Value {
    let mut variables = json!({ "area": app.country().to_string(), "indicator": "D3" });
    for (name, value) in more.as_object().expect("variables") {
        variables[name] = value.clone();
    }
    let answer = who.graphql(app, SERIES, variables).await;
    answer.data("coverageSeries").clone()
}

async fn child_of(app: &TestApp, born: &str) -> Actor {
    let caregiver = app.caregiver().await;
    let save = "mutation($input: SaveChildInput!) { saveChild(input: $input) { userErrors { code message field } } }";
    let child = json!({ "input": { "bornMonth": born } });
    let saved = caregiver.graphql(app, save, child).await;
    assert!(saved.user_errors("saveChild").is_empty(), "{saved}");
    caregiver
}

#[tokio::test]
async fn each_point_of_a_series_is_the_figure_of_its_day_and_children_cost_no_further_statement() {
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for _ in 0..6 {
            caregivers.push(with_child(&app).await);
        }
        app.clock.advance(Duration::days(20));
        for caregiver in &mut caregivers {
            *caregiver = app.sign_in_again(caregiver).await;
        }
        let events = everything(&app, &caregivers[0]).await;
        upload(&app, &caregivers[0], &events).await;
        app.clock.advance(Duration::days(40));
        with_child(&app).await;
        let watching = app.supervisor(app.country()).await;
        for of in ["OWN", "CHILDREN"] {
            let told = series(
                &app,
                &watching,
                json!({ "from": "2026-10", "of": of, "children": true }),
            )
            .await;
            let points = told["points"].as_array().expect("points");
            let days: Vec<_> = points
                .iter()
                .map(|point| point["on"].as_str().expect("a day"))
                .collect();
            assert_eq!(
                days,
                ["2026-10-31", "2026-11-30", "2026-12-31", "2027-01-21"]
            );
            let counts: Vec<_> = points
                .iter()
                .map(|point| (people(&point["numerator"]), people(&point["denominator"])))
                .collect();
            assert_eq!(counts, [(0, 0), (0, 6), (1, 6), (1, 7)]);
            assert_eq!(told["children"].as_array().map(Vec::len), Some(34));
            for (at, point) in points.iter().enumerate() {
                let single = ask(
                    &app,
                    &watching,
                    app.country(),
                    json!({ "on": point["on"], "of": of }),
                )
                .await;
                for count in ["numerator", "denominator"] {
                    assert_eq!(
                        point[count]["value"], single[count]["value"],
                        "{count} on {}",
                        point["on"]
                    );
                }
                let provinces = single["children"]["edges"].as_array().expect("provinces");
                for province in provinces {
                    let name = &province["node"]["area"]["name"];
                    let mut children = told["children"].as_array().expect("children").iter();
                    let line = children
                        .find(|line| line["area"]["name"] == *name)
                        .expect("a line");
                    for count in ["numerator", "denominator"] {
                        assert_eq!(
                            line["points"][at][count]["value"], province["node"][count]["value"],
                            "{name}"
                        );
                    }
                }
            }
        }
        let (_, alone) = app
            .statements_of(async || series(&app, &watching, json!({ "from": "2026-10" })).await)
            .await;
        let (_, with_children) = app
            .statements_of(async || {
                series(
                    &app,
                    &watching,
                    json!({ "from": "2026-10", "children": true }),
                )
                .await
            })
            .await;
        assert_eq!(alone, with_children);
    })
    .await;
}

#[tokio::test]
async fn an_area_is_reported_for_its_own_time_and_a_series_has_an_end() {
    on_both(async |app| {
        let watching = app.supervisor(app.country()).await;
        let reported = json!({ "from": "2025-05", "to": "2025-08", "basis": "AS_REPORTED", "children": true });
        let told = series(&app, &watching, reported).await;
        let children = told["children"].as_array().expect("children");
        assert!(children.len() > 63, "the old provinces and the new: {}", children.len());
        let line = children.iter().find(|line| line["area"]["name"] == "Tỉnh Bạc Liêu").expect("a line");
        let states: Vec<_> = line["points"].as_array().expect("points").iter().map(|point| point["denominator"]["state"].clone()).collect();
        assert_eq!(states, ["EXACT", "EXACT", "UNKNOWN", "UNKNOWN"]);
        for (from, to) in [("2026-05", "2026-04"), ("2019-01", "2026-04"), ("2026-01", "2027-01")] {
            let variables = json!({ "area": app.country().to_string(), "indicator": "D3", "from": from, "to": to });
            let refused = watching.graphql(&app, SERIES, variables).await;
            assert_eq!(refused.code(), "BAD_USER_INPUT", "{from} to {to}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_comparison_tells_who_came_went_grew_out_and_was_reached() {
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for _ in 0..7 {
            caregivers.push(child_of(&app, "2024-05").await);
        }
        child_of(&app, "2018-12").await;
        let first = app.clock.today().to_string();
        app.clock.advance(Duration::days(30));
        let leaving = app.sign_in_again(&caregivers[1]).await;
        let withdraw = "mutation($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { userErrors { code message field } } }";
        let withdrawn = leaving.graphql(&app, withdraw, json!({ "input": { "purpose": "STATISTICS" } })).await;
        assert!(withdrawn.user_errors("withdrawConsent").is_empty());
        let reached = app.sign_in_again(&caregivers[0]).await;
        let events = everything(&app, &reached).await;
        upload(&app, &reached, &events).await;
        child_of(&app, "2025-01").await;
        let watching = app.supervisor(app.country()).await;
        let variables = json!({ "area": app.country().to_string(), "indicator": "E2C", "denominator": "REGISTERED", "from": { "on": first }, "to": {} });
        let answer = watching.graphql(&app, COMPARE, variables.clone()).await;
        let told = answer.data("compareCoverage");
        assert_eq!((people(&told["from"]["denominator"]), people(&told["to"]["denominator"])), (8, 7));
        assert_eq!((&told["denominatorChange"]["value"], &told["numeratorChange"]["value"]), (&json!(-1), &json!(1)));
        let flow = |name: &str| people(&told["flows"][name]);
        let flows = ["joined", "movedIn", "outgrown", "movedOut", "leftOtherwise", "reached", "joinedReached", "leftReached", "takenBack"].map(flow);
        assert_eq!(flows, [1, 0, 1, 0, 1, 1, 0, 0, 0]);
        assert_eq!(told["rateChange"].as_f64().map(|rise| (rise * 7.0).round()), Some(1.0));
        // From above, three families are too few for any of it.
        let mut few = variables.clone();
        few["indicator"] = json!("D3");
        for _ in 0..3 {
            with_child(&app).await;
        }
        let pooled = watching.graphql(&app, COMPARE, few).await;
        let told = pooled.data("compareCoverage");
        assert_eq!(told["numeratorChange"]["state"], "POOLED");
        assert_eq!(told["rateChange"], Value::Null);
        for (name, count) in told["flows"].as_object().expect("flows") {
            assert_eq!((&count["state"], &count["value"]), (&json!("POOLED"), &Value::Null), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn two_bases_of_a_closed_area_differ_by_the_areas_counted() {
    on_both(async |app| {
        let bac_lieu = app.area("95", entity::area::AreaLevel::Province, "2024-12-31".parse().expect("a day"));
        let watching = app.supervisor(app.country()).await;
        let variables = json!({ "area": bac_lieu.to_string(), "indicator": "D3", "denominator": "REGISTERED",
            "from": { "on": "2025-06-30", "basis": "AS_REPORTED" }, "to": { "on": "2025-07-01", "basis": "CURRENT" } });
        let answer = watching.graphql(&app, COMPARE, variables).await;
        let reasons = answer.data("compareCoverage.reasons").to_string();
        assert!(reasons.contains("Bạc Liêu") && reasons.contains("Cà Mau"), "{reasons}");
    })
    .await;
}

#[tokio::test]
async fn what_arrives_after_a_month_is_told_as_late_with_the_figure_and_in_its_explanation() {
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for _ in 0..6 {
            caregivers.push(with_child(&app).await);
        }
        app.clock.advance(Duration::days(20));
        let learner = app.sign_in_again(&caregivers[0]).await;
        let mut events = everything(&app, &learner).await;
        for event in &mut events {
            event["occurredAt"] = json!("2026-11-25T03:00:00Z");
        }
        upload(&app, &learner, &events).await;
        app.app.coverage.fold().await.expect("a fold");
        let watching = app.supervisor(app.country()).await;
        let document = "query($area: ID!, $on: Date, $language: String) { coverage(areaId: $area, indicator: \"D3\", on: $on, denominator: REGISTERED) { \
            numerator { state value } freshness { newestOn lateChanges { state value } } explanation(language: $language) { rule lines } } }";
        for (on, late) in [("2026-11-30", 1), ("2026-12-12", 0)] {
            let variables = json!({ "area": app.country().to_string(), "on": on, "language": "en" });
            let answer = watching.graphql(&app, document, variables).await;
            let told = answer.data("coverage");
            assert_eq!(people(&told["numerator"]), 1);
            assert_eq!(people(&told["freshness"]["lateChanges"]), late, "{on}");
            assert_eq!(told["freshness"]["newestOn"], "2026-11-25");
            let lines = told["explanation"]["lines"].to_string();
            for said in ["DEMONSTRATED", "Not counted", "Denominator", "areas of today", "2026-11-25", &format!("{late} changes")] {
                assert!(lines.contains(said), "{said} in {lines}");
            }
        }
        let variables = json!({ "area": app.ward().to_string(), "language": "vi" });
        let answer = watching.graphql(&app, document, variables).await;
        let lines = answer.data("coverage.explanation.lines").to_string();
        assert!(lines.contains("Đơn vị này được lập từ") && lines.contains("Dữ liệu đến muộn"), "{lines}");
    })
    .await;
}

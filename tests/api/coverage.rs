//! Coverage through the API: what is counted, against which target, for whom to see, and that it can be recomputed.

use chrono::{Duration, NaiveDate};
use entity::{area::AreaLevel, ids::AreaId};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    given::{Actor, CA_MAU},
};

const COVERAGE: &str = "query($area: ID!, $indicator: String!, $tier: Tier, $on: Date, $basis: AreaBasis, $denominator: DenominatorKind, $of: CoverageUnit) { \
    coverage(areaId: $area, indicator: $indicator, tier: $tier, on: $on, basis: $basis, denominator: $denominator, of: $of) { \
      on of basis tier numerator { state value } denominator { state value reason } rate gap { state value } targetMet neededPerWeek \
      target { percent phaseState area { name } wording } predecessorTargets { percent phaseState area { name } } \
      explanation { rule lines } \
      children(first: 200) { edges { node { area { name } numerator { state value } denominator { state value } rate } } } } }";

/// A question about D3 with the people registered here as denominator.
pub async fn ask(app: &TestApp, who: &Actor, area: AreaId, more: Value) -> Value {
    let mut variables =
        json!({ "area": area.to_string(), "indicator": "D3", "denominator": "REGISTERED" });
    for (name, value) in more.as_object().expect("variables") {
        variables[name] = value.clone();
    }
    let answer = who.graphql(app, COVERAGE, variables).await;
    answer.data("coverage").clone()
}

pub fn people(count: &Value) -> i64 {
    assert_eq!(count["state"], "EXACT", "{count}");
    count["value"].as_i64().expect("people")
}

/// A caregiver of a child with a disability, 17 months old.
pub async fn with_child(app: &TestApp) -> Actor {
    let caregiver = app.caregiver().await;
    let child = json!({ "input": { "nickname": "Bé mẫu", "bornMonth": "2025-06",
        "disabilities": [{ "type": "INTELLECTUAL", "basis": "SCREENING" }] } });
    let save = "mutation($input: SaveChildInput!) { saveChild(input: $input) { userErrors { code message field } } }";
    let answer = caregiver.graphql(app, save, child).await;
    assert!(answer.user_errors("saveChild").is_empty());
    caregiver
}

/// Events that finish every lesson of the caregiver's path, then pass every quiz.
pub async fn everything(app: &TestApp, who: &Actor) -> Vec<Value> {
    let path = "{ learningPath(first: 100) { lesson { id } reason } }";
    let answer = who.graphql(app, path, json!({})).await;
    let lessons = answer
        .data("learningPath")
        .as_array()
        .expect("steps")
        .clone();
    assert!(lessons.len() > 20 && lessons.iter().all(|step| step["reason"].is_string()));
    let at = (app.clock.now() - Duration::days(1)).to_rfc3339();
    let event =
        |kind: &str| json!({ "id": Uuid::now_v7().to_string(), "kind": kind, "occurredAt": at });
    let mut events = Vec::new();
    for step in &lessons {
        let mut done = event("COMPLETED");
        done["lessonId"] = step["lesson"]["id"].clone();
        events.push(done);
    }
    for module in app.app.content.catalogue().modules() {
        for right in right_answers(module) {
            let mut quiz = event("QUIZ_ANSWERED");
            quiz["moduleId"] = json!(module.id.to_string());
            quiz["answers"] = right;
            events.push(quiz);
        }
    }
    events
}

/// The right answers of a module, found as a learner could: by trying.
fn right_answers(module: &vun::content::catalogue::Module) -> Vec<Value> {
    let answers: Vec<Value> = module
        .questions
        .iter()
        .filter_map(|question| {
            let right = question.choices.iter().find(|choice| question.is_right(&[choice.id]))?;
            Some(json!({ "questionId": question.id.to_string(), "optionIds": [right.id.to_string()] }))
        })
        .collect();
    vec![json!(answers)]
}

pub async fn upload(app: &TestApp, who: &Actor, events: &[Value]) -> Vec<Value> {
    let send = "mutation($input: UploadLearningEventsInput!) { uploadLearningEvents(input: $input) { \
        receipts { eventId outcome code message } userErrors { code message field } } }";
    let mut receipts = Vec::new();
    for events in events.chunks(100) {
        let answer = who
            .graphql(app, send, json!({ "input": { "events": events } }))
            .await;
        assert!(answer.user_errors("uploadLearningEvents").is_empty());
        receipts.extend(
            answer
                .data("uploadLearningEvents.receipts")
                .as_array()
                .expect("receipts")
                .clone(),
        );
    }
    receipts
}

pub fn outcomes(receipts: &[Value], outcome: &str) -> usize {
    receipts
        .iter()
        .filter(|receipt| receipt["outcome"] == outcome)
        .count()
}

pub async fn assert_checked(app: &TestApp) {
    let (_, differences) = app
        .app
        .coverage
        .check(&app.app.learning)
        .await
        .expect("a check");
    assert_eq!(differences, []);
}

#[tokio::test]
async fn finishing_everything_raises_commune_province_and_country_by_one_and_again_by_nothing() {
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for _ in 0..6 {
            caregivers.push(with_child(&app).await);
        }
        let places = [app.ward(), app.province(), app.country()];
        let watching = app.supervisor(app.country()).await;
        let counts = async || {
            let mut counts = Vec::new();
            for place in places {
                counts.push(people(
                    &ask(&app, &watching, place, json!({})).await["numerator"],
                ));
            }
            counts
        };
        assert_eq!(counts().await, [0, 0, 0]);
        let events = everything(&app, &caregivers[0]).await;
        let receipts = upload(&app, &caregivers[0], &events).await;
        assert_eq!(
            outcomes(&receipts, "ACCEPTED"),
            events.len(),
            "{receipts:?}"
        );
        assert_eq!(counts().await, [1, 1, 1]);
        app.app.coverage.fold().await.expect("a fold");
        assert_eq!(counts().await, [1, 1, 1], "folding changes no answer");
        let mut again = events.clone();
        again.reverse();
        let receipts = upload(&app, &caregivers[0], &again).await;
        assert_eq!(outcomes(&receipts, "DUPLICATE"), events.len());
        assert_eq!(counts().await, [1, 1, 1]);
        let ward = ask(&app, &watching, app.ward(), json!({})).await;
        assert_eq!(people(&ward["denominator"]), 6);
        assert_eq!(ward["target"]["percent"], 80);
        assert_eq!(ward["target"]["phaseState"], "ENDED");
        assert_eq!(ward["target"]["area"]["name"], "Việt Nam");
        assert_eq!(ward["neededPerWeek"], Value::Null);
        assert_eq!(ward["targetMet"], false);
        assert_eq!(
            people(&ward["gap"]),
            4,
            "80 % of 6 is 4.8: five people, one is there"
        );
        assert_checked(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_commune_with_few_families_is_pooled_from_above_and_seen_by_its_own_supervisor() {
    on_both(async |app| {
        for _ in 0..3 {
            with_child(&app).await;
        }
        let country = app.supervisor(app.country()).await;
        let own = app.supervisor(app.ward()).await;
        let seen = ask(&app, &own, app.ward(), json!({})).await;
        assert_eq!(people(&seen["denominator"]), 3);
        for place in [app.ward(), app.province(), app.country()] {
            let hidden = ask(&app, &country, place, json!({ "tier": "REACHED" })).await;
            for count in ["numerator", "denominator", "gap"] {
                assert_eq!(hidden[count]["state"], "POOLED", "{count} of {hidden}");
                assert_eq!(hidden[count]["value"], Value::Null);
            }
            assert_eq!(
                (&hidden["rate"], &hidden["targetMet"]),
                (&Value::Null, &Value::Null)
            );
            for child in hidden["children"]["edges"].as_array().expect("children") {
                let people = &child["node"]["denominator"];
                assert!(people["value"].is_null() || people["value"] == 0, "{child}");
            }
        }
        for _ in 0..3 {
            with_child(&app).await;
        }
        let shown = ask(&app, &country, app.country(), json!({})).await;
        assert_eq!(
            people(&shown["denominator"]),
            6,
            "six families in one commune are not few"
        );
    })
    .await;
}

#[tokio::test]
async fn without_a_denominator_there_is_no_share_and_never_a_zero() {
    on_both(async |app| {
        for _ in 0..5 {
            with_child(&app).await;
        }
        let watching = app.supervisor(app.country()).await;
        let place = app.ward();
        let unknown = ask(&app, &watching, place, json!({ "denominator": "POPULATION" })).await;
        assert_eq!(unknown["denominator"]["state"], "UNKNOWN");
        assert!(unknown["denominator"]["reason"].is_string());
        assert_eq!((&unknown["rate"], &unknown["targetMet"]), (&Value::Null, &Value::Null));
        assert_eq!(people(&unknown["numerator"]), 0);
        let enter = "mutation($input: SetDenominatorInput!) { setDenominator(input: $input) { \
            denominator { value version } userErrors { code message field } } }";
        let input = json!({ "areaId": place.to_string(), "indicator": "D3", "periodFrom": "2026-01-01",
            "periodTo": "2026-12-31", "value": 40, "source": "Số liệu mẫu" });
        let entered = watching.graphql(&app, enter, json!({ "input": input })).await;
        assert_eq!(entered.data("setDenominator.denominator.version"), 1);
        let known = ask(&app, &watching, place, json!({ "denominator": "POPULATION" })).await;
        assert_eq!(people(&known["denominator"]), 40);
        assert_eq!(known["rate"], 0.0);
        let lines = known["explanation"]["lines"].to_string();
        assert!(lines.contains("Số liệu mẫu"), "{lines}");
        let mut negative = input.clone();
        negative["value"] = json!(-1);
        let refused = watching.graphql(&app, enter, json!({ "input": negative })).await;
        assert_eq!(refused.user_errors("setDenominator"), [("INVALID", "value")]);
    })
    .await;
}

#[tokio::test]
async fn the_old_tree_answers_for_old_days_with_the_targets_of_its_areas() {
    on_both(async |app| {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let then = day("2024-12-31");
        let watching = app.supervisor(app.country()).await;
        let old = json!({ "on": "2024-12-31", "basis": "AS_REPORTED" });
        let country = ask(&app, &watching, app.country(), old.clone()).await;
        assert_eq!(country["children"]["edges"].as_array().map(Vec::len), Some(63));
        let bac_lieu = app.area("95", AreaLevel::Province, then);
        let own = ask(&app, &watching, bac_lieu, old.clone()).await;
        assert_eq!(own["target"]["percent"], 80);
        assert_eq!(own["target"]["area"]["name"], "Tỉnh Bạc Liêu");
        assert_eq!(own["target"]["phaseState"], "CURRENT");
        let thuan_an = app.area("725", AreaLevel::District, then);
        let own = ask(&app, &watching, thuan_an, old.clone()).await;
        assert_eq!(own["target"]["area"]["name"], "Thành phố Thuận An");
        let ca_mau = app.area(CA_MAU, AreaLevel::Province, app.clock.today());
        let now = ask(&app, &watching, ca_mau, json!({})).await;
        assert_eq!(now["target"]["area"]["name"], "Việt Nam");
        assert_eq!(now["target"]["phaseState"], "ENDED");
        let predecessors: Vec<&Value> =
            now["predecessorTargets"].as_array().expect("targets").iter().map(|target| &target["area"]["name"]).collect();
        assert_eq!(predecessors, ["Tỉnh Bạc Liêu"]);
        // A closed area is asked about its own time by default, and by CURRENT about what it became.
        let closed = ask(&app, &watching, bac_lieu, json!({})).await;
        assert_eq!((&closed["on"], &closed["basis"]), (&json!("2025-06-30"), &json!("AS_REPORTED")));
        let became = ask(&app, &watching, bac_lieu, json!({ "basis": "CURRENT" })).await;
        assert_eq!(became["children"]["edges"][0]["node"]["area"]["name"], "Tỉnh Cà Mau");
        let variables = json!({ "area": bac_lieu.to_string(), "indicator": "D3", "on": "2026-01-01", "basis": "AS_REPORTED" });
        let refused = watching.graphql(&app, COVERAGE, variables).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        assert!(refused.errors()[0]["message"].as_str().is_some_and(|text| text.contains("Cà Mau")));
    })
    .await;
}

#[tokio::test]
async fn an_area_of_others_is_answered_as_if_it_did_not_exist() {
    on_both(async |app| {
        let elsewhere = app.supervisor(app.other_province()).await;
        let unknown = json!({ "area": Uuid::now_v7().to_string(), "indicator": "D3" });
        let others = json!({ "area": app.ward().to_string(), "indicator": "D3" });
        let caregiver = app.caregiver().await;
        for variables in [&unknown, &others] {
            let answer = elsewhere.graphql(&app, COVERAGE, variables.clone()).await;
            assert_eq!(answer.code(), "NOT_FOUND");
        }
        assert_eq!(
            caregiver
                .graphql(&app, COVERAGE, others.clone())
                .await
                .code(),
            "FORBIDDEN"
        );
        assert_eq!(
            app.graphql(None, COVERAGE, others).await.code(),
            "UNAUTHENTICATED"
        );
    })
    .await;
}

#[tokio::test]
async fn withdrawing_a_consent_ends_counting_that_day_and_leaves_the_days_before() {
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for _ in 0..7 {
            caregivers.push(with_child(&app).await);
        }
        let watching = app.supervisor(app.country()).await;
        let first = app.clock.today();
        app.clock.advance(Duration::days(10));
        let withdraw = "mutation($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { userErrors { code message } } }";
        for (at, purpose) in ["STATISTICS", "DISABILITY_DATA"].into_iter().enumerate() {
            // Access tokens have expired by now.
            let actor = app.sign_in_again(&caregivers[at]).await;
            let answer = actor.graphql(&app, withdraw, json!({ "input": { "purpose": purpose } })).await;
            assert!(answer.user_errors("withdrawConsent").is_empty());
        }
        let watching = app.sign_in_again(&watching).await;
        let now = ask(&app, &watching, app.country(), json!({})).await;
        assert_eq!(people(&now["denominator"]), 5);
        let before = ask(&app, &watching, app.country(), json!({ "on": first.to_string() })).await;
        assert_eq!(people(&before["denominator"]), 7);
        assert_checked(&app).await;
    })
    .await;
}

#[tokio::test]
async fn check_agrees_after_random_uploads_and_names_a_counter_changed_by_hand() {
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for _ in 0..8 {
            caregivers.push(with_child(&app).await);
        }
        let everything = everything(&app, &caregivers[0]).await;
        for (number, caregiver) in caregivers.iter().enumerate() {
            // Some of everything, out of order, some of it twice, and some taken back.
            let mut events: Vec<Value> = everything
                .iter()
                .enumerate()
                .filter(|(at, _)| number == 0 || (at * 31 + number * 17) % 7 < number)
                .map(|(_, event)| {
                    let mut event = event.clone();
                    event["id"] = json!(Uuid::now_v7().to_string());
                    event
                })
                .collect();
            let twice: Vec<Value> = events.iter().step_by(3).cloned().collect();
            events.extend(twice);
            events.reverse();
            upload(&app, caregiver, &events).await;
            let back: Vec<Value> = events.iter().step_by(5 + number).map(|event| {
                json!({ "id": Uuid::now_v7().to_string(), "kind": "VOIDED", "targetEventId": event["id"], "occurredAt": event["occurredAt"] })
            }).collect();
            upload(&app, caregiver, &back).await;
            if number % 2 == 0 {
                app.app.coverage.fold().await.expect("a fold");
            }
        }
        assert_checked(&app).await;
        let harm = "UPDATE coverage_month SET total = total + 1 WHERE measure = 'REACHED'";
        app.db.write().execute_unprepared(harm).await.expect("an update");
        let (_, differences) = app.app.coverage.check(&app.app.learning).await.expect("a check");
        assert!(!differences.is_empty() && differences.iter().all(|found| found.what.contains("REACHED")));
    })
    .await;
}

//! Erasing: nothing of her is left, past figures stand, others keep what is theirs, and old copies bring nothing back.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{Marked, NAME, change, erase};
use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    coverage::{ask, assert_checked, outcomes, people, upload, with_child},
    given::{Actor, PASSWORD},
};

/// Counts of every tier, of people and of children, in the commune, the province and the country on past days.
async fn figures(app: &TestApp, watching: &Actor, days: &[&str]) -> Vec<Value> {
    let mut figures = Vec::new();
    for area in [app.ward(), app.province(), app.country()] {
        for on in days {
            for tier in ["REACHED", "COMPLETED", "DEMONSTRATED"] {
                for (indicator, of) in [("D3", "OWN"), ("D3", "CHILDREN"), ("E2", "OWN")] {
                    let more = json!({ "on": on, "tier": tier, "of": of, "indicator": indicator });
                    let cell = ask(app, watching, area, more).await;
                    let name = format!("{area} {on} {tier} {indicator} {of}");
                    figures.push(json!([name, cell["numerator"], cell["denominator"]]));
                }
            }
        }
    }
    figures
}

#[tokio::test]
async fn nothing_of_her_is_left_anywhere_and_past_figures_stand() {
    on_both(async |app| {
        let now = app.clock.now();
        app.clock.set(now - Duration::days(80));
        for _ in 0..5 {
            with_child(&app).await;
        }
        let mut marked = Marked::new(&app).await;
        app.app.coverage.fold().await.expect("a fold");
        app.clock.advance(Duration::days(1));
        app.clock.set(now);
        let supervisor = app.supervisor(app.country()).await;
        let draft = json!({ "areaId": app.ward().0, "period": "MONTH-2026-10" });
        let drafted = change(&app, Some(&supervisor), "draftReport", draft).await;
        let report = json!({ "reportId": drafted["report"]["id"] });
        let before_report = change(&app, Some(&supervisor), "submitReport", report).await;
        let version = &before_report["report"]["version"];
        assert!(version["sha256"].is_string());

        let days = ["2026-09-04", "2026-09-15", "2026-10-31", "2026-11-21"];
        let before = figures(&app, &supervisor, &days).await;
        let today = ask(&app, &supervisor, app.ward(), json!({ "tier": "REACHED" })).await;
        let traces = marked.traces(&app).await;
        // The search finds what there is to find.
        for table in [
            "person", "person_particulars", "account", "account_login", "session", "child", "caregiving",
            "child_disability", "consent", "residence", "same_as", "learner", "learning_event", "device",
            "quarantined_event", "tier_reached", "child_tier_reached", "coverage_interval", "coverage_child_interval",
            "group_member", "session_tick", "session_record", "training_group", "follow_up", "home_visit", "standing",
            "claim_code", "audit_log",
            "certificate",
        ] {
            assert!(traces.contains_key(table), "{table} holds nothing of her before: {traces:?}");
        }

        marked.she = app.sign_in_again(&marked.she).await;
        let wrong = erase(&app, &marked.she, "sai mat khau 2026").await;
        assert_eq!(wrong.user_errors("eraseMyAccount"), [("WRONG_CREDENTIALS", "password")]);
        assert_eq!(figures(&app, &supervisor, &days).await, before);
        let erased = erase(&app, &marked.she, PASSWORD).await;
        assert_eq!(erased.data("eraseMyAccount.isErased"), true, "{erased}");

        assert_eq!(marked.traces(&app).await, Default::default());
        assert_eq!(figures(&app, &supervisor, &days).await, before);
        let gone = ask(&app, &supervisor, app.ward(), json!({ "tier": "REACHED" })).await;
        assert_eq!(people(&today["numerator"]) - 1, people(&gone["numerator"]));
        assert_eq!(people(&today["denominator"]) - 1, people(&gone["denominator"]));
        assert_checked(&app).await;
        app.app.coverage.fold().await.expect("a fold");
        assert_eq!(figures(&app, &supervisor, &days).await, before);
        assert_checked(&app).await;
        // What was frozen is what it was.
        let (checked, faults) = app.app.reports.check().await.expect("a check");
        assert!(checked > 0);
        assert!(faults.is_empty(), "{faults:?}");
        // Why the figure fell since is still said, and adds up.
        let compare = "query($area: ID!) { compareCoverage(areaId: $area, indicator: \"D3\", tier: REACHED, \
            denominator: REGISTERED, from: { on: \"2026-11-21\" }, to: {}) { numeratorChange { value } \
            flows { leftOtherwise { value } leftReached { value } joined { value } } } }";
        let compared = supervisor.graphql(&app, compare, json!({ "area": app.ward().0 })).await;
        assert_eq!(compared.data("compareCoverage.numeratorChange.value"), -1);
        assert_eq!(compared.data("compareCoverage.flows.leftOtherwise.value"), 1);
        assert_eq!(compared.data("compareCoverage.flows.leftReached.value"), 1);
        assert_eq!(compared.data("compareCoverage.flows.joined.value"), 0);
        others_keep_what_is_theirs(&app, &marked).await;
    })
    .await;
}

/// The child she shared stays with the other guardian, her group goes on, and groups show somebody without a name.
async fn others_keep_what_is_theirs(app: &TestApp, marked: &Marked) {
    let other = app.sign_in_again(&marked.co_guardian).await;
    let own = "{ viewer { person { children { id nickname } } } }";
    let own = other.graphql(app, own, json!({})).await;
    let id = marked.shared_child.0.to_string();
    assert_eq!(own.data("viewer.person.children.0.id"), &json!(id));
    assert_eq!(own.data("viewer.person.children.0.nickname"), "Bé mẫu");
    let trainer = app.sign_in_again(&marked.trainer).await;
    let group = trainer
        .graphql(app, &operation("group"), json!({ "id": marked.group }))
        .await;
    assert_eq!(group.data("group.members.nodes"), &json!([]), "{group}");
    let groups = trainer
        .graphql(app, &operation("groups"), json!({ "first": 10 }))
        .await;
    assert!(groups.json.to_string().contains("Nhóm của chị"), "{groups}");
    assert!(!groups.json.to_string().contains(NAME));
}

#[tokio::test]
async fn sending_the_old_phones_events_again_brings_nobody_back() {
    on_both(async |app| {
        let mut marked = Marked::new(&app).await;
        marked.she = app.sign_in_again(&marked.she).await;
        assert_eq!(erase(&app, &marked.she, PASSWORD).await.data("eraseMyAccount.isErased"), true);
        // The answer was lost: asked again with the same token, it is done; any other request is refused.
        let again = erase(&app, &marked.she, PASSWORD).await;
        assert_eq!(again.data("eraseMyAccount.isErased"), true);
        let refused = marked.she.graphql(&app, &operation("exportMyData"), json!({ "input": {} })).await;
        assert_eq!(refused.code(), "UNAUTHENTICATED");
        let stranger = erase(&app, &Actor { token: "x".repeat(43), ..marked.she.clone() }, PASSWORD).await;
        assert_eq!(stranger.code(), "UNAUTHENTICATED");

        // The trainer's phone carries her events, and events for her that it had not sent.
        let trainer = app.sign_in_again(&marked.trainer).await;
        let person = marked.she.person.0;
        let mut carried: Vec<Value> = marked.events.iter().take(20).cloned().collect();
        for event in &mut carried {
            event["personId"] = json!(person);
        }
        let mut fresh = carried[0].clone();
        fresh["id"] = json!(Uuid::now_v7());
        carried.push(fresh);
        let receipts = upload(&app, &trainer, &carried).await;
        assert_eq!(outcomes(&receipts, "REJECTED"), carried.len(), "{receipts:?}");
        assert!(receipts.iter().all(|receipt| receipt["code"] == "ERASED"));
        assert!(receipts.iter().all(|receipt| receipt["message"].as_str().is_some_and(|text| text.contains("xoá"))));
        // Her old phone signs up anew and sends its queue.
        let anew = app.caregiver().await;
        let receipts = upload(&app, &anew, &marked.events).await;
        assert_eq!(outcomes(&receipts, "REJECTED"), marked.events.len(), "{receipts:?}");
        let lesson = marked.events[0]["lessonId"].clone();
        let input = json!({ "input": { "eventId": marked.events[0]["id"], "lessonId": lesson } });
        let one = anew.graphql(&app, &operation("completeLesson"), input).await;
        assert_eq!(one.user_errors("completeLesson"), [("INVALID", "")]);
        // What is new is taken.
        let mut new = marked.events[0].clone();
        new["id"] = json!(Uuid::now_v7());
        assert_eq!(outcomes(&upload(&app, &anew, &[new]).await, "ACCEPTED"), 1);
        // Neither signing up, nor registering, nor a child, brings an old id back.
        let input = json!({ "input": {
            "id": person, "login": "dau.vet.moi", "password": PASSWORD, "fullName": NAME, "areaId": app.ward().0,
            "audiences": ["CAREGIVER"],
        } });
        let refused = app.graphql(None, &operation("signUp"), input).await;
        assert_eq!(refused.user_errors("signUp"), [("CONFLICT", "id")]);
        let input = json!({ "input": {
            "id": person, "fullName": NAME, "areaId": app.ward().0, "audiences": ["CAREGIVER"],
        } });
        let refused = trainer.graphql(&app, &operation("registerPerson"), input).await;
        assert_eq!(refused.user_errors("registerPerson"), [("CONFLICT", "id")]);
        let child = json!({ "input": { "id": marked.ids[3], "bornMonth": "2024-05" } });
        let refused = anew.graphql(&app, &operation("saveChild"), child).await;
        assert_eq!(refused.user_errors("saveChild"), [("CONFLICT", "id")]);
        assert_eq!(marked.traces(&app).await, Default::default());
        // The login name is free, and her password is nobody's.
        let input = json!({ "input": { "login": marked.she.login, "password": PASSWORD } });
        let refused = app.graphql(None, &operation("signIn"), input).await;
        assert_eq!(refused.user_errors("signIn"), [("WRONG_CREDENTIALS", "")]);
        assert_checked(&app).await;
    })
    .await;
}

#[tokio::test]
async fn two_phones_that_erase_at_once_and_a_third_that_uploads_leave_nothing_torn() {
    on_both(async |app| {
        let mut marked = Marked::new(&app).await;
        marked.she = app.sign_in_again(&marked.she).await;
        let again = app.sign_in_again(&marked.she).await;
        let events: Vec<Value> = marked
            .events
            .iter()
            .take(10)
            .map(|event| {
                let mut event = event.clone();
                event["id"] = json!(Uuid::now_v7());
                event
            })
            .collect();
        let input = json!({ "input": { "events": events } });
        let send = operation("uploadLearningEvents");
        let sending = again.graphql(&app, &send, input);
        let (one, two, _) = tokio::join!(
            erase(&app, &marked.she, PASSWORD),
            erase(&app, &again, PASSWORD),
            sending,
        );
        for answer in [&one, &two] {
            let done = answer.json.pointer("/data/eraseMyAccount/isErased") == Some(&json!(true));
            let wrong = answer.json.to_string().contains("WRONG_CREDENTIALS");
            assert!(done || wrong || answer.errors().len() == 1, "{answer}");
        }
        assert_eq!(
            erase(&app, &marked.she, PASSWORD)
                .await
                .data("eraseMyAccount.isErased"),
            true
        );
        assert_eq!(marked.traces(&app).await, Default::default());
        assert_checked(&app).await;
    })
    .await;
}

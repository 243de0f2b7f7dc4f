//! Members by rule: who is found, who is not even counted, and what is refused.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    coverage::with_child,
    given::Actor,
    requests::Answer,
};

async fn ask(app: &TestApp, who: &Actor, name: &str, input: Value) -> Answer {
    who.graphql(app, &operation(name), json!({ "input": input }))
        .await
}

async fn group(app: &TestApp, trainer: &Actor) -> Uuid {
    let id = Uuid::now_v7();
    let input = json!({ "id": id, "name": "Nhóm ấp 3", "areaId": app.ward().0 });
    ask(app, trainer, "createGroup", input).await;
    id
}

async fn agree_to_referral(app: &TestApp, who: &Actor) {
    let texts = app
        .graphql(None, &operation("consentTexts"), json!({}))
        .await;
    let version = texts.data("consentTexts.0.version").clone();
    let input = json!({ "purpose": "REFERRAL", "textVersion": version, "language": "vi" });
    let answer = ask(app, who, "giveConsent", input).await;
    assert!(answer.user_errors("giveConsent").is_empty(), "{answer}");
}

fn found(answer: &Answer) -> Vec<(Value, bool)> {
    let matches = answer.data("previewMembers.matches").as_array().unwrap();
    let found = matches
        .iter()
        .map(|one| (one["person"]["id"].clone(), one["isMember"] == true));
    found.collect()
}

#[tokio::test]
async fn a_rule_finds_who_agreed_to_be_referred_and_nobody_else_and_adds_them_once() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let group = group(&app, &trainer).await;
        let (agreed, silent) = (with_child(&app).await, with_child(&app).await);
        let childless = app.caregiver().await;
        for who in [&agreed, &childless] {
            agree_to_referral(&app, who).await;
        }
        let rule = json!({ "audience": "CAREGIVER", "withDisability": true });
        let input = json!({ "groupId": group, "rule": rule });
        let seen = ask(&app, &trainer, "previewMembers", input.clone()).await;
        assert_eq!(found(&seen), [(json!(agreed.person.0), false)]);
        assert_eq!(seen.data("previewMembers.addingCount"), 1);
        assert!(!seen.to_string().contains(&silent.person.0.to_string()));

        for added in [1, 0] {
            let done = ask(&app, &trainer, "addMembersByRule", input.clone()).await;
            assert_eq!(
                done.user_errors("addMembersByRule"),
                [] as [(&str, &str); 0]
            );
            assert_eq!(done.data("addMembersByRule.addedCount"), added);
        }
        let seen = ask(&app, &trainer, "previewMembers", input.clone()).await;
        assert_eq!(found(&seen), [(json!(agreed.person.0), true)]);

        // Her child is of 2025-06.
        for (months, expected) in [(17, 0), (18, 1)] {
            let rule = json!({ "audience": "CAREGIVER", "childUnderMonths": months });
            let input = json!({ "groupId": group, "rule": rule });
            let seen = ask(&app, &trainer, "previewMembers", input).await;
            assert_eq!(found(&seen).len(), expected, "{months}");
        }
        // Taking the consent back takes her out of what rules find, not out of the group.
        ask(
            &app,
            &agreed,
            "withdrawConsent",
            json!({ "purpose": "REFERRAL" }),
        )
        .await;
        let seen = ask(&app, &trainer, "previewMembers", input).await;
        assert_eq!(found(&seen), []);
        let query = "query($id: ID!) { group(id: $id) { members { nodes { person { id } } } } }";
        let members = trainer.graphql(&app, query, json!({ "id": group })).await;
        assert!(members.to_string().contains(&agreed.person.0.to_string()));
    })
    .await;
}

#[tokio::test]
async fn rules_outside_the_trainers_reach_or_out_of_range_are_refused_and_name_the_field() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let group = group(&app, &trainer).await;
        let other = app.trainer(app.ward()).await;
        for (rule, expected) in [
            (
                json!({ "audience": "CAREGIVER", "areaId": app.other_province().0 }),
                ("NOT_FOUND", "rule.areaId"),
            ),
            (
                json!({ "audience": "CAREGIVER", "areaId": "x" }),
                ("INVALID", "rule.areaId"),
            ),
            (
                json!({ "audience": "CAREGIVER", "childUnderMonths": 0 }),
                ("INVALID", "rule.childUnderMonths"),
            ),
            (
                json!({ "audience": "CAREGIVER", "childUnderMonths": 193 }),
                ("INVALID", "rule.childUnderMonths"),
            ),
            (
                json!({ "audience": "STAFF", "withDisability": true }),
                ("INVALID", "rule.audience"),
            ),
        ] {
            let input = json!({ "groupId": group, "rule": rule });
            for name in ["previewMembers", "addMembersByRule"] {
                let answer = ask(&app, &trainer, name, input.clone()).await;
                assert_eq!(answer.user_errors(name), [expected], "{answer}");
            }
        }
        let input = json!({ "groupId": group, "rule": { "audience": "CAREGIVER" } });
        let answer = ask(&app, &other, "previewMembers", input).await;
        assert_eq!(answer.code(), "NOT_FOUND");
    })
    .await;
}

//! What following somebody up is worth for the figures of where she lives.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    coverage::{everything, upload, with_child},
    given::Actor,
};

async fn towards(app: &TestApp, trainer: &Actor, group: Uuid) -> Vec<Value> {
    let variables = json!({ "groupId": group });
    let list = trainer
        .graphql(app, &operation("worklist"), variables)
        .await;
    let items = list.data("worklist").as_array().unwrap();
    assert_eq!(items.len(), 1, "{list}");
    items[0]["towards"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_worklist_says_how_far_each_is_from_counting_and_nothing_of_disabilities() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let group = Uuid::now_v7();
        let input = json!({ "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0 });
        let create = json!({ "input": input });
        trainer
            .graphql(&app, &operation("createGroup"), create)
            .await;
        let she = with_child(&app).await;
        let input = json!({ "groupId": group, "personIds": [she.person.0] });
        let add = json!({ "input": input });
        trainer.graphql(&app, &operation("addMembers"), add).await;

        // Her child has a disability, so that she could count in D3, which is not told.
        let before = towards(&app, &trainer, group).await;
        let codes: Vec<_> = before.iter().map(|one| one["indicator"].clone()).collect();
        assert!(
            !codes.is_empty() && !codes.contains(&json!("D3")),
            "{before:?}"
        );
        for one in &before {
            assert!(one["lessonsLeft"].as_i64() > Some(0), "{one}");
            let text = one["text"].as_str().unwrap();
            assert!(text.contains(one["indicator"].as_str().unwrap()), "{text}");
        }

        // Once she has done everything she counts, and stands on the list for her silent phone alone.
        let events = everything(&app, &she).await;
        let (lessons, checks): (Vec<Value>, Vec<Value>) = events
            .into_iter()
            .partition(|event| event["kind"] == "COMPLETED");
        upload(&app, &she, &lessons).await;
        app.clock.advance(Duration::days(20));
        let trainer = app.sign_in_again(&trainer).await;
        let between = towards(&app, &trainer, group).await;
        assert_eq!(between.len(), before.len(), "{between:?}");
        for one in &between {
            assert_eq!(one["lessonsLeft"], 0, "{one}");
            assert!(one["checksLeft"].as_i64() > Some(0), "{one}");
        }
        let she = app.sign_in_again(&she).await;
        upload(&app, &she, &checks).await;
        app.clock.advance(Duration::days(20));
        let trainer = app.sign_in_again(&trainer).await;
        assert_eq!(towards(&app, &trainer, group).await, [] as [Value; 0]);
    })
    .await;
}

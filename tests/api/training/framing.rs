//! What a group is: its days and its language, and what follows from them.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
    requests::Answer,
};

async fn ask(app: &TestApp, who: &Actor, name: &str, input: Value) -> Answer {
    who.graphql(app, &operation(name), json!({ "input": input }))
        .await
}

async fn shown(app: &TestApp, who: &Actor, group: Uuid) -> Value {
    let query = "query($id: ID!) { group(id: $id) { name startsOn endsOn language } }";
    let answer = who.graphql(app, query, json!({ "id": group })).await;
    answer.data("group").clone()
}

#[tokio::test]
async fn a_group_has_days_and_a_language_which_can_be_said_and_unsaid() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let group = Uuid::now_v7();
        let input = json!({
            "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0,
            "startsOn": "2026-11-01", "endsOn": "2027-01-31", "language": "KM",
        });
        let said = json!({
            "name": "Nhóm ấp 3", "startsOn": "2026-11-01", "endsOn": "2027-01-31", "language": "km",
        });
        for _ in 0..2 {
            let made = ask(&app, &trainer, "createGroup", input.clone()).await;
            assert_eq!(made.user_errors("createGroup"), [] as [(&str, &str); 0]);
            assert_eq!(shown(&app, &trainer, group).await, said);
        }
        let mut other = input.clone();
        other["language"] = json!("hmn");
        let answer = ask(&app, &trainer, "createGroup", other).await;
        assert_eq!(answer.user_errors("createGroup"), [("CONFLICT", "id")]);

        let input = json!({ "groupId": group, "name": "Nhóm ấp 4", "startsOn": "2026-11-02" });
        for _ in 0..2 {
            let changed = ask(&app, &trainer, "updateGroup", input.clone()).await;
            assert_eq!(changed.user_errors("updateGroup"), [] as [(&str, &str); 0]);
        }
        let said = json!({
            "name": "Nhóm ấp 4", "startsOn": "2026-11-02", "endsOn": null, "language": null,
        });
        assert_eq!(shown(&app, &trainer, group).await, said);
        let asked = json!({ "scope": group });
        let changes = trainer.graphql(&app, &operation("changes"), asked).await;
        assert_eq!(changes.data("changes.nodes.0.name"), "Nhóm ấp 4");
    })
    .await;
}

#[tokio::test]
async fn days_and_languages_that_cannot_be_are_refused_and_name_the_field() {
    on_both(async |app| {
        let (trainer, other) = (app.trainer(app.ward()).await, app.trainer(app.ward()).await);
        let group = Uuid::now_v7();
        let input = json!({ "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0 });
        ask(&app, &trainer, "createGroup", input).await;
        for (frame, expected) in [
            (
                json!({ "startsOn": "2026-12-02", "endsOn": "2026-12-01" }),
                ("INVALID", "endsOn"),
            ),
            (
                json!({ "startsOn": "1970-01-01" }),
                ("DATE_OUT_OF_RANGE", "startsOn"),
            ),
            (
                json!({ "endsOn": "2090-01-01" }),
                ("DATE_OUT_OF_RANGE", "endsOn"),
            ),
            (
                json!({ "language": "tiếng Khmer" }),
                ("INVALID", "language"),
            ),
        ] {
            let mut input = json!({ "groupId": group, "name": "Nhóm" });
            let mut new = json!({ "name": "Nhóm", "areaId": app.ward().0 });
            for (name, value) in frame.as_object().unwrap() {
                input[name] = value.clone();
                new[name] = value.clone();
            }
            for (operation, input) in [("updateGroup", input), ("createGroup", new)] {
                let answer = ask(&app, &trainer, operation, input).await;
                assert_eq!(answer.user_errors(operation), [expected], "{answer}");
            }
        }
        let input = json!({ "groupId": group, "name": "Nhóm" });
        let answer = ask(&app, &other, "updateGroup", input).await;
        assert_eq!(
            answer.user_errors("updateGroup"),
            [("NOT_FOUND", "groupId")]
        );
        assert_eq!(shown(&app, &trainer, group).await["name"], "Nhóm ấp 3");
    })
    .await;
}

#[tokio::test]
async fn members_of_a_group_that_is_over_stand_on_no_worklist_of_all_groups() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let member = app.caregiver().await;
        let group = Uuid::now_v7();
        let input = json!({
            "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0, "endsOn": "2026-11-23",
        });
        ask(&app, &trainer, "createGroup", input).await;
        let input = json!({ "groupId": group, "personIds": [member.person.0] });
        ask(&app, &trainer, "addMembers", input).await;
        for (days, everywhere) in [(0, 1), (1, 1), (1, 0)] {
            app.clock.advance(Duration::days(days));
            let trainer = app.sign_in_again(&trainer).await;
            for (variables, expected) in [(json!({}), everywhere), (json!({ "groupId": group }), 1)]
            {
                let list = trainer
                    .graphql(&app, &operation("worklist"), variables)
                    .await;
                let found = list.data("worklist").as_array().unwrap().len();
                assert_eq!(found, expected, "{list}");
            }
        }
    })
    .await;
}

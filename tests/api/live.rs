//! What is told as it happens: progress of groups, the way of reports, imports.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
    requests::Answer,
    sockets::{Watching, served},
};

async fn change(app: &TestApp, who: &Actor, name: &str, input: Value) -> Answer {
    let answer = who
        .graphql(app, &operation(name), json!({ "input": input }))
        .await;
    assert_eq!(answer.user_errors(name), [] as [(&str, &str); 0], "{name}");
    answer
}

async fn changes(app: &TestApp, who: &Actor, group: Uuid, since: &Value) -> Value {
    let variables = json!({ "scope": group, "since": since });
    let answer = who.graphql(app, &operation("changes"), variables).await;
    answer.data("changes").clone()
}

fn names(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().expect("nodes").iter();
    nodes
        .filter_map(|node| node["person"]["fullName"].as_str())
        .collect()
}

#[tokio::test]
async fn a_group_is_told_as_it_changes_and_the_cursor_goes_on_in_changes() {
    on_both(async |app| {
        let address = served(&app).await;
        let trainer = app.trainer(app.ward()).await;
        let group = Uuid::now_v7();
        let input = json!({ "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0 });
        change(&app, &trainer, "createGroup", input).await;
        let catalogue = app.app.content.catalogue();
        let module = catalogue.module_by_code("HC1").expect("a module").id.0;
        let lesson = catalogue.lesson_by_code("HC1.1").expect("a lesson").id.0;
        let input = json!({ "groupId": group, "moduleIds": [module], "dueOn": "2026-12-20" });
        change(&app, &trainer, "assignModules", input).await;
        let document = operation("groupProgress");
        let variables = json!({ "groupId": group });
        let token = Some(trainer.token.as_str());
        let mut watching = Watching::begin(address, token, &document, variables).await;
        let first = watching.next("groupProgress").await;
        assert_eq!(first["nodes"][0]["name"], "Nhóm ấp 3");

        let member = app.caregiver().await;
        let input = json!({ "groupId": group, "personIds": [member.person.0] });
        change(&app, &trainer, "addMembers", input).await;
        let joined = watching.next("groupProgress").await;
        assert_eq!(names(&joined).len(), 1, "{joined}");

        // What she learns is told although nobody touched the group.
        let input = json!({ "eventId": Uuid::now_v7(), "lessonId": lesson });
        change(&app, &member, "completeLesson", input).await;
        let learned = watching.next("groupProgress").await;
        assert_eq!(learned["nodes"][0]["completedCount"], 1, "{learned}");

        // The same by polling, from any cursor of the socket.
        let polled = changes(&app, &trainer, group, &joined["cursor"]).await;
        assert_eq!(polled["nodes"], learned["nodes"]);
        let polled = changes(&app, &trainer, group, &learned["cursor"]).await;
        assert_eq!(polled["nodes"], json!([]));
        // And a socket goes on where another was lost.
        let variables = json!({ "groupId": group, "since": joined["cursor"] });
        let mut again = Watching::begin(address, token, &document, variables).await;
        let told = again.next("groupProgress").await;
        assert_eq!(told["nodes"], learned["nodes"]);
    })
    .await;
}

#[tokio::test]
async fn whoever_signs_out_is_out_of_her_socket_within_seconds() {
    on_both(async |app| {
        let address = served(&app).await;
        let trainer = app.trainer(app.ward()).await;
        let group = Uuid::now_v7();
        let input = json!({ "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0 });
        change(&app, &trainer, "createGroup", input).await;
        let variables = json!({ "groupId": group });
        let token = Some(trainer.token.as_str());
        let document = operation("groupProgress");
        let mut watching = Watching::begin(address, token, &document, variables).await;
        watching.next("groupProgress").await;
        change(&app, &trainer, "signOut", json!({})).await;
        assert_eq!(watching.hear().await, json!({ "closed": 4403 }));
    })
    .await;
}

#[tokio::test]
async fn a_group_of_another_is_not_watched_and_a_foreign_cursor_is_refused() {
    on_both(async |app| {
        let address = served(&app).await;
        let (trainer, other) = (app.trainer(app.ward()).await, app.trainer(app.ward()).await);
        let group = Uuid::now_v7();
        let input = json!({ "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0 });
        change(&app, &trainer, "createGroup", input).await;
        let document = operation("groupProgress");
        for (who, variables, code) in [
            (&other, json!({ "groupId": group }), "NOT_FOUND"),
            (&trainer, json!({ "groupId": "x" }), "NOT_FOUND"),
            (
                &trainer,
                json!({ "groupId": group, "since": "bG9uZyBhZ28" }),
                "BAD_USER_INPUT",
            ),
        ] {
            let token = Some(who.token.as_str());
            let mut watching = Watching::begin(address, token, &document, variables).await;
            let said = watching.hear().await;
            assert_eq!(said["type"], "error", "{said}");
            assert_eq!(said["payload"][0]["extensions"]["code"], code, "{said}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_way_of_a_report_is_told_to_the_area_above() {
    on_both(async |app| {
        let address = served(&app).await;
        let (ward, province) = (
            app.supervisor(app.ward()).await,
            app.supervisor(app.province()).await,
        );
        let variables = json!({ "areaId": app.province().0, "period": "MONTH-2026-10" });
        let token = Some(province.token.as_str());
        let document = operation("reportChanged");
        let mut watching = Watching::begin(address, token, &document, variables).await;

        let input = json!({ "areaId": app.ward().0, "period": "MONTH-2026-10" });
        let drafted = change(&app, &ward, "draftReport", input).await;
        let id = drafted.data("draftReport.report.id").clone();
        let told = watching.next("reportChanged").await;
        assert_eq!((&told["id"], &told["state"]), (&id, &json!("DRAFT")));
        change(&app, &ward, "submitReport", json!({ "reportId": id })).await;
        assert_eq!(watching.next("reportChanged").await["state"], "SUBMITTED");
        let comments = json!([{ "text": "Xem lại D3" }]);
        let input = json!({ "reportId": id, "comments": comments });
        change(&app, &province, "returnReport", input).await;
        assert_eq!(watching.next("reportChanged").await["state"], "RETURNED");
    })
    .await;
}

#[tokio::test]
async fn an_import_tells_how_far_it_has_come() {
    on_both(async |app| {
        let address = served(&app).await;
        let trainer = app.trainer(app.ward()).await;
        let group = Uuid::now_v7();
        let input = json!({ "id": group, "name": "Nhóm ấp 3", "areaId": app.ward().0 });
        change(&app, &trainer, "createGroup", input).await;
        let id = Uuid::now_v7();
        let token = Some(trainer.token.as_str());
        let document = operation("importProgress");
        let mut watching = Watching::begin(address, token, &document, json!({ "id": id })).await;
        let waiting = watching.next("importProgress").await;
        assert_eq!(waiting["stage"], "WAITING");

        let rows: String = (0..20)
            .map(|at| format!("Người Mẫu {at};1990\r\n"))
            .collect();
        let file = STANDARD.encode(format!("Họ và tên;Năm sinh\r\n{rows}"));
        let input = json!({ "groupId": group, "file": file, "importId": id });
        change(&app, &trainer, "importPersons", input).await;
        let mut last = waiting;
        loop {
            let said = watching.hear().await;
            if said["type"] == "complete" {
                break;
            }
            last = said["payload"]["data"]["importProgress"].clone();
        }
        let over = json!({ "stage": "DONE", "doneCount": 20, "totalCount": 20 });
        assert_eq!(last, over);
        // Somebody else's import of the same id is another.
        let other = app.trainer(app.ward()).await;
        let token = Some(other.token.as_str());
        let mut watching = Watching::begin(address, token, &document, json!({ "id": id })).await;
        assert_eq!(watching.next("importProgress").await["stage"], "WAITING");
    })
    .await;
}

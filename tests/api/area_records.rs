//! The list of recorded changes of areas, and what a change says of the reports of areas that end.

use entity::ids::AreaId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    area_changes::{World, sent},
    authorization::operation,
    given::Actor,
};

async fn recorded(app: &TestApp, who: &Actor, variables: Value) -> Vec<Value> {
    let answer = who.graphql(app, &operation("areaChanges"), variables).await;
    let nodes = answer.data("areaChanges.nodes").as_array();
    nodes.expect("changes").clone()
}

fn effects_on<'v>(change: &'v Value, matter: &str) -> Vec<(&'v str, i64)> {
    let effects = change["effects"].as_array().expect("effects");
    let effects = effects.iter().filter(|effect| effect["matter"] == matter);
    effects
        .map(|effect| {
            let fate = effect["fate"].as_str().expect("a word");
            (fate, effect["count"].as_i64().expect("a count"))
        })
        .collect()
}

#[tokio::test]
async fn a_change_is_listed_for_who_stands_there_and_its_reports_stay_readable() {
    on_both(async |app| {
        let world = World::of(&app).await;
        let above = app.supervisor(world.province).await;
        let own = app.supervisor(world.one).await;
        // Everybody lives in the ward that ends, and moves in before.
        let elsewhere = app.supervisor(app.other_province()).await;
        let nobody = app.caregiver().await;
        let draft = json!({ "areaId": world.one.0, "period": "MONTH-2026-10" });
        let report = sent(&app, &own, "draftReport", draft).await["report"]["id"].clone();
        let (id, new): (Uuid, AreaId) = (app.clock.id(), app.clock.id());
        let change = world.merger(id, new);
        let preview = sent(&app, &world.administrator, "previewAreaChange", change.clone()).await;
        assert_eq!(effects_on(&preview["areaChange"], "REPORTS"), [("STAYS", 1)]);
        let before = recorded(&app, &world.administrator, json!({ "first": 100 })).await;
        assert!(!before.is_empty() && before.iter().all(|known| known["isShipped"] == true));
        sent(&app, &world.administrator, "applyAreaChange", change).await;

        // The administrator sees who did it and what it moved, as it was told then.
        let now = recorded(&app, &world.administrator, json!({ "first": 100 })).await;
        assert_eq!(now.len(), before.len() + 1);
        let first = &now[0];
        assert_eq!((&first["id"], &first["decision"]), (&json!(id), &json!("01/NQ-MẪU")));
        assert_eq!((&first["state"], &first["kind"]), (&json!("IN_FORCE"), &json!("MERGED")));
        assert_eq!(first["appliedBy"], json!(world.administrator.login));
        assert!(first["appliedAt"].is_string());
        assert_eq!(first["edgeCount"], 2);
        assert_eq!(effects_on(first, "REPORTS"), [("STAYS", 1)]);
        let of_new = recorded(&app, &world.administrator, json!({ "areaId": new.0 })).await;
        assert_eq!(of_new.len(), 1);
        // A supervisor sees which areas became which, and no number of people.
        let seen = recorded(&app, &above, json!({ "first": 1 })).await;
        assert_eq!(seen[0]["id"], json!(id));
        assert_eq!((&seen[0]["appliedBy"], &seen[0]["effects"]), (&Value::Null, &json!([])));
        let others = recorded(&app, &elsewhere, json!({ "first": 100 })).await;
        assert!(!others.is_empty() && others.iter().all(|known| known["id"] != json!(id)));
        let refused = nobody.graphql(&app, &operation("areaChanges"), json!({})).await;
        assert_eq!(refused.code(), "FORBIDDEN");
        // Pages follow each other.
        let paged = "query($after: String) { areaChanges(first: 1, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }";
        let one = world.administrator.graphql(&app, paged, json!({})).await;
        let after = one.data("areaChanges.pageInfo.endCursor").clone();
        let two = world.administrator.graphql(&app, paged, json!({ "after": after })).await;
        assert_eq!(two.data("areaChanges.nodes.0.id"), &now[1]["id"]);

        // The report is read and sent after its area ended.
        let read = above.graphql(&app, &operation("report"), json!({ "id": report })).await;
        assert_eq!(read.data("report.state"), "DRAFT");
        let history = above.graphql(&app, &operation("reports"), json!({ "areaId": world.one.0 })).await;
        assert!(history.data("reports").to_string().contains(report.as_str().expect("an id")));
        sent(&app, &above, "submitReport", json!({ "reportId": report })).await;

        // Taken back, it is listed no longer.
        sent(&app, &world.administrator, "undoAreaChange", json!({ "id": id })).await;
        let left = recorded(&app, &world.administrator, json!({ "first": 100 })).await;
        assert_eq!(left, before);
    })
    .await;
}

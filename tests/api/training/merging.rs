//! Merging two records of one person: events once each, one person counted, and nothing lost when it is undone.

use chrono::NaiveDate;
use entity::{coverage_interval, ids::PersonId, learner};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
};

async fn change(app: &TestApp, who: &Actor, name: &str, input: Value) -> Value {
    let variables = json!({ "input": input });
    let answer = who.graphql(app, &operation(name), variables).await;
    assert!(answer.errors().is_empty(), "{name}: {answer}");
    answer.json["data"][name].clone()
}

/// What is stored of everybody's learning, and on which days who is counted.
async fn stored(
    app: &TestApp,
) -> (
    Vec<(PersonId, String, String)>,
    Vec<coverage_interval::Model>,
) {
    let db = app.db.write();
    let mut learners: Vec<_> = learner::Entity::find()
        .all(db)
        .await
        .unwrap()
        .into_iter()
        .map(|row| (row.person_id, row.state, row.tiers))
        .collect();
    learners.sort();
    let mut intervals = coverage_interval::Entity::find().all(db).await.unwrap();
    intervals.sort_by_key(|row| {
        (
            row.person_id,
            row.indicator_id,
            row.measure.clone(),
            row.enter_on,
        )
    });
    (learners, intervals)
}

/// How many caregivers of the ward were reached on early development, of how many.
async fn counted(app: &TestApp, supervisor: &Actor) -> (Value, Value) {
    let document = "query($id: ID!, $on: Date) { coverage(areaId: $id, indicator: \"E2C\", denominator: REGISTERED, \
        tier: REACHED, on: $on) { numerator { value } denominator { value } } }";
    let today: NaiveDate = app.clock.today();
    let asked = json!({ "id": app.ward().0, "on": today });
    let answer = supervisor.graphql(app, document, asked).await;
    let shown = answer.data("coverage");
    (
        shown["numerator"]["value"].clone(),
        shown["denominator"]["value"].clone(),
    )
}

#[tokio::test]
async fn merging_counts_one_person_with_the_events_of_both_once_and_undoing_restores_both() {
    on_both(async |app| {
        let ward = app.ward();
        let trainer = app.trainer(ward).await;
        let administrator = app.administrator(app.province()).await;
        let supervisor = app.supervisor(ward).await;
        let group = Uuid::now_v7();
        let input = json!({ "id": group, "name": "Nhóm", "areaId": ward.0 });
        change(&app, &trainer, "createGroup", input).await;
        let mut people = Vec::new();
        for name in ["Lê Thị Mẫu", "Lê Thi Mẫu", "Trần Thị Khác"] {
            let id = Uuid::now_v7();
            let input = json!({
                "id": id, "fullName": name, "areaId": ward.0, "audiences": ["CAREGIVER"], "groupId": group,
                "consents": ["LEARNING_RECORD", "CHILD_PROFILE", "STATISTICS"],
                "children": [{ "id": Uuid::now_v7(), "bornMonth": "2024-05" }],
            });
            let registered = change(&app, &trainer, "registerPerson", input).await;
            assert_eq!(registered["userErrors"], json!([]));
            people.push(id);
        }
        let lessons: Vec<Uuid> = {
            let catalogue = app.app.content.catalogue();
            let module = catalogue.module_by_code("ED1").unwrap();
            catalogue.published_of(module).map(|lesson| lesson.id.0).collect()
        };
        let attend = async |lessons: &[Uuid], people: &[Uuid]| {
            let people: Vec<_> = people.iter().map(|id| json!({ "personId": id })).collect();
            let input = json!({
                "id": Uuid::now_v7(), "groupId": group, "heldAt": app.clock.now(), "lessonIds": lessons,
                "people": people,
            });
            let recorded = change(&app, &trainer, "recordSession", input).await;
            assert_eq!(recorded["userErrors"], json!([]));
        };
        // Both had the second lesson: it counts once.
        attend(&lessons[..2], &people[..1]).await;
        attend(&lessons[1..3], &people[1..2]).await;
        let before = stored(&app).await;
        assert_eq!(counted(&app, &supervisor).await, (json!(2), json!(3)));

        let both = json!({ "canonicalId": people[0], "duplicateId": people[1], "preview": true });
        let shown = change(&app, &administrator, "mergePersons", both.clone()).await;
        assert_eq!(shown["merge"]["id"], Value::Null);
        assert_eq!(shown["merge"]["canonical"]["completedCount"], 2);
        assert_eq!(shown["merge"]["duplicate"]["completedCount"], 2);
        assert_eq!(stored(&app).await, before, "a preview writes nothing");

        let mut input = both;
        input["preview"] = json!(false);
        let merged = change(&app, &administrator, "mergePersons", input.clone()).await;
        assert_eq!(merged["userErrors"], json!([]));
        let sides = &merged["merge"];
        assert_eq!(sides["canonical"]["completedCount"], 3);
        assert_eq!(sides["duplicate"]["completedCount"], 0);
        assert_eq!((&sides["canonical"]["eventCount"], &sides["duplicate"]["eventCount"]), (&json!(2), &json!(2)));
        let again = change(&app, &administrator, "mergePersons", input).await;
        assert_eq!(again["merge"]["id"], sides["id"]);
        assert_eq!(counted(&app, &supervisor).await, (json!(1), json!(2)));
        let (_, found) = app.app.coverage.check(&app.app.learning).await.unwrap();
        assert_eq!(found, [], "every figure follows from events and households");

        // A record that was made offline under the duplicate's id still reaches her, and the roster shows her once.
        attend(&lessons[3..4], &people[1..2]).await;
        let (_, found) = app.app.coverage.check(&app.app.learning).await.unwrap();
        assert_eq!(found, []);
        let roster = trainer.graphql(&app, &operation("group"), json!({ "id": group })).await;
        let nodes = roster.data("group.members.nodes").as_array().unwrap().len();
        assert_eq!(nodes, 2);

        let id = sides["id"].clone();
        for _ in 0..2 {
            let undone = change(&app, &administrator, "undoMerge", json!({ "id": id })).await;
            assert_eq!(undone["userErrors"], json!([]));
            assert_eq!(undone["merge"]["canonical"]["completedCount"], 2);
            assert_eq!(undone["merge"]["duplicate"]["completedCount"], 3, "with what came meanwhile");
        }
        assert_eq!(counted(&app, &supervisor).await, (json!(2), json!(3)));
        let (_, found) = app.app.coverage.check(&app.app.learning).await.unwrap();
        assert_eq!(found, []);
        let (learners, intervals) = stored(&app).await;
        let hers = |id: Uuid| move |row: &&(PersonId, String, String)| row.0.0 == id;
        for person in [people[0], people[2]] {
            let now = learners.iter().find(hers(person));
            assert_eq!(now, before.0.iter().find(hers(person)), "as it was");
        }
        assert_eq!(intervals.len(), before.1.len());
    })
    .await;
}

#[tokio::test]
async fn who_is_merged_is_decided_in_ones_own_area_and_never_twice() {
    on_both(async |app| {
        let ward = app.ward();
        let trainer = app.trainer(ward).await;
        let here = app.administrator(app.province()).await;
        let elsewhere = app.administrator(app.other_province()).await;
        let with_account = app.caregiver().await.person.0;
        let mut people = Vec::new();
        for _ in 0..3 {
            let input =
                json!({ "fullName": "Lê Thị Mẫu", "areaId": ward.0, "audiences": ["CAREGIVER"] });
            let registered = change(&app, &trainer, "registerPerson", input).await;
            people.push(registered["person"]["id"].clone());
        }
        let refused = async |who: &Actor, canonical: &Value, duplicate: &Value| {
            let input = json!({ "canonicalId": canonical, "duplicateId": duplicate });
            let answer = change(&app, who, "mergePersons", input).await;
            let error = &answer["userErrors"][0];
            format!("{} {}", error["code"], error["field"][0])
        };
        let account = json!(with_account);
        let [a, b, c] = [&people[0], &people[1], &people[2]];
        assert!(refused(&elsewhere, a, b).await.starts_with("\"NOT_FOUND\""));
        assert_eq!(refused(&here, a, a).await, "\"INVALID\" \"duplicateId\"");
        assert_eq!(
            refused(&here, a, &account).await,
            "\"CONFLICT\" \"duplicateId\""
        );
        assert_eq!(
            refused(&here, &account, a).await,
            "null null",
            "an account stays"
        );
        assert_eq!(refused(&here, b, a).await, "\"CONFLICT\" \"duplicateId\"");
        assert_eq!(refused(&here, a, b).await, "\"CONFLICT\" \"canonicalId\"");
        assert_eq!(refused(&here, &account, b).await, "null null");
        assert_eq!(
            refused(&here, c, &account).await,
            "\"CONFLICT\" \"duplicateId\""
        );
    })
    .await;
}

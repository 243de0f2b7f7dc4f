//! The roster: one screen, one statement, whatever the number of members.

use entity::{audit_log, ids::GroupId};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use vun::{
    auth::capability::Viewer,
    learning::merge::PersonState,
    training::{NewGroup, framing::Frame},
};

use super::world::{World, learned, trainer};
use crate::app::on_both;

const ROSTER: &str = "query($id: ID!, $first: Int, $after: String) { group(id: $id) {
    name area { name } joinCode createdAt
    assignments { module { code } dueOn }
    lessons { code title }
    members(first: $first, after: $after) {
        edges { node { person { fullName } joinedOn lessonStates completedCount lastActivityAt } }
        pageInfo { hasNextPage hasPreviousPage endCursor }
    } } }";

async fn group(world: &World, viewer: &Viewer, name: &str) -> GroupId {
    let new = NewGroup {
        id: None,
        name: name.to_owned(),
        area: world.commune(0),
        frame: Frame::default(),
    };
    world
        .training
        .create_group(&trainer(viewer), new)
        .await
        .unwrap()
}

async fn assign(world: &World, viewer: &Viewer, group: GroupId, codes: &[&str]) {
    let modules = codes.iter().map(|code| world.module_id(code)).collect();
    let due_on = "2026-12-31".parse().unwrap();
    let trainer = trainer(viewer);
    let training = &world.training;
    training
        .assign_modules(&trainer, group, modules, due_on)
        .await
        .unwrap();
}

fn names(members: &Value) -> Vec<String> {
    let edges = members["edges"].as_array().unwrap().iter();
    edges
        .map(|edge| {
            edge["node"]["person"]["fullName"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn a_roster_shows_how_far_each_member_is_in_the_order_of_the_lessons() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let id = group(&world, &one, "Nhóm ấp 1").await;
        assign(&world, &one, id, &["ED1", "HC1"]).await;
        let (home, early) = (world.lessons("HC1"), world.lessons("ED1"));
        let other = world.lessons("IN1");
        let busy = learned(
            &[home[0], early[1], other[0]],
            &[home[1]],
            "2026-03-05T06:07:08Z",
        );
        let people = vec![
            world.person("Trần Thị Đào", here, &busy).await,
            world
                .person("Lê Văn Dũng", here, &PersonState::default())
                .await,
            world
                .person(
                    "Nguyễn Thị Ánh",
                    here,
                    &learned(&other, &[], "2026-01-02T03:04:05Z"),
                )
                .await,
        ];
        world
            .training
            .add_members(&trainer(&one), id, people)
            .await
            .unwrap();

        let answer = world
            .ask(Some(&one), ROSTER, json!({ "id": id.to_string() }))
            .await;
        assert_eq!(answer["errors"], Value::Null);
        let shown = &answer["data"]["group"];
        assert_eq!(shown["name"], "Nhóm ấp 1");
        assert_eq!(shown["joinCode"].as_str().unwrap().len(), 9);
        assert_eq!(shown["createdAt"], "2026-11-22T02:00:00+00:00");
        assert_eq!(
            shown["assignments"],
            json!([
                { "module": { "code": "HC1" }, "dueOn": "2026-12-31" },
                { "module": { "code": "ED1" }, "dueOn": "2026-12-31" },
            ])
        );
        let codes: Vec<_> = shown["lessons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| &l["code"])
            .collect();
        assert_eq!(codes.len(), home.len() + early.len());
        assert_eq!(
            (codes[0], codes[home.len()]),
            (&json!("HC1.1"), &json!("ED1.1"))
        );
        assert!(!shown["lessons"][0]["title"].as_str().unwrap().is_empty());

        assert_eq!(
            names(&shown["members"]),
            ["Nguyễn Thị Ánh", "Lê Văn Dũng", "Trần Thị Đào"],
            "by given name in Vietnamese order"
        );
        let edges = &shown["members"]["edges"];
        let nothing = vec!["NOT_STARTED"; codes.len()];
        let mut states = nothing.clone();
        states[0] = "COMPLETED";
        states[1] = "IN_PROGRESS";
        states[home.len() + 1] = "COMPLETED";
        assert_eq!(edges[2]["node"]["lessonStates"], json!(states));
        assert_eq!(edges[2]["node"]["completedCount"], 2);
        assert_eq!(
            edges[2]["node"]["lastActivityAt"],
            "2026-03-05T06:07:08+00:00"
        );
        assert_eq!(edges[2]["node"]["joinedOn"], "2026-11-22");
        assert_eq!(edges[0]["node"]["lessonStates"], json!(nothing));
        assert_eq!(edges[0]["node"]["completedCount"], 0);
        assert_eq!(edges[1]["node"]["lastActivityAt"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn a_roster_is_one_statement_and_one_audit_row_whatever_the_number_of_members() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let modules = ["HC1", "HC2", "IN1", "ED1"];
        let lessons: Vec<_> = modules
            .iter()
            .flat_map(|code| world.lessons(code))
            .collect();
        assert!(lessons.len() >= 20);
        let state = learned(&lessons[..15], &lessons[15..], "2026-03-05T06:07:08Z");
        // The first request of a token looks its holder up; the others are counted.
        world
            .ask(Some(&one), "{ viewer { account { id } } }", json!({}))
            .await;
        let mut costs = Vec::new();
        for count in [0, 5, 50] {
            let id = group(&world, &one, "Nhóm").await;
            assign(&world, &one, id, &modules).await;
            let mut people = Vec::new();
            for number in 0..count {
                people.push(world.person(&format!("Mẫu {number}"), here, &state).await);
            }
            if !people.is_empty() {
                world
                    .training
                    .add_members(&trainer(&one), id, people.clone())
                    .await
                    .unwrap();
            }
            let audit = world.auth.audit();
            audit.flush().await.unwrap();
            // The clock stands still, so ids do not tell which row came first.
            let before: Vec<_> = audits(&world)
                .await
                .into_iter()
                .map(|row| row.audit_id)
                .collect();
            let variables = json!({ "id": id.to_string() });
            let (answer, statements) = world
                .app
                .statements_of(async || {
                    let answer = world.ask(Some(&one), ROSTER, variables).await;
                    audit.flush().await.unwrap();
                    answer
                })
                .await;
            let members = &answer["data"]["group"]["members"]["edges"];
            assert_eq!(members.as_array().unwrap().len(), count);
            let mut rows = audits(&world).await;
            rows.retain(|row| !before.contains(&row.audit_id));
            // Nobody was shown: nothing to keep.
            assert_eq!(rows.len(), usize::from(count > 0));
            for row in rows {
                assert_eq!(
                    (row.account_id, row.operation.as_str()),
                    (one.account(), "groupMembers")
                );
                assert!(row.subjects.contains(&id.to_string()));
                assert_eq!(row.subjects.matches('-').count(), 4 * (count + 1));
                for person in &people {
                    assert!(row.subjects.contains(&person.to_string()));
                }
            }
            costs.push(statements);
        }
        // The roster, and the row of the audit log where somebody was shown.
        assert_eq!(costs, [1, 2, 2]);
    })
    .await;
}

async fn audits(world: &World) -> Vec<audit_log::Model> {
    audit_log::Entity::find()
        .all(world.app.db.write())
        .await
        .unwrap()
}

#[tokio::test]
async fn pages_of_members_follow_each_other_without_gap_or_repetition() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let id = group(&world, &one, "Nhóm").await;
        let mut people = world.people(7, here).await;
        // Three of one name: the id settles the order.
        for _ in 0..3 {
            people.push(
                world
                    .person("Lê Thị Mẫu 003", here, &PersonState::default())
                    .await,
            );
        }
        world
            .training
            .add_members(&trainer(&one), id, people.clone())
            .await
            .unwrap();
        let ask = async |first: i32, after: Value| {
            let variables = json!({ "id": id.to_string(), "first": first, "after": after });
            world.ask(Some(&one), ROSTER, variables).await
        };
        let whole = ask(200, Value::Null).await;
        let whole = names(&whole["data"]["group"]["members"]);
        assert_eq!(whole.len(), 10);
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        for page in 0..4 {
            let answer = ask(3, after).await;
            let members = &answer["data"]["group"]["members"];
            seen.extend(names(members));
            assert_eq!(members["pageInfo"]["hasNextPage"], json!(page < 3));
            assert_eq!(members["pageInfo"]["hasPreviousPage"], json!(page > 0));
            after = members["pageInfo"]["endCursor"].clone();
            if page == 1 {
                // The last one shown leaves before the next page is asked for.
                let person = person_at(&world, &one, id, 5).await;
                let (training, who) = (&world.training, trainer(&one));
                training
                    .remove_member(&who, id, person, None)
                    .await
                    .unwrap();
            }
        }
        assert_eq!(seen, whole);
        for (first, after) in [
            (0, Value::Null),
            (-1, Value::Null),
            (201, Value::Null),
            (3, json!("nonsense")),
            (3, json!("00000000000000000000000000000000.zz\u{0}")),
        ] {
            let answer = ask(first, after).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
        }
    })
    .await;
}

async fn person_at(
    world: &World,
    viewer: &Viewer,
    id: GroupId,
    at: usize,
) -> entity::ids::PersonId {
    let document = "query($id: ID!) { group(id: $id) { members { nodes { person { id } } } } }";
    let answer = world
        .ask(Some(viewer), document, json!({ "id": id.to_string() }))
        .await;
    let node = &answer["data"]["group"]["members"]["nodes"][at];
    let text = node["person"]["id"].as_str().unwrap();
    uuid::Uuid::try_parse(text).unwrap().into()
}

#[tokio::test]
async fn a_list_of_groups_costs_the_same_however_many_and_is_newest_first() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let people = world.people(3, here).await;
        for number in 0..5 {
            let id = group(&world, &one, &format!("Nhóm {number}")).await;
            let some = people[..=number % 3].to_vec();
            world
                .training
                .add_members(&trainer(&one), id, some)
                .await
                .unwrap();
            world.app.clock.advance(chrono::Duration::milliseconds(1));
        }
        let document = "query($first: Int, $after: String) { groups(first: $first, after: $after) {
            nodes { name members(first: 2) { nodes { person { id } } pageInfo { hasNextPage } }
                    one: members(first: 1) { nodes { person { id } } } }
            pageInfo { endCursor hasNextPage } } }";
        // The first request of a token looks its holder up; the others are counted.
        world
            .ask(Some(&one), "{ viewer { account { id } } }", json!({}))
            .await;
        let audit = world.auth.audit();
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        for first in [2, 3] {
            audit.flush().await.unwrap();
            let (answer, statements) = world
                .app
                .statements_of(async || {
                    let answer = world
                        .ask(
                            Some(&one),
                            document,
                            json!({ "first": first, "after": after }),
                        )
                        .await;
                    audit.flush().await.unwrap();
                    answer
                })
                .await;
            // The list, the groups with one run of members, the other run, the audit row.
            assert_eq!(statements, 4);
            let groups = &answer["data"]["groups"];
            for node in groups["nodes"].as_array().unwrap() {
                let (members, alone) = (&node["members"], &node["one"]["nodes"]);
                let count = members["nodes"].as_array().unwrap().len();
                let more = members["pageInfo"]["hasNextPage"] == true;
                assert_eq!(alone, &json!([members["nodes"][0]]));
                seen.push((node["name"].as_str().unwrap().to_owned(), count, more));
            }
            assert_eq!(groups["pageInfo"]["hasNextPage"], json!(first == 2));
            after = groups["pageInfo"]["endCursor"].clone();
        }
        let expected = [
            ("Nhóm 4", 2, false),
            ("Nhóm 3", 1, false),
            ("Nhóm 2", 2, true),
            ("Nhóm 1", 2, false),
            ("Nhóm 0", 1, false),
        ];
        assert_eq!(
            seen,
            expected.map(|(name, count, more)| (name.to_owned(), count, more))
        );
    })
    .await;
}

#[tokio::test]
async fn changes_over_graphql_answer_with_the_group_or_with_what_to_mend() {
    on_both(async |app| {
        let world = World::new(app).await;
        let here = world.commune(0);
        let one = world.trainer(here).await;
        let people = world.people(2, here).await;
        let create = "mutation($area: ID!) { createGroup(input: { name: \"Nhóm\", areaId: $area }) {
            group { id name members { nodes { id } } } userErrors { code field message } } }";
        let visitor = world.ask(None, create, json!({ "area": here.to_string() })).await;
        assert_eq!(visitor["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
        let made = world.ask(Some(&one), create, json!({ "area": here.to_string() })).await;
        let made = &made["data"]["createGroup"];
        assert_eq!(made["userErrors"], json!([]));
        assert_eq!(made["group"]["members"]["nodes"], json!([]));
        let id = made["group"]["id"].as_str().unwrap().to_owned();

        let add = "mutation($id: ID!, $people: [ID!]!) { addMembers(input: { groupId: $id, personIds: $people }) {
            group { members { nodes { person { id } } } } userErrors { code field } } }";
        let variables = json!({ "id": id, "people": people.iter().map(ToString::to_string).collect::<Vec<_>>() });
        let added = world.ask(Some(&one), add, variables).await;
        let nodes = &added["data"]["addMembers"]["group"]["members"]["nodes"];
        assert_eq!(nodes.as_array().unwrap().len(), 2);
        let wrong = json!({ "id": id, "people": ["x", people[0].to_string(), ""] });
        let wrong = world.ask(Some(&one), add, wrong).await;
        assert_eq!(
            wrong["data"]["addMembers"],
            json!({ "group": null, "userErrors": [
                { "code": "INVALID", "field": ["personIds", "0"] },
                { "code": "INVALID", "field": ["personIds", "2"] },
            ] })
        );

        let remove = "mutation($id: ID!, $person: ID!) {
            removeMember(input: { groupId: $id, personId: $person, reason: MOVED_AWAY }) {
                group { members { nodes { person { id } } } } userErrors { code field } } }";
        let variables = json!({ "id": id, "person": people[0].to_string() });
        let removed = world.ask(Some(&one), remove, variables).await;
        let left = &removed["data"]["removeMember"]["group"]["members"]["nodes"];
        assert_eq!(left, &json!([{ "person": { "id": people[1].to_string() } }]));

        let assign = "mutation($id: ID!, $modules: [ID!]!, $on: Date!) {
            assignModules(input: { groupId: $id, moduleIds: $modules, dueOn: $on }) {
                group { assignments { module { code title } dueOn } } userErrors { code field } } }";
        let module = world.module_id("HC1").to_string();
        let variables = json!({ "id": id, "modules": [module], "on": "2026-12-01" });
        let assigned = world.ask(Some(&one), assign, variables).await;
        let assignments = &assigned["data"]["assignModules"]["group"]["assignments"];
        assert_eq!(assignments[0]["module"]["code"], "HC1");
        assert!(!assignments[0]["module"]["title"].as_str().unwrap().is_empty());
        for unknown in ["", "x", "00000000-0000-0000-0000-000000000000"] {
            let answer = world.ask(Some(&one), ROSTER, json!({ "id": unknown })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
            assert_eq!(answer["data"]["group"], Value::Null);
        }
    })
    .await;
}

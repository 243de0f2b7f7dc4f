//! Importing the shipped areas and asking for them.

use std::{path::Path, time::Instant};

use async_graphql::{EmptyMutation, EmptySubscription, Request, Schema, Variables};
use entity::{area, area_change_edge, area_name, ids::AreaId};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use vun::{
    areas::{Areas, ImportSummary, graphql::AreaQuery},
    error::Error,
    messages::Language,
};

use crate::app::{TestApp, on_both_empty};

const FILE: &str = "curriculum/admin_units.csv";

/// The tables without what is shipped, and the areas read from them.
async fn areas(app: &TestApp) -> Areas {
    migration::up(app.db.write()).await.expect("the tables");
    Areas::open(app.db.clone(), app.clock.clone())
        .await
        .expect("areas")
}

async fn import(areas: &Areas, dry_run: bool) -> ImportSummary {
    areas
        .import(Path::new(FILE), dry_run)
        .await
        .expect("a good file")
}

async fn count_areas(app: &TestApp) -> u64 {
    area::Entity::find()
        .count(app.db.write())
        .await
        .expect("a count")
}

#[tokio::test]
async fn importing_twice_changes_nothing_and_a_dry_run_writes_nothing() {
    on_both_empty(async |app| {
        let areas = areas(&app).await;
        assert!(areas.atlas().is_empty());
        let promised = import(&areas, true).await;
        assert_eq!(count_areas(&app).await, 0);
        assert!(areas.atlas().is_empty());
        assert_eq!(promised.areas.new, 1 + 86 + 696 + 13_224);
        assert_eq!((promised.areas.changed, promised.areas.unchanged), (0, 0));

        let started = Instant::now();
        assert_eq!(import(&areas, false).await, promised);
        println!("{:?}: imported in {:?}", app.engine, started.elapsed());
        assert_eq!(count_areas(&app).await, promised.areas.new as u64);
        assert_eq!(areas.atlas().len(), promised.areas.new);

        for dry_run in [true, false] {
            let again = import(&areas, dry_run).await;
            assert!(again.is_unchanged(), "{again}");
            assert_eq!(again.areas.unchanged, promised.areas.new);
            assert_eq!(again.changes.unchanged, promised.changes.new);
            assert_eq!(again.atoms.unchanged, promised.atoms.new);
        }
        let read = Instant::now();
        let opened = Areas::open(app.db.clone(), app.clock.clone())
            .await
            .expect("areas");
        println!("{:?}: opened in {:?}", app.engine, read.elapsed());
        assert_eq!(opened.atlas().bytes(), areas.atlas().bytes());
    })
    .await;
}

#[tokio::test]
async fn what_differs_from_the_file_is_counted_and_mended() {
    on_both_empty(async |app| {
        let areas = areas(&app).await;
        let all = import(&areas, false).await;
        let db = app.db.write();
        for spoil in [
            "UPDATE area_name SET name = 'Phường Thuận Ang' WHERE name = 'Thành phố Hồ Chí Minh'",
            "UPDATE area SET valid_to = '2026-01-01' WHERE level = 'COUNTRY'",
            "DELETE FROM atom WHERE parent_atom_id IS NOT NULL",
            "DELETE FROM area_change_edge WHERE area_change_id IN (SELECT area_change_id FROM area_change WHERE kind = 'RENAMED')",
        ] {
            db.execute_unprepared(spoil).await.expect("spoiled");
        }
        let promised = import(&areas, true).await;
        // Ho Chi Minh City before and after the merger, and the country.
        assert_eq!((promised.areas.new, promised.areas.changed), (0, 3));
        assert_eq!(promised.atoms.new, 972);
        assert!(promised.changes.changed > 0 && promised.changes.new == 0);
        assert_eq!(import(&areas, false).await, promised);
        let edges = area_change_edge::Entity::find().count(db).await.expect("a count");
        assert_eq!(edges, 9_462 + 52 + 972 + 7 + 25 + 5);
        let names = area_name::Entity::find().count(db).await.expect("a count");
        let again = import(&areas, false).await;
        assert!(again.is_unchanged(), "{again}");
        assert_eq!(again.areas.unchanged, all.areas.new);
        assert_eq!(area_name::Entity::find().count(db).await.expect("a count"), names);
    })
    .await;
}

#[tokio::test]
async fn a_bad_row_is_named_by_file_line_and_reason_and_nothing_is_loaded() {
    let good = std::fs::read_to_string(FILE).expect("the shipped file");
    let lines: Vec<&str> = good.lines().collect();
    let spoiled = |line: usize, from: &str, to: &str| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        assert!(lines[line - 1].contains(from), "{}", lines[line - 1]);
        lines[line - 1] = lines[line - 1].replace(from, to);
        lines.join("\n")
    };
    let last = lines.len();
    let level = lines[last - 1].split(',').nth(2).expect("a level");
    let bad = [
        (2, spoiled(2, ",08,P02", ",98,P02"), "98"),
        (2, spoiled(2, "2025-06-30", "2025-06-31"), "2025-06-31"),
        (last, spoiled(last, level, "village"), "village"),
    ];
    on_both_empty(async |app| {
        let areas = areas(&app).await;
        for (line, text, reason) in &bad {
            for dry_run in [true, false] {
                let outcome = areas
                    .import_bytes("units.csv", text.clone().into_bytes(), dry_run)
                    .await;
                let Err(Error::User(errors)) = outcome else {
                    panic!("line {line} was taken: {outcome:?}");
                };
                for language in [Language::Vietnamese, Language::English] {
                    let found = errors
                        .iter()
                        .map(|error| error.text(language))
                        .find(|text| text.contains(reason));
                    let found = found.unwrap_or_else(|| panic!("{errors:?}"));
                    assert!(
                        found.starts_with("units.csv") && found.contains(&line.to_string()),
                        "{found}"
                    );
                }
            }
        }
        assert_eq!(count_areas(&app).await, 0);
        let missing = areas.import(Path::new("no/such/file.csv"), false).await;
        assert!(matches!(missing, Err(Error::User(_))), "{missing:?}");
    })
    .await;
}

type Visitor = Schema<AreaQuery, EmptyMutation, EmptySubscription>;

async fn visitor(app: &TestApp) -> Visitor {
    let areas = areas(app).await;
    import(&areas, false).await;
    Schema::build(AreaQuery, EmptyMutation, EmptySubscription)
        .data(areas)
        .finish()
}

async fn ask(schema: &Visitor, document: &str, variables: Value) -> Value {
    let answer = schema
        .execute(Request::new(document).variables(Variables::from_json(variables)))
        .await;
    serde_json::to_value(answer).expect("JSON")
}

/// The only error's code and message.
fn refused(answer: &Value) -> (&str, &str) {
    let error = &answer["errors"][0];
    (
        error["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}")),
        error["message"].as_str().unwrap_or_default(),
    )
}

#[tokio::test]
async fn an_area_is_asked_for_by_code_and_day() {
    on_both_empty(async |app| {
        let schema = visitor(&app).await;
        let document = "query ($code: String, $on: Date) { area(code: $code, on: $on) {
            id level name displayName unitType code validFrom validTo province { name }
            parent { name } ancestors { level } successors { name } predecessors { displayName } } }";
        let old = ask(&schema, document, json!({ "code": "25978", "on": "2025-06-30" })).await;
        let old = &old["data"]["area"];
        assert_eq!(old["name"], "Phường Hưng Định");
        assert_eq!(old["displayName"], "Phường Hưng Định, Thành phố Thuận An, Tỉnh Bình Dương");
        assert_eq!(old["province"]["name"], "Tỉnh Bình Dương");
        assert_eq!(old["validTo"], "2025-06-30");
        assert_eq!(old["ancestors"], json!([{"level": "DISTRICT"}, {"level": "PROVINCE"}, {"level": "COUNTRY"}]));
        // The code was given to another place: without a day nobody can know which is meant.
        let answer = ask(&schema, document, json!({ "code": "25978" })).await;
        let (code, message) = refused(&answer);
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.contains("2025-06-30 Phường Hưng Định"), "{message}");
        // Cà Mau kept name and code when it took in Bạc Liêu: the one of today is meant.
        let province = ask(&schema, document, json!({ "code": "96" })).await;
        assert_eq!(province["data"]["area"]["validFrom"], "2025-07-01");
        for on in ["2025-07-01", "2026-11-22"] {
            let new = ask(&schema, document, json!({ "code": "25978", "on": on })).await;
            let new = &new["data"]["area"];
            assert_eq!(new["displayName"], "Phường Thuận An, Thành phố Hồ Chí Minh");
            assert_eq!(new["unitType"], "WARD");
            assert_eq!(new["parent"]["name"], "Thành phố Hồ Chí Minh");
            assert_eq!(new["validFrom"], "2025-07-01");
            assert_eq!(new["validTo"], Value::Null);
            let predecessors = new["predecessors"].as_array().expect("a list");
            assert!(predecessors.contains(&json!({ "displayName": old["displayName"] })), "{new}");
            assert_ne!(new["id"], old["id"]);
        }
        // A code in use once only needs no day, though it is closed.
        let district = ask(&schema, document, json!({ "code": "725" })).await;
        assert_eq!(district["data"]["area"]["displayName"], "Thành phố Thuận An, Tỉnh Bình Dương");
        for nothing in [json!({ "code": "99999" }), json!({ "code": "725", "on": "2025-07-01" }), json!({ "code": "" })] {
            let answer = ask(&schema, document, nothing).await;
            assert_eq!(answer["data"]["area"], Value::Null);
            assert_eq!(answer["errors"], Value::Null, "{answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_area_answers_for_the_day_it_is_asked_about() {
    on_both_empty(async |app| {
        let schema = visitor(&app).await;
        let answer = ask(
            &schema,
            r#"{ area(code: "22") { id name(on: "2025-06-30") now: name old: children(on: "2025-06-30", first: 200) { nodes { level } }
                 children(first: 200) { nodes { level name province { code } } pageInfo { hasNextPage } } } }"#,
            json!({}),
        )
        .await;
        let area = &answer["data"]["area"];
        assert_eq!((&area["name"], &area["now"]), (&json!("Tỉnh Quảng Ninh"), &json!("Thành phố Quảng Ninh")));
        assert_eq!(area["children"]["nodes"].as_array().map(Vec::len), Some(54));
        assert_eq!(area["children"]["nodes"][0]["province"]["code"], "22");
        assert_eq!(area["children"]["pageInfo"]["hasNextPage"], false);
        assert_eq!(area["old"]["nodes"][0]["level"], "DISTRICT");
        // By id: a closed area answers for its last day, an open one for the day asked about.
        let by_id = "query ($id: ID!, $on: Date) { area(id: $id, on: $on) { name displayName } }";
        let again = ask(&schema, by_id, json!({ "id": area["id"], "on": "2025-06-30" })).await;
        assert_eq!(again["data"]["area"]["name"], "Tỉnh Quảng Ninh");
        for unknown in ["11111111-1111-1111-1111-111111111111", "x"] {
            let answer = ask(&schema, by_id, json!({ "id": unknown })).await;
            assert_eq!(answer["data"]["area"], Value::Null, "{answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn areas_are_found_by_name_inside_another_and_in_pages() {
    on_both_empty(async |app| {
        let schema = visitor(&app).await;
        let document = "query ($text: String, $parent: ID, $level: AreaLevel, $on: Date, $first: Int, $after: String) {
            areas(text: $text, parentId: $parent, level: $level, on: $on, first: $first, after: $after) {
                nodes { id displayName } pageInfo { hasNextPage endCursor } } }";
        let find = async |variables: Value| ask(&schema, document, variables).await["data"]["areas"].clone();
        let provinces = find(json!({ "level": "PROVINCE", "first": 200 })).await;
        assert_eq!(provinces["nodes"].as_array().map(Vec::len), Some(34));
        let provinces = find(json!({ "level": "PROVINCE", "first": 200, "on": "2025-06-30" })).await;
        assert_eq!(provinces["nodes"].as_array().map(Vec::len), Some(63));
        let city = find(json!({ "text": "ho chi minh" })).await;
        assert_eq!(city["nodes"][0]["displayName"], "Thành phố Hồ Chí Minh");
        let here = json!({ "text": "thuan an", "parent": city["nodes"][0]["id"] });
        assert_eq!(find(here).await["nodes"][0]["displayName"], "Phường Thuận An, Thành phố Hồ Chí Minh");

        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = find(json!({ "parent": city["nodes"][0]["id"], "first": 50, "after": after })).await;
            seen.extend(page["nodes"].as_array().expect("a list").iter().map(|node| node["id"].clone()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen.len(), 168);
        seen.sort_by_key(Value::to_string);
        seen.dedup();
        assert_eq!(seen.len(), 168);
        let default = find(json!({ "level": "COMMUNE" })).await;
        assert_eq!(default["nodes"].as_array().map(Vec::len), Some(20));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_with_a_code_and_a_reason() {
    on_both_empty(async |app| {
        let schema = visitor(&app).await;
        for (document, reason) in [
            ("{ area { id } }", "id"),
            (r#"{ area(code: "79", id: "x") { id } }"#, "code"),
            (
                r#"{ area(code: "79", on: "2026-11-23") { id } }"#,
                "2026-11-22",
            ),
            (
                r#"{ areas(on: "2150-01-01") { nodes { id } } }"#,
                "2026-11-22",
            ),
            ("{ areas(first: 201) { nodes { id } } }", "200"),
            ("{ areas(first: 0) { nodes { id } } }", "200"),
            (r#"{ areas(after: "x") { nodes { id } } }"#, "after"),
            (
                r#"{ areas(parentId: "11111111-1111-1111-1111-111111111111") { nodes { id } } }"#,
                "",
            ),
            (
                r#"{ area(code: "79") { children(first: 500) { nodes { id } } } }"#,
                "200",
            ),
        ] {
            let answer = ask(&schema, document, json!({})).await;
            let (code, message) = refused(&answer);
            assert_eq!(code, "BAD_USER_INPUT", "{document}: {answer}");
            assert!(message.contains(reason), "{document}: {message}");
        }
        let long = ask(
            &schema,
            "query ($text: String) { areas(text: $text) { nodes { id } } }",
            json!({ "text": "a".repeat(101) }),
        )
        .await;
        assert_eq!(refused(&long).0, "BAD_USER_INPUT");
        // No calendar has these days: they are not of the type.
        for absurd in ["9999-12-31", "0001-01-01", "2025-02-30", "-2025-01-01"] {
            let answer = ask(
                &schema,
                "query ($on: Date) { areas(on: $on) { nodes { id } } }",
                json!({ "on": absurd }),
            )
            .await;
            assert!(
                answer["errors"][0]["message"].is_string(),
                "{absurd}: {answer}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_code_that_named_several_areas_and_none_today_needs_a_day() {
    let file =
        "code,name,level,parent_code,valid_from,valid_to,successor_codes,uid,unit_type,change,basis
01,Tỉnh Một,province,VN,,,,P01-0,tinh,,
10001,Xã A,commune,01,,2025-06-30,10002,C10001-0,xa,merged,QĐ 1
10002,Xã B,commune,01,2025-07-01,,,C10002-1,xa,,QĐ 1
10001,Xã C,commune,01,2025-07-01,2026-01-31,10003,C10001-1,xa,merged,QĐ 2
10003,Xã D,commune,01,2026-02-01,,,C10003-2,xa,,QĐ 2
";
    on_both_empty(async |app| {
        let areas = areas(&app).await;
        areas
            .import_bytes("small.csv", file.into(), false)
            .await
            .expect("a good file");
        let schema: Visitor = Schema::build(AreaQuery, EmptyMutation, EmptySubscription)
            .data(areas)
            .finish();
        let answer = ask(&schema, r#"{ area(code: "10001") { id } }"#, json!({})).await;
        let (code, message) = refused(&answer);
        assert_eq!(code, "BAD_USER_INPUT");
        for part in ["2025-06-30 Xã A", "2025-07-01 – 2026-01-31 Xã C"] {
            assert!(message.contains(part), "{message}");
        }
        let answer = ask(
            &schema,
            r#"{ area(code: "10001", on: "2025-08-01") { name } }"#,
            json!({}),
        )
        .await;
        assert_eq!(answer["data"]["area"]["name"], "Xã C");
    })
    .await;
}

#[tokio::test]
async fn the_atlas_is_replaced_as_a_whole_by_an_import() {
    on_both_empty(async |app| {
        let areas = areas(&app).await;
        let before = areas.atlas();
        import(&areas, false).await;
        assert!(before.is_empty() && !areas.atlas().is_empty());
        let country: Option<AreaId> = areas.atlas().country();
        assert_eq!(
            areas
                .atlas()
                .name(country.expect("a country"), areas.today()),
            "Việt Nam"
        );
    })
    .await;
}

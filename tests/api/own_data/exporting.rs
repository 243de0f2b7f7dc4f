//! Taking away: the file holds every personal column there is, what the rows say, and nothing of others.

use std::collections::{BTreeMap, BTreeSet};

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::world::{Marked, NAME, NICKNAME};
use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
    privacy::{Class, classes},
    requests::{Answer, send},
};

/// Tables and columns that lead to people and are on no page, each with the reason.
const NOT_HERS: &[(&str, &str)] = &[
    ("coverage_late", "sums"),
    ("coverage_present", "sums"),
    ("coverage_delta", "sums"),
    ("coverage_day", "sums"),
    ("coverage_month", "sums"),
    ("coverage_erased", "sums"),
    ("report_seal", "sums"),
    (
        "coverage_backfill",
        "how far a task of the server has come, until it is done",
    ),
    ("audit_log.subjects", "whom others' data are about"),
    (
        "sign_in_attempt",
        "guesses at a login name, by its hash, for two hours",
    ),
];

async fn file(app: &TestApp, who: &Actor, language: &str) -> Answer {
    let request = Request::get("/account/data.json")
        .header("authorization", format!("Bearer {}", who.token))
        .header("accept-language", language)
        .body(Body::empty());
    send(&app.router, request.expect("a request")).await
}

fn parts(file: &Answer) -> Vec<Value> {
    file.json["parts"].as_array().expect("parts").clone()
}

fn rows<'a>(parts: &'a [Value], table: &str) -> Vec<&'a Value> {
    let of_table = parts.iter().filter(|part| part["table"] == table);
    of_table
        .flat_map(|part| part["rows"].as_array().expect("rows"))
        .collect()
}

#[tokio::test]
async fn the_file_has_every_personal_column_and_every_row_of_hers() {
    on_both(async |app| {
        let marked = Marked::new(&app).await;
        let she = app.sign_in_again(&marked.she).await;
        let told = she
            .graphql(&app, &operation("exportMyData"), json!({ "input": {} }))
            .await;
        assert_eq!(told.data("exportMyData.export.path"), "/account/data.json");
        let file = file(&app, &she, "vi").await;
        assert_eq!(file.status, 200, "{file}");
        assert!(
            file.headers["content-disposition"]
                .to_str()
                .unwrap()
                .starts_with("attachment")
        );
        let parts = parts(&file);

        let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for part in &parts {
            let table = part["table"].as_str().expect("a table").to_owned();
            let columns = part["columns"].as_array().expect("columns").iter();
            let columns = columns.map(|column| column.as_str().expect("a name").to_owned());
            shown.entry(table).or_default().extend(columns);
            assert!(
                part["about"].as_str().is_some_and(|about| about.len() > 20),
                "{part}"
            );
            assert!(
                !part["about"].as_str().unwrap().starts_with("held-"),
                "{part}"
            );
        }
        let mut missing = Vec::new();
        let on_no_page = |name: &str| NOT_HERS.iter().any(|(other, _)| *other == name);
        for (table, columns) in classes() {
            for (column, class) in columns {
                let hers = matches!(class, Class::Personal | Class::Sensitive);
                let there = shown
                    .get(&table)
                    .is_some_and(|shown| shown.contains(&column));
                let known = on_no_page(&table) || on_no_page(&format!("{table}.{column}"));
                if hers && !there && !known {
                    missing.push(format!("{table}.{column}"));
                }
                assert!(
                    class != Class::Secret || !there,
                    "{table}.{column} opens a door"
                );
            }
        }
        assert!(
            missing.is_empty(),
            "put these on the page of what their feature holds (held.rs): {missing:#?}"
        );

        assert_eq!(
            rows(&parts, "person").len(),
            2,
            "her record and the one merged into it"
        );
        assert_eq!(rows(&parts, "person")[0]["full_name"], NAME);
        assert_eq!(
            rows(&parts, "person_particulars")
                .iter()
                .filter(|row| row["phone"] == "+84912345678")
                .count(),
            1
        );
        let children = rows(&parts, "child");
        assert_eq!(children.len(), 3);
        assert_eq!(
            children
                .iter()
                .filter(|row| row["nickname"] == NICKNAME)
                .count(),
            2
        );
        let events = rows(&parts, "learning_event");
        let own = events
            .iter()
            .filter(|row| row["person_id"] == she.person.0.to_string());
        assert!(own.count() >= marked.events.len());
        let ids: BTreeSet<&str> = events
            .iter()
            .filter_map(|row| row["event_id"].as_str())
            .collect();
        assert!(
            marked
                .events
                .iter()
                .all(|event| ids.contains(event["id"].as_str().unwrap()))
        );
        assert_eq!(
            rows(&parts, "home_visit")[0]["purpose"],
            format!("Thăm {NICKNAME}")
        );
        assert!(rows(&parts, "learner")[0]["state"].is_object());
        for table in [
            "session_tick",
            "follow_up",
            "consent",
            "device",
            "quarantined_event",
            "standing",
            "audit_log",
        ] {
            assert!(!rows(&parts, table).is_empty(), "{table}");
        }
        // What she did for others tells nothing of them.
        let all = file.json.to_string();
        assert!(
            !all.contains(&marked.co_guardian.person.0.to_string()),
            "a neighbour is in her file"
        );
        assert!(!all.contains(&marked.co_guardian.login));
        // The trainer's file has nothing of hers.
        let trainer = app.sign_in_again(&marked.trainer).await;
        let theirs = super::exporting::file(&app, &trainer, "en").await;
        let text = theirs.json.to_string();
        assert!(
            !text.contains(NAME) && !text.contains(NICKNAME),
            "she is in her trainer's file"
        );
        assert!(
            text.contains("Everything held on you"),
            "in the language asked for"
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_gets_a_file_without_a_good_token() {
    on_both(async |app| {
        let request = Request::get("/account/data.json").body(Body::empty());
        let refused = send(&app.router, request.unwrap()).await;
        assert_eq!(refused.status, 401, "{refused}");
        let mut she = app.caregiver().await;
        she.token = "x".repeat(43);
        assert_eq!(file(&app, &she, "vi").await.status, 401);
    })
    .await;
}

//! Bad input gets a clear error with a code, names the field where the user can mend it, and writes nothing.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::NaiveDate;
use entity::area::AreaLevel;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{Product, TestApp, on_both},
    authorization::operation,
    given::{Actor, PASSWORD, WARD},
    requests::{Answer, graphql, send},
    tables,
};

/// Rows of every table, but for those that count attempts or say who did what.
async fn rows(app: &TestApp) -> BTreeMap<String, i64> {
    let columns = tables::columns(&app.db).await;
    let tables: BTreeSet<_> = columns
        .iter()
        .filter_map(|column| column.split('.').next())
        .collect();
    let mut found = BTreeMap::new();
    for table in tables {
        let sql = format!("SELECT count(*) AS n FROM \"{table}\"");
        let statement = Statement::from_string(app.db.backend(), sql);
        let row = app.db.write().query_one_raw(statement).await;
        let count: i64 = row
            .expect("an answer")
            .expect("a row")
            .try_get("", "n")
            .expect("a count");
        found.insert(table.to_owned(), count);
    }
    found
}

/// Sends one operation and checks that it wrote nothing.
async fn refused(app: &TestApp, actor: Option<&Actor>, name: &str, variables: Value) -> Answer {
    let before = rows(app).await;
    let token = actor.map(|actor| actor.token.as_str());
    let answer = app.graphql(token, &operation(name), variables).await;
    assert_eq!(rows(app).await, before, "{name} wrote something: {answer}");
    answer
}

/// [`refused`], for what the user can mend: the codes and fields, each with a sentence.
async fn mend(
    app: &TestApp,
    actor: Option<&Actor>,
    name: &str,
    input: Value,
) -> Vec<(String, String)> {
    let answer = refused(app, actor, name, json!({ "input": input })).await;
    let errors = answer.user_errors(name).into_iter();
    errors
        .map(|error| {
            assert!(
                error.message.contains(' '),
                "a sentence, not {}",
                error.message
            );
            (error.code, error.field)
        })
        .collect()
}

fn one(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

#[tokio::test]
async fn days_that_are_unknown_or_to_come_are_refused() {
    on_both(async |app| {
        let supervisor = app.supervisor(app.ward()).await;
        for on in [
            "2031-01-01",
            "2025-02-30",
            "1.7.2025",
            "0001-01-01",
            "",
            "9999-99-99",
        ] {
            let answer = refused(&app, None, "area", json!({ "code": WARD, "on": on })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{on}: {answer}");
        }
        let document = "query($areaId: ID!, $on: Date) {
            coverage(areaId: $areaId, indicator: \"D3\", on: $on) { rate } }";
        for on in ["2026-11-23", "1990-01-01"] {
            let variables = json!({ "areaId": app.ward().0, "on": on });
            let answer = supervisor.graphql(&app, document, variables).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{on}: {answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_closed_area_is_no_home() {
    on_both(async |app| {
        let closed = app.area(WARD, AreaLevel::Commune, day("2025-06-30"));
        assert_ne!(closed, app.ward());
        let sign_up = |area: Uuid| {
            json!({
                "login": "nguoi-moi", "password": PASSWORD, "fullName": "Người mẫu", "areaId": area,
                "audiences": ["CAREGIVER"],
            })
        };
        let told = mend(&app, None, "signUp", sign_up(closed.0)).await;
        assert_eq!(told, one("CLOSED", "areaId"));
        let told = mend(&app, None, "signUp", sign_up(app.clock.id())).await;
        assert_eq!(told, one("NOT_FOUND", "areaId"));
    })
    .await;
}

#[tokio::test]
async fn months_of_children_are_plausible() {
    on_both(async |app| {
        let caregiver = app.caregiver().await;
        let cases = [
            (json!({ "bornMonth": "2026-12" }), "bornMonth"),
            (json!({ "bornMonth": "2010-11" }), "bornMonth"),
            (json!({ "dueMonth": "2027-11" }), "dueMonth"),
            (json!({ "dueMonth": "2026-10" }), "dueMonth"),
        ];
        for (input, field) in cases {
            let told = mend(&app, Some(&caregiver), "saveChild", input.clone()).await;
            assert_eq!(told, one("DATE_OUT_OF_RANGE", field), "{input}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_unknown_indicator_is_refused() {
    on_both(async |app| {
        let supervisor = app.supervisor(app.ward()).await;
        let asked = json!({ "areaId": app.ward().0, "indicator": "D99" });
        let answer = refused(&app, Some(&supervisor), "coverage", asked).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer}");
        let input = json!({
            "areaId": app.ward().0, "indicator": "D99", "periodFrom": "2026-01-01",
            "periodTo": "2026-12-31", "value": 1, "source": "Số liệu mẫu",
        });
        let told = mend(&app, Some(&supervisor), "setDenominator", input).await;
        assert_eq!(told, one("NOT_FOUND", "indicator"));
    })
    .await;
}

#[tokio::test]
async fn learning_of_what_is_not_published_or_by_others_is_refused() {
    on_both(async |app| {
        let (caregiver, other) = (app.caregiver().await, app.caregiver().await);
        let lesson_of = async |code: &str| {
            let answer = app
                .graphql(None, &operation("lesson"), json!({ "code": code }))
                .await;
            answer.data("lesson.id").clone()
        };
        let (first, second) = (lesson_of("HC1.1").await, lesson_of("HC1.2").await);
        let event: Uuid = app.clock.id();

        let for_other = json!({ "eventId": event, "lessonId": first, "personId": other.person.0 });
        let told = mend(&app, Some(&caregiver), "completeLesson", for_other).await;
        assert_eq!(told, one("NOT_FOUND", "personId"));

        let unknown = json!({ "eventId": event, "lessonId": app.clock.id::<Uuid>() });
        let told = mend(&app, Some(&caregiver), "completeLesson", unknown).await;
        assert_eq!(told, one("NOT_FOUND", "lessonId"));

        let good = json!({ "eventId": event, "lessonId": first });
        let done = caregiver
            .graphql(&app, &operation("completeLesson"), json!({ "input": good }))
            .await;
        assert_eq!(
            done.user_errors("completeLesson"),
            [] as [(&str, &str); 0],
            "{done}"
        );
        let told = mend(&app, Some(&caregiver), "completeLesson", good).await;
        assert_eq!(told, [], "the same again is answered");
        let other_body = json!({ "eventId": event, "lessonId": second });
        let told = mend(&app, Some(&caregiver), "completeLesson", other_body).await;
        assert_eq!(told, one("CONFLICT", "eventId"));

        let retire = "UPDATE lesson_release SET state = 'RETIRED'";
        app.db
            .write()
            .execute_unprepared(retire)
            .await
            .expect("retired");
        let later = Product::open(&app.db, &app.clock).await;
        let before = rows(&app).await;
        let input = json!({ "input": { "eventId": app.clock.id::<Uuid>(), "lessonId": second } });
        let token = Some(caregiver.token.as_str());
        let answer = graphql(&later.router, token, &operation("completeLesson"), input).await;
        let told = answer.user_errors("completeLesson");
        assert_eq!(
            (told.len(), told[0].field.as_str()),
            (1, "lessonId"),
            "{answer}"
        );
        assert_eq!(rows(&app).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_token_of_somebody_signed_out_is_refused() {
    on_both(async |app| {
        let caregiver = app.caregiver().await;
        let out = caregiver
            .graphql(&app, &operation("signOut"), json!({ "input": {} }))
            .await;
        assert_eq!(out.user_errors("signOut"), [] as [(&str, &str); 0], "{out}");
        for (name, variables) in [
            ("viewer", json!({})),
            ("area", json!({ "code": WARD })),
            ("saveChild", json!({ "input": { "bornMonth": "2024-05" } })),
        ] {
            let answer = refused(&app, Some(&caregiver), name, variables).await;
            assert_eq!(answer.code(), "UNAUTHENTICATED", "{name}: {answer}");
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        }
    })
    .await;
}

fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/graphql-response+json")
        .body(body.into())
        .expect("a request")
}

#[tokio::test]
async fn requests_out_of_all_proportion_are_refused() {
    on_both(async |app| {
        let before = rows(&app).await;
        let deep = format!(
            "{{ area(code: \"{WARD}\") {}id{} }}",
            "{ parent ".repeat(40),
            " }".repeat(40)
        );
        let aliases: String = (0..2000)
            .map(|n| format!("a{n}: domains {{ code }} "))
            .collect();
        let query = |text: &str| json!({ "query": text }).to_string().into_bytes();
        let mut not_text = query("{ domains { code } }");
        not_text[14] = 0xff;
        let cases: [(&str, Vec<u8>, &str); 5] = [
            (
                "a body of 1 MB",
                query(&"#".repeat(1_000_000)),
                "LIMIT_EXCEEDED",
            ),
            ("40 levels", query(&deep), "LIMIT_EXCEEDED"),
            (
                "2,000 aliases",
                query(&format!("{{ {aliases} }}")),
                "LIMIT_EXCEEDED",
            ),
            ("invalid UTF-8", not_text, "BAD_USER_INPUT"),
            (
                "an empty variable map",
                json!({ "query": operation("area"), "variables": {} })
                    .to_string()
                    .into_bytes(),
                "BAD_USER_INPUT",
            ),
        ];
        for (what, body, code) in cases {
            let answer = send(&app.router, post(body)).await;
            assert_eq!(answer.code(), code, "{what}: {answer}");
            assert!(answer.status.is_client_error(), "{what}: {answer}");
            let message = answer.errors()[0]["message"].as_str().unwrap_or_default();
            assert!(message.contains(' '), "{what}: {answer}");
        }
        assert_eq!(rows(&app).await, before);
    })
    .await;
}

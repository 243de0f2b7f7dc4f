//! GraphQL over HTTP: statuses, media types, headers, sign-in, deadlines.

use std::{sync::atomic::Ordering, time::Duration};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use rstest::rstest;
use vun::{graphql::handler::EdgeSettings, http::admission::Admission};

use crate::app::{GOOD_TOKEN, Setup, app, app_with, document, post};

#[tokio::test]
async fn a_query_is_answered() {
    let reply = app().query("{node{child{name}}}").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(
        reply.json(),
        serde_json::json!({"data":{"node":{"child":{"name":"a node"}}}})
    );
    assert!(
        reply
            .header(header::CONTENT_TYPE)
            .starts_with("application/graphql-response+json")
    );
}

#[tokio::test]
async fn every_answer_has_an_id_of_our_own_and_is_never_cached() {
    let app = app();
    for path in ["/graphql", "/healthz", "/readyz", "/nothing"] {
        let request = Request::get(path).header("x-request-id", "chosen-by-client");
        let reply = app.send(request.body(Body::empty()).unwrap()).await;
        let id: uuid::Uuid = reply.header("x-request-id").parse().unwrap();
        assert_eq!(id.get_version_num(), 7, "{path}");
        assert_eq!(reply.header(header::CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(
            reply.header(header::X_CONTENT_TYPE_OPTIONS),
            "nosniff",
            "{path}"
        );
    }
}

#[rstest]
#[case::syntax("{", "BAD_USER_INPUT", 400, 200)]
#[case::unknown_field("{nothing}", "BAD_USER_INPUT", 400, 200)]
#[case::missing_variable("query($a:Int!){children(first:$a){name}}", "BAD_USER_INPUT", 400, 200)]
#[case::wrong_argument("{children(first:\"a\"){name}}", "BAD_USER_INPUT", 400, 200)]
#[case::subscription("subscription{nothing}", "BAD_USER_INPUT", 400, 400)]
#[case::two_operations("query A{node{name}} query B{node{name}}", "BAD_USER_INPUT", 400, 200)]
#[case::unknown_fragment("{...A}", "BAD_USER_INPUT", 400, 200)]
#[case::circular_fragments(
    "{...A} fragment A on Query{...B} fragment B on Query{...A}",
    "BAD_USER_INPUT",
    400,
    200
)]
#[case::limit("{a1:echo a2:echo a3:echo a4:echo}", "LIMIT_EXCEEDED", 400, 400)]
#[tokio::test]
async fn a_request_error_has_a_code_and_no_data(
    #[case] text: &str,
    #[case] code: &str,
    #[case] status: u16,
    #[case] status_for_json: u16,
) {
    let mut setup = Setup::default();
    setup.limits.aliases = 3;
    let app = app_with(setup);
    let reply = app.query(text).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (status, code)
    );
    assert_eq!(reply.json().get("data"), None);
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    let reply = app.send(request.body(document(text).into()).unwrap()).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (status_for_json, code)
    );
    assert_eq!(reply.json().get("data"), None);
}

#[rstest]
#[case::field_error("{node{name} broken}", 200, "INTERNAL")]
#[case::all_failed("{broken}", 500, "INTERNAL")]
#[case::forbidden("{forbidden}", 200, "FORBIDDEN")]
#[case::limited("{limited}", 429, "RATE_LIMITED")]
#[case::panic("{panics}", 500, "INTERNAL")]
#[tokio::test]
async fn an_execution_error_has_a_code_and_no_internal_text(
    #[case] text: &str,
    #[case] status: u16,
    #[case] code: &str,
) {
    let reply = app().query(text).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (status, code)
    );
    let body = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(
        !body.contains("no such table") && !body.contains("marked-secret"),
        "{body}"
    );
    if code == "INTERNAL" {
        let told = &reply.json()["errors"][0]["extensions"]["requestId"];
        assert_eq!(told, reply.header("x-request-id"));
    }
    if code == "RATE_LIMITED" {
        assert_eq!(reply.header(header::RETRY_AFTER), "30");
    }
}

#[tokio::test]
async fn a_get_serves_queries_and_never_changes_anything() {
    let app = app();
    let reply = app.get("/graphql?query=%7Bnode%7Bname%7D%7D").await;
    assert_eq!(reply.status, StatusCode::OK);
    let path =
        "/graphql?query=query(%24t:String)%7Becho(text:%24t)%7D&variables=%7B%22t%22:%22x%22%7D";
    assert_eq!(app.get(path).await.json()["data"]["echo"], "x");
    let reply = app.get("/graphql?query=mutation%7Btouch%7D").await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.header(header::ALLOW), "POST");
    assert_eq!(app.traces.effects.load(Ordering::SeqCst), 0);
}

#[rstest]
#[case(Method::PUT)]
#[case(Method::DELETE)]
#[case(Method::OPTIONS)]
#[case(Method::HEAD)]
#[case(Method::PATCH)]
#[tokio::test]
async fn other_methods_are_not_allowed(#[case] method: Method) {
    let request = Request::builder()
        .method(method)
        .uri("/graphql?query=%7Bnode%7Bname%7D%7D");
    let reply = app().send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(reply.header(header::ALLOW), "GET, POST");
}

#[rstest]
#[case::none("", 415)]
#[case::text("text/plain", 415)]
#[case::form("application/x-www-form-urlencoded", 415)]
#[case::multipart("multipart/form-data; boundary=x", 415)]
#[case::graphql("application/graphql", 415)]
#[case::other_charset("application/json; charset=utf-16", 415)]
#[case::json("application/json; charset=utf-8", 200)]
#[tokio::test]
async fn only_json_is_read(#[case] content_type: &str, #[case] status: u16) {
    let app = app();
    let request = Request::post("/graphql").header(header::CONTENT_TYPE, content_type);
    let reply = app
        .send(request.body(document("mutation{touch}").into()).unwrap())
        .await;
    assert_eq!(reply.status.as_u16(), status);
    assert_eq!(
        app.traces.effects.load(Ordering::SeqCst),
        usize::from(status == 200)
    );
}

#[tokio::test]
async fn compressed_bodies_and_unreadable_answers_are_refused() {
    let app = app();
    let request = post().header(header::CONTENT_ENCODING, "gzip");
    let reply = app
        .send(request.body(document("{node{name}}").into()).unwrap())
        .await;
    assert_eq!(reply.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "text/html");
    let reply = app
        .send(request.body(document("{node{name}}").into()).unwrap())
        .await;
    assert_eq!(reply.status, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(reply.code(), "BAD_USER_INPUT");
}

#[rstest]
#[case::good(&["Bearer a-good-token"], 200)]
#[case::scheme_in_other_case(&["bearer a-good-token"], 200)]
#[case::nobody(&[], 200)]
#[case::bad(&["Bearer bad"], 401)]
#[case::empty(&["Bearer "], 401)]
#[case::other_scheme(&["Basic YTpi"], 401)]
#[case::twice(&["Bearer a-good-token", "Bearer a-good-token"], 401)]
#[tokio::test]
async fn a_token_is_good_or_nothing_is_executed(#[case] values: &[&str], #[case] status: u16) {
    let app = app();
    let request = values.iter().fold(post(), |request, value| {
        request.header(header::AUTHORIZATION, *value)
    });
    let reply = app
        .send(request.body(document("mutation{touch}").into()).unwrap())
        .await;
    assert_eq!(reply.status.as_u16(), status);
    if status == 401 {
        assert_eq!(reply.code(), "UNAUTHENTICATED");
        assert!(reply.header(header::WWW_AUTHENTICATE).starts_with("Bearer"));
        assert_eq!(app.traces.effects.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn the_viewer_reaches_resolvers() {
    let request = post().header(header::AUTHORIZATION, format!("Bearer {GOOD_TOKEN}"));
    let reply = app()
        .send(request.body(document("{viewer}").into()).unwrap())
        .await;
    assert_eq!(reply.json()["data"]["viewer"], "somebody");
    assert!(app().query("{viewer}").await.json()["data"]["viewer"].is_null());
}

#[tokio::test]
async fn the_deadline_stops_what_takes_too_long() {
    let app = app_with(Setup {
        settings: EdgeSettings {
            deadline: Duration::from_millis(50),
            ..EdgeSettings::default()
        },
        ..Setup::default()
    });
    let reply = app.query("{sleeps}").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.code(), "TIMEOUT");
    assert_ne!(reply.header(header::RETRY_AFTER), "");
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_tear_the_effect() {
    let app = app();
    let call = tokio::spawn({
        let app = app.clone();
        async move { app.query("mutation{hold}").await }
    });
    app.traces.started.notified().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    app.traces.release.notify_one();
    app.admission.idle().await;
    assert_eq!(app.traces.effects.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn more_requests_than_places_are_told_to_come_back() {
    let app = app_with(Setup {
        admission: Admission::new(1, 1),
        ..Setup::default()
    });
    let held = tokio::spawn({
        let app = app.clone();
        async move { app.query("mutation{hold}").await }
    });
    app.traces.started.notified().await;
    let reply = app.query("{node{name}}").await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.code(), "RATE_LIMITED");
    assert_eq!(reply.header(header::RETRY_AFTER), "1");
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
    app.traces.release.notify_one();
    assert_eq!(held.await.unwrap().status, StatusCode::OK);
    assert_eq!(app.query("{node{name}}").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_private_schema_tells_no_names() {
    let app = app_with(Setup {
        settings: EdgeSettings {
            deadline: Duration::from_secs(1),
            ..EdgeSettings::default()
        },
        ..Setup::default()
    });
    let reply = app
        .query("{__schema{types{name}} __type(name:\"Node\"){name}}")
        .await;
    assert_eq!(
        reply.json(),
        serde_json::json!({"data":{"__schema":null,"__type":null}})
    );
    for text in [
        "{nod}",
        "{node}",
        "{node{nam}}",
        "{node(x:1){name}}",
        "{children(first:\"a\"){name}}",
        "{...on Nod{name}}",
        "query($a:Nod){node{name}}",
        "mutation{signIn}",
    ] {
        let body = String::from_utf8_lossy(&app.query(text).await.body).into_owned();
        for name in [
            "Query",
            "Node",
            "Int",
            "first",
            "login",
            "Did you mean",
            "name\"",
        ] {
            assert!(!body.contains(name), "{text} → {body}");
        }
    }
}

#[rstest]
#[case::nullable("{node{name} broken}", r#"{"node":{"name":"a node"},"broken":null}"#)]
#[case::nullable_alone("{broken}", r#"{"broken":null}"#)]
#[case::nullable_alone_in_a_required("{node{maybeBroken}}", r#"{"node":{"maybeBroken":null}}"#)]
#[case::both("{node{maybe{broken maybeBroken}}}", r#"{"node":{"maybe":null}}"#)]
#[case::both_the_other_way("{node{maybe{maybeBroken broken}}}", r#"{"node":{"maybe":null}}"#)]
#[case::in_a_nullable(
    "{node{name maybe{name broken}}}",
    r#"{"node":{"name":"a node","maybe":null}}"#
)]
#[case::alone_in_a_nullable(
    "{node{name maybe{broken}}}",
    r#"{"node":{"name":"a node","maybe":null}}"#
)]
#[case::by_alias("{n:node{m:maybe{name b:broken}}}", r#"{"n":{"m":null}}"#)]
#[case::by_fragments(
    "{...A} fragment A on Query{node{...{maybe{...B}}}} fragment B on Node{name broken}",
    r#"{"node":{"maybe":null}}"#
)]
#[case::in_items("{node{maybe{children{broken}}}}", r#"{"node":{"maybe":null}}"#)]
#[case::in_nullable_items("{items{name broken}}", r#"{"items":[null,null]}"#)]
#[case::up_to_the_root("{echo(text:\"x\") node{name child{broken}}}", "null")]
#[tokio::test]
async fn a_field_that_fails_is_null_or_fails_what_is_around_it(
    #[case] text: &str,
    #[case] data: &str,
) {
    let reply = app().query(text).await;
    let expected: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!(reply.json()["data"], expected);
    assert_eq!(reply.code(), "INTERNAL");
}

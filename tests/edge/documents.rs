//! Trusted documents and persisted queries.

use sha2::{Digest as _, Sha256};
use vun::graphql::{
    documents::{Documents, ManifestError, Trust},
    limits::Limits,
};

use crate::app::{App, Setup, app, app_with};

const NODE: &str = "query Node{node{name}}";
const TOUCH: &str = "mutation Touch{touch}";
const ECHO: &str = "query Echo($t:String){echo(text:$t)}";

fn sha256(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn manifest(documents: &[&str]) -> String {
    let operations: Vec<_> = documents
        .iter()
        .map(|body| serde_json::json!({"id": sha256(body), "name": body.split(' ').nth(1).unwrap(), "type": "query", "body": body}))
        .collect();
    serde_json::json!({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations}).to_string()
}

fn with_manifest(trust: Trust) -> App {
    app_with(Setup {
        trust,
        manifest: Some(manifest(&[NODE, TOUCH, ECHO])),
        ..Setup::default()
    })
}

#[tokio::test]
async fn a_trusted_document_is_found_by_id_however_the_id_is_sent() {
    let app = with_manifest(Trust::Enforce);
    let id = sha256(ECHO);
    for body in [
        serde_json::json!({"documentId": id, "variables": {"t": "x"}}),
        serde_json::json!({"documentId": format!("sha256:{id}"), "variables": {"t": "x"}}),
        serde_json::json!({"variables": {"t": "x"}, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": id}}}),
        serde_json::json!({"query": ECHO, "variables": {"t": "x"}}),
    ] {
        let reply = app.post(body.to_string()).await;
        assert_eq!(reply.json(), serde_json::json!({"data": {"echo": "x"}}));
    }
    let path = format!("/graphql?documentId={id}&variables=%7B%22t%22:%22x%22%7D");
    assert_eq!(app.get(&path).await.json()["data"]["echo"], "x");
}

#[tokio::test]
async fn a_trusted_mutation_is_not_executed_by_a_get() {
    let app = with_manifest(Trust::Enforce);
    let reply = app
        .get(&format!("/graphql?documentId={}", sha256(TOUCH)))
        .await;
    assert_eq!(reply.status, 405);
    let body = serde_json::json!({"documentId": sha256(TOUCH)}).to_string();
    assert_eq!(app.post(body).await.json()["data"]["touch"], 1);
}

#[tokio::test]
async fn other_documents_are_executed_unless_trust_is_enforced() {
    let text = "{node{child{name}}}";
    for trust in [Trust::Off, Trust::Log] {
        assert_eq!(with_manifest(trust).query(text).await.status, 200);
    }
    let reply = with_manifest(Trust::Enforce).query(text).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (400, "FORBIDDEN")
    );
}

#[tokio::test]
async fn an_unknown_id_is_not_found() {
    let body = serde_json::json!({"documentId": sha256("x")}).to_string();
    let reply = with_manifest(Trust::Off).post(body).await;
    assert_eq!(
        (reply.status.as_u16(), reply.code().as_str()),
        (400, "NOT_FOUND")
    );
}

#[tokio::test]
async fn a_hash_is_enough_once_its_text_was_sent() {
    let app = app();
    let extensions =
        serde_json::json!({"persistedQuery": {"version": 1, "sha256Hash": sha256(NODE)}});
    let short = serde_json::json!({"extensions": extensions}).to_string();
    let reply = app.post(short.clone()).await;
    assert_eq!(reply.code(), "NOT_FOUND");
    assert_eq!(
        reply.json()["errors"][0]["message"],
        "PersistedQueryNotFound"
    );
    let full = serde_json::json!({"query": NODE, "extensions": extensions}).to_string();
    assert_eq!(app.post(full).await.status, 200);
    assert_eq!(
        app.post(short).await.json()["data"]["node"]["name"],
        "a node"
    );
}

#[tokio::test]
async fn a_hash_of_another_text_is_refused() {
    let extensions =
        serde_json::json!({"persistedQuery": {"version": 1, "sha256Hash": sha256("x")}});
    let body = serde_json::json!({"query": NODE, "extensions": extensions}).to_string();
    let reply = app().post(body).await;
    assert_eq!(reply.code(), "BAD_USER_INPUT");
}

#[test]
fn a_manifest_is_taken_whole_or_not_at_all() {
    let load = |json: &str| Documents::new(Limits::default(), Trust::Off).with_manifest(json);
    assert!(matches!(load("{}"), Err(ManifestError::Unreadable(_))));
    let other = r#"{"format":"relay","version":1,"operations":[]}"#;
    assert!(matches!(
        load(other),
        Err(ManifestError::OtherFormat { .. })
    ));
    assert!(matches!(
        load(&manifest(&[NODE, NODE])),
        Err(ManifestError::RepeatedId(_))
    ));
    let deep = format!("query Deep {}", "{a".repeat(41));
    assert!(
        matches!(load(&manifest(&[NODE, &deep])), Err(ManifestError::Refused { name, .. }) if name == "Deep")
    );
}

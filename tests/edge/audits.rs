//! The audits of the npm package `graphql-http`, run by node against a started server.

use std::process::Command;

use vun::http::server::ServerSettings;

use crate::server::start;

/// `VUN_AUDIT_MODULES` names a directory in which `npm install graphql-http graphql` was run:
/// `VUN_AUDIT_MODULES=/tmp/audits cargo test --test edge -- --ignored audit`.
#[tokio::test]
#[ignore = "needs node and the npm packages graphql-http and graphql"]
async fn every_audit_of_graphql_http_is_ok() {
    let modules = std::env::var("VUN_AUDIT_MODULES").expect("VUN_AUDIT_MODULES names a directory");
    let server = start(ServerSettings::default()).await;
    let url = format!("http://{}/graphql", server.address);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/audits.mjs");
    let run = move || Command::new("node").args([script, &url, &modules]).output();
    let output = tokio::task::spawn_blocking(run).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

//! What is kept of a request: the log line and the metrics, and that nothing a client wrote is in them.

use std::{cell::RefCell, io};

use axum::http::{Request, header};
use tower::ServiceExt as _;
use vun::http::measures;

use crate::app::{app, document, post};

thread_local! {
    /// What was logged on this thread: a test and all it starts run on one.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A writer that keeps what it is given.
struct Kept;

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to keep what is logged. For the whole process: with a subscriber for one thread, a place that another thread comes
/// by first may stay silent.
fn keep() {
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(|| Kept)
        .finish();
    // Another test of this process may have been first.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

fn logged() -> String {
    LOGGED.with_borrow(|logged| String::from_utf8_lossy(logged).into_owned())
}

#[tokio::test]
async fn nothing_a_client_wrote_is_logged() {
    keep();
    let app = app();
    for text in [
        "query Marked($t:String){echo(text:$t)}",
        "query Marked{a:echo(text:\"Marked\") Marked:echo}",
        "{Marked}",
        "{Marked",
        "mutation Marked{signIn(login:\"Marked\")}",
        "{broken panics}",
    ] {
        let body = serde_json::json!({"query": text, "operationName": text.contains("Marked{").then_some("Marked"), "variables": {"t": "Marked"}});
        let request = post()
            .header(header::USER_AGENT, "Marked")
            .header("x-request-id", "Marked")
            .header("x-forwarded-for", "Marked")
            .body(body.to_string().into());
        let _ = app.send(request.unwrap()).await;
        let request = post().header(header::AUTHORIZATION, "Bearer Marked");
        let _ = app.send(request.body(document(text).into()).unwrap()).await;
    }
    let text = logged();
    assert!(
        !text.contains("Marked") && !text.contains("no such table"),
        "{text}"
    );
    assert_eq!(
        text.matches(" graphql: graphql ").count() + text.matches("journal: graphql ").count(),
        12,
        "{text}"
    );
    for expected in [
        "operation=\"signIn\"",
        "codes=\"INTERNAL\"",
        "status=401",
        "duration_ms=",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[tokio::test]
async fn metrics_are_labelled_by_known_names_only() {
    let handle = measures::install().unwrap();
    let app = app();
    let _ = app.query("query Marked{node{name}}").await;
    let _ = app.query("query Marked{nothing}").await;
    let response = measures::router(handle)
        .oneshot(
            Request::get("/metrics")
                .body(axum::body::Body::empty())
                .unwrap(),
        )
        .await
        .unwrap();
    let body = axum::body::to_bytes(response.into_body(), 1_000_000)
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    assert!(
        text.contains(r#"vun_graphql_requests_total{operation="other",code="OK"}"#),
        "{text}"
    );
    assert!(text.contains(r#"code="BAD_USER_INPUT""#), "{text}");
    assert!(text.contains("vun_graphql_seconds_bucket"), "{text}");
    assert!(!text.contains("Marked"), "{text}");
}

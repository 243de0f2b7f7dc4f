//! Requests to a router in this process, and answers that say what they hold when a test expected otherwise.

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body; null when it is empty, a string when it is not JSON.
    pub json: Value,
}

/// One entry of a payload's `userErrors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    pub code: String,
    /// The path inside `input`, joined by dots; empty when no single field is at fault.
    pub field: String,
    pub message: String,
}

/// So that a test can write `assert_eq!(answer.user_errors("saveChild"), [("INVALID", "bornMonth")])`.
impl PartialEq<(&str, &str)> for UserError {
    fn eq(&self, (code, field): &(&str, &str)) -> bool {
        self.code == *code && self.field == *field
    }
}

/// Sends a GraphQL document as the holder of `token`, or as a visitor.
pub async fn graphql(
    router: &Router,
    token: Option<&str>,
    document: &str,
    variables: Value,
) -> Answer {
    let body = json!({ "query": document, "variables": variables });
    let mut request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/graphql-response+json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body.to_string()));
    send(router, request.expect("a request")).await
}

/// Sends any request.
pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    let answer = router.clone().oneshot(request).await;
    let (head, body) = answer.expect("a router never fails").into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    let json = match body.is_empty() {
        true => Value::Null,
        false => serde_json::from_slice(&body)
            .unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into()),
    };
    Answer {
        status: head.status,
        headers: head.headers,
        json,
    }
}

impl Answer {
    /// The value at a dotted path inside `data`; a number picks an item of a list.
    ///
    /// # Panics
    /// When the answer holds errors, or nothing stands there.
    pub fn data(&self, path: &str) -> &Value {
        assert!(self.errors().is_empty(), "no errors expected: {self}");
        self.partial_data(path)
    }

    /// [`Answer::data`] of an answer that may hold errors too.
    ///
    /// # Panics
    /// When nothing stands there.
    pub fn partial_data(&self, path: &str) -> &Value {
        let pointer = format!("/data/{}", path.replace('.', "/"));
        let found = self.json.pointer(&pointer);
        found.unwrap_or_else(|| panic!("nothing at data.{path}: {self}"))
    }

    /// The top-level errors; none when there are none.
    pub fn errors(&self) -> &[Value] {
        let errors = self.json.get("errors").and_then(Value::as_array);
        errors.map(Vec::as_slice).unwrap_or_default()
    }

    /// The code of the one top-level error.
    ///
    /// # Panics
    /// When there is none, there are several, or it has no code.
    pub fn code(&self) -> &str {
        let [error] = self.errors() else {
            panic!("exactly one error expected: {self}");
        };
        let code = error.pointer("/extensions/code").and_then(Value::as_str);
        code.unwrap_or_else(|| panic!("an error without a code: {self}"))
    }

    /// The `userErrors` of one mutation's payload.
    ///
    /// # Panics
    /// When the answer holds no such payload, or it was sent without asking for `userErrors { code field message }`.
    pub fn user_errors(&self, mutation: &str) -> Vec<UserError> {
        let errors = self.data(&format!("{mutation}.userErrors")).as_array();
        let errors = errors.unwrap_or_else(|| panic!("userErrors is a list: {self}"));
        let text = |error: &Value, name: &str| match error.get(name) {
            Some(Value::String(text)) => text.clone(),
            _ => panic!("ask for userErrors {{ code field message }}: {self}"),
        };
        let field = |error: &Value| match error.get("field") {
            Some(Value::Array(parts)) => {
                let parts: Vec<_> = parts.iter().filter_map(Value::as_str).collect();
                parts.join(".")
            }
            Some(Value::Null) => String::new(),
            _ => panic!("ask for userErrors {{ code field message }}: {self}"),
        };
        errors
            .iter()
            .map(|error| UserError {
                code: text(error, "code"),
                field: field(error),
                message: text(error, "message"),
            })
            .collect()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{:#}", self.status, self.json)
    }
}

mod tests {
    use axum::routing::post;

    use super::*;

    /// Answers what a GraphQL server would, after checking that it was asked as one.
    fn canned(status: StatusCode, answer: Value) -> Router {
        let reply = move |headers: HeaderMap, body: String| async move {
            assert_eq!(headers["content-type"], "application/json");
            assert_eq!(headers["authorization"], "Bearer token");
            let asked: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(
                asked,
                json!({ "query": "{ x }", "variables": { "a": [1] } })
            );
            (status, [("x-request-id", "7")], answer.to_string())
        };
        Router::new().route("/graphql", post(reply))
    }

    async fn answer(status: StatusCode, json: Value) -> Answer {
        let router = canned(status, json);
        graphql(&router, Some("token"), "{ x }", json!({ "a": [1] })).await
    }

    #[tokio::test]
    async fn an_answer_is_read_by_dotted_paths() {
        let json =
            json!({ "data": { "groups": [{ "name": "A" }, { "name": "B" }], "none": null } });
        let answer = answer(StatusCode::OK, json).await;
        assert_eq!(answer.data("groups.1.name"), "B");
        assert_eq!(answer.data("none"), &Value::Null);
        assert_eq!(answer.headers["x-request-id"], "7");
    }

    #[tokio::test]
    async fn user_errors_are_compared_by_code_and_field() {
        let json = json!({ "data": { "saveChild": { "userErrors": [
            { "code": "INVALID", "field": ["disabilities", "0", "degree"], "message": "?" },
            { "code": "CONFLICT", "field": null, "message": "!" },
        ] } } });
        let errors = answer(StatusCode::OK, json).await.user_errors("saveChild");
        assert_eq!(
            errors,
            [("INVALID", "disabilities.0.degree"), ("CONFLICT", "")]
        );
        assert_eq!(errors[1].message, "!");
    }

    #[tokio::test]
    async fn an_error_has_a_code_and_may_leave_part_of_the_data() {
        let json = json!({
            "data": { "viewer": null },
            "errors": [{ "message": "?", "extensions": { "code": "UNAUTHENTICATED" } }],
        });
        let answer = answer(StatusCode::UNAUTHORIZED, json).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.code(), "UNAUTHENTICATED");
        assert_eq!(answer.partial_data("viewer"), &Value::Null);
    }

    #[tokio::test]
    #[should_panic(expected = "nothing at data.group.name")]
    async fn a_missing_path_is_named() {
        let answer = answer(StatusCode::OK, json!({ "data": { "group": null } })).await;
        answer.data("group.name");
    }

    #[tokio::test]
    #[should_panic(expected = "no errors expected")]
    async fn data_beside_errors_is_not_taken_for_success() {
        let json = json!({ "data": { "x": 1 }, "errors": [{ "message": "?" }] });
        answer(StatusCode::OK, json).await.data("x");
    }
}

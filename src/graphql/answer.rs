//! An answer as HTTP will send it: status, media type and bytes.

use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;
use uuid::Uuid;

use super::{
    errors::{Code, Refusal, RefusalStatus, make_presentable},
    limits::Limits,
    media::Media,
};

/// Seconds after which a client may try again when nobody knows better.
const DEFAULT_RETRY_AFTER: u32 = 2;

/// An answer ready to be sent.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub media: Media,
    /// The body.
    pub body: Vec<u8>,
    /// The codes of its errors, each once.
    pub codes: Vec<Code>,
    /// Seconds for `Retry-After`.
    pub retry_after: Option<u32>,
    /// Whether the operation was executed, so that its root fields are known to be of the schema.
    pub was_executed: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: BTreeMap<String, Value>,
}

impl Answer {
    /// The answer to a request that was not executed.
    #[must_use]
    pub fn refused(refusal: &Refusal, request_id: Uuid, media: Media) -> Self {
        let status = match (refusal.status, media) {
            (RefusalStatus::Exactly(status), _) => status,
            (RefusalStatus::ByMedia, Media::GraphqlResponse) => 400,
            (RefusalStatus::ByMedia, Media::Json) => 200,
        };
        let is_for_later = matches!(status, 429 | 503);
        Self {
            status,
            media,
            body: bytes(&Body {
                errors: &[refusal.to_error(request_id)],
                data: None,
                extensions: BTreeMap::new(),
            }),
            codes: vec![refusal.code],
            retry_after: refusal
                .retry_after
                .or(is_for_later.then_some(DEFAULT_RETRY_AFTER)),
            was_executed: false,
        }
    }

    /// The answer to a request that the schema has seen, with its errors masked and capped.
    #[must_use]
    pub fn executed(
        mut response: Response,
        request_id: Uuid,
        media: Media,
        limits: &Limits,
        public_schema: bool,
    ) -> Self {
        // The library answers `data: null` both for a document it did not execute and for an execution that
        // failed at the root; only errors of the latter have a path.
        let was_executed = response.errors.is_empty()
            || response.data != Value::Null
            || response.errors.iter().any(|error| !error.path.is_empty());
        let seconds = response.errors.iter().find_map(retry_after);
        let codes = make_presentable(&mut response.errors, request_id, limits, public_schema);
        let status = match (was_executed, media) {
            (false, Media::GraphqlResponse) => 400,
            (false, Media::Json) => 200,
            (true, _) if is_empty(&response.data) => status_of_failure(&codes),
            (true, _) => 200,
        };
        Self {
            status,
            media,
            body: bytes(&Body {
                errors: &response.errors,
                data: was_executed.then_some(&response.data),
                extensions: response.extensions,
            }),
            retry_after: match status {
                429 | 503 => Some(seconds.unwrap_or(DEFAULT_RETRY_AFTER)),
                _ => None,
            },
            codes,
            was_executed,
        }
    }
}

/// Whether no root field has a value.
fn is_empty(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|value| *value == Value::Null),
        _ => false,
    }
}

/// The status when an execution gave nothing at all: proxies, monitors and clients see a fault of the server as one.
fn status_of_failure(codes: &[Code]) -> u16 {
    if codes.contains(&Code::Internal) {
        500
    } else if codes.contains(&Code::Timeout) {
        503
    } else if codes.contains(&Code::RateLimited) {
        429
    } else {
        200
    }
}

/// The seconds a resolver's error gives in `extensions.retryAfterSeconds`.
fn retry_after(error: &ServerError) -> Option<u32> {
    match error.extensions.as_ref()?.get("retryAfterSeconds")? {
        Value::Number(seconds) => seconds.as_u64()?.try_into().ok(),
        _ => None,
    }
}

fn bytes(body: &Body<'_>) -> Vec<u8> {
    // Serialising can fail only for a map with keys that are not text, which GraphQL does not have.
    serde_json::to_vec(body).unwrap_or_else(|_| {
        br#"{"errors":[{"message":"The answer could not be written.","extensions":{"code":"INTERNAL"}}]}"#.to_vec()
    })
}

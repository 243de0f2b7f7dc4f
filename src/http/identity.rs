//! The id of a request: made here, on every answer and in every log line of the request.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::Request,
    http::{Extensions, HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::plain;
use crate::graphql::errors::{Code, Refusal};

/// The header of the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request, in its extensions.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// The id of a request; a new one where the request did not come through [`identify`].
    #[must_use]
    pub fn of(extensions: &Extensions) -> Uuid {
        extensions
            .get::<Self>()
            .map_or_else(Uuid::now_v7, |Self(id)| *id)
    }
}

/// Gives each request an id and turns a panic into a masked answer that carries it.
///
/// An id that a client sends is not taken: it would be written to the log, and two requests could share it.
pub async fn identify(mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    request.extensions_mut().insert(RequestId(id));
    let mut response = AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            tracing::error!(request_id = %id, "a handler broke off");
            let refusal = Refusal::http(500, Code::Internal, "The handler broke off.");
            plain(StatusCode::INTERNAL_SERVER_ERROR, &refusal, id).into_response()
        });
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

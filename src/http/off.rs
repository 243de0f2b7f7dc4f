//! The page behind a link that turns notices off: a question, and a button that answers it. No script, nothing fetched.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};

use super::{identity::RequestId, plain};
use crate::graphql::{
    application::Tapped,
    errors::{Refusal, RefusalStatus},
    handler::Edge,
};

/// What the page may do: send its form to where it came from.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; form-action 'self'; frame-ancestors 'none'");

/// Asks whether to turn it off: a program that follows links changes nothing.
pub(super) async fn show(
    State(edge): State<Arc<Edge>>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    answer(&edge, &parts, &token, Tapped::Opened).await
}

/// Turns it off: by the button, or by a mail program's own (RFC 8058). What the body says does not matter.
pub(super) async fn turn_off(
    State(edge): State<Arc<Edge>>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    answer(&edge, &parts, &token, Tapped::Confirmed).await
}

async fn answer(edge: &Edge, parts: &Parts, token: &str, tapped: Tapped) -> Response {
    let page = match edge.notices_off(parts, token, tapped).await {
        Ok(page) => page,
        Err(refusal) => return refused(&refusal, parts),
    };
    let status = match page.known {
        true => StatusCode::OK,
        false => StatusCode::NOT_FOUND,
    };
    let mut response = (status, Html(page.html)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

fn refused(refusal: &Refusal, parts: &Parts) -> Response {
    let status = match refusal.status {
        RefusalStatus::Exactly(status) => StatusCode::from_u16(status),
        RefusalStatus::ByMedia => Ok(StatusCode::BAD_REQUEST),
    };
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    plain(status, refusal, RequestId::of(&parts.extensions)).into_response()
}

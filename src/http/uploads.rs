//! Bytes of an upload, put to the signed address that an editor was given.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_body_util::BodyExt;

use super::{identity::RequestId, plain};
use crate::{
    content::media::{Media, Refused, Ticket},
    error::Error,
    graphql::{
        errors::{Code, Refusal},
        handler::Edge,
    },
};

/// Bytes of a body too large that are read and thrown away, so that the client reads its refusal and not a broken line.
const DISCARDED_BYTES: usize = 8 * 1024 * 1024;

/// Takes the bytes in, or says why not; nothing is kept then.
pub(super) async fn put(
    State(edge): State<Arc<Edge>>,
    Path(token): Path<String>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let outcome = match edge.media() {
        Some(media) => take(media, &token, &parts.headers, body).await,
        None => Err(unknown()),
    };
    match outcome {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err((status, refusal)) => {
            plain(status, &refusal, RequestId::of(&parts.extensions)).into_response()
        }
    }
}

type Outcome = Result<(), (StatusCode, Refusal)>;

async fn take(media: &Media, token: &str, headers: &HeaderMap, body: Body) -> Outcome {
    let ticket = media.ticket(token).await.map_err(refused)?;
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(said(
            415,
            Code::BadUserInput,
            "Send the bytes as they are, without an encoding.",
        ));
    }
    let announced = headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let expected = u64::from(ticket.bytes);
    if announced.is_some_and(|announced| announced > expected) {
        discard(body).await;
        return Err(refusal(Refused::TooLarge, &ticket));
    }
    if announced.is_some_and(|announced| announced < expected) {
        discard(body).await;
        return Err(refusal(Refused::Truncated, &ticket));
    }
    let mut body = body;
    let taken = media
        .receive(&ticket, BodyExt::into_data_stream(&mut body))
        .await;
    if matches!(taken, Err(Refused::TooLarge)) {
        discard(body).await;
    }
    taken.map_err(|why| refusal(why, &ticket))
}

async fn discard(mut body: Body) {
    let mut discarded = 0;
    while let Some(Ok(frame)) = body.frame().await {
        discarded += frame.data_ref().map_or(0, bytes::Bytes::len);
        if discarded > DISCARDED_BYTES {
            return;
        }
    }
}

fn refusal(why: Refused, ticket: &Ticket) -> (StatusCode, Refusal) {
    let (bytes, content_type) = (ticket.bytes, &ticket.content_type);
    match why {
        Refused::TooLarge => said(
            413,
            Code::LimitExceeded,
            format!(
                "{bytes} bytes were announced, and more are coming: announce the upload again."
            ),
        ),
        Refused::Truncated => said(
            422,
            Code::BadUserInput,
            format!("{bytes} bytes were announced, and fewer came: send all of them again."),
        ),
        Refused::Stalled => said(
            408,
            Code::Timeout,
            "Nothing came for too long: send all of it again.",
        ),
        Refused::OtherBytes => said(
            422,
            Code::BadUserInput,
            "The SHA-256 of these bytes is not the one that was announced: send them again.",
        ),
        Refused::OtherKind => said(
            422,
            Code::BadUserInput,
            format!("This is no {content_type}, whatever its name says: choose another file."),
        ),
        Refused::Failed(error) => refused(error),
    }
}

fn refused(error: Error) -> (StatusCode, Refusal) {
    match error {
        Error::NotFound => unknown(),
        Error::Forbidden => said(
            410,
            Code::Forbidden,
            "The time of this address is over: announce the upload again.",
        ),
        Error::RateLimited { .. } => {
            let (status, refusal) = said(
                503,
                Code::RateLimited,
                "Too many uploads at once: try again after the time in Retry-After.",
            );
            (status, refusal.retry_after(5))
        }
        error => {
            tracing::error!(%error, "an upload was not taken in");
            let (status, refusal) = said(503, Code::Timeout, "It cannot be kept now: try again.");
            (status, refusal.retry_after(5))
        }
    }
}

fn unknown() -> (StatusCode, Refusal) {
    said(
        404,
        Code::NotFound,
        "Nobody was given this address, or not this whole one.",
    )
}

fn said(
    status: u16,
    code: Code,
    message: impl Into<std::borrow::Cow<'static, str>>,
) -> (StatusCode, Refusal) {
    let known = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (known, Refusal::http(status, code, message))
}

//! Files by content hash: whole or in part, never changing, and never anything a browser would run.

use std::{ops::Range, sync::Arc};

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use http_range_header::{EndPosition, RangeUnsatisfiableError, StartPosition, parse_range_header};

use super::{identity::RequestId, plain};
use crate::{
    content::media::{Media, files::FileName, kinds::Kind},
    error::Result,
    graphql::{
        errors::{Code, Refusal},
        handler::Edge,
    },
};

/// What every file says. Whatever its bytes hold, it is shown or saved, not run; and any app may show it.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; sandbox",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "cross-origin",
    ),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
];

/// Bytes from which a text is worth compressing.
const COMPRESSED_BYTES: u64 = 1024;

/// Hands out a file.
pub(super) async fn fetch(
    State(edge): State<Arc<Edge>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let id = RequestId::of(request.extensions());
    let found = match (edge.media(), FileName::read(&name)) {
        (Some(media), Some(name)) => {
            answer(media, &name, request.method(), request.headers()).await
        }
        _ => Ok(None),
    };
    let refusal = match found {
        Ok(Some(response)) => return response,
        Ok(None) => Refusal::http(404, Code::NotFound, "There is no such file."),
        Err(error) => {
            tracing::error!(%error, "a file was not read");
            Refusal::http(
                503,
                Code::Timeout,
                "The file cannot be read now: try again.",
            )
            .retry_after(5)
        }
    };
    let status = match refusal.code {
        Code::NotFound => StatusCode::NOT_FOUND,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    plain(status, &refusal, id).into_response()
}

/// The answer to a GET or HEAD; nothing when there is no such file.
async fn answer(
    media: &Media,
    name: &FileName,
    method: &Method,
    asked: &HeaderMap,
) -> Result<Option<Response>> {
    let Some(length) = media.files().length(name).await? else {
        return Ok(None);
    };
    // Only a whole text is compressed on its way; its tag then differs, so that no part of one is joined to the other.
    let is_compressed = name.kind() == Kind::Json
        && length >= COMPRESSED_BYTES
        && !asked.contains_key(header::RANGE)
        && accepts_gzip(asked);
    let tag = format!("\"{}\"", name.sha256());
    let compressed_tag = format!("\"{}-gzip\"", name.sha256());
    let own_tag = if is_compressed { &compressed_tag } else { &tag };
    let mut response = if holds(asked, &[&tag, &compressed_tag]) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let part = match wanted(asked, &tag, method, length) {
            Wanted::Whole => None,
            Wanted::Part(part) => Some(part),
            Wanted::Nothing => return Ok(Some(unsatisfiable(length))),
        };
        match body(media, name, method, length, part, is_compressed).await? {
            Some(response) => response,
            None => return Ok(None),
        }
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(own_tag) {
        headers.insert(header::ETAG, tag);
    }
    if name.kind() == Kind::Json {
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if !is_compressed {
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    Ok(Some(response))
}

async fn body(
    media: &Media,
    name: &FileName,
    method: &Method,
    length: u64,
    part: Option<Range<u64>>,
    is_compressed: bool,
) -> Result<Option<Response>> {
    let sent = part.clone().unwrap_or(0..length);
    let body = if *method == Method::HEAD {
        Body::empty()
    } else {
        match media.files().read(name, part.clone()).await? {
            Some(stream) => Body::from_stream(stream),
            None => return Ok(None),
        }
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static(name.kind().content_type());
    headers.insert(header::CONTENT_TYPE, content_type);
    if !is_compressed {
        let length = HeaderValue::from(sent.end - sent.start);
        headers.insert(header::CONTENT_LENGTH, length);
    }
    let called = format!("attachment; filename=\"{name}\"");
    if let Ok(called) = HeaderValue::from_str(&called) {
        headers.insert(header::CONTENT_DISPOSITION, called);
    }
    if let Some(part) = part {
        let said = format!("bytes {}-{}/{length}", part.start, part.end - 1);
        if let Ok(said) = HeaderValue::from_str(&said) {
            headers.insert(header::CONTENT_RANGE, said);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(Some(response))
}

/// What a client wants of a file.
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A part behind the end.
    Nothing,
}

/// As RFC 9110 §14 has it: a range that cannot be read, several ranges, another unit, a range of another version and the
/// range of a HEAD are ignored and the whole file is meant; one that can be read and lies behind the end cannot be satisfied.
fn wanted(asked: &HeaderMap, tag: &str, method: &Method, length: u64) -> Wanted {
    let mut ranges = asked.get_all(header::RANGE).iter();
    let (Some(range), None) = (ranges.next(), ranges.next()) else {
        return Wanted::Whole;
    };
    let is_of_another = asked
        .get(header::IF_RANGE)
        .is_some_and(|said| said.as_bytes() != tag.as_bytes());
    if is_of_another || *method != Method::GET {
        return Wanted::Whole;
    }
    let Ok(parsed) = range.to_str().map(parse_range_header) else {
        return Wanted::Whole;
    };
    let parsed = match parsed {
        Ok(parsed) => parsed,
        Err(RangeUnsatisfiableError::ZeroSuffix) => return Wanted::Nothing,
        Err(unread) => {
            tracing::debug!(%unread, "a range that cannot be read is ignored");
            return Wanted::Whole;
        }
    };
    let [one] = &parsed.ranges[..] else {
        return Wanted::Whole;
    };
    let part = match (one.start, one.end) {
        (StartPosition::Index(start), EndPosition::Index(end)) if end < start => {
            return Wanted::Whole;
        }
        (StartPosition::Index(start), EndPosition::Index(end)) => {
            start..end.saturating_add(1).min(length)
        }
        (StartPosition::Index(start), EndPosition::LastByte) => start..length,
        (StartPosition::FromLast(last), _) => length.saturating_sub(last)..length,
    };
    if part.start < length {
        Wanted::Part(part)
    } else {
        Wanted::Nothing
    }
}

fn unsatisfiable(length: u64) -> Response {
    let mut response = StatusCode::RANGE_NOT_SATISFIABLE.into_response();
    if let Ok(said) = HeaderValue::from_str(&format!("bytes */{length}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, said);
    }
    response
}

/// Whether the client holds one of these already.
fn holds(asked: &HeaderMap, tags: &[&str]) -> bool {
    let said = asked.get_all(header::IF_NONE_MATCH).iter();
    said.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tags.contains(&tag))
}

fn accepts_gzip(asked: &HeaderMap) -> bool {
    let said = asked.get_all(header::ACCEPT_ENCODING).iter();
    said.filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| {
            let mut parts = one.split(';').map(str::trim);
            let is_gzip = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            is_gzip && !parts.any(|part| part == "q=0" || part.starts_with("q=0.0"))
        })
}

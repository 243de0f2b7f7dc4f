//! Files of frozen reports and of groups: fetched with the access token and the standing that reading them needs.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Path, Query, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{identity::RequestId, plain};
use crate::graphql::{
    application::{GroupFile, MadeFile, ReportFile},
    errors::{Code, Refusal, RefusalStatus},
    handler::Edge,
};

/// The largest mapping file taken, in bytes.
const MAPPING_BYTES: usize = crate::reports::exports::dhis2::MAPPING_BYTES;
/// The longest a mapping file may take to arrive.
const MAPPING_TIME: Duration = Duration::from_secs(10);

/// The report, its version and the file, as the path names them.
type Named = Path<(String, String, String)>;

/// What may stand behind the path.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Options {
    #[serde(default)]
    dry_run: bool,
}

/// Hands out a file made from a frozen version.
pub(super) async fn fetch(
    State(edge): State<Arc<Edge>>,
    path: Named,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    hand_out(&edge, &parts, path, None, false).await
}

/// Hands out a file made from a frozen version and a mapping file in the body.
pub(super) async fn convert(
    State(edge): State<Arc<Edge>>,
    path: Named,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(Query(options)) = Query::<Options>::try_from_uri(&parts.uri) else {
        let message = "The only parameter is dryRun, true or false.";
        return refused(&Refusal::http(400, Code::BadUserInput, message), &parts);
    };
    match read(body).await {
        Ok(body) => hand_out(&edge, &parts, path, Some(body), options.dry_run).await,
        Err(refusal) => refused(&refusal, &parts),
    }
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    let reading = axum::body::to_bytes(body, MAPPING_BYTES);
    match tokio::time::timeout(MAPPING_TIME, reading).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(cause)) => {
            tracing::debug!(%cause, "a mapping file was not read");
            let message = "The mapping file is larger than a mebibyte, or broke off.";
            Err(Refusal::http(413, Code::LimitExceeded, message))
        }
        Err(_elapsed) => Err(Refusal::http(
            408,
            Code::Timeout,
            "The mapping file took too long to arrive.",
        )),
    }
}

async fn hand_out(
    edge: &Edge,
    parts: &Parts,
    Path((report, version, file)): Named,
    body: Option<Bytes>,
    dry_run: bool,
) -> Response {
    let wanted = ReportFile {
        report,
        version,
        file,
        body,
        dry_run,
    };
    match edge.report_file(parts, wanted).await {
        Ok(made) => handed_out(made),
        Err(refusal) => refused(&refusal, parts),
    }
}

/// Hands out a file of a group.
pub(super) async fn of_group(
    State(edge): State<Arc<Edge>>,
    Path((group, file)): Path<(String, String)>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let wanted = GroupFile { group, file };
    match edge.group_file(&parts, wanted).await {
        Ok(made) => handed_out(made),
        Err(refusal) => refused(&refusal, &parts),
    }
}

fn handed_out(made: MadeFile) -> Response {
    let mut response = made.bytes.into_response();
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static(made.content_type);
    headers.insert(header::CONTENT_TYPE, content_type);
    let called = format!("attachment; filename=\"{}\"", made.name);
    if let Ok(called) = HeaderValue::from_str(&called) {
        headers.insert(header::CONTENT_DISPOSITION, called);
    }
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

//! Files made from a frozen report, for a browser that is signed in.

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use super::{
    super::{
        Dashboard,
        forms::Posted,
        visit::{Failed, Visit},
    },
    mended, page, report_of,
};
use crate::{
    error::Error,
    reports::exports::{Export, File},
};

/// A workbook, a CSV file or the published form.
pub async fn fetch(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path((report, version, file)): Path<(String, String, String)>,
) -> Result<Response, Failed> {
    let by = visit.supervisor()?;
    let wanted = match &*file {
        "report.xlsx" => Export::Xlsx,
        "report.csv" => Export::Csv,
        "report.json" => Export::Published,
        _ => return Err(Error::NotFound.into()),
    };
    let (id, number) = (report_of(&report)?, number(&version)?);
    let reports = dashboard.reports();
    let made = reports
        .export(&by, id, number, wanted, visit.words.0)
        .await?;
    Ok(handed_out(made))
}

/// A DHIS2 payload by the mapping that was pasted.
pub async fn dhis2(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path((report, version)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Failed> {
    let mut posted = Posted::read(&visit, &body)?;
    let by = visit.supervisor()?;
    let wanted = Export::Dhis2 {
        mapping: posted.take("mapping").unwrap_or_default().into_bytes(),
        dry_run: posted.take("dryRun").is_some(),
    };
    let (id, number) = (report_of(&report)?, number(&version)?);
    let reports = dashboard.reports();
    match reports.export(&by, id, number, wanted, visit.words.0).await {
        Ok(made) => Ok(handed_out(made)),
        Err(Error::User(errors)) => {
            let wrong = mended(visit.words, &errors);
            let visit = visit.at(format!("/dashboard/reports/{report}"));
            page::shown(&dashboard, &visit, &report, None, wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

fn number(version: &str) -> Result<Option<i32>, Error> {
    match version {
        "latest" => Ok(None),
        number => number.parse().map(Some).or(Err(Error::NotFound)),
    }
}

fn handed_out(made: File) -> Response {
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

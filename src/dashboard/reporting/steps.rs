//! The steps one takes with a report, each a form; what is to be mended is said on the report's page.

use std::collections::BTreeSet;

use axum::{
    Extension,
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use entity::{
    ids::{AreaId, ReportVersionId},
    report,
};

use super::{
    super::{
        Dashboard,
        forms::Posted,
        visit::{Failed, Visit, see_other},
    },
    mended, page, report_of,
};
use crate::{
    error::{Error, parse_id},
    reports::Remark,
};

/// A step that was taken, or what is to be mended.
struct Taken<'a> {
    dashboard: &'a Dashboard,
    visit: &'a Visit,
    report: &'a str,
    step: &'static str,
}

impl Taken<'_> {
    async fn shown(self, outcome: Result<report::Model, Error>) -> Result<Response, Failed> {
        let path = format!("/dashboard/reports/{}", self.report);
        match outcome {
            Ok(_) => Ok(see_other(&format!("{path}?done={}", self.step))),
            Err(Error::User(errors)) => {
                let wrong = mended(self.visit.words, &errors);
                let visit = self.visit.at(path);
                page::shown(self.dashboard, &visit, self.report, None, wrong).await
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Submits a report.
pub async fn submit(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(report): Path<String>,
    body: Bytes,
) -> Result<Response, Failed> {
    let posted = Posted::read(&visit, &body)?;
    let by = visit.supervisor()?;
    let outcome = async {
        let (id, version) = (report_of(&report)?, version(&posted)?);
        let missing = acknowledged(&posted)?;
        dashboard.reports().submit(&by, id, version, missing).await
    };
    let taken = Taken {
        dashboard: &dashboard,
        visit: &visit,
        report: &report,
        step: "submitted",
    };
    taken.shown(outcome.await).await
}

/// Returns a report with the comments that were filled in.
pub async fn give_back(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(report): Path<String>,
    body: Bytes,
) -> Result<Response, Failed> {
    let posted = Posted::read(&visit, &body)?;
    let by = visit.supervisor()?;
    let remark = |(indicator, text): (&str, &str)| Remark {
        indicator: (!indicator.is_empty()).then(|| indicator.to_owned()),
        // A text area sends line breaks; a comment is one line.
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let remarks: Vec<Remark> = posted
        .beginning("comment-")
        .filter(|(_, text)| !text.trim().is_empty())
        .map(remark)
        .collect();
    let outcome = async {
        let id = report_of(&report)?;
        dashboard.reports().give_back(&by, id, &remarks).await
    };
    let taken = Taken {
        dashboard: &dashboard,
        visit: &visit,
        report: &report,
        step: "returned",
    };
    taken.shown(outcome.await).await
}

/// Accepts a report.
pub async fn accept(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(report): Path<String>,
    body: Bytes,
) -> Result<Response, Failed> {
    let posted = Posted::read(&visit, &body)?;
    let by = visit.supervisor()?;
    let outcome = async {
        let (id, missing) = (report_of(&report)?, acknowledged(&posted)?);
        dashboard.reports().accept(&by, id, &missing).await
    };
    let taken = Taken {
        dashboard: &dashboard,
        visit: &visit,
        report: &report,
        step: "accepted",
    };
    taken.shown(outcome.await).await
}

/// Restates a report.
pub async fn restate(
    State(dashboard): State<Dashboard>,
    Extension(visit): Extension<Visit>,
    Path(report): Path<String>,
    body: Bytes,
) -> Result<Response, Failed> {
    let mut posted = Posted::read(&visit, &body)?;
    let by = visit.supervisor()?;
    let reason = posted.take("reason").unwrap_or_default();
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let outcome = async {
        let (id, version) = (report_of(&report)?, version(&posted)?);
        let reports = dashboard.reports();
        reports.restate_report(&by, id, version, &reason).await
    };
    let taken = Taken {
        dashboard: &dashboard,
        visit: &visit,
        report: &report,
        step: "restated",
    };
    taken.shown(outcome.await).await
}

/// The id the form was made with: sending the same form twice freezes one version.
fn version(posted: &Posted) -> Result<Option<ReportVersionId>, Error> {
    let id = posted.all("version").next();
    id.map(|id| parse_id(id, "versionId")).transpose()
}

/// The areas the form names as missing, if its sender said so.
fn acknowledged(posted: &Posted) -> Result<BTreeSet<AreaId>, Error> {
    if posted.all("said").next().is_none() {
        return Ok(BTreeSet::new());
    }
    let named = posted.all("missing");
    named.map(|id| parse_id(id, "acknowledgeMissing")).collect()
}

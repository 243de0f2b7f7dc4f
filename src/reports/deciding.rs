//! What the receiving area does with a report, and restating what was accepted.

use std::collections::BTreeSet;

use entity::{
    ids::{AreaId, ReportId, ReportVersionId},
    report::{self, ReportState},
    report_comment,
    report_version::VersionKind,
};

use super::{MOST_COMMENTS, Remark, Reports, TEXT_LIMIT, freezing::Freezing, store, store::Step};
use crate::{
    auth::capability::Supervisor,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name,
};

impl Reports {
    /// Returns a submitted report with comments. Returning it again with the same comments changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a report outside the supervisor's areas; what can be mended: no comment, a comment on
    /// an unknown indicator, a report that does not wait, or is for another area to receive.
    pub async fn give_back(
        &self,
        by: &Supervisor,
        id: ReportId,
        remarks: &[Remark],
    ) -> Result<report::Model> {
        let report = self.report(by, id).await?;
        let remarks = self.check_remarks(remarks)?;
        self.check_receives(by, &report)?;
        if report.state == ReportState::Returned && report.decided_by == Some(by.account()) {
            let said = store::comments(self.db().latest(), id).await?;
            let latest = said
                .iter()
                .filter(|row| row.version_number == report.version_number);
            let latest = latest.map(|row| (&row.indicator, &row.body));
            if latest.eq(remarks
                .iter()
                .map(|remark| (&remark.indicator, &remark.text)))
            {
                return Ok(report);
            }
        }
        if report.state != ReportState::Submitted {
            return Err(not_waiting());
        }
        let at = self.clock().now();
        let comment = |(position, remark): (i32, Remark)| report_comment::Model {
            comment_id: self.clock().id(),
            report_id: id,
            version_number: report.version_number,
            position,
            indicator: remark.indicator,
            body: remark.text,
            said_by: by.account(),
            said_at: at,
        };
        let comments: Vec<_> = (0..).zip(remarks).map(comment).collect();
        let step = step(by, &report, at);
        if self.decide(step, ReportState::Returned, comments).await? {
            self.report(by, id).await
        } else {
            Err(not_waiting())
        }
    }

    fn check_remarks(&self, remarks: &[Remark]) -> Result<Vec<Remark>> {
        if remarks.is_empty() {
            return Err(Error::user(
                Code::Required,
                "comments",
                "report-comment-required",
            ));
        }
        if remarks.len() > MOST_COMMENTS {
            let error = UserError::new(Code::TooMany, "comments", "named-too-many");
            return Err(error.with("limit", MOST_COMMENTS).into());
        }
        let rulebook = self.programmes().rulebook();
        let mut errors = Vec::new();
        let mut checked = Vec::with_capacity(remarks.len());
        for (at, remark) in remarks.iter().enumerate() {
            let known = remark
                .indicator
                .as_ref()
                .is_none_or(|code| rulebook.indicator(code).is_some());
            if !known {
                let field = format!("comments.{at}.indicator");
                errors.push(UserError::new(
                    Code::NotFound,
                    &field,
                    "denominator-indicator-unknown",
                ));
            }
            match name::line(&remark.text, TEXT_LIMIT, &format!("comments.{at}.text")) {
                Ok(text) => checked.push(Remark {
                    text,
                    indicator: remark.indicator.clone(),
                }),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(checked)
        } else {
            Err(Error::User(errors))
        }
    }

    /// Accepts a submitted report. Accepting it again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a report outside the supervisor's areas; what can be mended: one's own report, areas
    /// missing in it of which nothing was said, a report that does not wait.
    pub async fn accept(
        &self,
        by: &Supervisor,
        id: ReportId,
        acknowledged: &BTreeSet<AreaId>,
    ) -> Result<report::Model> {
        let report = self.report(by, id).await?;
        self.check_receives(by, &report)?;
        let done = matches!(report.state, ReportState::Accepted | ReportState::Locked);
        if done && report.decided_by == Some(by.account()) {
            return Ok(report);
        }
        if report.state != ReportState::Submitted {
            return Err(not_waiting());
        }
        if report.drafted_by == by.account() || report.submitted_by == Some(by.account()) {
            return Err(Error::user(Code::Conflict, "reportId", "report-own"));
        }
        // Reading the version checks its hash: what was changed is not accepted.
        let (_, form) = self.version(&report, None).await?;
        self.check_missing(&form.acknowledged_missing, acknowledged, report.period_to)?;
        let above = self.receiving(&report) != report.area_id;
        let state = if above {
            ReportState::Accepted
        } else {
            ReportState::Locked
        };
        let step = step(by, &report, self.clock().now());
        if self.decide(step, state, Vec::new()).await? {
            self.report(by, id).await
        } else {
            Err(not_waiting())
        }
    }

    /// Whether the report is the supervisor's to receive; that it is there she knows.
    fn check_receives(&self, by: &Supervisor, report: &report::Model) -> Result<()> {
        let receiving = self.receiving(report);
        let atlas = self.areas().atlas();
        if by.over(&atlas, receiving).is_ok() {
            return Ok(());
        }
        let error = UserError::new(Code::Conflict, "reportId", "report-for-another-area");
        let name = atlas.name(receiving, report.period_to);
        Err(error.with("area", name).into())
    }

    /// Freezes what has become of an accepted report's figures since, beside what was frozen. Sending the same version
    /// id again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a report outside the supervisor's areas; what can be mended: no reason, a report that
    /// was not accepted, nothing that differs.
    pub async fn restate_report(
        &self,
        by: &Supervisor,
        id: ReportId,
        version: Option<ReportVersionId>,
        reason: &str,
    ) -> Result<report::Model> {
        let report = self.report(by, id).await?;
        let reason = name::line(reason, TEXT_LIMIT, "reason").map_err(Error::from)?;
        if !matches!(report.state, ReportState::Accepted | ReportState::Locked) {
            return Err(Error::user(
                Code::Conflict,
                "reportId",
                "report-not-accepted",
            ));
        }
        if self.is_latest(&report, version).await? {
            return Ok(report);
        }
        let (row, form) = self.version(&report, None).await?;
        let before = report.version_number;
        let asked = Freezing {
            version: version.unwrap_or_else(|| self.clock().id()),
            acknowledged: BTreeSet::new(),
            restated: Some((form, row.sha256, reason)),
            report,
        };
        let frozen = self.freeze(by, asked).await?;
        if frozen.form.differences.is_empty() {
            return Err(Error::user(
                Code::Conflict,
                "reportId",
                "report-nothing-differs",
            ));
        }
        let kind = VersionKind::Restatement;
        if self.write_version(by, kind, before, frozen).await? {
            return self.report(by, id).await;
        }
        let report = self.report(by, id).await?;
        match self.is_latest(&report, version).await? {
            true => Ok(report),
            false => Err(Error::user(
                Code::Conflict,
                "reportId",
                "report-restated-meanwhile",
            )),
        }
    }
}

fn step(by: &Supervisor, report: &report::Model, at: chrono::DateTime<chrono::Utc>) -> Step {
    Step {
        report: report.report_id,
        version: report.version_number,
        by: by.account(),
        at,
    }
}

fn not_waiting() -> Error {
    Error::user(Code::Conflict, "reportId", "report-not-waiting")
}

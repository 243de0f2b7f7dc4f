//! Beginning a report.

use entity::{
    ids::{AreaId, ReportId},
    report::{self, ReportState},
};

use super::{Reports, store};
use crate::{
    auth::capability::Supervisor,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

/// A report to begin.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Made by the client or by us.
    pub id: Option<ReportId>,
    /// Whose report.
    pub area: AreaId,
    /// Code of the period.
    pub period: String,
}

impl Reports {
    /// Begins a report. An area has one report for a period: beginning it again gives the one there is.
    ///
    /// # Errors
    /// What can be mended: an unknown area or period, a period that has not begun, an area that was closed before the
    /// period ended.
    pub async fn draft(&self, by: &Supervisor, draft: Draft) -> Result<report::Model> {
        let (atlas, today) = (self.areas().atlas(), self.clock().today());
        let period = self.period(&draft.period)?;
        let unknown = || Error::user(Code::NotFound, "areaId", "area-unknown");
        if by.over(&atlas, draft.area).is_err() {
            return Err(unknown());
        }
        let area = atlas.area(draft.area).ok_or_else(unknown)?;
        if today < period.from {
            let error = UserError::new(Code::DateOutOfRange, "period", "report-period-not-begun");
            return Err(error.with("from", period.from).into());
        }
        if !area.is_valid(period.to) {
            return Err(self.closed(draft.area, &period));
        }
        let id = draft.id.unwrap_or_else(|| self.clock().id());
        let row = report::Model {
            report_id: id,
            area_id: draft.area,
            due_on: period.due_on(area.level),
            period_code: period.code.clone(),
            period_from: period.from,
            period_to: period.to,
            state: ReportState::Draft,
            version_number: 0,
            drafted_by: by.account(),
            drafted_at: self.clock().now(),
            submitted_by: None,
            submitted_at: None,
            first_submitted_at: None,
            decided_by: None,
            decided_at: None,
        };
        store::insert_report(self.db().write(), row).await?;
        let found = store::report_of(self.db().latest(), draft.area, &period.code).await?;
        found.ok_or_else(|| Error::user(Code::Conflict, "id", "id-taken"))
    }
}

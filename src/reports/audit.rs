//! Opening what stands behind the commitments of a frozen report, for an auditor; each opening is on record.

use entity::ids::{AreaId, ReportId};

use super::{Reports, canonical, form::CellState, form::Form, seals::about, store};
use crate::{
    auth::capability::Administrator,
    coverage::disclosure::Sealed,
    error::{Error, Result, UserErrorCode as Code},
};

/// One pooled cell of a frozen report.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The report.
    pub report: ReportId,
    /// The version.
    pub number: i32,
    /// The area: the report's own, or one below that was computed with it.
    pub area: AreaId,
    /// Code of the indicator.
    pub indicator: String,
}

/// What stood behind one commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The measure.
    pub measure: String,
    /// People; none where nobody knew the number.
    pub people: Option<u64>,
    /// The key, in hexadecimal.
    pub key: String,
    /// The commitment that stands in the published form.
    pub commitment: String,
    /// The text that was committed to, up to the line feed before the number.
    pub about: String,
}

impl Reports {
    /// Opens a pooled cell.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a report outside the administrator's areas; a user error for a cell that is not pooled,
    /// and a conflict when what was kept is not what was committed to.
    pub async fn open_cell(&self, auditor: &Administrator, cell: &Closed) -> Result<Vec<Opened>> {
        let db = self.db().latest();
        let report = store::report(db, cell.report).await?;
        let report = report.ok_or(Error::NotFound)?;
        auditor.over(&self.areas().atlas(), report.area_id)?;
        let version = store::version(db, cell.report, cell.number).await?;
        let version = version.ok_or(Error::NotFound)?;
        let form = Form::read(&version)?;
        let not_pooled = || Error::user(Code::NotFound, "indicator", "report-cell-not-pooled");
        let mut tables = form.tables().filter(|(place, _)| place.id == cell.area);
        let found = tables.find_map(|(_, cells)| {
            let mut cells = cells.iter();
            cells
                .find(|found| found.indicator == cell.indicator && found.state == CellState::Pooled)
        });
        let found = found.ok_or_else(not_pooled)?;
        let seals = store::seals(db, version.version_id, cell.area, &cell.indicator).await?;
        if seals.is_empty() {
            // The row was taken from another report, which holds what stands behind it.
            return Err(not_pooled());
        }
        let mut opened = Vec::with_capacity(seals.len());
        for seal in seals {
            let about = about(
                (version.version_id, cell.area, &cell.indicator),
                &seal.measure,
            );
            let value = Sealed::kept(seal.value);
            let key = canonical::bytes(&seal.key.0);
            let changed = || Error::user(Code::Conflict, "", "report-changed-behind");
            let key = key.ok_or_else(changed)?;
            let commitment = canonical::hex(&value.commitment(&key, &about)?);
            if found.commitments.get(&seal.measure) != Some(&commitment) {
                return Err(changed());
            }
            opened.push(Opened {
                measure: seal.measure,
                people: value.open(auditor),
                key: seal.key.0,
                commitment,
                about,
            });
        }
        let subjects = [cell.report.0, cell.area.0];
        self.0
            .audit
            .record(auditor.account(), "openReportCell", subjects)
            .await?;
        Ok(opened)
    }
}

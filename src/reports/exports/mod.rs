//! Files made from a frozen version, and from nothing else: what is filed is what was hashed.

use entity::ids::ReportId;

use super::{Reports, form::Form};
use crate::{
    auth::capability::Supervisor,
    error::{Error, Result, UserErrorCode as Code},
    messages::Language,
};

mod csv;
pub mod dhis2;
mod xlsx;

/// What is wanted of a frozen version.
#[derive(Clone, Debug)]
pub enum Export {
    /// A line for each area, indicator and tier.
    Csv,
    /// A workbook as it is filed on paper.
    Xlsx,
    /// The published form in its canonical bytes.
    Published,
    /// A DHIS2 `dataValueSets` payload.
    Dhis2 {
        /// The mapping file; see [`dhis2`].
        mapping: Vec<u8>,
        /// Only says what would be sent and what the mapping lacks.
        dry_run: bool,
    },
}

/// A file to hand out.
#[derive(Clone, Debug)]
pub struct File {
    /// Its media type.
    pub content_type: &'static str,
    /// What to call it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Reports {
    /// Makes a file of a frozen version, the latest by default.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a report outside the supervisor's areas, or without such a version; what can be mended
    /// in a mapping.
    pub async fn export(
        &self,
        by: &Supervisor,
        id: ReportId,
        number: Option<i32>,
        wanted: Export,
        language: Language,
    ) -> Result<File> {
        let report = self.report(by, id).await?;
        let (row, form) = self.version(&report, number).await?;
        let name = |ending: &str| {
            let area = form.area.code.as_deref().unwrap_or("VN");
            format!("{}-{area}-v{}.{ending}", form.period.code, form.number)
        };
        let file = |content_type, ending: &str, bytes| File {
            content_type,
            name: name(ending),
            bytes,
        };
        Ok(match wanted {
            Export::Csv => file(
                "text/csv; charset=utf-8",
                "csv",
                csv::write(&form, &row.sha256, language)?,
            ),
            Export::Published => file("application/json", "json", row.published.into_bytes()),
            Export::Dhis2 { mapping, dry_run } => {
                let mapping = dhis2::Mapping::read(&mapping)?;
                let bytes = dhis2::write(&form, &mapping, dry_run)?;
                file("application/json", "dhis2.json", bytes)
            }
            Export::Xlsx => {
                let rulebook = self.programmes().rulebook();
                let (called, hash) = (name("xlsx"), row.sha256);
                let making =
                    tokio::task::spawn_blocking(move || xlsx::write(&form, &hash, &rulebook));
                File {
                    content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    name: called,
                    bytes: making.await.map_err(Error::internal)??,
                }
            }
        })
    }
}

/// How a row of a table is told apart: below, missing, or the total.
fn row_words(
    form: &Form,
) -> impl Iterator<Item = (&super::form::Place, &'static str, &[super::form::CellForm])> {
    use super::form::RowState;
    let word = |state| match state {
        RowState::Accepted => "ACCEPTED",
        RowState::Computed => "COMPUTED",
        RowState::Missing => "MISSING",
    };
    let rows = form.rows.iter();
    rows.map(move |row| (&row.area, word(row.state), &row.cells[..]))
        .chain([(&form.area, "TOTAL", &form.total[..])])
}

fn mapping_fault(key: &'static str) -> Error {
    Error::user(Code::Invalid, "mapping", key)
}

//! Files that spreadsheets open: CSV that they read as Vietnamese and calculate nothing of, and their number for A4.

use crate::error::{Error, Result};

/// A4 in the numbering of spreadsheets.
pub const A4: u8 = 9;

/// A CSV file as it is written: UTF-8 with a byte order mark, lines ended as spreadsheets end them.
pub struct CsvFile(csv::Writer<Vec<u8>>);

impl CsvFile {
    /// An empty file.
    pub fn new() -> Self {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(b"\xef\xbb\xbf".to_vec());
        Self(writer)
    }

    /// Adds a line. What a spreadsheet would take for a formula is written as text.
    ///
    /// # Errors
    /// When the line has another number of fields than those before it.
    pub fn line(&mut self, fields: impl IntoIterator<Item = String>) -> Result<()> {
        let fields = fields.into_iter().map(guarded);
        self.0.write_record(fields).map_err(Error::internal)
    }

    /// The bytes.
    ///
    /// # Errors
    /// Never: memory takes every byte.
    pub fn into_bytes(self) -> Result<Vec<u8>> {
        self.0.into_inner().map_err(Error::internal)
    }
}

impl Default for CsvFile {
    fn default() -> Self {
        Self::new()
    }
}

/// A field that no spreadsheet takes for a formula.
fn guarded(field: String) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}")
    } else {
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_calculate_is_written_as_text() {
        for formula in ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(guarded(formula.to_owned()), format!("'{formula}"));
        }
        assert_eq!(guarded("Xã 2=3".to_owned()), "Xã 2=3");
    }
}

//! A table as CSV: UTF-8 with a byte order mark, so that spreadsheets read Vietnamese, and nothing that they would
//! calculate.

use super::tables::{Field, Table};
use crate::error::{Error, Result};

/// The headings and the rows.
pub(super) fn write(table: &Table) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    let headings = table.headings.iter().map(|(heading, _)| guarded(heading));
    writer.write_record(headings).map_err(Error::internal)?;
    for row in &table.rows {
        let fields = row.iter().map(|field| match field {
            Field::Text(text) => guarded(text),
            Field::Number(number) => number.to_string(),
        });
        writer.write_record(fields).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(Error::internal)
}

/// A field that no spreadsheet takes for a formula.
fn guarded(field: &str) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_calculate_is_text_and_vietnamese_is_read_as_such() {
        let table = Table {
            sheet: "Danh sách",
            title: String::new(),
            subtitle: String::new(),
            legend: "",
            headings: vec![("Họ và tên".to_owned(), 1.0), ("Số".to_owned(), 1.0)],
            rows: vec![
                vec![
                    Field::Text("=HYPERLINK(\"x\")".to_owned()),
                    Field::Number(3),
                ],
                vec![Field::Text("@Mẫu, Đào".to_owned()), Field::Number(0)],
            ],
        };
        let written = String::from_utf8(write(&table).unwrap()).unwrap();
        let expected =
            "\u{feff}Họ và tên,Số\r\n\"'=HYPERLINK(\"\"x\"\")\",3\r\n\"'@Mẫu, Đào\",0\r\n";
        assert_eq!(written, expected);
    }
}

//! A table as CSV.

use super::tables::{Field, Table};
use crate::{error::Result, spreadsheet::CsvFile};

/// The headings and the rows.
pub(super) fn write(table: &Table) -> Result<Vec<u8>> {
    let mut file = CsvFile::new();
    file.line(table.headings.iter().map(|(heading, _)| heading.clone()))?;
    for row in &table.rows {
        file.line(row.iter().map(|field| match field {
            Field::Text(text) => text.clone(),
            Field::Number(number) => number.to_string(),
        }))?;
    }
    file.into_bytes()
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

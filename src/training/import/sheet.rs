//! A file a trainer sends, read as rows of cells: XLSX or CSV, however it was made.
//!
//! Invariant: reading a file costs no more than its limits say, whatever it claims about itself: it is unpacked against
//! a cap before anything looks into it, and cells are read one after the other, never as a rectangle up to the farthest.

use std::io::{Cursor, Read};

use calamine::{DataRef, Reader as _, Xlsx};

use super::{MOST_ROWS, faults::Faults};
use crate::error::{Error, Result, UserError, UserErrorCode as Code};

/// The largest file taken, in bytes.
pub const FILE_BYTES: usize = 512 * 1024;
/// The most a workbook may hold when it is unpacked, in bytes.
const UNPACKED_BYTES: u64 = 8 * 1024 * 1024;
/// The most parts a workbook may have.
const PARTS: usize = 200;
/// Columns that are looked at; what stands behind them is no roster.
const COLUMNS: u32 = 40;
/// Rows that may stand above the headings: the name of the office, the title.
pub const ABOVE: u32 = 20;
/// The last row that can belong to a roster, counted from 0.
const LAST_ROW: u32 = ABOVE + MOST_ROWS as u32;
/// Cells of one file.
const CELLS: usize = 60_000;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text, trimmed, not empty.
    Text(String),
    /// A number.
    Number(f64),
    /// A day, as days since the end of 1899.
    Serial(f64),
    /// Yes or no.
    Mark(bool),
    /// Something calculated.
    Formula,
    /// A mistake of the spreadsheet's, such as #REF!.
    Broken,
}

/// The cells of one sheet, in the order of rows and then of columns; both counted from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The cells that hold something.
    pub cells: Vec<((u32, u32), Cell)>,
    /// First and last place of each group of cells merged into one.
    pub merged: Vec<((u32, u32), (u32, u32))>,
}

/// Reads a file: a workbook when it is packed like one, otherwise CSV.
///
/// # Errors
/// A user error on `file` when it is too large, or neither.
pub fn read(file: &[u8]) -> Result<Sheet> {
    if file.len() > FILE_BYTES {
        let error = UserError::new(Code::TooMany, "file", "import-file-too-large");
        return Err(error.with("limit", FILE_BYTES / 1024).into());
    }
    if file.starts_with(b"PK") {
        workbook(file)
    } else {
        text(file)
    }
}

fn unreadable(cause: &dyn std::fmt::Display) -> Error {
    tracing::debug!(%cause, "a roster was not read");
    Error::user(Code::Invalid, "file", "import-file-unreadable")
}

fn too_many_rows() -> Error {
    let error = UserError::new(Code::TooMany, "file", "import-too-many-rows");
    error.with("limit", MOST_ROWS).into()
}

/// Unpacks everything once and throws it away: what a workbook says of its own size proves nothing.
fn check_unpacked(file: &[u8]) -> Result<()> {
    let packed = zip::ZipArchive::new(Cursor::new(file));
    let mut packed = packed.map_err(|cause| unreadable(&cause))?;
    let too_large = || Error::user(Code::TooMany, "file", "import-file-unpacks-too-large");
    if packed.len() > PARTS {
        return Err(too_large());
    }
    let mut left = UNPACKED_BYTES;
    for at in 0..packed.len() {
        let part = packed.by_index(at).map_err(|cause| unreadable(&cause))?;
        let mut part = part.take(left + 1);
        let read = std::io::copy(&mut part, &mut std::io::sink());
        let read = read.map_err(|cause| unreadable(&cause))?;
        left = left.checked_sub(read).ok_or_else(too_large)?;
    }
    Ok(())
}

fn workbook(file: &[u8]) -> Result<Sheet> {
    check_unpacked(file)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).map_err(|cause| unreadable(&cause))?;
    let name = book.sheet_names().first().cloned();
    let name = name.ok_or_else(|| unreadable(&"no sheet"))?;
    let merged = book.merge_cells_by_sheet_name(&name);
    let merged = merged.map_err(|cause| unreadable(&cause))?;
    let mut sheet = Sheet {
        cells: Vec::new(),
        merged: merged.iter().map(|area| (area.start, area.end)).collect(),
    };
    // Days counted from 1904 are four years and a day behind.
    let late = if book.has_1904_epoch() { 1462.0 } else { 0.0 };
    let cells = book.worksheet_cells_reader(&name);
    let mut cells = cells.map_err(|cause| unreadable(&cause))?;
    while let Some(found) = cells
        .next_cell_with_formula_metadata()
        .map_err(|cause| unreadable(&cause))?
    {
        let (row, column) = found.pos;
        let cell = match (&found.formula, found.value) {
            (Some(_), _) => Cell::Formula,
            (None, value) => match cell(value, late) {
                Some(cell) => cell,
                None => continue,
            },
        };
        if column >= COLUMNS {
            continue;
        }
        if row > LAST_ROW || sheet.cells.len() >= CELLS {
            return Err(too_many_rows());
        }
        sheet.cells.push(((row, column), cell));
    }
    sheet.cells.sort_by_key(|(place, _)| *place);
    Ok(sheet)
}

fn cell(value: DataRef<'_>, late: f64) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::Int(number) => {
            let number = number as f64;
            Some(Cell::Number(number))
        }
        DataRef::Float(number) => Some(Cell::Number(number)),
        DataRef::String(text) => told(&text),
        DataRef::SharedString(text) => told(text),
        DataRef::Bool(mark) => Some(Cell::Mark(mark)),
        DataRef::DateTime(at) => Some(Cell::Serial(at.as_f64() + late)),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            told(text.split('T').next().unwrap_or_default())
        }
        DataRef::Error(_) => Some(Cell::Broken),
    }
}

/// Text as a cell holds it. A guard before what looks like a formula, as our own files carry it, is no part of it.
fn told(text: &str) -> Option<Cell> {
    let text = text.trim();
    let plain = text.strip_prefix('\'').unwrap_or(text).trim();
    (!plain.is_empty()).then(|| Cell::Text(plain.to_owned()))
}

fn text(file: &[u8]) -> Result<Sheet> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let written = std::str::from_utf8(file).map_err(|cause| unreadable(&cause))?;
    if written.contains('\0') || written.trim().is_empty() {
        return Err(unreadable(&"no text"));
    }
    // The sign that the first line with several of them has most of divides the columns.
    let count = |line: &str, sign: char| line.matches(sign).count();
    let lines = written.lines().take(ABOVE as usize + 1);
    let widest = lines.max_by_key(|line| {
        [',', ';', '\t']
            .map(|sign| count(line, sign))
            .iter()
            .sum::<usize>()
    });
    let widest = widest.unwrap_or_default();
    let sign = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|sign| count(widest, char::from(*sign)))
        .unwrap_or(b',');
    // An empty line is a row of the spreadsheet; the reader would pass over it and count the rows below wrongly.
    let spaced: String = if written.contains('"') {
        written.to_owned()
    } else {
        let lines = written.lines().map(|line| match line.is_empty() {
            true => format!("{}\n", char::from(sign)),
            false => format!("{line}\n"),
        });
        lines.collect()
    };
    let mut lines = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(sign)
        .from_reader(spaced.as_bytes());
    let mut sheet = Sheet::default();
    for (row, line) in (0_u32..).zip(lines.records()) {
        let line = line.map_err(|cause| unreadable(&cause))?;
        for (column, field) in (0..COLUMNS).zip(&line) {
            let calculated = field.trim_start().starts_with(['=', '@']);
            let cell = if calculated {
                Some(Cell::Formula)
            } else {
                told(field)
            };
            if let Some(cell) = cell {
                if row > LAST_ROW || sheet.cells.len() >= CELLS {
                    return Err(too_many_rows());
                }
                sheet.cells.push(((row, column), cell));
            }
        }
    }
    Ok(sheet)
}

/// How a spreadsheet calls a column: A, B, …, Z, AA.
pub fn letter(column: u32) -> String {
    let last = char::from(b'A' + u8::try_from(column % 26).unwrap_or_default());
    match column / 26 {
        0 => last.to_string(),
        more => format!("{}{last}", letter(more - 1)),
    }
}

impl Sheet {
    /// Notes cells merged into one that reach into the roster, which begins at the row of the headings.
    pub fn check_merged(&self, headings: u32, faults: &mut Faults) {
        let reaching = self
            .merged
            .iter()
            .filter(|(_, (last, _))| *last >= headings);
        for ((row, column), _) in reaching {
            faults.add(
                (*row).max(headings),
                Some(*column),
                Code::Invalid,
                "import-cells-merged",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_called_as_spreadsheets_call_them() {
        for (column, called) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (27, "AB"),
            (51, "AZ"),
            (52, "BA"),
        ] {
            assert_eq!(letter(column), called);
        }
    }

    #[test]
    fn text_divided_by_any_sign_is_read_alike_and_what_is_calculated_is_said_to_be() {
        for sign in [",", ";", "\t"] {
            let written = format!(
                "\u{feff}Họ và tên{sign}Năm sinh\r\nTrần Mẫu{sign}=1+1\r\n\r\n'+Lê{sign}1990\r\n"
            );
            let sheet = read(written.as_bytes()).unwrap();
            let texts: Vec<_> = sheet
                .cells
                .iter()
                .map(|(place, cell)| (*place, cell.clone()))
                .collect();
            let text = |text: &str| Cell::Text(text.to_owned());
            assert_eq!(
                texts,
                [
                    ((0, 0), text("Họ và tên")),
                    ((0, 1), text("Năm sinh")),
                    ((1, 0), text("Trần Mẫu")),
                    ((1, 1), Cell::Formula),
                    ((3, 0), text("+Lê")),
                    ((3, 1), text("1990")),
                ]
            );
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for wrong in [
            &b""[..],
            b"PK",
            b"PK\x03\x04nonsense",
            b"\xff\xfe\x00",
            b"  \n ",
            &vec![b'a'; FILE_BYTES + 1][..],
        ] {
            assert!(matches!(read(wrong), Err(Error::User(_))));
        }
    }
}

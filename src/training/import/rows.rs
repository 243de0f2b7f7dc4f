//! The rows of a roster: which column holds what, and what each cell means.
//!
//! Columns are found by their headings, in Vietnamese or English, whatever their order, accents and case. A column
//! nobody knows is left alone and named in the answer.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use super::{
    faults::Faults,
    headings::{Column, known},
    sheet::{ABOVE, Cell, Sheet, letter},
};
use crate::{
    error::{Error, Result, UserError, UserErrorCode as Code},
    fold,
    people::household::Purpose,
};

/// Words that say yes, folded.
const YES: [&str; 8] = ["x", "co", "dong y", "yes", "y", "true", "1", "v"];
/// Words that say no, folded.
const NO: [&str; 5] = ["khong", "no", "n", "false", "0"];

/// Somebody in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where, counted from 0.
    pub row: u32,
    /// As written.
    pub full_name: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// A telephone, as written.
    pub phone: Option<String>,
    /// Official code of the commune.
    pub commune: Option<String>,
    /// First day in the group.
    pub joined_on: Option<NaiveDate>,
    /// What she agreed to.
    pub consents: Vec<Purpose>,
    /// Whether she is staff.
    pub is_staff: bool,
}

/// The rows of a file, and what else was seen.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// In the order of the file.
    pub rows: Vec<Row>,
    /// The column of each thing, for faults found later.
    pub columns: BTreeMap<Column, u32>,
    /// Headings of columns that were left alone.
    pub ignored: Vec<String>,
}

/// What the cells mean. What is wrong is noted in `faults`; a row with a fault is left out.
///
/// # Errors
/// A user error on `file` when no headings are found.
pub fn read(sheet: &Sheet, faults: &mut Faults) -> Result<Rows> {
    let mut by_row: BTreeMap<u32, BTreeMap<u32, &Cell>> = BTreeMap::new();
    for ((row, column), cell) in &sheet.cells {
        by_row.entry(*row).or_default().insert(*column, cell);
    }
    let named = |cells: &BTreeMap<u32, &Cell>| {
        cells
            .values()
            .any(|cell| known(cell) == Some(Column::FullName))
    };
    let headings = by_row
        .iter()
        .find(|(row, cells)| **row <= ABOVE && named(cells));
    let missing = || Error::user(Code::Required, "file", "import-headings-missing");
    let (headings, cells) = headings.ok_or_else(missing)?;
    let mut read = Rows::default();
    for (column, cell) in cells {
        match known(cell) {
            Some(what) if read.columns.contains_key(&what) => {
                faults.add(
                    *headings,
                    Some(*column),
                    Code::Conflict,
                    "import-heading-twice",
                );
            }
            Some(what) => {
                read.columns.insert(what, *column);
            }
            None => read.ignored.push(match cell {
                Cell::Text(text) => text.chars().take(60).collect(),
                _ => letter(*column),
            }),
        }
    }
    sheet.check_merged(*headings, faults);
    for (row, cells) in by_row.range(headings + 1..) {
        if let Some(found) = one(*row, cells, &read.columns, faults) {
            read.rows.push(found);
        }
    }
    Ok(read)
}

/// The cells of one row, and where faults go.
struct Reading<'a> {
    row: u32,
    cells: &'a BTreeMap<u32, &'a Cell>,
    columns: &'a BTreeMap<Column, u32>,
    faults: &'a mut Faults,
}

fn one(
    row: u32,
    cells: &BTreeMap<u32, &Cell>,
    columns: &BTreeMap<Column, u32>,
    faults: &mut Faults,
) -> Option<Row> {
    let of_roster = columns.iter().filter(|(what, _)| **what != Column::Number);
    let empty = of_roster
        .clone()
        .all(|(_, column)| !cells.contains_key(column));
    if empty {
        return None;
    }
    let before = faults.len();
    let mut reading = Reading {
        row,
        cells,
        columns,
        faults,
    };
    let full_name = match reading.text(Column::FullName) {
        Some(name) => name,
        None => {
            reading.fault(Column::FullName, Code::Required, "import-name-missing");
            String::new()
        }
    };
    let year = reading.year();
    let born_on = reading.day(Column::BornOn);
    let told = Row {
        row,
        full_name,
        birth_year: year.or_else(|| born_on.map(|day| day.year())),
        phone: reading.phone(),
        commune: reading.commune(),
        joined_on: reading.day(Column::JoinedOn),
        consents: [
            (Column::LearningRecord, Purpose::LearningRecord),
            (Column::Statistics, Purpose::Statistics),
        ]
        .into_iter()
        .filter_map(|(column, purpose)| reading.mark(column).then_some(purpose))
        .collect(),
        is_staff: reading.mark(Column::Staff),
    };
    (faults.len() == before).then_some(told)
}

impl Reading<'_> {
    fn fault(&mut self, what: Column, code: Code, key: &'static str) {
        let column = self.columns.get(&what).copied();
        self.faults.add(self.row, column, code, key);
    }

    /// What stands in a column; what is calculated or broken is a fault.
    fn cell(&mut self, what: Column) -> Option<Cell> {
        let cell = self
            .columns
            .get(&what)
            .and_then(|column| self.cells.get(column));
        match cell.map(|cell| (*cell).clone()) {
            Some(Cell::Formula) => {
                self.fault(what, Code::Invalid, "import-formula");
                None
            }
            Some(Cell::Broken) => {
                self.fault(what, Code::Invalid, "import-cell-broken");
                None
            }
            found => found,
        }
    }

    fn text(&mut self, what: Column) -> Option<String> {
        match self.cell(what)? {
            Cell::Text(text) => Some(text),
            Cell::Number(number) => Some(whole(number)),
            _ => None,
        }
    }

    fn year(&mut self) -> Option<i32> {
        let year = match self.cell(Column::BirthYear)? {
            Cell::Text(text) => text.parse().ok(),
            Cell::Number(number) => whole(number).parse().ok(),
            Cell::Serial(serial) => day_of(serial).map(|day| day.year()),
            _ => None,
        };
        if year.is_none() {
            self.fault(Column::BirthYear, Code::Invalid, "import-year-invalid");
        }
        year
    }

    fn day(&mut self, what: Column) -> Option<NaiveDate> {
        let day = match self.cell(what)? {
            Cell::Text(text) => written_day(&text),
            Cell::Number(serial) | Cell::Serial(serial) => day_of(serial),
            _ => None,
        };
        if day.is_none() {
            self.fault(what, Code::Invalid, "import-date-invalid");
        }
        day
    }

    /// A number in a cell has lost the zero it begins with.
    fn phone(&mut self) -> Option<String> {
        match self.cell(Column::Phone)? {
            Cell::Text(text) => Some(text),
            Cell::Number(number) => {
                let digits = whole(number);
                Some(match digits.len() {
                    9 | 10 if !digits.starts_with('0') => format!("0{digits}"),
                    _ => digits,
                })
            }
            _ => {
                self.fault(Column::Phone, Code::Invalid, "phone-invalid");
                None
            }
        }
    }

    /// Codes of communes have five digits, of which a number in a cell has lost the zeros it begins with.
    fn commune(&mut self) -> Option<String> {
        match self.cell(Column::Commune)? {
            Cell::Number(number) => Some(format!("{:0>5}", whole(number))),
            Cell::Text(text) => Some(text),
            _ => {
                self.fault(Column::Commune, Code::Invalid, "import-commune-unknown");
                None
            }
        }
    }

    fn mark(&mut self, what: Column) -> bool {
        let said = match self.cell(what) {
            None => return false,
            Some(Cell::Mark(said)) => return said,
            Some(Cell::Number(number)) => whole(number),
            Some(Cell::Text(text)) => fold::fold(&text),
            Some(_) => String::new(),
        };
        let yes = YES.contains(&said.as_str());
        if !yes && !NO.contains(&said.as_str()) {
            // Consent is never guessed.
            self.fault(what, Code::Invalid, "import-mark-invalid");
        }
        yes
    }
}

/// A number as somebody typed it: without decimals when it has none.
fn whole(number: f64) -> String {
    if number.fract() == 0.0 {
        format!("{number:.0}")
    } else {
        number.to_string()
    }
}

/// Days since the end of 1899, as spreadsheets count them; the 29 February 1900 they believe in makes the first two
/// months of that year unusable, and nobody in a roster was born then.
fn day_of(serial: f64) -> Option<NaiveDate> {
    const FIRST: f64 = 61.0;
    const LAST: f64 = 80_000.0;
    if !(FIRST..=LAST).contains(&serial) {
        return None;
    }
    let days = serial.trunc() as u64;
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(days))
}

/// A day as people write it in Viet Nam, day before month, or as machines do.
fn written_day(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text
        .split(['/', '-', '.', ' '])
        .filter(|part| !part.is_empty())
        .collect();
    let [first, second, third] = parts[..] else {
        return None;
    };
    let number = |part: &str| -> Option<u32> {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let (first_number, month, third_number) = (number(first)?, number(second)?, number(third)?);
    let (year, day) = match (first.len(), third.len()) {
        (4, 1..=2) => (first_number, third_number),
        (1..=2, 4) => (third_number, first_number),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// A fault of somebody's particulars, at the column it is about.
pub(super) fn place(rows: &Rows, error: &UserError) -> Option<u32> {
    let what = match error.field.first().map(String::as_str) {
        Some("fullName") => Column::FullName,
        Some("birthYear") => match rows.columns.contains_key(&Column::BirthYear) {
            true => Column::BirthYear,
            false => Column::BornOn,
        },
        Some("phone") => Column::Phone,
        Some("areaId") => Column::Commune,
        Some("joinedOn") => Column::JoinedOn,
        _ => return None,
    };
    rows.columns.get(&what).copied()
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;

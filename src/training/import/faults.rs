//! What is wrong with a roster, by row and column, as the person at the spreadsheet sees them.

use super::sheet::letter;
use crate::error::{UserError, UserErrorCode as Code};

/// The most faults told at once: who mends these sends the file again.
const TOLD: usize = 100;

/// Faults in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    found: Vec<((u32, Option<u32>), UserError)>,
}

impl Faults {
    /// Notes what is wrong at a place counted from 0; a whole row without a column.
    pub fn add(&mut self, row: u32, column: Option<u32>, code: Code, key: &'static str) {
        self.put(row, column, UserError::new(code, "", key));
    }

    /// Notes what is wrong at a place; the field of the error becomes that place: `rows.<row>.<column>`, counted as
    /// spreadsheets do.
    pub fn put(&mut self, row: u32, column: Option<u32>, mut error: UserError) {
        let mut field = vec!["rows".to_owned(), (row + 1).to_string()];
        field.extend(column.map(letter));
        error.field = field;
        self.found.push(((row, column), error));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// The first of them, in the order of rows.
    pub fn told(mut self) -> Vec<UserError> {
        self.found.sort_by_key(|(place, _)| *place);
        let errors = self.found.into_iter().map(|(_, error)| error);
        errors.take(TOLD).collect()
    }
}

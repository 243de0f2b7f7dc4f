//! What an official code names: codes are dated facts, and many were given from one place to another.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::ids::AreaId;

use super::{Areas, Atlas, CodeUse, search};
use crate::fold::fold;

/// What an official code names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// This area.
    One(AreaId),
    /// Nothing.
    None,
    /// One area or another, depending on the day: each use in words, oldest first.
    Several(Vec<String>),
}

impl Areas {
    /// The area that an official code names on a day. Without a day: the one it names today, or else the one it named
    /// last; but a code that was given from one place to another needs a day, even if it names one today.
    pub fn named_by(&self, code: &str, on: Option<NaiveDate>) -> Named {
        let atlas = self.atlas();
        let first = |found: Vec<AreaId>| found.first().copied().map_or(Named::None, Named::One);
        let Some(today) = on.is_none().then(|| self.today()) else {
            return first(atlas.by_code(code, None, on.unwrap_or_default()));
        };
        let uses = atlas.code_uses(code);
        // A province that took in another under its old name and code is the same place to whoever asks.
        let places: BTreeSet<String> = uses.iter().map(|used| place(&atlas, used)).collect();
        match uses.as_slice() {
            [.., last] if places.len() <= 1 => match first(atlas.by_code(code, None, today)) {
                Named::None => Named::One(last.area),
                named => named,
            },
            [] => Named::None,
            _ => Named::Several(uses.iter().map(|used| in_words(&atlas, used)).collect()),
        }
    }
}

/// What the place is called that a code was used for, without its unit type, case and diacritics.
fn place(atlas: &Atlas, used: &CodeUse) -> String {
    let on = used.to.or(used.from).unwrap_or_default();
    let folded = fold(atlas.name(used.area, on));
    match atlas.unit_type(used.area, on) {
        Some(unit_type) => search::bare(&folded, unit_type).to_owned(),
        None => folded,
    }
}

/// A use of a code in any language: "… – 2025-06-30 Phường Hưng Định".
fn in_words(atlas: &Atlas, used: &CodeUse) -> String {
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
    let on = used.from.or(used.to).unwrap_or_default();
    format!(
        "{} – {} {}",
        day(used.from),
        day(used.to),
        atlas.name(used.area, on)
    )
}

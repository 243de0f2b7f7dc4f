//! The shipped programmes in memory, and the rules on them.

use std::sync::LazyLock;

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AreaId, shipped},
};

use super::{Rulebook, core_sets::core_sets, import, rulebook::Rows};

mod core_sets;
mod faults;
mod plan;
mod register;
mod targets;

/// The shipped programmes, with core sets from the shipped curriculum.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::of(0, rows()));

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The text of the shipped file.
fn text() -> String {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/curriculum/programme_targets.json"
    );
    std::fs::read_to_string(file).unwrap()
}

/// An area by a short name.
fn area(name: &str) -> AreaId {
    shipped(&format!("test area {name}"))
}

/// Knows the country, Bạc Liêu, Quảng Ninh and the town of Thuận An by the codes they had on 2025-06-30; Bạc Liêu and
/// Thuận An were gone the next day.
fn resolve(code: &str, level: AreaLevel, on: NaiveDate) -> Option<AreaId> {
    let before = on <= day("2025-06-30");
    match (level, code) {
        (AreaLevel::Country, "VN") => Some(area("VN")),
        (AreaLevel::Province, "22") => Some(area("VN-QN")),
        (AreaLevel::Province, "95") if before => Some(area("VN-BL")),
        (AreaLevel::District, "725") if before => Some(area("VN-BD-TA")),
        _ => None,
    }
}

fn programmes() -> import::Programmes {
    import::read("programme_targets.json", &text(), &resolve)
        .unwrap_or_else(|faults| panic!("{faults}"))
}

fn rows() -> Rows {
    let mut rows = programmes().rows;
    let catalogue = crate::content::tests::catalogue();
    rows.core_sets = core_sets(&catalogue, &rows.programmes, &rows.indicators);
    rows
}

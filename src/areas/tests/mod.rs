//! What the shipped areas answer at every date, and what is wrong with files that are refused.

mod atoms;
mod changes_tests;
mod facts;
mod files;
mod search;
mod shipped_changes;

use std::sync::LazyLock;

use chrono::NaiveDate;
use entity::{
    area::AreaLevel::{self, Commune},
    ids::AreaId,
};

use super::{Atlas, import, records::Records};

const FILE: &[u8] = include_bytes!("../../../curriculum/admin_units.csv");

pub(super) static RECORDS: LazyLock<Records> =
    LazyLock::new(|| import::read("admin_units.csv", FILE).unwrap());
pub(super) static ATLAS: LazyLock<Atlas> = LazyLock::new(|| Atlas::new(&RECORDS).unwrap());

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The last day of three levels, and the first of two.
pub(super) fn before() -> NaiveDate {
    day("2025-06-30")
}

pub(super) fn after() -> NaiveDate {
    day("2025-07-01")
}

pub(super) fn today() -> NaiveDate {
    day("2026-11-22")
}

pub(super) fn valid(level: AreaLevel, on: NaiveDate) -> Vec<AreaId> {
    ATLAS.search(None, None, Some(level), on)
}

pub(super) fn by_code(code: &str, on: NaiveDate) -> AreaId {
    match *ATLAS.by_code(code, None, on) {
        [id] => id,
        ref other => panic!("{code} on {on}: {other:?}"),
    }
}

/// Communes of an area at any depth on a day.
pub(super) fn communes(area: AreaId, on: NaiveDate) -> Vec<AreaId> {
    ATLAS.search(None, Some(area), Some(Commune), on)
}

pub(super) fn names(ids: &[AreaId], on: NaiveDate) -> Vec<&'static str> {
    ids.iter().map(|id| ATLAS.name(*id, on)).collect()
}

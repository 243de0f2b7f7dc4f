//! Explaining a denominator: from which entries of the register it comes, across which changes of areas, or why it is unknown.

use std::collections::BTreeSet;

use entity::{denominator::DenominatorStatus, ids::AreaId};

use super::{Line, names};
use crate::{
    areas::Atlas,
    coverage::{Cell, DenominatorKind},
    programmes::restated::{Restated, Unstated},
};

/// Where the denominator comes from.
pub(super) fn lines(atlas: &Atlas, cell: &Cell) -> Vec<Line> {
    match (cell.asked.denominator, &cell.population) {
        (DenominatorKind::Registered, _) => vec![Line::new("explain-denominator-registered")],
        (DenominatorKind::Population, _) if cell.asked.is_beside_indicator() => {
            vec![Line::new("explain-denominator-not-children")]
        }
        (DenominatorKind::Population, None) => vec![Line::new("explain-denominator-unknown")],
        (DenominatorKind::Population, Some(Err(unstated))) => unknown(atlas, cell, unstated),
        (DenominatorKind::Population, Some(Ok(known))) if known.is_of(&cell.counted) => {
            entered(cell)
        }
        (DenominatorKind::Population, Some(Ok(known))) => put_together(atlas, cell, known),
    }
}

/// Entries of the areas counted themselves.
fn entered(cell: &Cell) -> Vec<Line> {
    let line = |value: &entity::denominator::Model| {
        Line::new("explain-denominator-register")
            .with("source", &value.source)
            .with("version", value.version)
            .with("from", value.period_from)
            .with("to", value.period_to)
    };
    cell.register.iter().take(1).map(line).collect()
}

/// Entries of areas that the ones counted were made of.
fn put_together(atlas: &Atlas, cell: &Cell, known: &Restated) -> Vec<Line> {
    let mut lines = vec![
        Line::new("explain-denominator-sum")
            .with("areas", added_up(atlas, cell, known))
            .with("status", status_word(known.status())),
    ];
    let divided = known.divided();
    if !divided.is_empty() {
        let areas = names(atlas, cell, &divided);
        lines.push(Line::new("explain-denominator-shared").with("areas", areas));
    }
    lines
}

/// The entries of a population put together, as its source.
pub fn sum_of(atlas: &Atlas, cell: &Cell, known: &Restated) -> Line {
    Line::new("coverage-denominator-sum-of").with("areas", added_up(atlas, cell, known))
}

/// The entries of a population put together, each with its area, source and period.
fn added_up(atlas: &Atlas, cell: &Cell, known: &Restated) -> String {
    let told = known.pieces.iter().map(|piece| {
        let entry = &piece.entry;
        let name = names(atlas, cell, [&entry.area_id]);
        format!(
            "{name} ({}, {} – {})",
            entry.source, entry.period_from, entry.period_to
        )
    });
    told.collect::<Vec<_>>().join("; ")
}

fn status_word(status: Option<DenominatorStatus>) -> &'static str {
    match status {
        Some(DenominatorStatus::Official) => "OFFICIAL",
        Some(DenominatorStatus::Roster) => "ROSTER",
        Some(DenominatorStatus::Estimate) | None => "ESTIMATE",
    }
}

/// Areas named in one sentence; of more only the number is said.
const MOST_NAMES: usize = 12;

fn unknown(atlas: &Atlas, cell: &Cell, unstated: &Unstated) -> Vec<Line> {
    let mut lines = vec![Line::new("explain-denominator-unknown")];
    let mut add = |key, areas: &BTreeSet<AreaId>| {
        if areas.is_empty() || (areas.len() == 1 && areas.contains(&cell.asked.area)) {
            return;
        }
        let mut told = names(atlas, cell, areas.iter().take(MOST_NAMES));
        if areas.len() > MOST_NAMES {
            told = format!("{told}; … ({})", areas.len());
        }
        lines.push(Line::new(key).with("areas", told));
    };
    add("explain-denominator-divided", &unstated.without_share);
    add("explain-denominator-missing", &unstated.without_entry);
    lines
}

//! Explaining what areas reported: whose word it is, whether it was verified, who has not reported, and what was before.

use entity::{
    area::AreaLevel, ids::AreaId, indicator_element, reported_value, reported_value::Verdict,
    target::ElementsRule,
};

use super::Line;
use crate::{
    areas::Atlas,
    coverage::{Cell, reported::Reported},
    programmes::rulebook::Indicator,
};

/// Areas named in one sentence; of more only the number is said.
const MOST_NAMES: usize = 12;

/// Values told one by one.
const MOST_VALUES: usize = 12;

/// What went into a reported figure.
pub(super) fn lines(
    atlas: &Atlas,
    cell: &Cell,
    reported: &Reported,
    indicator: Option<&Indicator>,
) -> Vec<Line> {
    let on = cell.asked.on;
    let names = |areas: &[AreaId]| named(atlas, cell, areas);
    let mut lines = Vec::new();
    match &reported.units {
        Some(units) => {
            if let Some(last) = units.ended_on {
                lines.push(Line::new("explain-units-ended").with("last", last));
            }
            if !units.all.is_empty() {
                let key = match units.level {
                    AreaLevel::Country | AreaLevel::Province => "explain-units-province",
                    AreaLevel::District => "explain-units-district",
                    AreaLevel::Commune => "explain-units-commune",
                };
                let count = |in_place| reported.with_state(in_place).len();
                lines.push(
                    Line::new(key)
                        .with("all", units.all.len())
                        .with("yes", count(true))
                        .with("no", count(false))
                        .with("unreported", reported.unreported.len())
                        .with("areas", names(&units.all)),
                );
                let verified = reported
                    .values
                    .iter()
                    .filter(|row| is_verified(row))
                    .count();
                lines.push(
                    Line::new("explain-units-verified")
                        .with("verified", verified)
                        .with("reported", reported.values.len()),
                );
            }
        }
        None => lines.extend(reported.values.iter().take(MOST_VALUES).map(|row| {
            let key = match is_verified(row) {
                true => "explain-reported-verified",
                false => "explain-reported-unverified",
            };
            let last = row
                .period_to
                .map_or_else(|| "…".to_owned(), |last| last.to_string());
            Line::new(key)
                .with("area", atlas.display_name(row.area_id, on))
                .with("from", row.period_from)
                .with("to", last)
                .with("version", row.version)
                .with("source", &row.source)
        })),
    }
    lines.extend(elements(cell, reported, indicator));
    if !reported.unreported.is_empty() {
        lines.push(Line::new("explain-unreported").with("areas", names(&reported.unreported)));
    }
    let before = |wanted: Option<bool>| -> Vec<AreaId> {
        let rows = reported.before.iter().filter(|row| row.in_place == wanted);
        rows.map(|row| row.area_id).collect()
    };
    for (wanted, key) in [
        (Some(true), "explain-before-in-place"),
        (Some(false), "explain-before-not-in-place"),
        (None, "explain-before-reported"),
    ] {
        let areas = before(wanted);
        if !areas.is_empty() {
            lines.push(
                Line::new(key)
                    .with("count", areas.len())
                    .with("areas", names(&areas)),
            );
        }
    }
    if let Some(value) = cell.register.first() {
        lines.push(
            Line::new("explain-denominator-register")
                .with("source", &value.source)
                .with("from", value.period_from)
                .with("to", value.period_to),
        );
    }
    lines
}

/// What makes a compound indicator, and how each element stands where it may be shown.
fn elements(cell: &Cell, reported: &Reported, indicator: Option<&Indicator>) -> Vec<Line> {
    let all = indicator.map_or(&[][..], |indicator| &indicator.elements);
    if all.is_empty() {
        return Vec::new();
    }
    let needed = |row: &&indicator_element::Model| reported.needed.elements.contains(&row.code);
    let key = match reported.needed.rule {
        ElementsRule::All => "explain-elements-all",
        ElementsRule::Any => "explain-elements-any",
    };
    let joined = |name: fn(&indicator_element::Model) -> &String| {
        let names = all.iter().filter(needed).map(name);
        names.cloned().collect::<Vec<_>>().join("; ")
    };
    let (vi, en) = (joined(|row| &row.name_vi), joined(|row| &row.name_en));
    let mut lines = vec![Line::new(key).spoken("elements", &vi, &en)];
    if cell.figures.is_pooled() {
        return lines;
    }
    for (code, figures) in &reported.elements {
        let row = all.iter().find(|row| row.code == *code);
        let (Some(row), Some(reached)) = (row, figures.numerator().exact()) else {
            continue;
        };
        let line = match figures.denominator().exact() {
            Some(all) => Line::new("explain-element-of").with("all", all),
            None => Line::new("explain-element"),
        };
        let line = line.with("reached", reached);
        lines.push(line.spoken("element", &row.name_vi, &row.name_en));
    }
    lines
}

fn is_verified(row: &reported_value::Model) -> bool {
    row.verdict == Some(Verdict::Verified)
}

fn named(atlas: &Atlas, cell: &Cell, areas: &[AreaId]) -> String {
    let mut names: Vec<_> = areas
        .iter()
        .take(MOST_NAMES)
        .map(|area| atlas.name(*area, cell.asked.on).to_owned())
        .collect();
    if areas.len() > MOST_NAMES {
        names.push(format!("… ({})", areas.len()));
    }
    names.join("; ")
}

//! What an import of programmes or of the register would change: pure, from what is there and what is wanted.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    denominator,
    ids::{AccountId, DenominatorId},
};

use crate::{
    clock::Clock,
    content::Catalogue,
    shipped::{Report, Tally, settled},
};

use super::{core_sets, denominators::Entry, rulebook::Rows};

/// Rows to write, rows to remove, and what changes.
///
/// Invariant: programmes, phases, indicators and targets that the file does not name stay; so do settings.
pub fn plan(current: &Rows, mut wanted: Rows, catalogue: &Catalogue) -> (Rows, Rows, Report) {
    for programme in &mut wanted.programmes {
        let mut there = current.programmes.iter();
        let there = there.find(|row| row.programme_id == programme.programme_id);
        programme.early_years_inclusive = there.is_some_and(|row| row.early_years_inclusive);
    }
    let programmes = with(&current.programmes, &wanted.programmes, |row| {
        row.programme_id
    });
    let indicators = with(&current.indicators, &wanted.indicators, |row| {
        row.indicator_id
    });
    let core_sets = core_sets::core_sets(catalogue, &programmes, &indicators);
    let mut notes = Vec::new();
    if core_sets.is_empty() {
        notes.push("no curriculum is loaded: core sets are empty until it is".to_owned());
    }
    let mut put = Rows::default();
    let mut gone = Rows::default();
    let mut kinds = Vec::new();
    macro_rules! settle {
        ($kind:literal, $field:ident, $wanted:expr, $key:expr, $ours:literal) => {{
            let tally;
            (put.$field, gone.$field, tally) = settled(&current.$field, $wanted, $key, |_| $ours);
            kinds.push(($kind, tally));
        }};
    }
    settle!(
        "programme",
        programmes,
        wanted.programmes,
        |row| row.programme_id,
        false
    );
    settle!("phase", phases, wanted.phases, |row| row.phase_id, false);
    settle!(
        "indicator",
        indicators,
        wanted.indicators,
        |row| row.indicator_id,
        false
    );
    settle!(
        "target",
        targets,
        wanted.targets,
        |row| row.target_id,
        false
    );
    settle!(
        "core module of an indicator",
        core_sets,
        core_sets,
        |row| (row.indicator_id, row.module_id),
        true
    );
    (put, gone, Report { kinds, notes })
}

/// What is there, with what is wanted in its place.
fn with<M: Clone, K: PartialEq>(current: &[M], wanted: &[M], key: impl Fn(&M) -> K) -> Vec<M> {
    let kept = current
        .iter()
        .filter(|row| !wanted.iter().any(|new| key(new) == key(row)));
    kept.chain(wanted).cloned().collect()
}

/// The version an entry makes; none when the latest says the same.
pub fn next_version(
    latest: Option<&denominator::Model>,
    entry: &Entry,
    by: Option<AccountId>,
    clock: &Clock,
    now: DateTime<Utc>,
) -> Option<denominator::Model> {
    if latest.is_some_and(|row| row.value == entry.value && row.source == entry.source) {
        return None;
    }
    Some(denominator::Model {
        denominator_id: clock.id::<DenominatorId>(),
        area_id: entry.area,
        indicator_id: entry.indicator,
        period_from: entry.period_from,
        period_to: entry.period_to,
        status: entry.status,
        version: latest.map_or(0, |row| row.version) + 1,
        value: entry.value,
        source: entry.source.clone(),
        entered_by: by,
        entered_at: now,
    })
}

/// The versions that entries make, and what changes.
pub fn new_versions(
    register: &[denominator::Model],
    entries: &[Entry],
    clock: &Clock,
    now: DateTime<Utc>,
) -> (Vec<denominator::Model>, Report) {
    let mut tally = Tally::default();
    let mut rows = Vec::new();
    let mut latest: HashMap<_, &denominator::Model> = HashMap::new();
    for row in register {
        let place = (
            row.area_id,
            row.indicator_id,
            row.period_from,
            row.period_to,
            row.status,
        );
        let newest = latest.entry(place).or_insert(row);
        if newest.version < row.version {
            *newest = row;
        }
    }
    for entry in entries {
        let place = (
            entry.area,
            entry.indicator,
            entry.period_from,
            entry.period_to,
            entry.status,
        );
        let before = latest.get(&place).copied();
        match next_version(before, entry, None, clock, now) {
            Some(row) => {
                rows.push(row);
                match before {
                    Some(_) => tally.changed += 1,
                    None => tally.new += 1,
                }
            }
            None => tally.unchanged += 1,
        }
    }
    let kinds = vec![("denominator", tally)];
    (
        rows,
        Report {
            kinds,
            notes: Vec::new(),
        },
    )
}

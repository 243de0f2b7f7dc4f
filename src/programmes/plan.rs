//! What an import of programmes or of the register would change: pure, from what is there and what is wanted.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    denominator,
    denominator::DenominatorStatus,
    ids::{AccountId, AreaId, DenominatorId, IndicatorId},
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
    let mut notes = Vec::new();
    wanted.targets.retain(|target| {
        let mut there = current.targets.iter();
        let there = there.find(|row| row.target_id == target.target_id);
        let own = there.is_some_and(|row| row.set_by.is_some());
        if own {
            notes.push(format!(
                "target {} stays as its area set it since",
                target.code
            ));
        }
        !own
    });
    let programmes = with(&current.programmes, &wanted.programmes, |row| {
        row.programme_id
    });
    let indicators = with(&current.indicators, &wanted.indicators, |row| {
        row.indicator_id
    });
    let core_sets = core_sets::core_sets(catalogue, &programmes, &indicators);
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
        "element of an indicator",
        elements,
        wanted.elements,
        |row| (row.indicator_id, row.code.clone()),
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

/// The version an entry makes among those of its area, indicator, period and status; none when the latest of the same
/// source says the same.
pub fn next_version(
    there: &[&denominator::Model],
    entry: &Entry,
    by: Option<AccountId>,
    clock: &Clock,
    now: DateTime<Utc>,
) -> Option<denominator::Model> {
    let own = there.iter().filter(|row| row.source == entry.source);
    let own = own.max_by_key(|row| row.version);
    if own.is_some_and(|row| row.value == entry.value) {
        return None;
    }
    Some(denominator::Model {
        denominator_id: clock.id::<DenominatorId>(),
        area_id: entry.area,
        indicator_id: entry.indicator,
        period_from: entry.period_from,
        period_to: entry.period_to,
        status: entry.status,
        version: there.iter().map(|row| row.version).max().unwrap_or(0) + 1,
        value: entry.value,
        source: entry.source.clone(),
        entered_by: by,
        entered_at: now,
        settled_because: None,
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
    let mut added: Vec<denominator::Model> = Vec::new();
    let mut places: HashMap<_, Vec<&denominator::Model>> = HashMap::new();
    for row in register {
        places.entry(place_of(row)).or_default().push(row);
    }
    let mut fresh: HashMap<_, Vec<usize>> = HashMap::new();
    let mut notes = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let place = (
            entry.area,
            entry.indicator,
            entry.period_from,
            entry.period_to,
            entry.status,
        );
        let mut there = places.get(&place).cloned().unwrap_or_default();
        // Two sources of one file may speak of the same: each gets a number of its own.
        there.extend(
            fresh
                .get(&place)
                .into_iter()
                .flatten()
                .filter_map(|at: &usize| added.get(*at)),
        );
        let known = there.iter().any(|row| row.source == entry.source);
        let others = there.iter().any(|row| row.source != entry.source);
        match next_version(&there, entry, None, clock, now) {
            Some(row) => {
                if others {
                    notes.push(format!(
                        "entry {}: another source speaks of the same area, indicator, period and status; both are kept",
                        at + 1
                    ));
                }
                fresh.entry(place).or_default().push(added.len());
                added.push(row);
                match known {
                    true => tally.changed += 1,
                    false => tally.new += 1,
                }
            }
            None => tally.unchanged += 1,
        }
    }
    let kinds = vec![("denominator", tally)];
    (added, Report { kinds, notes })
}

/// What a version speaks of: numbers are given within it.
fn place_of(
    row: &denominator::Model,
) -> (AreaId, IndicatorId, NaiveDate, NaiveDate, DenominatorStatus) {
    (
        row.area_id,
        row.indicator_id,
        row.period_from,
        row.period_to,
        row.status,
    )
}

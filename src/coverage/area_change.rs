//! Counters when areas change: a new area counts, on every day, what its atoms counted.
//!
//! Nothing is counted again: the counters of what lay in it before are added. Pools hold atoms, which a change leaves as they
//! are, and the atoms it makes hold nobody yet, so that no pool is ever split backwards; they are judged again, for the
//! register may know how many of a divided area's people are in each part.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    coverage_fold,
    ids::{AreaId, AtomId},
};
use uuid::Uuid;

use super::{
    Coverage,
    counters::{Counter, Series},
    ledger::counters_of,
    store,
};
use crate::{
    areas::{
        Atlas,
        changes::{AreaChangeFollower, Effect, Hold, Made, Matter, Step, concerned},
    },
    db::{Tx, count_naming},
    error::Result,
};

/// What an area gains: the places whose counters, added up, are what it counts more.
struct Gain {
    area: AreaId,
    sources: Vec<Uuid>,
}

#[async_trait::async_trait]
impl AreaChangeFollower for Coverage {
    async fn effects(&self, _: &Tx, _: &Step) -> Result<Vec<Effect>> {
        Ok(Vec::new())
    }

    async fn follow(&self, tx: &Tx, step: &Step) -> Result<()> {
        let mut row = store::lock_fold(tx).await?;
        for gain in gains(step) {
            self.shift(tx, &gain, 1).await?;
        }
        outdate(&mut row);
        store::save_fold(tx, row).await
    }

    async fn holds(&self, tx: &Tx, made: &Made) -> Result<Vec<Hold>> {
        // Nobody is counted where nobody lives, and people say that themselves. Of those who were erased there are sums.
        let atoms = made.atoms.iter().map(|atom| atom.0);
        let counted = ("coverage_erased", "atom_id", "total <> 0");
        let sums = count_naming(tx, counted, atoms, []).await?;
        let atlas = self.areas().atlas();
        let communes = sums.into_iter().filter_map(|(atom, count)| {
            let commune = atlas.commune_of_atom(AtomId(atom))?;
            Some((commune.0, count))
        });
        Ok(Hold::of(Matter::People, communes))
    }

    async fn undo(&self, tx: &Tx, step: &Step) -> Result<()> {
        let mut row = store::lock_fold(tx).await?;
        let made = step.made();
        for gain in gains(step) {
            // Another change of the same day made the area, and it goes on without these atoms.
            if !made.areas.contains(&gain.area) {
                self.shift(tx, &gain, -1).await?;
            }
        }
        let areas = made.areas.iter().map(|area| area.0);
        let places = areas.chain(made.atoms.iter().map(|atom| atom.0));
        store::forget_places(tx, places.collect()).await?;
        outdate(&mut row);
        store::save_fold(tx, row).await
    }
}

/// Whatever was remembered about what may be shown spoke of other areas, and the shares of a divided one say anew how many
/// people the register has in its parts: pools are judged before anything is read again.
fn outdate(row: &mut coverage_fold::Model) {
    row.pools_version += 1;
    row.pools_judged_for = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
}

impl Coverage {
    /// Adds, or takes away, what the sources count.
    async fn shift(&self, tx: &Tx, gain: &Gain, sign: i64) -> Result<()> {
        let first = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
        let last = NaiveDate::from_ymd_opt(9000, 1, 1).unwrap_or_default();
        let places = gain.sources.iter().copied().chain([gain.area.0]);
        let held = store::counters(tx, places, first, last).await?;
        let (own, sources): (BTreeMap<_, _>, BTreeMap<_, _>) = held
            .into_iter()
            .partition(|(series, _)| series.place == gain.area.0);
        let mut changes: BTreeMap<Series, BTreeMap<NaiveDate, i64>> = BTreeMap::new();
        let signed = own.iter().map(|row| (row, 1));
        for ((series, counter), sign) in signed.chain(sources.iter().map(|row| (row, sign))) {
            let series = Series {
                place: gain.area.0,
                ..*series
            };
            let sums = changes.entry(series).or_default();
            for (day, delta) in daily(counter) {
                *sums.entry(day).or_default() += sign * delta;
            }
        }
        store::save_counters(tx, &own, &counters_of(changes)).await
    }
}

/// The areas that come to hold atoms which counted somebody before, each with where their counts are.
fn gains(step: &Step) -> Vec<Gain> {
    let (before, after) = (&step.before, &step.after);
    let made: BTreeSet<AtomId> = step.made().atoms.into_iter().collect();
    let mut gains = Vec::new();
    for area in concerned(&step.plan, before, after) {
        let held: BTreeSet<AtomId> = before.atoms_of_area(area).collect();
        let more: BTreeSet<AtomId> = after
            .atoms_of_area(area)
            .filter(|atom| !held.contains(atom) && !made.contains(atom))
            .collect();
        if !more.is_empty() {
            let sources = sources(before, &step.plan.edges, area, more);
            gains.push(Gain { area, sources });
        }
    }
    gains
}

/// Places that together hold just these atoms: whole predecessors where they fit, single atoms for the rest.
fn sources(
    before: &Atlas,
    edges: &[entity::area_change_edge::Model],
    area: AreaId,
    mut left: BTreeSet<AtomId>,
) -> Vec<Uuid> {
    let mut sources = Vec::new();
    let into = edges.iter().filter(|edge| edge.to_area_id == area);
    for older in into.map(|edge| edge.from_area_id) {
        // A commune may come to hold more than its counters say (parts of a later split); its atoms never do.
        let higher = before
            .area(older)
            .is_some_and(|known| known.level < AreaLevel::Commune);
        let atoms: BTreeSet<AtomId> = before.atoms_of_area(older).collect();
        if higher && atoms.is_subset(&left) {
            left = left.difference(&atoms).copied().collect();
            sources.push(older.0);
        }
    }
    sources.extend(left.into_iter().map(|atom| atom.0));
    sources
}

/// What each day changed: the rows of a month's days say what it has changed so far.
fn daily(counter: &Counter) -> Vec<(NaiveDate, i64)> {
    let mut before: Option<(NaiveDate, i64)> = None;
    let mut changes = Vec::with_capacity(counter.days.len());
    for (day, total) in &counter.days {
        let month = super::counters::first_of_month(*day);
        let so_far = before
            .filter(|(of, _)| *of == month)
            .map_or(0, |(_, total)| total);
        changes.push((*day, total - so_far));
        before = Some((month, *total));
    }
    changes
}

//! What is added up for an area asked about: itself, or what a closed one became, and who is not yet placed.

use std::collections::BTreeSet;

use entity::ids::{AreaId, AtomId};
use uuid::Uuid;

use super::{
    AreaBasis, Coverage, disclosure::AtomSet, measure::Measure, pools, reading::sum, store::Reading,
};
use crate::areas::Atlas;

/// What is added up for one area.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The area asked about.
    pub(super) area: AreaId,
    /// The areas whose counts are added: itself, or its successors.
    pub(super) counted: Vec<AreaId>,
    /// Its atoms that lie in none of those: a divided commune's people stay on them until somebody places them.
    pub(super) unplaced: Vec<AtomId>,
    /// Whether the areas counted hold more than it did.
    pub(super) widened: bool,
}

impl Part {
    /// Places whose counts add up to the part's.
    pub(super) fn places(&self) -> Vec<Uuid> {
        let areas = self.counted.iter().map(|area| area.0);
        areas
            .chain(self.unplaced.iter().map(|atom| atom.0))
            .collect()
    }

    /// Its atoms.
    pub(super) fn atoms(&self, atlas: &Atlas) -> AtomSet<AtomId> {
        atoms_with(atlas, &self.counted, &self.unplaced)
    }

    /// What names its atoms to who remembers which may be shown.
    pub(super) fn key(&self) -> Vec<AreaId> {
        key_with(&self.counted, &self.unplaced, self.area)
    }

    /// The count of a measure.
    pub(super) fn sum(&self, atlas: &Atlas, reading: &Reading, measure: Measure) -> i64 {
        sum(atlas, reading, &self.counted, measure) + self.unplaced_of(reading, measure)
    }

    /// People of the population who are not yet placed.
    pub(super) fn waiting(&self, reading: &Reading) -> i64 {
        self.unplaced_of(reading, Measure::Population)
    }

    fn unplaced_of(&self, reading: &Reading, measure: Measure) -> i64 {
        let folded = self.unplaced.iter();
        let folded = folded.filter_map(|atom| reading.counters.folded.get(&(atom.0, measure)));
        let tail = reading.unfolded.iter();
        let tail = tail.filter(|(atom, of, _)| *of == measure && self.unplaced.contains(atom));
        folded.sum::<i64>() + tail.map(|(_, _, delta)| delta).sum::<i64>()
    }
}

/// The atoms of areas and others besides.
pub(super) fn atoms_with(atlas: &Atlas, areas: &[AreaId], more: &[AtomId]) -> AtomSet<AtomId> {
    let areas = pools::atoms(atlas, areas);
    areas.iter().chain(more.iter().copied()).collect()
}

/// Areas, and the one asked about where some of its atoms count that lie in none of them: names a set of atoms.
pub(super) fn key_with(counted: &[AreaId], unplaced: &[AtomId], asked: AreaId) -> Vec<AreaId> {
    let whole = (!unplaced.is_empty()).then_some(asked);
    counted.iter().copied().chain(whole).collect()
}

/// Every area that parts add up, each once.
pub(super) fn every(parts: &[Part]) -> BTreeSet<AreaId> {
    let areas = parts.iter().flat_map(|part| &part.counted);
    areas.copied().collect()
}

/// Every place whose counts parts add up, each once.
pub(super) fn places(parts: &[Part]) -> BTreeSet<Uuid> {
    parts.iter().flat_map(Part::places).collect()
}

impl Coverage {
    /// What is added up for each of some areas: itself, or the successors of a closed one with who is not yet placed.
    pub(super) fn parts(&self, basis: AreaBasis, areas: &[AreaId]) -> Vec<Part> {
        let atlas = self.areas().atlas();
        let today = self.clock().today();
        let part = |area: &AreaId| match basis {
            AreaBasis::Current if !atlas.is_open(*area, today) => {
                let successors = atlas.current_successors(*area, today);
                let held: BTreeSet<AtomId> = successors
                    .areas
                    .iter()
                    .flat_map(|area| atlas.atoms_of_area(*area))
                    .collect();
                let own = atlas.atoms_of_area(*area);
                Part {
                    area: *area,
                    unplaced: own.filter(|atom| !held.contains(atom)).collect(),
                    counted: successors.areas,
                    widened: successors.widened,
                }
            }
            _ => Part {
                area: *area,
                counted: vec![*area],
                unplaced: Vec::new(),
                widened: false,
            },
        };
        areas.iter().map(part).collect()
    }
}

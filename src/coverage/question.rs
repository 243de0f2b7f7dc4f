//! Questions about coverage, and what answers them.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    denominator,
    ids::{AreaId, AtomId, IndicatorId},
};

use std::sync::Arc;

use super::{
    disclosure::{AtomSet, Figure, Published, Sight},
    parts::{atoms_with, key_with},
    pools::Screen,
    reported::Reported,
};
use crate::{
    areas::Atlas, auth::capability::AreaScope, learning::tiers::Tier, programmes::restated::Known,
};

/// Which areas a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AreaBasis {
    /// The areas of the day asked about.
    AsReported,
    /// Today's areas; a closed one is what its successors are together.
    Current,
}

/// Which population a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DenominatorKind {
    /// People registered here.
    Registered,
    /// The register of populations, with its source.
    Population,
}

/// Who is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CoverageUnit {
    /// Whom the indicator itself counts.
    #[default]
    Own,
    /// The children it is about: those with at least one caregiver who learned, out of all.
    Children,
}

/// A question as it was asked; what is left out has a default.
#[derive(Clone, Debug)]
pub struct Question {
    /// About which area.
    pub area: AreaId,
    /// Code of the indicator, such as `D3`.
    pub indicator: String,
    /// The indicator's own tier by default.
    pub tier: Option<Tier>,
    /// Today by default; the last day of an area that is closed.
    pub on: Option<NaiveDate>,
    /// `CURRENT` for an open area, `AS_REPORTED` for a closed one by default.
    pub basis: Option<AreaBasis>,
    /// The register by default.
    pub denominator: Option<DenominatorKind>,
    /// Whom the indicator itself counts by default.
    pub of: CoverageUnit,
}

/// A question with every default filled in and the right to ask it proven.
#[derive(Clone, Debug)]
pub struct Asked {
    pub(super) scope: AreaScope,
    /// About which area.
    pub area: AreaId,
    /// On which indicator.
    pub indicator: IndicatorId,
    /// In which tier.
    pub tier: Tier,
    /// On which day.
    pub on: NaiveDate,
    /// Over which areas.
    pub basis: AreaBasis,
    /// Out of which population.
    pub denominator: DenominatorKind,
    /// Who is counted.
    pub of: CoverageUnit,
    /// The count that answers; none for what areas report.
    pub count: Option<IndicatorId>,
}

impl Asked {
    /// Whether it asks for the children of an indicator that counts their caregivers: targets and the register speak
    /// of the caregivers then, and say nothing of it.
    pub fn is_beside_indicator(&self) -> bool {
        self.count.is_some_and(|count| count != self.indicator)
    }
}

/// The answer for one area.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The question, with the area of this answer.
    pub asked: Asked,
    /// The areas whose counts were added: the area itself, or its successors.
    pub counted: Vec<AreaId>,
    /// Atoms of the area asked about that lie in none of those: people of a divided commune who are not yet placed. They are
    /// counted too.
    pub unplaced: Vec<AtomId>,
    /// How many people of the population those are, as far as it may be shown; nothing where there are no such atoms.
    pub not_yet_placed: Option<Figure<u64>>,
    /// Whether the areas counted hold more than the area asked about did.
    pub widened: bool,
    /// The numbers, as far as they may be shown.
    pub figures: Published,
    /// Where the denominator comes from, if it is of the register.
    pub register: Vec<denominator::Model>,
    /// The population by the register, put together across changes of areas; nothing where it was not asked for.
    pub population: Option<Known>,
    /// What areas reported, where lessons cannot prove the indicator.
    pub reported: Option<Reported>,
    /// When this was counted.
    pub counted_at: DateTime<Utc>,
    /// Changes of the numerator up to the day that were recorded after its month; nothing where nothing is counted.
    pub late: Option<Figure<u64>>,
    /// The last day up to the one asked about on which the numerator changed, where it is shown.
    pub newest_on: Option<NaiveDate>,
    /// The way out for further numbers about the same areas on the same day; none where nothing is counted.
    pub door: Option<Door>,
}

/// The way out for further numbers of people: it lets them be seen exactly when the figures may be.
#[derive(Clone, Debug)]
pub struct Door {
    pub(super) screen: Arc<Screen>,
    pub(super) sight: Sight,
}

impl Cell {
    /// What was counted: the atoms of the areas, and those not yet placed.
    pub fn atoms(&self, atlas: &Atlas) -> AtomSet<AtomId> {
        atoms_with(atlas, &self.counted, &self.unplaced)
    }

    fn key(&self) -> Vec<AreaId> {
        key_with(&self.counted, &self.unplaced, self.asked.area)
    }

    /// A further number of people of the areas counted, as far as it may be shown.
    pub fn count(&self, atlas: &Atlas, people: u64) -> Figure<u64> {
        match &self.door {
            Some(door) => {
                let key = self.key();
                let atoms = || self.atoms(atlas);
                door.screen.count(&key, atoms, door.sight, people)
            }
            None => Published::unknown().numerator(),
        }
    }
}

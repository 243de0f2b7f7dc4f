//! Questions about coverage, and what answers them.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    denominator,
    ids::{AreaId, IndicatorId},
};

use super::{disclosure::Published, reported::Reported};
use crate::{auth::capability::AreaScope, learning::tiers::Tier};

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
}

/// The answer for one area.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The question, with the area of this answer.
    pub asked: Asked,
    /// The areas whose counts were added: the area itself, or its successors.
    pub counted: Vec<AreaId>,
    /// Whether those hold more than the area asked about did.
    pub widened: bool,
    /// The numbers, as far as they may be shown.
    pub figures: Published,
    /// Where the denominator comes from, if it is of the register.
    pub register: Vec<denominator::Model>,
    /// What areas reported, where lessons cannot prove the indicator.
    pub reported: Option<Reported>,
    /// When this was counted.
    pub counted_at: DateTime<Utc>,
}

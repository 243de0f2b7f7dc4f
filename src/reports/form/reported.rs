//! What an area said itself, in the published form.

use entity::{
    ids::{AreaId, ReportedValueId},
    target::Milestone,
};
use serde::{Deserialize, Serialize};

/// What is reported of an indicator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReportedShape {
    /// In how many of the areas of a level it is in place.
    InPlace,
    /// The step reached.
    Milestone,
    /// How many people or needs, out of all.
    OfPeople,
    /// How many establishments, out of all.
    OfEstablishments,
}

/// What an area said itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportedForm {
    /// What is reported.
    pub shape: ReportedShape,
    /// The step reached, for a milestone that was reported.
    pub milestone: Option<MilestoneForm>,
    /// The values that spoke on the day.
    pub values: Vec<ValueForm>,
    /// The areas that had not reported.
    pub unreported: Vec<AreaId>,
}

/// The steps of a model that is tried out first, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MilestoneForm {
    /// Not begun.
    None,
    /// Being tried out.
    Piloting,
    /// The trial was evaluated.
    Evaluated,
    /// It was taken up elsewhere.
    Replicated,
}

/// A version of a reported value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ValueForm {
    /// The value's id.
    pub id: ReportedValueId,
    /// The area it speaks of.
    pub area: AreaId,
    /// Its version.
    pub version: i32,
    /// Whether the office above had checked it against its source.
    pub verified: bool,
    /// Where it comes from; left out of a pooled cell, because words may name a number.
    pub source: Option<String>,
}

impl MilestoneForm {
    /// As it is written in the form.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Piloting => "PILOTING",
            Self::Evaluated => "EVALUATED",
            Self::Replicated => "REPLICATED",
        }
    }
}

impl From<Milestone> for MilestoneForm {
    fn from(step: Milestone) -> Self {
        match step {
            Milestone::None => Self::None,
            Milestone::Piloting => Self::Piloting,
            Milestone::Evaluated => Self::Evaluated,
            Milestone::Replicated => Self::Replicated,
        }
    }
}

impl From<MilestoneForm> for Milestone {
    fn from(step: MilestoneForm) -> Self {
        match step {
            MilestoneForm::None => Self::None,
            MilestoneForm::Piloting => Self::Piloting,
            MilestoneForm::Evaluated => Self::Evaluated,
            MilestoneForm::Replicated => Self::Replicated,
        }
    }
}

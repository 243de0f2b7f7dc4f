//! Targets: what an area owes on an indicator by the end of a phase.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AreaId, IndicatorId, PhaseId, ProgrammeId, TargetId};

/// What kind of target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum TargetKind {
    /// A share of units.
    #[sea_orm(string_value = "PERCENT")]
    Percent,
    /// A step that is reached or not.
    #[sea_orm(string_value = "MILESTONE")]
    Milestone,
}

/// The steps of a model that is tried out first, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Milestone {
    /// Not begun.
    #[sea_orm(string_value = "NONE")]
    None,
    /// Being tried out.
    #[sea_orm(string_value = "PILOTING")]
    Piloting,
    /// The trial was evaluated.
    #[sea_orm(string_value = "EVALUATED")]
    Evaluated,
    /// It was taken up elsewhere.
    #[sea_orm(string_value = "REPLICATED")]
    Replicated,
}

/// How the elements of a compound indicator make it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ElementsRule {
    /// Every element is needed.
    #[sea_orm(string_value = "ALL")]
    All,
    /// One of them is enough.
    #[sea_orm(string_value = "ANY")]
    Any,
}

/// A target.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "target")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_id: TargetId,
    /// For example `VN/VN1438-P2/D3`.
    pub code: String,
    /// Its programme.
    pub programme_id: ProgrammeId,
    /// Its phase.
    pub phase_id: PhaseId,
    /// Its indicator.
    pub indicator_id: IndicatorId,
    /// The area that set it.
    pub area_id: AreaId,
    /// A share, or a step to reach.
    pub kind: TargetKind,
    /// The share owed, for a percentage.
    pub percent: Option<i32>,
    /// The step owed, for a milestone in steps.
    pub milestone: Option<Milestone>,
    /// Codes of the elements that the plan asks for, with blanks between; every element of the indicator when absent.
    pub elements: Option<String>,
    /// How they make it up.
    pub elements_rule: ElementsRule,
    /// What the share counts: child, caregiver, province, district, commune …
    pub unit_level: String,
    /// The words of the plan, verbatim.
    pub wording_vi: String,
    /// The document they come from.
    pub source_file: String,
    /// Whether it differs from the national target; absent for national ones.
    pub deviates_from_national: Option<bool>,
    /// What to know when reading it.
    pub note: Option<String>,
    /// Number of the decision or plan that sets it.
    pub decision: Option<String>,
    /// The day that was signed.
    pub decided_on: Option<Date>,
    /// The account that set it as it is; absent for what was shipped or loaded from a file.
    pub set_by: Option<AccountId>,
}

impl ActiveModelBehavior for ActiveModel {}

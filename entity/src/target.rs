//! Targets: what an area owes on an indicator by the end of a phase.

use sea_orm::entity::prelude::*;

use crate::ids::{AreaId, IndicatorId, PhaseId, ProgrammeId, TargetId};

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
}

impl ActiveModelBehavior for ActiveModel {}

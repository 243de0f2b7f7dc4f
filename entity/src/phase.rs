//! Phases of programmes.

use sea_orm::entity::prelude::*;

use crate::ids::{PhaseId, ProgrammeId};

/// A phase.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "phase")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub phase_id: PhaseId,
    /// Its programme.
    pub programme_id: ProgrammeId,
    /// For example `VN1438-P2`.
    pub code: String,
    /// First day.
    pub from_on: Date,
    /// Last day.
    pub to_on: Date,
    /// What the plan calls it.
    pub label_vi: String,
}

impl ActiveModelBehavior for ActiveModel {}

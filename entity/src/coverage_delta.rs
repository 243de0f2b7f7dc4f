//! Changes of counts that are not yet folded into the counters.

use sea_orm::entity::prelude::*;

use crate::ids::{AtomId, IndicatorId};

/// One change.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_delta")]
pub struct Model {
    /// This change.
    #[sea_orm(primary_key, auto_increment = false)]
    pub delta_id: Uuid,
    /// Where.
    pub atom_id: AtomId,
    /// On which indicator.
    pub indicator_id: IndicatorId,
    /// `POPULATION`, or a tier.
    pub measure: String,
    /// From which day on.
    pub on_day: Date,
    /// By how many people.
    pub delta: i32,
}

impl ActiveModelBehavior for ActiveModel {}

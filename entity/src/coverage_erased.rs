//! What people who were erased had changed in the counts: sums that name nobody, so that past figures stand.

use sea_orm::entity::prelude::*;

use crate::ids::{AtomId, IndicatorId};

/// By how much everybody who was erased changed one count of an atom on a day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_erased")]
pub struct Model {
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub atom_id: AtomId,
    /// On which indicator.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// In which measure.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub measure: String,
    /// From which day on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub on_day: Date,
    /// By how many.
    pub total: i64,
}

impl ActiveModelBehavior for ActiveModel {}

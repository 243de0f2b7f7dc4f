//! Changes of a count that were recorded after the month they belong to.

use sea_orm::entity::prelude::*;

use crate::ids::IndicatorId;

/// Changes of one count in one month, recorded in a later one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_late")]
pub struct Model {
    /// The area or atom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place_id: Uuid,
    /// On which indicator.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// Which tier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub measure: String,
    /// First day of the month in which it was recorded.
    #[sea_orm(primary_key, auto_increment = false)]
    pub recorded_month: Date,
    /// First day of the month it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: Date,
    /// How many people more or fewer, both counted.
    pub changes: i64,
}

impl ActiveModelBehavior for ActiveModel {}

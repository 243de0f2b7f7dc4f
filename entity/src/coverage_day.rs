//! What the days of a month changed, for every area and atom with a change on the day.

use sea_orm::entity::prelude::*;

use crate::ids::IndicatorId;

/// One counter.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_day")]
pub struct Model {
    /// The area or atom counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place_id: Uuid,
    /// On which indicator.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// `POPULATION`, or a tier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub measure: String,
    /// The day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub on_day: Date,
    /// What the days of the month up to and with this one changed.
    pub total: i64,
}

impl ActiveModelBehavior for ActiveModel {}

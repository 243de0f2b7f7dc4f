//! Counts at the ends of months, for every area and atom with a change in the month.

use sea_orm::entity::prelude::*;

use crate::ids::IndicatorId;

/// One counter.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_month")]
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
    /// The first day of the month.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: Date,
    /// The count at the end of the month.
    pub total: i64,
}

impl ActiveModelBehavior for ActiveModel {}

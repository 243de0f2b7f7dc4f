//! Tiers that people have reached on indicators, each with the lessons that were required then.

use sea_orm::entity::prelude::*;

use crate::ids::{IndicatorId, PersonId};

/// One tier of one person on one indicator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tier_reached")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// On which indicator.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// Which tier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tier: String,
    /// Where the family's rows live when the database is spread.
    pub bucket: i32,
    /// The day.
    pub reached_on: Date,
    /// The lessons that were required on that day, as a JSON list of ids.
    #[sea_orm(column_type = "Text")]
    pub required: String,
    /// Version of the rule that judged.
    pub rule_version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

//! Tiers that caregivers have reached for one child, each with the lessons that were required for that child then.

use sea_orm::entity::prelude::*;

use crate::ids::{ChildId, IndicatorId, PersonId};

/// One tier of one caregiver for one child on one indicator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "child_tier_reached")]
pub struct Model {
    /// Who learned.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// For which child.
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_id: ChildId,
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
    /// The lessons that were required for the child on that day, as a JSON list of ids.
    #[sea_orm(column_type = "Text")]
    pub required: String,
    /// Version of the rule that judged.
    pub rule_version: i32,
}

impl ActiveModelBehavior for ActiveModel {}

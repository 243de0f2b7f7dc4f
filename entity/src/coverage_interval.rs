//! From when until when a person is counted, on an indicator, in a measure, in an atom.

use sea_orm::entity::prelude::*;

use crate::ids::{AtomId, IndicatorId, PersonId};

/// One run of days `[enter_on, leave_on)`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_interval")]
pub struct Model {
    /// Who is counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// On which indicator.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// `POPULATION`, or a tier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub measure: String,
    /// Where she lives.
    #[sea_orm(primary_key, auto_increment = false)]
    pub atom_id: AtomId,
    /// First day counted.
    #[sea_orm(primary_key, auto_increment = false)]
    pub enter_on: Date,
    /// First day no longer counted; absent while no end is known.
    pub leave_on: Option<Date>,
    /// Where the family's rows live when the database is spread.
    pub bucket: i32,
}

impl ActiveModelBehavior for ActiveModel {}

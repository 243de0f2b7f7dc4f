//! From when until when a child is counted, in a count of children, in a measure, in an atom.

use sea_orm::entity::prelude::*;

use crate::ids::{AtomId, ChildId, IndicatorId};

/// One run of days `[enter_on, leave_on)`. A child has one row a day, indicator and measure, however many caregivers.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_child_interval")]
pub struct Model {
    /// Which child.
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_id: ChildId,
    /// In which count: an indicator that counts children, or `children_of` one that counts their caregivers.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// `POPULATION`, or a tier.
    #[sea_orm(primary_key, auto_increment = false)]
    pub measure: String,
    /// Where the child lives: the home of the first of its caregivers.
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

//! Which version of the populations last changed a month, and with it every month after.

use sea_orm::entity::prelude::*;

/// One month.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_population_change")]
pub struct Model {
    /// First day of the earliest month changed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: Date,
    /// The version that changed it last.
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}

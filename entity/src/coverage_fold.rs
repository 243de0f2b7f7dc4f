//! The one row that whoever folds the ledger locks.

use sea_orm::entity::prelude::*;

/// The row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_fold")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub fold_id: i32,
    /// Grows with every change of the counters.
    pub counters_version: i64,
    /// Grows when a population has changed in the counters.
    pub populations_version: i64,
    /// Grows when a pool changes.
    pub pools_version: i64,
    /// The month for which pools were last judged, as its first day.
    pub pools_judged_for: Date,
    /// When the ledger was last folded.
    pub folded_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

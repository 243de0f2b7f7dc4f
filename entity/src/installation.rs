//! What this database is for: one row.

use sea_orm::entity::prelude::*;

/// The row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "installation")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub installation_id: i32,
    /// `DEMO` or `PRODUCTION`.
    pub purpose: String,
}

impl ActiveModelBehavior for ActiveModel {}

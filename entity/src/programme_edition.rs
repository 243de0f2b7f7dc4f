//! The one row that whoever changes programmes, indicators or targets counts up.

use sea_orm::entity::prelude::*;

/// The row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme_edition")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub edition_id: i32,
    /// Grows with every change of the programmes, so that servers know when theirs are old.
    pub edition: i64,
}

impl ActiveModelBehavior for ActiveModel {}

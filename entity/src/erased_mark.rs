//! By what an id that was erased is known again: a hash that leads back to nobody.

use sea_orm::entity::prelude::*;

/// One mark.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erased_mark")]
pub struct Model {
    /// The first half of the SHA-256 of the id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub mark: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

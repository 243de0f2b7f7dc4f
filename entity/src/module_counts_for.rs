//! Which indicators the curriculum says a module counts for.

use sea_orm::entity::prelude::*;

use crate::ids::ModuleId;

/// A module counts for an indicator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "module_counts_for")]
pub struct Model {
    /// The module.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_id: ModuleId,
    /// For example `D3`. A code and not an id: programmes are loaded after the curriculum.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_code: String,
}

impl ActiveModelBehavior for ActiveModel {}

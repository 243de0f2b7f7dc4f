//! Which programmes' core lists a module is on.

use sea_orm::entity::prelude::*;

use crate::ids::ModuleId;

/// A module is on a programme's core list.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "module_core_for")]
pub struct Model {
    /// The module.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_id: ModuleId,
    /// For example `VN1438`. A code and not an id: programmes are loaded after the curriculum.
    #[sea_orm(primary_key, auto_increment = false)]
    pub programme_code: String,
}

impl ActiveModelBehavior for ActiveModel {}

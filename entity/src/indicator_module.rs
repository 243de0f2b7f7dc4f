//! Core sets: the modules an indicator asks for.

use sea_orm::entity::prelude::*;

use crate::ids::{IndicatorId, ModuleId};

/// A module is in an indicator's core set.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "indicator_module")]
pub struct Model {
    /// The indicator.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// The module.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_id: ModuleId,
}

impl ActiveModelBehavior for ActiveModel {}

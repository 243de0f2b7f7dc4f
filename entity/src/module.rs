//! Modules of the curriculum, each with a quiz.

use sea_orm::entity::prelude::*;

use crate::ids::{DomainId, ModuleId};

/// A module.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "module")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_id: ModuleId,
    /// The domain it belongs to.
    pub domain_id: DomainId,
    /// For example `HC1`.
    pub code: String,
    /// Place in its domain, from 0.
    pub position: i32,
    /// Questions of its quiz to answer rightly.
    pub pass_mark: i32,
}

impl ActiveModelBehavior for ActiveModel {}

//! What a module is called and teaches, by language.

use sea_orm::entity::prelude::*;

use crate::ids::ModuleId;

/// A module in one language.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "module_text")]
pub struct Model {
    /// Whose text.
    #[sea_orm(primary_key, auto_increment = false)]
    pub module_id: ModuleId,
    /// BCP 47 tag, for example `vi`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// Its title.
    pub title: String,
    /// What it is about, in a sentence or two.
    pub summary: String,
    /// What one can do after it.
    pub competency: String,
}

impl ActiveModelBehavior for ActiveModel {}

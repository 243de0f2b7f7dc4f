//! Changes of areas that administrators applied, with what is needed to take them back. Shipped changes have no row.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AreaChangeId};

/// One applied change.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "area_change_applied")]
pub struct Model {
    /// The change.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_change_id: AreaChangeId,
    /// Who applied it.
    pub applied_by: AccountId,
    /// When it was applied.
    pub applied_at: DateTimeUtc,
    /// JSON: what was recorded about each area before and after it, and the atoms it made.
    #[sea_orm(column_type = "Text")]
    pub kept: String,
}

impl ActiveModelBehavior for ActiveModel {}

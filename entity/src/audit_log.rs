//! Who looked at or changed whose data.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AuditId};

/// One request that read or changed other people's data.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub audit_id: AuditId,
    /// Who.
    pub account_id: AccountId,
    /// Did what: the name of the operation.
    #[sea_orm(column_type = "Text")]
    pub operation: String,
    /// To whom: ids, as a JSON list.
    #[sea_orm(column_type = "Text")]
    pub subjects: String,
    /// When.
    pub at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

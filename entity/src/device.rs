//! Devices that send learning events: when each was last heard of.

use sea_orm::entity::prelude::*;

use crate::ids::AccountId;

/// One device of one account; a shared phone has a row for each account that syncs on it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device")]
pub struct Model {
    /// Whose app it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The device, as the app names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub device: String,
    /// What people call it.
    #[sea_orm(column_type = "Text", nullable)]
    pub label: Option<String>,
    /// Version of the app that synced last.
    pub app_version: Option<String>,
    /// First upload.
    pub first_seen_at: DateTimeUtc,
    /// Last upload.
    pub last_sync_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

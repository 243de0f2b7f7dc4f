//! What a trainer tells a whole group.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AnnouncementId, GroupId};

/// One announcement. Written once, never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "announcement")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub announcement_id: AnnouncementId,
    /// To which group.
    pub group_id: GroupId,
    /// The trainer who wrote it.
    pub account_id: AccountId,
    /// What she wrote.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// From when it is no longer shown.
    pub expires_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

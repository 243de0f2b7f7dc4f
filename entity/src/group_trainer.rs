//! Who leads a group beside its trainer.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, GroupId};

/// One co-trainer. Taking one out and in again opens the same row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_trainer")]
pub struct Model {
    /// Which group.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: GroupId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// Since when.
    pub added_at: DateTimeUtc,
    /// Until when; leads it now when absent.
    pub removed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

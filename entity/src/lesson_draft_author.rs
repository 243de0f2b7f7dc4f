//! Who wrote a draft, and therefore may not approve it.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, ReleaseId};

/// One author.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_draft_author")]
pub struct Model {
    /// The draft.
    #[sea_orm(primary_key, auto_increment = false)]
    pub draft_id: ReleaseId,
    /// The editor who wrote something of it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}

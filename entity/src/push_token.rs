//! Where push notices reach a device.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, FamilyId};

/// Of one device of one account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "push_token")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// The device, as the app names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub device: String,
    /// What the push service calls it. A device belongs to whoever registered it last.
    #[sea_orm(column_type = "Text", unique)]
    pub token: String,
    /// The sign-in it came with: once that is signed out, nothing is pushed.
    pub family_id: FamilyId,
    /// When it was registered last.
    pub registered_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

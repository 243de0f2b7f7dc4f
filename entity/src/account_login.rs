//! The login name of an account, unique by itself.

use sea_orm::entity::prelude::*;

use crate::ids::AccountId;

/// One login name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_login")]
pub struct Model {
    /// NFC, lower case.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub login: String,
    /// Whose.
    #[sea_orm(unique)]
    pub account_id: AccountId,
}

impl ActiveModelBehavior for ActiveModel {}

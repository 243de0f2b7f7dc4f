//! A login of one person.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AccountId, PersonId},
    secret::PasswordHash,
};

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum AccountState {
    /// May sign in.
    #[sea_orm(string_value = "ACTIVE")]
    Active,
    /// May not.
    #[sea_orm(string_value = "DISABLED")]
    Disabled,
}

/// One account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    /// Whose.
    #[sea_orm(unique)]
    pub person_id: PersonId,
    /// Argon2id, PHC form.
    pub password_hash: PasswordHash,
    /// Whether it may be used.
    pub state: AccountState,
    /// When made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

//! Wrong passwords of one login name in one clock hour.

use sea_orm::entity::prelude::*;

/// One counter.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_in_attempt")]
pub struct Model {
    /// SHA-256 of the login name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub login_hash: Vec<u8>,
    /// Whether the guesses came from devices that had signed in before.
    #[sea_orm(primary_key, auto_increment = false)]
    pub known_device: bool,
    /// Start of the hour.
    #[sea_orm(primary_key, auto_increment = false)]
    pub window_at: DateTimeUtc,
    /// How many.
    pub guesses: i32,
}

impl ActiveModelBehavior for ActiveModel {}

//! Keys of the installation, shared by its servers: made when first needed, never shown.

use sea_orm::entity::prelude::*;

/// A secret of 32 random bytes in hexadecimal. Never printed.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct KeySecret(pub String);

impl std::fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeySecret(secret)")
    }
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum KeyPurpose {
    /// Addresses to upload to, and the salts of quiz answers: HMAC-SHA-256.
    #[sea_orm(string_value = "ADDRESS")]
    Address,
    /// Codes that are told and links that are sent, so that none of them is kept: HMAC-SHA-256.
    #[sea_orm(string_value = "CODE")]
    Code,
    /// Offline packages: Ed25519.
    #[sea_orm(string_value = "PACKAGE")]
    Package,
}

/// A key.
///
/// Invariant: of one purpose, the key with the highest number makes; those before it only check.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "server_key")]
pub struct Model {
    /// What it is for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub purpose: KeyPurpose,
    /// From 1, in the order they were made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The secret.
    pub secret: KeySecret,
    /// When it was made.
    pub made_at: DateTimeUtc,
    /// When it was found to be in wrong hands; what it signed is no longer to be trusted.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

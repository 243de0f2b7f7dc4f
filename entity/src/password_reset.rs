//! Requests for a new password.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AccountId, ResetId},
    secret::Digest,
};

/// One request. A login name that nobody has leaves a row as well, so that both cost the same.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_reset")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reset_id: ResetId,
    /// Whose password; nobody's for a login name that nobody has.
    pub account_id: Option<AccountId>,
    /// SHA-256 of the code.
    pub code_hash: Digest,
    /// The trainer who gave the code; none when the person asked for it.
    pub issued_by: Option<AccountId>,
    /// When it was asked for.
    pub asked_at: DateTimeUtc,
    /// From when it is no longer good.
    pub expires_at: DateTimeUtc,
    /// How often a code was tried.
    pub tries: i32,
    /// When the code was handed to the outbox.
    pub told_at: Option<DateTimeUtc>,
    /// When it was used, or another took its place.
    pub used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

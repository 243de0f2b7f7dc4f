//! One pair of tokens of a signed-in device. Only hashes are kept.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AccountId, FamilyId, SessionId},
    secret::Digest,
};

/// One pair. Live while it is neither used nor revoked.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: SessionId,
    /// Whose.
    pub account_id: AccountId,
    /// The signed-in device: every pair that followed from one sign-in.
    pub family_id: FamilyId,
    /// The pair this one followed.
    #[sea_orm(unique)]
    pub parent_id: Option<SessionId>,
    /// What the device calls itself.
    #[sea_orm(column_type = "Text", nullable)]
    pub device_label: Option<String>,
    /// SHA-256 of the access token.
    #[sea_orm(unique)]
    pub access_hash: Digest,
    /// Until when the access token is good.
    pub access_expires_at: DateTimeUtc,
    /// When the access token was first seen: from then on, asking again for this pair is a replay.
    pub access_used_at: Option<DateTimeUtc>,
    /// SHA-256 of the refresh token.
    #[sea_orm(unique)]
    pub refresh_hash: Digest,
    /// Until when the refresh token is good.
    pub refresh_expires_at: DateTimeUtc,
    /// When the pair was made.
    pub created_at: DateTimeUtc,
    /// When the refresh token was traded for the next pair.
    pub used_at: Option<DateTimeUtc>,
    /// When the device was signed out, or the family revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// With this and the refresh token, the next pair can be worked out again.
    pub successor_salt: Digest,
}

impl ActiveModelBehavior for ActiveModel {}

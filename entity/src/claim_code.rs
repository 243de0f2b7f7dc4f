//! A code with which a person recorded by a trainer makes the account that is hers.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{AccountId, ClaimId, PersonId},
    secret::Digest,
};

/// One code. Only its hash is kept. At most one of a person is neither used nor replaced.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "claim_code")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub claim_id: ClaimId,
    /// Whose account it makes.
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// SHA-256 of the code.
    #[sea_orm(unique)]
    pub code_hash: Digest,
    /// The trainer who gave it.
    pub created_by: AccountId,
    /// When it was given.
    pub created_at: DateTimeUtc,
    /// From when it is no longer good.
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub used_at: Option<DateTimeUtc>,
    /// When another took its place.
    pub replaced_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

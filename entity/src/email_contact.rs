//! The e-mail address of a person, and whether it was shown to be hers.

use sea_orm::entity::prelude::*;

use crate::{
    ids::{EmailContactId, PersonId},
    secret::Digest,
};

/// Of one person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "email_contact")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// New with every address told: the code sent to it follows from this.
    pub email_contact_id: EmailContactId,
    /// The address.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    /// SHA-256 of the code sent to it.
    pub code_hash: Digest,
    /// How often a code was tried.
    pub tries: i32,
    /// When it was told.
    pub told_at: DateTimeUtc,
    /// When the code was shown; only then anything else is sent there.
    pub verified_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

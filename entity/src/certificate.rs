//! Certificates: who reached what a programme asks.

use sea_orm::entity::prelude::*;

use crate::ids::{CertificateId, PersonId, ProgrammeId};

/// One certificate. Whether what it says still holds is seen in its person's tiers.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "certificate")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub certificate_id: CertificateId,
    /// Where the family's rows live when the database is spread.
    pub bucket: i32,
    /// Whose; nobody once she is erased.
    pub person_id: PersonId,
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// By which anyone can check it.
    #[sea_orm(unique)]
    pub code: String,
    /// The day on which the programme's requirement was reached.
    pub reached_on: Date,
    /// When it was made out.
    pub issued_at: DateTimeUtc,
    /// When its holder withdrew it, by erasing herself.
    pub withdrawn_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

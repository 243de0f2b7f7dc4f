//! One consent of a person for one purpose.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, ConsentId, PersonId};

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Purpose {
    /// Keeping what the person learned.
    #[sea_orm(string_value = "LEARNING_RECORD")]
    LearningRecord,
    /// Keeping the children's profiles.
    #[sea_orm(string_value = "CHILD_PROFILE")]
    ChildProfile,
    /// Keeping the children's disabilities.
    #[sea_orm(string_value = "DISABILITY_DATA")]
    DisabilityData,
    /// Counting in coverage.
    #[sea_orm(string_value = "STATISTICS")]
    Statistics,
    /// Sharing for referral to services.
    #[sea_orm(string_value = "REFERRAL")]
    Referral,
}

/// How a consent reached us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Channel {
    /// In the app.
    #[sea_orm(string_value = "APP")]
    App,
    /// A signed paper.
    #[sea_orm(string_value = "PAPER")]
    Paper,
    /// By phone.
    #[sea_orm(string_value = "PHONE")]
    Phone,
}

/// One consent, valid over `[given_at, withdrawn_at)`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub consent_id: ConsentId,
    /// Who consents.
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// To what.
    pub purpose: Purpose,
    /// Version of the text shown.
    #[sea_orm(column_type = "Text")]
    pub text_version: String,
    /// SHA-256 of the text shown, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub text_hash: String,
    /// Language of the text shown.
    #[sea_orm(column_type = "Text")]
    pub language: String,
    /// How it reached us.
    pub channel: Channel,
    /// The account that entered it; none for an import.
    pub given_by: Option<AccountId>,
    /// When given.
    pub given_at: DateTimeUtc,
    /// When withdrawn or replaced by a newer text; valid when absent.
    pub withdrawn_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

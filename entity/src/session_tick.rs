//! Somebody in a record of a session.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, PersonId, SessionRecordId};

/// One person in one record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_tick")]
pub struct Model {
    /// In which record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: SessionRecordId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// Whether she was there.
    pub attended: bool,
    /// The lessons whose skills the trainer saw, as JSON.
    #[sea_orm(column_type = "Text")]
    pub observed: String,
    /// When it was taken back; stands when absent.
    pub corrected_at: Option<DateTimeUtc>,
    /// Who took it back.
    pub corrected_by: Option<AccountId>,
    /// Why.
    #[sea_orm(column_type = "Text", nullable)]
    pub correction: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

//! What one trainer recorded of a session. Rows are added, never changed.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, SessionRecordId, TrainingSessionId};

/// One record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session_record")]
pub struct Model {
    /// Minted by the client.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record_id: SessionRecordId,
    /// Of which session.
    pub session_id: TrainingSessionId,
    /// The trainer.
    pub recorded_by: AccountId,
    /// When it was held.
    pub held_at: DateTimeUtc,
    /// When the server first had it.
    pub received_at: DateTimeUtc,
    /// What it was about.
    #[sea_orm(column_type = "Text", nullable)]
    pub topic: Option<String>,
    /// Where it was.
    #[sea_orm(column_type = "Text", nullable)]
    pub place: Option<String>,
    /// The lessons covered, as JSON.
    #[sea_orm(column_type = "Text")]
    pub lessons: String,
    /// Hash of what the client sent: the same id with other content is refused.
    pub fingerprint: String,
}

impl ActiveModelBehavior for ActiveModel {}

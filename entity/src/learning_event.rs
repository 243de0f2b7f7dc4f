//! Things that happened while learning. Rows are added, never changed.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, ChildId, EventId, LessonId, ModuleId, PersonId, ReleaseId};

/// One event.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learning_event")]
pub struct Model {
    /// Minted by the client.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: EventId,
    /// Where the family's rows live when the database is spread.
    pub bucket: i32,
    /// Who learned.
    pub person_id: PersonId,
    /// The account that did it.
    pub actor_account_id: AccountId,
    /// The device, as the app names it.
    pub device: Option<String>,
    /// What kind of thing happened.
    pub kind: String,
    /// The lesson it is about.
    pub lesson_id: Option<LessonId>,
    /// The module whose quiz it is about.
    pub module_id: Option<ModuleId>,
    /// The release of the lesson.
    pub release_id: Option<ReleaseId>,
    /// The child it was about.
    pub child_id: Option<ChildId>,
    /// The event it takes back.
    pub target_event_id: Option<EventId>,
    /// The whole of what happened, as JSON.
    #[sea_orm(column_type = "Text")]
    pub payload: String,
    /// Hash of what the client sent: the same id with another body is refused.
    pub fingerprint: String,
    /// When it happened, as far as can be told.
    pub occurred_at: DateTimeUtc,
    /// When the device said that it happened.
    pub claimed_at: DateTimeUtc,
    /// Milliseconds the device's clock was behind.
    pub clock_offset_ms: Option<i64>,
    /// Whether the claimed time lay in the future.
    pub clamped: bool,
    /// When the server first had it.
    pub received_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

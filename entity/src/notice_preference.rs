//! What a person wishes of notices: when nothing may ring, and what never may.

use sea_orm::entity::prelude::*;

use crate::ids::PersonId;

/// Of one person; the defaults hold for whoever has none.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice_preference")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// Since when reminders are off.
    pub reminders_muted_at: Option<DateTimeUtc>,
    /// Since when trainers' messages are off.
    pub messages_muted_at: Option<DateTimeUtc>,
    /// First minute of the day, in Viet Nam, in which nothing rings.
    pub quiet_from: Option<i32>,
    /// First minute of the day in which things may ring again.
    pub quiet_until: Option<i32>,
    /// Language of notices, vi or en.
    pub language: Option<String>,
    /// When last changed.
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

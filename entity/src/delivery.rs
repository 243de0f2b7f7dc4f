//! The outbox: how a notice goes outward, and what became of it.

use sea_orm::entity::prelude::*;

use crate::ids::{LeaseId, NoticeId, PersonId};

/// Which rules hold for a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DeliveryClass {
    /// A reminder: not in quiet hours, one a day, none once muted.
    #[sea_orm(string_value = "REMINDER")]
    Reminder,
    /// A trainer's message: not in quiet hours, none once muted.
    #[sea_orm(string_value = "MESSAGE")]
    Message,
    /// Asked for a moment ago, and only good for minutes: at once.
    #[sea_orm(string_value = "SECURITY")]
    Security,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DeliveryState {
    /// Waits for its time, for its turn, or for another try.
    #[sea_orm(string_value = "QUEUED")]
    Queued,
    /// A channel took it.
    #[sea_orm(string_value = "SENT")]
    Sent,
    /// No channel took it, after every try.
    #[sea_orm(string_value = "FAILED")]
    Failed,
    /// It was not to be sent.
    #[sea_orm(string_value = "SUPPRESSED")]
    Suppressed,
}

/// How a notice went outward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DeliveryChannel {
    /// Into the server's log: where no other channel is set up.
    #[sea_orm(string_value = "LOG")]
    Log,
    /// Push to the person's devices.
    #[sea_orm(string_value = "PUSH")]
    Push,
    /// E-mail.
    #[sea_orm(string_value = "EMAIL")]
    Email,
    /// The operator's gateway, by telephone number.
    #[sea_orm(string_value = "WEBHOOK")]
    Webhook,
}

/// One delivery: of one notice, at most once at a time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// Of which notice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub notice_id: NoticeId,
    /// To whom.
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// Which rules hold.
    pub class: DeliveryClass,
    /// What became of it.
    pub state: DeliveryState,
    /// The channel that took it, or refused it last.
    pub channel: Option<DeliveryChannel>,
    /// Why it failed, waits or was suppressed: a word of ours, or what the channel answered.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// Not before.
    pub not_before: DateTimeUtc,
    /// Who is sending it.
    pub lease_id: Option<LeaseId>,
    /// Until when nobody else may.
    pub leased_until: Option<DateTimeUtc>,
    /// When it was settled.
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

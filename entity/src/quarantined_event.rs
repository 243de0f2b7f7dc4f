//! Events that could not be taken in yet: kept whole, so that nothing is lost while somebody mends the cause.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, EventId};

/// One event set aside.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quarantined_event")]
pub struct Model {
    /// Minted by the client.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: EventId,
    /// Who sent it.
    pub uploader_account_id: AccountId,
    /// The device, as the app names it.
    pub device: Option<String>,
    /// The event as it was sent, as JSON.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Hash of the body.
    pub fingerprint: String,
    /// Why it was set aside.
    pub reason: String,
    /// When it came.
    pub received_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

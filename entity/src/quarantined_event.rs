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
    /// The event as an administrator mended it, as JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub mended: Option<String>,
    /// When it was dealt with; waiting when absent.
    pub settled_at: Option<DateTimeUtc>,
    /// What became of it: ACCEPTED or DISMISSED.
    pub settled_as: Option<String>,
    /// The administrator who dealt with it; absent when it came right by itself.
    pub settled_by: Option<AccountId>,
}

impl ActiveModelBehavior for ActiveModel {}

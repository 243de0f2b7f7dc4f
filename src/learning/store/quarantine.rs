//! Statements on events set aside.

use chrono::{DateTime, Utc};
use entity::{
    ids::{AccountId, EventId},
    quarantined_event,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::OnConflict,
};

use crate::error::Result;

/// An event set aside.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// Its id.
    pub id: EventId,
    /// Who sent it.
    pub uploader: AccountId,
    /// From which device.
    pub device: Option<String>,
    /// As it was sent.
    pub body: String,
    /// Hash of the body.
    pub fingerprint: String,
    /// Why.
    pub reason: &'static str,
    /// When.
    pub received_at: DateTime<Utc>,
}

/// Keeps events that could not be taken in; one that is already kept stays as it was.
pub async fn set_aside(db: &impl ConnectionTrait, events: Vec<SetAside>) -> Result<()> {
    use quarantined_event::Column as C;
    if events.is_empty() {
        return Ok(());
    }
    let row = |event: SetAside| quarantined_event::ActiveModel {
        event_id: Set(event.id),
        uploader_account_id: Set(event.uploader),
        device: Set(event.device),
        body: Set(event.body),
        fingerprint: Set(event.fingerprint),
        reason: Set(event.reason.to_owned()),
        received_at: Set(event.received_at),
    };
    quarantined_event::Entity::insert_many(events.into_iter().map(row))
        .on_conflict(OnConflict::column(C::EventId).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Forgets events set aside that have been taken in since.
pub async fn release_from_quarantine(db: &impl ConnectionTrait, ids: &[EventId]) -> Result<()> {
    quarantined_event::Entity::delete_many()
        .filter(quarantined_event::Column::EventId.is_in(ids.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}

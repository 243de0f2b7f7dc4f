//! Statements on events set aside.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    ids::{AccountId, AreaId, EventId, PersonId},
    quarantined_event,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction,
    DbBackend, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Statement, sea_query::OnConflict,
};

use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

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
        mended: Set(None),
        settled_at: Set(None),
        settled_as: Set(None),
        settled_by: Set(None),
    };
    quarantined_event::Entity::insert_many(events.into_iter().map(row))
        .on_conflict(OnConflict::column(C::EventId).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Those of the events that are set aside, or were.
pub async fn set_aside_among(
    db: &impl ConnectionTrait,
    ids: &[EventId],
) -> Result<BTreeMap<EventId, quarantined_event::Model>> {
    // Raw, because the text must not change with the length of the list; tested on both engines.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM quarantined_event WHERE {}",
        in_uuid_list(backend, "event_id", 1)
    );
    let list = uuid_list(backend, ids.iter().map(|id| id.0));
    let rows = quarantined_event::Entity::find()
        .from_raw_sql(Statement::from_sql_and_values(backend, sql, [list]))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.event_id, row)).collect())
}

/// How many events of an account wait to be mended.
pub async fn count_waiting(db: &impl ConnectionTrait, uploader: AccountId) -> Result<u64> {
    Ok(still_waiting()
        .filter(quarantined_event::Column::UploaderAccountId.eq(uploader))
        .count(db)
        .await?)
}

/// Events nobody has dealt with.
fn still_waiting() -> sea_orm::Select<quarantined_event::Entity> {
    quarantined_event::Entity::find().filter(quarantined_event::Column::SettledAt.is_null())
}

/// Notes of events set aside that they have been taken in since.
pub async fn settle_taken(
    db: &impl ConnectionTrait,
    ids: &[EventId],
    at: DateTime<Utc>,
) -> Result<()> {
    let backend = db.get_database_backend();
    let sql = format!(
        "UPDATE quarantined_event SET settled_at = $1, settled_as = 'ACCEPTED' \
         WHERE settled_at IS NULL AND {}",
        in_uuid_list(backend, "event_id", 2)
    );
    let list = uuid_list(backend, ids.iter().map(|id| id.0));
    db.execute_raw(Statement::from_sql_and_values(
        backend,
        sql,
        [at.into(), list],
    ))
    .await?;
    Ok(())
}

/// One event set aside, held until the transaction ends.
pub async fn to_settle(
    tx: &DatabaseTransaction,
    id: EventId,
) -> Result<Option<quarantined_event::Model>> {
    let query = quarantined_event::Entity::find_by_id(id);
    let query = match tx.get_database_backend() {
        DbBackend::Postgres => query.lock_exclusive(),
        _ => query,
    };
    Ok(query.one(tx).await?)
}

/// Writes what was decided on an event set aside.
pub async fn settle(db: &impl ConnectionTrait, row: quarantined_event::Model) -> Result<()> {
    let row = row.into_active_model().reset_all();
    quarantined_event::Entity::update(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Who sent something: person, name, and where she lives.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Home {
    /// The account that sends.
    pub account_id: AccountId,
    /// Its person.
    pub person_id: PersonId,
    /// As she writes it.
    pub full_name: String,
    /// The commune of her residence.
    pub area_id: AreaId,
}

/// The homes of those whose accounts, or who themselves, are named; no row for somebody without either.
pub async fn homes(
    db: &impl ConnectionTrait,
    accounts: &[AccountId],
) -> Result<BTreeMap<AccountId, Home>> {
    // Raw for the same reason as above.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT a.account_id, a.person_id, p.full_name, r.area_id FROM account a \
           JOIN person p ON p.person_id = a.person_id \
           JOIN residence r ON r.person_id = a.person_id AND r.to_on IS NULL \
         WHERE {}",
        in_uuid_list(backend, "a.account_id", 1)
    );
    let list = uuid_list(backend, accounts.iter().map(|id| id.0));
    let rows = Home::find_by_statement(Statement::from_sql_and_values(backend, sql, [list]))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|home| (home.account_id, home))
        .collect())
}

/// The commune a person lives in.
pub async fn residence(db: &impl ConnectionTrait, person: PersonId) -> Result<Option<AreaId>> {
    #[derive(FromQueryResult)]
    struct Row {
        area_id: AreaId,
    }
    let found = entity::residence::Entity::find()
        .filter(entity::residence::Column::PersonId.eq(person))
        .filter(entity::residence::Column::ToOn.is_null())
        .into_model::<Row>()
        .one(db)
        .await?;
    Ok(found.map(|row| row.area_id))
}

/// Events that wait, in the order of their ids.
pub async fn waiting(
    db: &impl ConnectionTrait,
    after: Option<EventId>,
    limit: u64,
) -> Result<Vec<quarantined_event::Model>> {
    let mut query = still_waiting();
    if let Some(after) = after {
        query = query.filter(quarantined_event::Column::EventId.gt(after));
    }
    Ok(query
        .order_by_asc(quarantined_event::Column::EventId)
        .limit(limit)
        .all(db)
        .await?)
}

/// Events an account sent that were set aside, whatever became of them, in the order of their ids.
pub async fn of_uploader(
    db: &impl ConnectionTrait,
    account: AccountId,
    after: Option<EventId>,
    limit: u64,
) -> Result<Vec<quarantined_event::Model>> {
    let mut query = quarantined_event::Entity::find()
        .filter(quarantined_event::Column::UploaderAccountId.eq(account));
    if let Some(after) = after {
        query = query.filter(quarantined_event::Column::EventId.gt(after));
    }
    Ok(query
        .order_by_asc(quarantined_event::Column::EventId)
        .limit(limit)
        .all(db)
        .await?)
}

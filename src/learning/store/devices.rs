//! Statements on devices and what came from them.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    device,
    ids::{AccountId, AtomId, EventId},
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, Statement,
    sea_query::{Alias, Expr, Func, OnConflict},
};

use crate::{error::Result, learning::devices::Sender};

/// Notes that a device was heard of. What it does not tell stays as it was told before.
pub async fn touch_device(
    db: &impl ConnectionTrait,
    account: AccountId,
    device: &str,
    sender: &Sender,
    at: DateTime<Utc>,
) -> Result<()> {
    use device::Column as C;
    let row = device::ActiveModel {
        account_id: Set(account),
        device: Set(device.to_owned()),
        label: Set(sender.label.clone()),
        app_version: Set(sender.app_version.clone()),
        first_seen_at: Set(at),
        last_sync_at: Set(at),
    };
    let told = |column: C| {
        let new = Expr::col((Alias::new("excluded"), column));
        let old = Expr::col((device::Entity, column));
        Func::coalesce([new, old])
    };
    let again = OnConflict::columns([C::AccountId, C::Device])
        .value(C::Label, told(C::Label))
        .value(C::AppVersion, told(C::AppVersion))
        .update_column(C::LastSyncAt)
        .to_owned();
    device::Entity::insert(row)
        .on_conflict(again)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The devices of an account, by name.
pub async fn devices_of(
    db: &impl ConnectionTrait,
    account: AccountId,
) -> Result<Vec<device::Model>> {
    let found = device::Entity::find()
        .filter(device::Column::AccountId.eq(account))
        .order_by_asc(device::Column::Device)
        .all(db)
        .await?;
    Ok(found)
}

/// The devices of people who live in an atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct HomeDevices {
    /// Where they live.
    pub atom_id: AtomId,
    /// Devices in use: heard of on or after the first instant, and known before the second.
    pub active: i64,
    /// Those of them that were heard of on or after the second instant.
    pub synced: i64,
}

/// The devices in use between two instants and since, by where their people live on a day; homes without any are left out.
///
/// Reads every device: for an answer that is kept.
pub async fn devices_by_home(
    db: &impl ConnectionTrait,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    today: NaiveDate,
) -> Result<Vec<HomeDevices>> {
    // Raw: grouped where the rows are, so that what is read is as many as there are homes, not people.
    let sql = "SELECT r.atom_id, COUNT(*) AS active, \
                 SUM(CASE WHEN d.last_sync_at >= $2 THEN 1 ELSE 0 END) AS synced \
               FROM device d JOIN account a ON a.account_id = d.account_id \
                 JOIN residence r ON r.person_id = a.person_id \
               WHERE d.last_sync_at >= $1 AND d.first_seen_at < $2 \
                 AND r.from_on <= $3 AND (r.to_on IS NULL OR r.to_on > $3) \
               GROUP BY r.atom_id";
    let values = [since.into(), until.into(), today.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(HomeDevices::find_by_statement(statement).all(db).await?)
}

/// An event that came from a device, and whether it waits to be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Held {
    /// The event.
    pub event_id: EventId,
    /// Whether it is set aside.
    pub set_aside: bool,
}

/// Every event that an account sent from a device: those stored, and those set aside and not dismissed.
pub async fn events_from(
    db: &impl ConnectionTrait,
    account: AccountId,
    device: &str,
) -> Result<Vec<Held>> {
    // Raw, because one statement reads both tables.
    let sql = "SELECT event_id, FALSE AS set_aside FROM learning_event \
                 WHERE actor_account_id = $1 AND device = $2 \
               UNION ALL \
               SELECT event_id, TRUE FROM quarantined_event \
                 WHERE uploader_account_id = $1 AND device = $2 AND settled_at IS NULL";
    let values = [account.0.into(), device.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(Held::find_by_statement(statement).all(db).await?)
}

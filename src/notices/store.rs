//! Every statement of the feature: here writing notices, and the outbox.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    announcement,
    delivery::{self, DeliveryChannel, DeliveryState},
    ids::{LeaseId, NoticeId, PersonId},
    notice,
};
use sea_orm::{
    ActiveEnum, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IntoActiveModel,
    Statement, Value, sea_query::OnConflict,
};

use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
};

mod inbox;
mod messages;
mod people;
mod sweeping;

pub use inbox::*;
pub use messages::*;
pub use people::*;
pub use sweeping::*;

/// Rows written by one statement.
const CHUNK: usize = 500;

async fn all<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: String,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<R>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(R::find_by_statement(statement).all(db).await?)
}

async fn run(
    db: &impl ConnectionTrait,
    sql: String,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// Writes notices whose cause has none yet, with their deliveries; answers which were written. What is written raises
/// the revision of its person.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_notices(
    tx: &impl ConnectionTrait,
    new: Vec<(notice::Model, delivery::Model)>,
) -> Result<BTreeSet<NoticeId>> {
    let backend = tx.get_database_backend();
    let mut written = BTreeSet::new();
    for chunk in new.chunks(CHUNK) {
        let rows = chunk.iter().map(|(row, _)| row.clone().into_active_model());
        let known = OnConflict::column(notice::Column::DedupeKey)
            .do_nothing()
            .to_owned();
        notice::Entity::insert_many(rows)
            .on_conflict(known)
            .exec_without_returning(tx)
            .await?;
        #[derive(FromQueryResult)]
        struct Row {
            notice_id: NoticeId,
            person_id: PersonId,
        }
        // Raw here and below: one text whatever the number of ids.
        let sql = format!(
            "SELECT notice_id, person_id FROM notice WHERE {}",
            in_uuid_list(backend, "notice_id", 1)
        );
        let list = uuid_list(backend, chunk.iter().map(|(row, _)| row.notice_id.0));
        let fresh: Vec<Row> = all(tx, sql, [list]).await?;
        let persons: BTreeSet<_> = fresh.iter().map(|row| row.person_id).collect();
        let fresh: BTreeSet<_> = fresh.iter().map(|row| row.notice_id).collect();
        if fresh.is_empty() {
            continue;
        }
        raise(tx, persons, &fresh).await?;
        let deliveries = chunk
            .iter()
            .filter(|(row, _)| fresh.contains(&row.notice_id))
            .map(|(_, row)| row.clone().into_active_model());
        delivery::Entity::insert_many(deliveries)
            .exec_without_returning(tx)
            .await?;
        written.extend(fresh);
    }
    Ok(written)
}

/// Raises the revision of persons, and notes it in their notices that changed.
async fn raise(
    tx: &impl ConnectionTrait,
    persons: BTreeSet<PersonId>,
    notices: &BTreeSet<NoticeId>,
) -> Result<()> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "UPDATE learner SET revision = revision + 1 WHERE {}",
        in_uuid_list(backend, "person_id", 1)
    );
    let list = uuid_list(backend, persons.into_iter().map(|id| id.0));
    run(tx, sql, [list]).await?;
    let sql = format!(
        "UPDATE notice SET revision = COALESCE( \
           (SELECT l.revision FROM learner l WHERE l.person_id = notice.person_id), 0) WHERE {}",
        in_uuid_list(backend, "notice_id", 1)
    );
    let list = uuid_list(backend, notices.iter().map(|id| id.0));
    run(tx, sql, [list]).await?;
    Ok(())
}

/// A turn at sending: nobody else sends what was claimed until it ends.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// Whose turn.
    pub id: LeaseId,
    /// Now.
    pub now: DateTime<Utc>,
    /// Its end.
    pub until: DateTime<Utc>,
}

/// Claims deliveries whose time has come: those that wait longest first.
///
/// # Errors
/// When the database does not answer.
pub async fn claim(
    db: &impl ConnectionTrait,
    lease: Lease,
    most: u64,
) -> Result<Vec<delivery::Model>> {
    let backend = db.get_database_backend();
    // SQLite has one writer and knows no row locks; on PostgreSQL servers step over what others hold.
    let lock = match backend {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let sql = format!(
        "UPDATE delivery SET lease_id = $1, leased_until = $2, attempts = attempts + 1 WHERE notice_id IN ( \
           SELECT notice_id FROM delivery WHERE state = 'QUEUED' AND not_before <= $3 \
             AND (leased_until IS NULL OR leased_until <= $3) \
           ORDER BY not_before, notice_id LIMIT {most}{lock}) RETURNING *"
    );
    let values: [Value; 3] = [lease.id.into(), lease.until.into(), lease.now.into()];
    all(db, sql, values).await
}

/// What became of a delivery at its turn.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What it is now.
    pub state: DeliveryState,
    /// The channel that took or refused it.
    pub channel: Option<DeliveryChannel>,
    /// Why it is not sent.
    pub reason: Option<String>,
    /// How often it was tried.
    pub attempts: i32,
    /// Not before.
    pub not_before: DateTime<Utc>,
}

/// Notes what became of a delivery, while the turn is still ours; answers whether it was.
///
/// # Errors
/// When the database does not answer.
pub async fn settle(
    db: &impl ConnectionTrait,
    id: NoticeId,
    lease: LeaseId,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> Result<bool> {
    let finished_at = (outcome.state != DeliveryState::Queued).then_some(now);
    let sql = "UPDATE delivery SET state = $3, channel = $4, reason = $5, attempts = $6, not_before = $7, \
        finished_at = $8, lease_id = NULL, leased_until = NULL WHERE notice_id = $1 AND lease_id = $2";
    let values: [Value; 8] = [
        id.into(),
        lease.into(),
        outcome.state.to_value().into(),
        outcome.channel.map(|channel| channel.to_value()).into(),
        outcome.reason.into(),
        outcome.attempts.into(),
        outcome.not_before.into(),
        finished_at.into(),
    ];
    Ok(run(db, sql.to_owned(), values).await? > 0)
}

/// Takes a day of a person for a reminder, unless another has it; answers which one has it.
///
/// # Errors
/// When the database does not answer.
pub async fn take_day(
    db: &impl ConnectionTrait,
    person: PersonId,
    on: NaiveDate,
    id: NoticeId,
) -> Result<NoticeId> {
    #[derive(FromQueryResult)]
    struct Row {
        notice_id: NoticeId,
    }
    // Raw: taking it and learning who has it must be one statement.
    let sql = "INSERT INTO reminder_day (person_id, on_day, notice_id) VALUES ($1, $2, $3) \
        ON CONFLICT (person_id, on_day) DO UPDATE SET notice_id = reminder_day.notice_id RETURNING notice_id";
    let values: [Value; 3] = [person.into(), on.into(), id.into()];
    let found: Vec<Row> = all(db, sql.to_owned(), values).await?;
    let row = found.into_iter().next();
    Ok(row
        .ok_or_else(|| Error::internal("a day that was taken was not returned"))?
        .notice_id)
}

/// A notice, with the words of its announcement if it is one.
#[derive(Clone, Debug)]
pub struct Worded {
    /// The notice.
    pub notice: notice::Model,
    /// The announcement.
    pub announcement: Option<announcement::Model>,
}

async fn worded(db: &impl ConnectionTrait, notices: Vec<notice::Model>) -> Result<Vec<Worded>> {
    let backend = db.get_database_backend();
    let wanted: BTreeSet<_> = notices
        .iter()
        .filter_map(|row| row.announcement_id)
        .collect();
    let mut found = BTreeMap::new();
    if !wanted.is_empty() {
        let sql = format!(
            "SELECT * FROM announcement WHERE {}",
            in_uuid_list(backend, "announcement_id", 1)
        );
        let list = uuid_list(backend, wanted.into_iter().map(|id| id.0));
        for row in all::<announcement::Model>(db, sql, [list]).await? {
            found.insert(row.announcement_id, row);
        }
    }
    Ok(notices
        .into_iter()
        .map(|notice| Worded {
            announcement: notice
                .announcement_id
                .and_then(|id| found.get(&id).cloned()),
            notice,
        })
        .collect())
}

/// Notices by id.
///
/// # Errors
/// When the database does not answer.
pub async fn notices_among(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = NoticeId>,
) -> Result<BTreeMap<NoticeId, Worded>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM notice WHERE {}",
        in_uuid_list(backend, "notice_id", 1)
    );
    let list = uuid_list(backend, ids.into_iter().map(|id| id.0));
    let rows = all(db, sql, [list]).await?;
    let rows = worded(db, rows).await?.into_iter();
    Ok(rows.map(|row| (row.notice.notice_id, row)).collect())
}

/// Deletes what nobody is shown any more, and days gone by.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_old(
    tx: &impl ConnectionTrait,
    expired_before: DateTime<Utc>,
    days_before: NaiveDate,
) -> Result<()> {
    let old = "SELECT notice_id FROM notice WHERE expires_at < $1";
    let sql = format!("DELETE FROM reminder_day WHERE on_day < $2 OR notice_id IN ({old})");
    run(tx, sql, [expired_before.into(), days_before.into()]).await?;
    for sql in [
        format!("DELETE FROM delivery WHERE notice_id IN ({old})"),
        "DELETE FROM notice WHERE expires_at < $1".to_owned(),
    ] {
        run(tx, sql, [expired_before.into()]).await?;
    }
    let sql = "DELETE FROM announcement WHERE expires_at < $1 AND NOT EXISTS \
        (SELECT 1 FROM notice n WHERE n.announcement_id = announcement.announcement_id)";
    run(tx, sql.to_owned(), [expired_before.into()]).await?;
    Ok(())
}

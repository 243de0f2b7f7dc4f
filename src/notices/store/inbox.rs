//! Statements about what a person is shown.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{
    ids::{NoticeId, PersonId},
    notice,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Value,
};

use super::{Worded, all, raise, run, worded};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// A run of a person's notices, newest first, and one more if there is.
///
/// # Errors
/// When the database does not answer.
pub async fn inbox(
    db: &impl ConnectionTrait,
    person: PersonId,
    now: DateTime<Utc>,
    after: Option<NoticeId>,
    first: u64,
) -> Result<Vec<Worded>> {
    let mut query = notice::Entity::find()
        .filter(notice::Column::PersonId.eq(person))
        .filter(notice::Column::ExpiresAt.gt(now))
        // Ids sort by the time they were made.
        .order_by_desc(notice::Column::NoticeId)
        .limit(first + 1);
    if let Some(after) = after {
        query = query.filter(notice::Column::NoticeId.lt(after));
    }
    worded(db, query.all(db).await?).await
}

/// How many of a person's notices were not read.
///
/// # Errors
/// When the database does not answer.
pub async fn count_unread(
    db: &impl ConnectionTrait,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<u64> {
    Ok(notice::Entity::find()
        .filter(notice::Column::PersonId.eq(person))
        .filter(notice::Column::ExpiresAt.gt(now))
        .filter(notice::Column::ReadAt.is_null())
        .count(db)
        .await?)
}

/// Those of a person's notices that have these ids.
///
/// # Errors
/// When the database does not answer.
pub async fn own_among(
    db: &impl ConnectionTrait,
    person: PersonId,
    ids: &BTreeSet<NoticeId>,
) -> Result<Vec<Worded>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT * FROM notice WHERE person_id = $2 AND {} ORDER BY notice_id DESC",
        in_uuid_list(backend, "notice_id", 1)
    );
    let list = uuid_list(backend, ids.iter().map(|id| id.0));
    let rows = all(db, sql, [list, person.into()]).await?;
    worded(db, rows).await
}

/// Marks notices of a person as read, those that were not.
///
/// # Errors
/// When the database does not answer.
pub async fn mark_read(
    tx: &impl ConnectionTrait,
    person: PersonId,
    ids: &BTreeSet<NoticeId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "UPDATE notice SET read_at = $2 WHERE read_at IS NULL AND {}",
        in_uuid_list(backend, "notice_id", 1)
    );
    let list = uuid_list(backend, ids.iter().map(|id| id.0));
    if run(tx, sql, [list, now.into()]).await? > 0 {
        raise(tx, [person].into(), ids).await?;
    }
    Ok(())
}

/// A notice of a person, and when it last changed.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Revised {
    /// The notice.
    pub notice_id: NoticeId,
    /// The person's revision then.
    pub revision: i64,
}

/// When a person's notices that are shown now last changed, from a revision on.
///
/// # Errors
/// When the database does not answer.
pub async fn revised(
    db: &impl ConnectionTrait,
    person: PersonId,
    from: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Revised>> {
    let sql = "SELECT notice_id, revision FROM notice WHERE person_id = $1 AND revision >= $2 AND expires_at > $3";
    let values: [Value; 3] = [person.into(), from.into(), now.into()];
    all(db, sql.to_owned(), values).await
}

//! Statements about what trainers send.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    announcement,
    ids::{AccountId, AnnouncementId, GroupId, PersonId},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Value, sea_query::OnConflict,
};

use super::all;
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// Writes an announcement; false when its id is taken.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_announcement(
    tx: &impl ConnectionTrait,
    row: announcement::Model,
) -> Result<bool> {
    let inserted = announcement::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// An announcement.
///
/// # Errors
/// When the database does not answer.
pub async fn announcement(
    db: &impl ConnectionTrait,
    id: AnnouncementId,
) -> Result<Option<announcement::Model>> {
    Ok(announcement::Entity::find_by_id(id).one(db).await?)
}

/// The latest announcements of a group, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn announcements(
    db: &impl ConnectionTrait,
    group: GroupId,
    first: u64,
) -> Result<Vec<announcement::Model>> {
    Ok(announcement::Entity::find()
        .filter(announcement::Column::GroupId.eq(group))
        .order_by_desc(announcement::Column::CreatedAt)
        .order_by_desc(announcement::Column::AnnouncementId)
        .limit(first)
        .all(db)
        .await?)
}

/// How many announcements a group had since a moment.
///
/// # Errors
/// When the database does not answer.
pub async fn count_announcements(
    db: &impl ConnectionTrait,
    group: GroupId,
    since: DateTime<Utc>,
) -> Result<u64> {
    Ok(announcement::Entity::find()
        .filter(announcement::Column::GroupId.eq(group))
        .filter(announcement::Column::CreatedAt.gte(since))
        .count(db)
        .await?)
}

/// How many deliveries of an announcement are in a state, for a reason.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Counted {
    /// The announcement.
    pub announcement_id: AnnouncementId,
    /// The state.
    pub state: String,
    /// The reason of those suppressed.
    pub reason: Option<String>,
    /// How many.
    pub n: i64,
}

/// What became of the deliveries of announcements.
///
/// # Errors
/// When the database does not answer.
pub async fn delivered(
    db: &impl ConnectionTrait,
    announcements: impl IntoIterator<Item = AnnouncementId>,
) -> Result<BTreeMap<AnnouncementId, Vec<Counted>>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT n.announcement_id, d.state, CASE WHEN d.state = 'SUPPRESSED' THEN d.reason END AS reason, \
           COUNT(*) AS n FROM notice n JOIN delivery d ON d.notice_id = n.notice_id WHERE {} \
         GROUP BY n.announcement_id, d.state, CASE WHEN d.state = 'SUPPRESSED' THEN d.reason END",
        in_uuid_list(backend, "n.announcement_id", 1)
    );
    let list = uuid_list(backend, announcements.into_iter().map(|id| id.0));
    let mut found: BTreeMap<_, Vec<Counted>> = BTreeMap::new();
    for row in all::<Counted>(db, sql, [list]).await? {
        found.entry(row.announcement_id).or_default().push(row);
    }
    Ok(found)
}

/// How many reminders a trainer sent since a moment.
///
/// # Errors
/// When the database does not answer.
pub async fn count_nudges(
    db: &impl ConnectionTrait,
    by: AccountId,
    since: DateTime<Utc>,
) -> Result<u64> {
    use entity::notice::Column as C;
    Ok(entity::notice::Entity::find()
        .filter(C::CreatedBy.eq(by))
        .filter(C::AnnouncementId.is_null())
        .filter(C::CreatedAt.gte(since))
        .count(db)
        .await?)
}

/// Of the persons, those who have a reminder that waits, or had one since a moment: with nothing else said of it.
///
/// # Errors
/// When the database does not answer.
pub async fn reminded(
    db: &impl ConnectionTrait,
    persons: impl IntoIterator<Item = PersonId>,
    since: DateTime<Utc>,
) -> Result<std::collections::BTreeSet<PersonId>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
    }
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT DISTINCT person_id FROM delivery WHERE class = 'REMINDER' AND \
           (state = 'QUEUED' OR state = 'SENT' AND finished_at >= $2) AND {}",
        in_uuid_list(backend, "person_id", 1)
    );
    let list = uuid_list(backend, persons.into_iter().map(|id| id.0));
    let values: [Value; 2] = [list, since.into()];
    let rows: Vec<Row> = all(db, sql, values).await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

//! Statements about sessions: plans, records, ticks and what was taken back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::{
    group_member,
    ids::{AccountId, GroupId, LessonId, PersonId, SessionRecordId, TrainingSessionId},
    session_record, session_tick, training_session,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, sea_query::OnConflict,
};

use super::all;
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
    training::sessions::{RecordShown, SessionPlace, TickShown},
};

/// Lessons as a row keeps them.
///
/// # Errors
/// Never in practice.
pub fn kept_lessons(lessons: &[LessonId]) -> Result<String> {
    serde_json::to_string(lessons).map_err(Error::internal)
}

/// Lessons as a row keeps them, read.
///
/// # Errors
/// When the row was damaged.
pub fn read_lessons(text: &str) -> Result<Vec<LessonId>> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// Writes a session. Answers whether its id was free; when not, nothing was written.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_session(
    tx: &impl ConnectionTrait,
    new: training_session::Model,
) -> Result<bool> {
    let there = OnConflict::column(training_session::Column::SessionId)
        .do_nothing()
        .to_owned();
    let inserted = training_session::Entity::insert(new.into_active_model())
        .on_conflict(there)
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Changes the plan of a session.
///
/// # Errors
/// When the database does not answer.
pub async fn change_session(tx: &impl ConnectionTrait, row: training_session::Model) -> Result<()> {
    let changed = training_session::ActiveModel {
        session_id: Set(row.session_id),
        held_on: Set(row.held_on),
        starts_at: Set(row.starts_at),
        topic: Set(row.topic),
        place: Set(row.place),
        lessons: Set(row.lessons),
        planned_by: Set(row.planned_by),
        ..Default::default()
    };
    training_session::Entity::update(changed)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A session.
///
/// # Errors
/// When the database does not answer.
pub async fn session(
    db: &impl ConnectionTrait,
    id: TrainingSessionId,
) -> Result<Option<training_session::Model>> {
    Ok(training_session::Entity::find_by_id(id).one(db).await?)
}

/// A record of a session.
///
/// # Errors
/// When the database does not answer.
pub async fn session_record(
    db: &impl ConnectionTrait,
    id: SessionRecordId,
) -> Result<Option<session_record::Model>> {
    Ok(session_record::Entity::find_by_id(id).one(db).await?)
}

/// Writes a record with its ticks.
///
/// # Errors
/// When the database does not answer, or the id is taken.
pub async fn insert_record(
    tx: &impl ConnectionTrait,
    record: session_record::Model,
    ticks: Vec<session_tick::Model>,
) -> Result<()> {
    session_record::Entity::insert(record.into_active_model())
        .exec_without_returning(tx)
        .await?;
    let ticks = ticks.into_iter().map(IntoActiveModel::into_active_model);
    session_tick::Entity::insert_many(ticks)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The ticks of records.
///
/// # Errors
/// When the database does not answer.
pub async fn ticks(
    db: &impl ConnectionTrait,
    records: &[SessionRecordId],
) -> Result<Vec<session_tick::Model>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT record_id, person_id, attended, observed, corrected_at, corrected_by, correction \
         FROM session_tick WHERE {}",
        in_uuid_list(backend, "record_id", 1)
    );
    let list = uuid_list(backend, records.iter().map(|id| id.0));
    all(db, sql, [list]).await
}

/// Takes a tick back.
///
/// # Errors
/// When the database does not answer.
pub async fn correct_tick(
    tx: &impl ConnectionTrait,
    (record, person): (SessionRecordId, PersonId),
    (by, at): (AccountId, DateTime<Utc>),
    reason: String,
) -> Result<()> {
    let corrected = session_tick::ActiveModel {
        record_id: Set(record),
        person_id: Set(person),
        corrected_at: Set(Some(at)),
        corrected_by: Set(Some(by)),
        correction: Set(Some(reason)),
        ..Default::default()
    };
    session_tick::Entity::update(corrected)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Every run of days of everybody in a group.
///
/// # Errors
/// When the database does not answer.
pub async fn memberships_of_group(
    db: &impl ConnectionTrait,
    group: GroupId,
) -> Result<Vec<group_member::Model>> {
    let found = group_member::Entity::find()
        .filter(group_member::Column::GroupId.eq(group))
        .all(db)
        .await?;
    Ok(found)
}

/// Sessions of a group, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn sessions_of(
    db: &impl ConnectionTrait,
    group: GroupId,
    limit: usize,
    after: Option<SessionPlace>,
) -> Result<Vec<training_session::Model>> {
    let limit = i64::try_from(limit).map_err(Error::internal)?;
    let columns = "session_id, group_id, held_on, starts_at, topic, place, lessons, planned_by";
    let order = "ORDER BY held_on DESC, session_id DESC LIMIT $2";
    let Some(after) = after else {
        let sql = format!("SELECT {columns} FROM training_session WHERE group_id = $1 {order}");
        return all(db, sql, [group.0.into(), limit.into()]).await;
    };
    let sql = format!(
        "SELECT {columns} FROM training_session \
         WHERE group_id = $1 AND (held_on, session_id) < ($3, $4) {order}"
    );
    let values = [
        group.0.into(),
        limit.into(),
        after.held_on.into(),
        after.session.0.into(),
    ];
    all(db, sql, values).await
}

/// The records of sessions with their ticks, each with the names a screen shows: two statements.
///
/// # Errors
/// When the database does not answer.
pub async fn records_of(
    db: &impl ConnectionTrait,
    sessions: &[TrainingSessionId],
) -> Result<BTreeMap<TrainingSessionId, Vec<RecordShown>>> {
    #[derive(FromQueryResult)]
    struct RecordRow {
        record_id: SessionRecordId,
        session_id: TrainingSessionId,
        full_name: String,
        held_at: DateTime<Utc>,
        received_at: DateTime<Utc>,
        topic: Option<String>,
        place: Option<String>,
        lessons: String,
    }
    #[derive(FromQueryResult)]
    struct TickRow {
        record_id: SessionRecordId,
        person_id: PersonId,
        full_name: String,
        name_sort_key: String,
        attended: bool,
        observed: String,
        corrected_at: Option<DateTime<Utc>>,
        correction: Option<String>,
        corrector: Option<String>,
    }
    let backend = db.get_database_backend();
    // Raw: names beside rows in one statement whose text does not change with the number of sessions.
    let sql = format!(
        "SELECT r.record_id, r.session_id, p.full_name, r.held_at, r.received_at, r.topic, r.place, r.lessons \
         FROM session_record r JOIN account a ON a.account_id = r.recorded_by \
           JOIN person p ON p.person_id = a.person_id \
         WHERE {} ORDER BY r.held_at, r.record_id",
        in_uuid_list(backend, "r.session_id", 1)
    );
    let list = uuid_list(backend, sessions.iter().map(|id| id.0));
    let records = all::<RecordRow>(db, sql, [list]).await?;
    let sql = format!(
        "SELECT t.record_id, t.person_id, p.full_name, p.name_sort_key, t.attended, t.observed, t.corrected_at, \
           t.correction, c.full_name AS corrector \
         FROM session_tick t JOIN person p ON p.person_id = t.person_id \
           LEFT JOIN account a ON a.account_id = t.corrected_by LEFT JOIN person c ON c.person_id = a.person_id \
         WHERE {} ORDER BY p.name_sort_key, p.person_id",
        in_uuid_list(backend, "t.record_id", 1)
    );
    let list = uuid_list(backend, records.iter().map(|row| row.record_id.0));
    let mut ticks: BTreeMap<SessionRecordId, Vec<TickShown>> = BTreeMap::new();
    for row in all::<TickRow>(db, sql, [list]).await? {
        ticks.entry(row.record_id).or_default().push(TickShown {
            person: row.person_id,
            full_name: row.full_name,
            name_sort_key: row.name_sort_key,
            attended: row.attended,
            observed: read_lessons(&row.observed)?,
            correction: row
                .corrected_at
                .map(|at| (at, row.corrector.unwrap_or_default(), row.correction)),
        });
    }
    let mut shown: BTreeMap<TrainingSessionId, Vec<RecordShown>> = BTreeMap::new();
    for row in records {
        shown.entry(row.session_id).or_default().push(RecordShown {
            id: row.record_id,
            recorded_by: row.full_name,
            held_at: row.held_at,
            received_at: row.received_at,
            topic: row.topic,
            place: row.place,
            lessons: read_lessons(&row.lessons)?,
            ticks: ticks.remove(&row.record_id).unwrap_or_default(),
        });
    }
    Ok(shown)
}

//! Statements about the daily sweeps.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    ids::{AreaId, PersonId},
    notice_sweep,
};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, IntoActiveModel,
    Value, sea_query::OnConflict,
};
use uuid::Uuid;

use super::all;
use crate::error::{Error, Result};

/// How far a sweep has come, held until the transaction ends: of two servers that sweep at once, one waits for the
/// other's step and takes the next.
///
/// # Errors
/// When the database does not answer.
pub async fn hold_sweep(
    tx: &impl ConnectionTrait,
    name: &str,
    today: NaiveDate,
) -> Result<Option<notice_sweep::Model>> {
    let fresh = notice_sweep::Model {
        name: name.to_owned(),
        on_day: today,
        after_id: None,
        finished_at: None,
    };
    let there = OnConflict::column(notice_sweep::Column::Name)
        .do_nothing()
        .to_owned();
    notice_sweep::Entity::insert(fresh.into_active_model())
        .on_conflict(there)
        .exec_without_returning(tx)
        .await?;
    // Raw: SQLite, with its one writer, knows no row locks.
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    };
    let sql = format!("SELECT * FROM notice_sweep WHERE name = $1{lock}");
    let found: Vec<notice_sweep::Model> = all(tx, sql, [name.into()]).await?;
    Ok(found.into_iter().next())
}

/// Whether a sweep of a day is through.
///
/// # Errors
/// When the database does not answer.
pub async fn is_swept(db: &impl ConnectionTrait, name: &str, today: NaiveDate) -> Result<bool> {
    let found = notice_sweep::Entity::find_by_id(name).one(db).await?;
    Ok(found.is_some_and(|row| row.on_day >= today && row.finished_at.is_some()))
}

/// Notes how far a sweep has come.
///
/// # Errors
/// When the database does not answer.
pub async fn put_sweep(tx: &impl ConnectionTrait, row: notice_sweep::Model) -> Result<()> {
    notice_sweep::Entity::update(row.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The next people, in the order of ids, who can be told something and have not turned reminders off.
///
/// # Errors
/// When the database does not answer.
pub async fn next_to_remind(
    db: &impl ConnectionTrait,
    after: Option<Uuid>,
    most: u64,
) -> Result<Vec<PersonId>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
    }
    let sql = format!(
        "SELECT l.person_id FROM learner l WHERE l.person_id > $1 \
           AND (EXISTS (SELECT 1 FROM account a WHERE a.person_id = l.person_id AND a.state = 'ACTIVE') \
             OR EXISTS (SELECT 1 FROM person_particulars d WHERE d.person_id = l.person_id AND d.phone IS NOT NULL)) \
           AND NOT EXISTS (SELECT 1 FROM notice_preference w WHERE w.person_id = l.person_id \
             AND w.reminders_muted_at IS NOT NULL) \
           AND NOT EXISTS (SELECT 1 FROM same_as s WHERE s.person_id = l.person_id AND s.undone_at IS NULL) \
         ORDER BY l.person_id LIMIT {most}"
    );
    let rows: Vec<Row> = all(db, sql, [after.unwrap_or(Uuid::nil()).into()]).await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

/// Somebody who supervises exactly an area.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Supervises {
    /// Who.
    pub person_id: PersonId,
    /// Which area.
    pub area_id: AreaId,
}

/// The people who supervise areas today, and the areas their standings name.
///
/// # Errors
/// When the database does not answer.
pub async fn supervisors(db: &impl ConnectionTrait, today: NaiveDate) -> Result<Vec<Supervises>> {
    let sql = "SELECT DISTINCT a.person_id, s.area_id FROM standing s JOIN account a ON a.account_id = s.account_id \
        WHERE s.kind = 'SUPERVISOR' AND s.from_on <= $1 AND (s.to_on IS NULL OR s.to_on > $1) \
          AND a.state = 'ACTIVE' ORDER BY s.area_id, a.person_id";
    let values: [Value; 1] = [today.into()];
    all(db, sql.to_owned(), values).await
}

/// Of causes, those that a notice was made of already.
///
/// # Errors
/// When the database does not answer.
pub async fn causes_among(
    db: &impl ConnectionTrait,
    causes: impl Iterator<Item = &str>,
) -> Result<BTreeSet<String>> {
    #[derive(FromQueryResult)]
    struct Row {
        dedupe_key: String,
    }
    let causes: Vec<&str> = causes.collect();
    if causes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let list = serde_json::to_string(&causes).map_err(Error::internal)?;
    // Raw: one text whatever the number of causes.
    let among = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT json_array_elements_text(CAST($1 AS json))",
        _ => "SELECT value FROM json_each($1)",
    };
    let sql = format!("SELECT dedupe_key FROM notice WHERE dedupe_key IN ({among})");
    let rows: Vec<Row> = all(db, sql, [list.into()]).await?;
    Ok(rows.into_iter().map(|row| row.dedupe_key).collect())
}

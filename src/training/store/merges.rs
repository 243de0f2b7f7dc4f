//! Statements about merges of two records of one person.

use chrono::{DateTime, Utc};
use entity::{
    ids::{AccountId, PersonId, SameAsId},
    same_as,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult,
    IntoActiveModel, QueryFilter, sea_query::OnConflict,
};

use super::all;
use crate::error::{Error, Result};

/// What a comparison counts of one record.
#[derive(Clone, Debug, FromQueryResult)]
pub struct MergeFacts {
    /// Year of birth, if told.
    pub birth_year: Option<i32>,
    /// Accounts in use or not.
    pub accounts: i64,
    /// Groups the person is in now.
    pub groups: i64,
    /// Events of the record itself.
    pub events: i64,
}

/// What a comparison counts of one record, in one statement.
///
/// # Errors
/// When the database does not answer, or there is no such person.
pub async fn merge_facts(db: &impl ConnectionTrait, person: PersonId) -> Result<MergeFacts> {
    let sql = "SELECT d.birth_year, \
          (SELECT COUNT(*) FROM account a WHERE a.person_id = p.person_id AND a.state = 'ACTIVE') AS accounts, \
          (SELECT COUNT(*) FROM group_member m WHERE m.person_id = p.person_id AND m.left_on IS NULL) AS groups, \
          (SELECT COUNT(*) FROM learning_event e WHERE e.person_id = p.person_id) AS events \
        FROM person p LEFT JOIN person_particulars d ON d.person_id = p.person_id WHERE p.person_id = $1";
    let found = all::<MergeFacts>(db, sql.to_owned(), [person.0.into()]).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// The standing merges that name one of two persons.
///
/// # Errors
/// When the database does not answer.
pub async fn merges_touching(
    db: &impl ConnectionTrait,
    persons: [PersonId; 2],
) -> Result<Vec<same_as::Model>> {
    let [one, other] = persons;
    let names = Condition::any()
        .add(same_as::Column::PersonId.eq(one))
        .add(same_as::Column::PersonId.eq(other))
        .add(same_as::Column::CanonicalId.eq(one))
        .add(same_as::Column::CanonicalId.eq(other));
    let found = same_as::Entity::find()
        .filter(names)
        .filter(same_as::Column::UndoneAt.is_null())
        .all(db)
        .await?;
    Ok(found)
}

/// A merge, standing or undone.
///
/// # Errors
/// When the database does not answer.
pub async fn merge(db: &impl ConnectionTrait, id: SameAsId) -> Result<Option<same_as::Model>> {
    Ok(same_as::Entity::find_by_id(id).one(db).await?)
}

/// Writes a merge. Answers whether its id was free; when not, nothing was written.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_merge(tx: &impl ConnectionTrait, new: same_as::Model) -> Result<bool> {
    let there = OnConflict::column(same_as::Column::SameAsId)
        .do_nothing()
        .to_owned();
    let inserted = same_as::Entity::insert(new.into_active_model())
        .on_conflict(there)
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Undoes a merge.
///
/// # Errors
/// When the database does not answer.
pub async fn undo_merge(
    tx: &impl ConnectionTrait,
    id: SameAsId,
    by: AccountId,
    at: DateTime<Utc>,
) -> Result<()> {
    let undone = same_as::ActiveModel {
        same_as_id: Set(id),
        undone_by: Set(Some(by)),
        undone_at: Set(Some(at)),
        ..Default::default()
    };
    same_as::Entity::update(undone)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

//! Statements about follow-ups, and what a worklist is made of.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    follow_up,
    ids::{FollowUpId, GroupId, ModuleId, PersonId},
};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel, sea_query::OnConflict,
};

use super::all;
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
    learning::event::Happened,
};

/// How to reach somebody, and when her phone was last heard of.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Contact {
    /// Who.
    pub person_id: PersonId,
    /// A telephone, E.164.
    pub phone: Option<String>,
    /// When her phone last asked for anything, to the hour; nothing without an account.
    pub heard_at: Option<DateTime<Utc>>,
}

/// An answer to a check.
#[derive(Clone, Copy, Debug)]
pub struct QuizAnswer {
    /// Whose.
    pub person: PersonId,
    /// Of which module's check.
    pub module: ModuleId,
    /// Whether it passed.
    pub passed: bool,
}

/// Writes a follow-up. Answers whether its id was free; when not, nothing was written.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_follow_up(tx: &impl ConnectionTrait, new: follow_up::Model) -> Result<bool> {
    let there = OnConflict::column(follow_up::Column::FollowUpId)
        .do_nothing()
        .to_owned();
    let inserted = follow_up::Entity::insert(new.into_active_model())
        .on_conflict(there)
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// A follow-up.
///
/// # Errors
/// When the database does not answer.
pub async fn follow_up(
    db: &impl ConnectionTrait,
    id: FollowUpId,
) -> Result<Option<follow_up::Model>> {
    Ok(follow_up::Entity::find_by_id(id).one(db).await?)
}

/// The follow-ups of groups since a day, in the order they were made.
///
/// # Errors
/// When the database does not answer.
pub async fn follow_ups(
    db: &impl ConnectionTrait,
    groups: &[GroupId],
    since: NaiveDate,
) -> Result<Vec<follow_up::Model>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT follow_up_id, group_id, person_id, account_id, outcome, note, made_on, quiet_until, received_at \
         FROM follow_up WHERE {} AND made_on >= $2 ORDER BY made_on, received_at, follow_up_id",
        in_uuid_list(backend, "group_id", 1)
    );
    let list = uuid_list(backend, groups.iter().map(|id| id.0));
    all(db, sql, [list, since.into()]).await
}

/// How to reach people. A phone that is used trades its tokens every hour: the newest pair tells when it was heard of.
///
/// # Errors
/// When the database does not answer.
pub async fn contacts(
    db: &impl ConnectionTrait,
    persons: &[PersonId],
) -> Result<BTreeMap<PersonId, Contact>> {
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT p.person_id, d.phone, \
           COALESCE((SELECT MAX(s.created_at) FROM session s WHERE s.account_id = a.account_id), a.created_at) \
             AS heard_at \
         FROM person p LEFT JOIN person_particulars d ON d.person_id = p.person_id \
           LEFT JOIN account a ON a.person_id = p.person_id AND a.state = 'ACTIVE' \
         WHERE {}",
        in_uuid_list(backend, "p.person_id", 1)
    );
    let list = uuid_list(backend, persons.iter().map(|id| id.0));
    let found = all::<Contact>(db, sql, [list]).await?;
    let found = found
        .into_iter()
        .map(|contact| (contact.person_id, contact));
    Ok(found.collect())
}

/// The answers people gave to checks, oldest first; those taken back left out.
///
/// # Errors
/// When the database does not answer, or holds what cannot be read.
pub async fn quiz_answers(
    db: &impl ConnectionTrait,
    persons: &[PersonId],
) -> Result<Vec<QuizAnswer>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
        payload: String,
    }
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT e.person_id, e.payload FROM learning_event e \
         WHERE {} AND e.kind = 'QUIZ_ANSWERED' \
           AND NOT EXISTS (SELECT 1 FROM learning_event v WHERE v.target_event_id = e.event_id) \
         ORDER BY e.occurred_at, e.event_id",
        in_uuid_list(backend, "e.person_id", 1)
    );
    let list = uuid_list(backend, persons.iter().map(|id| id.0));
    let mut answers = Vec::new();
    for row in all::<Row>(db, sql, [list]).await? {
        let happened = serde_json::from_str(&row.payload).map_err(Error::internal)?;
        if let Happened::QuizAnswered { module, passed, .. } = happened {
            answers.push(QuizAnswer {
                person: row.person_id,
                module,
                passed,
            });
        }
    }
    Ok(answers)
}

/// The next session planned for each group from a day on.
///
/// # Errors
/// When the database does not answer.
pub async fn next_sessions(
    db: &impl ConnectionTrait,
    groups: &[GroupId],
    from: NaiveDate,
) -> Result<BTreeMap<GroupId, NaiveDate>> {
    #[derive(FromQueryResult)]
    struct Row {
        group_id: GroupId,
        held_on: NaiveDate,
    }
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT group_id, MIN(held_on) AS held_on FROM training_session \
         WHERE {} AND held_on >= $2 AND starts_at IS NOT NULL GROUP BY group_id",
        in_uuid_list(backend, "group_id", 1)
    );
    let list = uuid_list(backend, groups.iter().map(|id| id.0));
    let found = all::<Row>(db, sql, [list, from.into()]).await?;
    Ok(found
        .into_iter()
        .map(|row| (row.group_id, row.held_on))
        .collect())
}

//! Statements for those who tell people something: who leads them, and what is due when.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::ids::{ModuleId, PersonId};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};

use super::{all, trains_on};
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// The people who lead groups in use that somebody is in, while they are trainers.
///
/// # Errors
/// When the database does not answer.
pub async fn leaders_of(
    db: &impl ConnectionTrait,
    person: PersonId,
    today: NaiveDate,
) -> Result<BTreeSet<PersonId>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
    }
    // Raw: whoever leads a group, alone or with others, in one statement.
    let sql = format!(
        "SELECT DISTINCT a.person_id FROM group_member m \
           JOIN training_group g ON g.group_id = m.group_id AND g.archived_at IS NULL \
           JOIN account a ON a.state = 'ACTIVE' AND (a.account_id = g.trainer_account_id OR EXISTS \
             (SELECT 1 FROM group_trainer t WHERE t.group_id = g.group_id AND t.account_id = a.account_id \
              AND t.removed_at IS NULL)) \
           JOIN standing s ON s.account_id = a.account_id AND {} \
         WHERE m.left_on IS NULL AND (m.person_id = $1 OR m.person_id IN \
           (SELECT d.person_id FROM same_as d WHERE d.canonical_id = $1 AND d.undone_at IS NULL))",
        trains_on(2)
    );
    let rows: Vec<Row> = all(db, sql, [person.0.into(), today.into()]).await?;
    Ok(rows.into_iter().map(|row| row.person_id).collect())
}

/// A module assigned in a group that somebody is in.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Due {
    /// Who.
    pub person_id: PersonId,
    /// What to learn.
    pub module_id: ModuleId,
    /// Last day.
    pub due_on: NaiveDate,
}

/// What is due from a day on in the groups in use that people are in.
///
/// # Errors
/// When the database does not answer.
pub async fn due_of(
    db: &impl ConnectionTrait,
    persons: &[PersonId],
    from: NaiveDate,
) -> Result<Vec<Due>> {
    let backend = db.get_database_backend();
    // Raw: one text whatever the number of people.
    let sql = format!(
        "SELECT m.person_id, a.module_id, a.due_on FROM group_member m \
           JOIN training_group g ON g.group_id = m.group_id AND g.archived_at IS NULL \
           JOIN assignment a ON a.group_id = m.group_id AND a.withdrawn_at IS NULL \
         WHERE m.left_on IS NULL AND a.due_on >= $2 AND {}",
        in_uuid_list(backend, "m.person_id", 1)
    );
    let list = uuid_list(backend, persons.iter().map(|id| id.0));
    let values: [Value; 2] = [list, from.into()];
    all(db, sql, values).await
}

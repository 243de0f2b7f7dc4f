//! Statements about what is assigned, to whom, and who is excused.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    assignment, assignment_excuse,
    ids::{AccountId, AssignmentId, GroupId, LessonId, ModuleId, PersonId},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, sea_query::OnConflict,
};

use super::all;
use crate::{
    db::{in_uuid_list, uuid_list},
    error::{Error, Result},
    training::assigned::Assignment,
};

/// What stands assigned in a group.
///
/// # Errors
/// When the database does not answer.
pub async fn assignments(
    db: &impl ConnectionTrait,
    group: GroupId,
) -> Result<Vec<assignment::Model>> {
    let found = assignment::Entity::find()
        .filter(assignment::Column::GroupId.eq(group))
        .filter(assignment::Column::WithdrawnAt.is_null())
        .all(db)
        .await?;
    Ok(found)
}

/// An assignment, withdrawn or not.
///
/// # Errors
/// When the database does not answer.
pub async fn assignment(
    db: &impl ConnectionTrait,
    id: AssignmentId,
) -> Result<Option<assignment::Model>> {
    Ok(assignment::Entity::find_by_id(id).one(db).await?)
}

/// Writes assignments.
///
/// # Errors
/// When the database does not answer, or one stands already.
pub async fn insert_assignments(
    tx: &impl ConnectionTrait,
    new: Vec<assignment::Model>,
) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.into_iter().map(IntoActiveModel::into_active_model);
    assignment::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Sets another last day and another note.
///
/// # Errors
/// When the database does not answer.
pub async fn change_assignment(
    tx: &impl ConnectionTrait,
    id: AssignmentId,
    (due_on, note): (NaiveDate, Option<String>),
    by: AccountId,
) -> Result<()> {
    let changed = assignment::ActiveModel {
        assignment_id: Set(id),
        due_on: Set(due_on),
        note: Set(note),
        assigned_by: Set(by),
        ..Default::default()
    };
    assignment::Entity::update(changed)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Takes an assignment back.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw_assignment(
    tx: &impl ConnectionTrait,
    id: AssignmentId,
    at: DateTime<Utc>,
) -> Result<()> {
    let withdrawn = assignment::ActiveModel {
        assignment_id: Set(id),
        withdrawn_at: Set(Some(at)),
        ..Default::default()
    };
    assignment::Entity::update(withdrawn)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// The excuse of somebody from an assignment that stands.
///
/// # Errors
/// When the database does not answer.
pub async fn excuse(
    db: &impl ConnectionTrait,
    assignment: AssignmentId,
    person: PersonId,
) -> Result<Option<assignment_excuse::Model>> {
    let found = assignment_excuse::Entity::find()
        .filter(assignment_excuse::Column::AssignmentId.eq(assignment))
        .filter(assignment_excuse::Column::PersonId.eq(person))
        .filter(assignment_excuse::Column::TakenBackAt.is_null())
        .one(db)
        .await?;
    Ok(found)
}

/// Writes an excuse.
///
/// # Errors
/// When the database does not answer, or one stands already.
pub async fn insert_excuse(tx: &impl ConnectionTrait, new: assignment_excuse::Model) -> Result<()> {
    let there = OnConflict::column(assignment_excuse::Column::AssignmentExcuseId)
        .do_nothing()
        .to_owned();
    assignment_excuse::Entity::insert(new.into_active_model())
        .on_conflict(there)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Takes an excuse back.
///
/// # Errors
/// When the database does not answer.
pub async fn take_back_excuse(
    tx: &impl ConnectionTrait,
    row: assignment_excuse::Model,
    at: DateTime<Utc>,
) -> Result<()> {
    let ended = assignment_excuse::ActiveModel {
        assignment_excuse_id: Set(row.assignment_excuse_id),
        taken_back_at: Set(Some(at)),
        ..Default::default()
    };
    assignment_excuse::Entity::update(ended)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Who is in a group, each as the person whose record counts.
///
/// # Errors
/// When the database does not answer.
pub async fn learners_of(db: &impl ConnectionTrait, group: GroupId) -> Result<BTreeSet<PersonId>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
    }
    let sql = "SELECT COALESCE(s.canonical_id, m.person_id) AS person_id FROM group_member m \
                 LEFT JOIN same_as s ON s.person_id = m.person_id AND s.undone_at IS NULL \
               WHERE m.group_id = $1 AND m.left_on IS NULL";
    let found = all::<Row>(db, sql.to_owned(), [group.0.into()]).await?;
    Ok(found.into_iter().map(|row| row.person_id).collect())
}

/// The persons whose records count for people: themselves, or whom they were merged into.
///
/// # Errors
/// When the database does not answer.
pub async fn counted_as(
    db: &impl ConnectionTrait,
    persons: &[PersonId],
) -> Result<BTreeSet<PersonId>> {
    #[derive(FromQueryResult)]
    struct Row {
        person_id: PersonId,
    }
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT COALESCE(s.canonical_id, p.person_id) AS person_id FROM person p \
           LEFT JOIN same_as s ON s.person_id = p.person_id AND s.undone_at IS NULL WHERE {}",
        in_uuid_list(backend, "p.person_id", 1)
    );
    let list = uuid_list(backend, persons.iter().map(|id| id.0));
    let found = all::<Row>(db, sql, [list]).await?;
    Ok(found.into_iter().map(|row| row.person_id).collect())
}

/// Something assigned to a person, with the group it was assigned in.
#[derive(Clone, Debug)]
pub struct OwnAssignment {
    /// What is assigned. Of those excused it holds only her.
    pub assignment: Assignment,
    /// As the trainer calls the group.
    pub group_name: String,
    /// The group.
    pub group: GroupId,
}

/// What is assigned to a person, or in the groups in use that she is in, under the record that counts for her.
///
/// # Errors
/// When the database does not answer, or holds what cannot be read.
pub async fn assigned_to(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<OwnAssignment>> {
    #[derive(FromQueryResult)]
    struct Row {
        assignment_id: AssignmentId,
        module_id: ModuleId,
        lesson_id: Option<LessonId>,
        due_on: NaiveDate,
        assigned_at: DateTime<Utc>,
        note: Option<String>,
        releases: Option<String>,
        group_id: GroupId,
        group_name: String,
        excuse: Option<String>,
    }
    // Raw: one round trip over six tables, and the same text on both engines. A person merged into her counts as her.
    let sql = "SELECT DISTINCT a.assignment_id, a.module_id, a.lesson_id, a.due_on, a.assigned_at, a.note, a.releases, \
          g.group_id, g.name AS group_name, e.reason AS excuse \
        FROM group_member m \
          JOIN training_group g ON g.group_id = m.group_id AND g.archived_at IS NULL \
          JOIN assignment a ON a.group_id = m.group_id AND a.withdrawn_at IS NULL \
            AND (a.person_id IS NULL OR a.person_id = m.person_id) \
          LEFT JOIN assignment_excuse e ON e.assignment_id = a.assignment_id AND e.person_id = m.person_id \
            AND e.taken_back_at IS NULL \
        WHERE m.left_on IS NULL AND (m.person_id = $1 OR m.person_id IN \
          (SELECT s.person_id FROM same_as s WHERE s.canonical_id = $1 AND s.undone_at IS NULL)) \
        ORDER BY a.due_on, a.assignment_id";
    let mut found: Vec<OwnAssignment> = Vec::new();
    for row in all::<Row>(db, sql.to_owned(), [person.0.into()]).await? {
        let excused = row.excuse.map(|reason| (person, reason));
        let assignment = Assignment {
            id: row.assignment_id,
            module: row.module_id,
            lesson: row.lesson_id,
            person: None,
            due_on: row.due_on,
            assigned_at: row.assigned_at,
            note: row.note,
            releases: releases(row.releases.as_deref())?,
            excused: excused.into_iter().collect(),
        };
        match found.last_mut() {
            Some(last) if last.assignment.id == assignment.id => {
                last.assignment.excused.extend(assignment.excused);
            }
            _ => found.push(OwnAssignment {
                assignment,
                group_name: row.group_name,
                group: row.group_id,
            }),
        }
    }
    Ok(found)
}

/// The releases an assignment pins, as they are kept.
pub fn releases(kept: Option<&str>) -> Result<Vec<entity::ids::ReleaseId>> {
    match kept {
        None => Ok(Vec::new()),
        Some(text) => serde_json::from_str(text).map_err(Error::internal),
    }
}

//! Every statement about groups and their members.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    group_member,
    group_member::LeftReason,
    ids::{AccountId, AreaId, AtomId, GroupId, GroupMemberId, PersonId},
    training_group,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel,
    QueryFilter, QuerySelect, Statement, Value, sea_query::OnConflict,
};

use super::join_code::JoinCode;
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

mod area_change;
mod assignments;
mod concerned;
mod follow_ups;
mod held;
mod leaders;
mod matching;
mod merges;
mod revisions;
mod rosters;
mod sessions;
mod telling;
mod visits;

pub use area_change::{Stranded, count_groups, groups_on_ended, move_group};
pub use assignments::*;
pub use concerned::assigned_lesson;
pub use follow_ups::*;
pub use held::{groups_joined, hand_over};
pub use leaders::*;
pub use matching::referable;
pub use merges::*;
pub use revisions::{
    has_learned_more, note_learned, note_members, note_shape, revision, revisions,
};
pub use rosters::{KnownMember, known_members, rosters};
pub use sessions::*;
pub use telling::*;
pub use visits::*;

/// Whether an account, the parameter `$n`, leads the group `g`, alone or with others.
fn leads(group: &str, account: usize) -> String {
    format!(
        "({group}.trainer_account_id = ${account} OR EXISTS (SELECT 1 FROM group_trainer t \
           WHERE t.group_id = {group}.group_id AND t.account_id = ${account} AND t.removed_at IS NULL))"
    )
}

/// A standing as a trainer that holds on the day `$n`.
fn trains_on(day: usize) -> String {
    format!("s.kind = 'TRAINER' AND s.from_on <= ${day} AND (s.to_on IS NULL OR s.to_on > ${day})")
}

async fn all<R: FromQueryResult>(
    db: &impl ConnectionTrait,
    sql: String,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<R>> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(R::find_by_statement(statement).all(db).await?)
}

/// Writes a group. Answers whether its id and its code were free; when not, nothing was written.
///
/// # Errors
/// When the database does not answer.
pub async fn insert_group(db: &impl ConnectionTrait, new: training_group::Model) -> Result<bool> {
    let inserted = training_group::Entity::insert(new.into_active_model())
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(inserted > 0)
}

/// A group, put away or not.
///
/// # Errors
/// When the database does not answer.
pub async fn group(
    db: &impl ConnectionTrait,
    id: GroupId,
) -> Result<Option<training_group::Model>> {
    Ok(training_group::Entity::find_by_id(id).one(db).await?)
}

/// A group in use, held until the transaction ends, so that changes of one group follow each other.
///
/// # Errors
/// When the database does not answer.
pub async fn group_to_change(
    tx: &impl ConnectionTrait,
    id: GroupId,
) -> Result<Option<training_group::Model>> {
    let found = training_group::Entity::find_by_id(id)
        .filter(training_group::Column::ArchivedAt.is_null())
        .lock_exclusive()
        .one(tx)
        .await?;
    Ok(found)
}

/// A group in use in a list: its id, its area, and when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Listed {
    /// The group.
    pub group_id: GroupId,
    /// Where it meets.
    pub area_id: AreaId,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// The groups in use of a trainer, in no order.
///
/// # Errors
/// When the database does not answer.
pub async fn groups_of(db: &impl ConnectionTrait, trainer: AccountId) -> Result<Vec<Listed>> {
    let sql = format!(
        "SELECT g.group_id, g.area_id, g.created_at FROM training_group g \
         WHERE g.archived_at IS NULL AND {}",
        leads("g", 1)
    );
    all(db, sql, [trainer.0.into()]).await
}

/// Who is in a group.
///
/// # Errors
/// When the database does not answer.
pub async fn members(db: &impl ConnectionTrait, group: GroupId) -> Result<HashSet<PersonId>> {
    let found: Vec<PersonId> = group_member::Entity::find()
        .select_only()
        .column(group_member::Column::PersonId)
        .filter(group_member::Column::GroupId.eq(group))
        .filter(group_member::Column::LeftOn.is_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(found.into_iter().collect())
}

/// Where those of the persons who exist are counted now.
///
/// # Errors
/// When the database does not answer.
pub async fn homes(
    db: &impl ConnectionTrait,
    persons: &[PersonId],
) -> Result<BTreeMap<PersonId, AtomId>> {
    #[derive(FromQueryResult)]
    struct Home {
        person_id: PersonId,
        atom_id: AtomId,
    }
    // Raw, because the text must not change with the length of the list.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT person_id, atom_id FROM residence WHERE to_on IS NULL AND {}",
        in_uuid_list(backend, "person_id", 1)
    );
    let list = uuid_list(backend, persons.iter().map(|id| id.0));
    let found = all::<Home>(db, sql, [list]).await?;
    let homes = found.into_iter().map(|home| (home.person_id, home.atom_id));
    Ok(homes.collect())
}

/// Writes memberships.
///
/// # Errors
/// When the database does not answer, or somebody is in the group already.
pub async fn insert_members(
    tx: &impl ConnectionTrait,
    new: Vec<group_member::Model>,
) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = new.into_iter().map(IntoActiveModel::into_active_model);
    group_member::Entity::insert_many(rows)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Every time a person was in a group.
///
/// # Errors
/// When the database does not answer.
pub async fn memberships(
    db: &impl ConnectionTrait,
    group: GroupId,
    person: PersonId,
) -> Result<Vec<group_member::Model>> {
    let found = group_member::Entity::find()
        .filter(group_member::Column::GroupId.eq(group))
        .filter(group_member::Column::PersonId.eq(person))
        .all(db)
        .await?;
    Ok(found)
}

/// Ends a membership.
///
/// # Errors
/// When the database does not answer.
pub async fn end_membership(
    tx: &impl ConnectionTrait,
    id: GroupMemberId,
    left_on: NaiveDate,
    reason: Option<LeftReason>,
) -> Result<()> {
    let ended = group_member::ActiveModel {
        group_member_id: Set(id),
        left_on: Set(Some(left_on)),
        left_reason: Set(reason),
        ..Default::default()
    };
    group_member::Entity::update(ended)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Notes where somebody was moved to.
///
/// # Errors
/// When the database does not answer.
pub async fn note_moved(tx: &impl ConnectionTrait, id: GroupMemberId, to: GroupId) -> Result<()> {
    let moved = group_member::ActiveModel {
        group_member_id: Set(id),
        moved_to: Set(Some(to)),
        ..Default::default()
    };
    group_member::Entity::update(moved)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// A group somebody wants to join, with one area its trainer stands on; a row for each such area.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Invitation {
    /// The group.
    pub group_id: GroupId,
    /// Where it meets.
    pub area_id: AreaId,
    /// Where its trainer may run groups.
    pub standing_area_id: AreaId,
}

/// The group in use of a code, while its trainer is one.
///
/// # Errors
/// When the database does not answer.
pub async fn invitations(
    db: &impl ConnectionTrait,
    code: &JoinCode,
    today: NaiveDate,
) -> Result<Vec<Invitation>> {
    let sql = format!(
        "SELECT g.group_id, g.area_id, s.area_id AS standing_area_id FROM training_group g \
           JOIN standing s ON s.account_id = g.trainer_account_id \
         WHERE g.join_code = $1 AND g.archived_at IS NULL AND {}",
        trains_on(2)
    );
    all(db, sql, [code.as_str().into(), today.into()]).await
}

/// A person in a group of a trainer's, with one area the trainer stands on; a row for each such area.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Led {
    /// Who.
    pub person_id: PersonId,
    /// Where the group meets.
    pub area_id: AreaId,
    /// Where the trainer may run groups.
    pub standing_area_id: AreaId,
}

/// Those of the persons who are in groups of an account's, while it is a trainer's.
///
/// # Errors
/// When the database does not answer.
pub async fn led(
    db: &impl ConnectionTrait,
    trainer: AccountId,
    persons: &[PersonId],
    today: NaiveDate,
) -> Result<Vec<Led>> {
    // Raw, because the text must not change with the length of the list.
    let backend = db.get_database_backend();
    let sql = format!(
        "SELECT DISTINCT m.person_id, g.area_id, s.area_id AS standing_area_id FROM training_group g \
           JOIN standing s ON s.account_id = $1 \
           JOIN group_member m ON m.group_id = g.group_id \
         WHERE {} AND g.archived_at IS NULL AND {} AND m.left_on IS NULL AND {}",
        leads("g", 1),
        trains_on(2),
        in_uuid_list(backend, "m.person_id", 3)
    );
    let list = uuid_list(backend, persons.iter().map(|id| id.0));
    all(db, sql, [trainer.0.into(), today.into(), list]).await
}

//! Statements on a group's counter of changes.

use entity::{
    ids::{GroupId, GroupMemberId},
    training_group,
};
use sea_orm::{ConnectionTrait, EntityTrait, FromQueryResult, QuerySelect, Statement, Value};

use super::all;
use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// A group's counter beside one of its memberships, also those that ended.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Revisions {
    /// The counter.
    pub group_revision: i64,
    /// When its name or what is assigned last changed.
    pub shape_revision: i64,
    /// A membership; absent when the group never had any.
    pub group_member_id: Option<GroupMemberId>,
    /// When that last changed.
    pub revision: Option<i64>,
}

/// The counter of a group, once for each membership and at least once.
///
/// # Errors
/// When the database does not answer.
pub async fn revisions(db: &impl ConnectionTrait, group: GroupId) -> Result<Vec<Revisions>> {
    let sql = "SELECT g.revision AS group_revision, g.shape_revision, m.group_member_id, m.revision \
               FROM training_group g LEFT JOIN group_member m ON m.group_id = g.group_id \
               WHERE g.group_id = $1";
    all(db, sql.to_owned(), [group.0.into()]).await
}

/// The counter of a group; nothing when there is no such group.
///
/// # Errors
/// When the database does not answer.
pub async fn revision(db: &impl ConnectionTrait, group: GroupId) -> Result<Option<i64>> {
    let query = training_group::Entity::find_by_id(group)
        .select_only()
        .column(training_group::Column::Revision);
    Ok(query.into_tuple().one(db).await?)
}

async fn run(db: &impl ConnectionTrait, sql: String, values: Vec<Value>) -> Result<u64> {
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(db.execute_raw(statement).await?.rows_affected())
}

/// Notes that memberships of a group changed.
///
/// # Errors
/// When the database does not answer.
pub async fn note_members(
    tx: &impl ConnectionTrait,
    group: GroupId,
    members: &[GroupMemberId],
) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let raise = "UPDATE training_group SET revision = revision + 1 WHERE group_id = $1";
    run(tx, raise.to_owned(), vec![group.0.into()]).await?;
    let backend = tx.get_database_backend();
    let mark = format!(
        "UPDATE group_member SET revision = \
           (SELECT g.revision FROM training_group g WHERE g.group_id = group_member.group_id) \
         WHERE {}",
        in_uuid_list(backend, "group_member_id", 1)
    );
    let list = uuid_list(backend, members.iter().map(|id| id.0));
    run(tx, mark, vec![list]).await?;
    Ok(())
}

/// Notes that what a group is to learn changed.
///
/// # Errors
/// When the database does not answer.
pub async fn note_shape(tx: &impl ConnectionTrait, group: GroupId) -> Result<()> {
    let raise = "UPDATE training_group SET revision = revision + 1, shape_revision = revision + 1 \
                 WHERE group_id = $1";
    run(tx, raise.to_owned(), vec![group.0.into()]).await?;
    Ok(())
}

/// Members of a group whose record has changed since the group last noted it.
const MOVED: &str = "left_on IS NULL AND learned_revision < \
    (SELECT l.revision FROM learner l WHERE l.person_id = group_member.person_id)";

/// Whether a member of a group has learned something that the group's counter does not tell yet.
///
/// # Errors
/// When the database does not answer.
pub async fn has_learned_more(db: &impl ConnectionTrait, group: GroupId) -> Result<bool> {
    let sql = format!("SELECT 1 FROM group_member WHERE group_id = $1 AND {MOVED} LIMIT 1");
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, sql, [group.0.into()]);
    Ok(db.query_one_raw(statement).await?.is_some())
}

/// Notes in a group what its members have learned since it was last asked.
///
/// # Errors
/// When the database does not answer.
pub async fn note_learned(tx: &impl ConnectionTrait, group: GroupId) -> Result<()> {
    let raise = "UPDATE training_group SET revision = revision + 1 WHERE group_id = $1";
    run(tx, raise.to_owned(), vec![group.0.into()]).await?;
    let mark = format!(
        "UPDATE group_member SET \
           revision = (SELECT g.revision FROM training_group g WHERE g.group_id = group_member.group_id), \
           learned_revision = (SELECT l.revision FROM learner l WHERE l.person_id = group_member.person_id) \
         WHERE group_id = $1 AND {MOVED}"
    );
    run(tx, mark, vec![group.0.into()]).await?;
    Ok(())
}

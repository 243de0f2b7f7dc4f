//! Who cares for a child, and the lock under which everything that follows from all of them is worked out.

use std::collections::{BTreeMap, BTreeSet};

use entity::ids::{ChildId, PersonId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement};

use crate::{
    db::{in_uuid_list, uuid_list},
    error::Result,
};

/// Holds children until the transaction ends, always in the same order, so that two of their caregivers follow each
/// other. Answers the bucket of each.
///
/// # Errors
/// When the database does not answer.
pub async fn hold_children(
    tx: &impl ConnectionTrait,
    children: &BTreeSet<ChildId>,
) -> Result<BTreeMap<ChildId, i32>> {
    #[derive(FromQueryResult)]
    struct Row {
        child_id: ChildId,
        bucket: i32,
    }
    let backend = tx.get_database_backend();
    // Raw: a list of any length under one text, and a lock that SQLite, with its one writer, does not know.
    let lock = match backend {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    };
    let sql = format!(
        "SELECT child_id, bucket FROM child WHERE {} ORDER BY child_id{lock}",
        in_uuid_list(backend, "child_id", 1)
    );
    let list = uuid_list(backend, children.iter().map(|child| child.0));
    let statement = Statement::from_sql_and_values(backend, sql, [list]);
    let rows = Row::find_by_statement(statement).all(tx).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.child_id, row.bucket))
        .collect())
}

/// Everybody who cares, or cared, for children.
///
/// # Errors
/// When the database does not answer.
pub async fn carers(
    db: &impl ConnectionTrait,
    children: &BTreeSet<ChildId>,
) -> Result<BTreeMap<ChildId, BTreeSet<PersonId>>> {
    #[derive(FromQueryResult)]
    struct Row {
        child_id: ChildId,
        person_id: PersonId,
    }
    let backend = db.get_database_backend();
    // Raw for the same reason.
    let sql = format!(
        "SELECT child_id, person_id FROM caregiving WHERE {}",
        in_uuid_list(backend, "child_id", 1)
    );
    let list = uuid_list(backend, children.iter().map(|child| child.0));
    let statement = Statement::from_sql_and_values(backend, sql, [list]);
    let mut carers: BTreeMap<ChildId, BTreeSet<PersonId>> = BTreeMap::new();
    for row in Row::find_by_statement(statement).all(db).await? {
        carers
            .entry(row.child_id)
            .or_default()
            .insert(row.person_id);
    }
    Ok(carers)
}

//! Statements that know of merged duplicates: their events count for the canonical person.

use entity::{ids::PersonId, learner, learning_event};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, FromQueryResult, Statement};

use super::{Record, read_record};
use crate::error::Result;

/// Every event that counts for a person.
pub(super) async fn events(
    db: &impl ConnectionTrait,
    person: PersonId,
) -> Result<Vec<learning_event::Model>> {
    // Raw, because own events, those of duplicates, and none for a duplicate must be one statement.
    // `CROSS JOIN` says to SQLite where to begin; to PostgreSQL it says nothing.
    let sql = "WITH who (person_id) AS (SELECT $1 WHERE NOT EXISTS \
            (SELECT 1 FROM same_as s WHERE s.person_id = $1 AND s.undone_at IS NULL) \
          UNION ALL SELECT s.person_id FROM same_as s WHERE s.canonical_id = $1 AND s.undone_at IS NULL) \
        SELECT e.* FROM who w CROSS JOIN learning_event e WHERE e.person_id = w.person_id";
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), sql, [person.0.into()]);
    Ok(learning_event::Model::find_by_statement(statement)
        .all(db)
        .await?)
}

/// The row that a person's events count in, hers or that of whom she was merged into, held until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn record_of_events(
    tx: &DatabaseTransaction,
    person: PersonId,
) -> Result<Option<Record>> {
    let backend = tx.get_database_backend();
    // SQLite has one writer and knows no row locks.
    let lock = match backend {
        DbBackend::Postgres => " FOR UPDATE OF l",
        _ => "",
    };
    let sql = format!(
        "SELECT l.* FROM learner l WHERE l.person_id = COALESCE((SELECT s.canonical_id FROM same_as s \
           WHERE s.person_id = $1 AND s.undone_at IS NULL), $1){lock}"
    );
    let statement = Statement::from_sql_and_values(backend, sql, [person.0.into()]);
    let found = learner::Model::find_by_statement(statement).one(tx).await?;
    found.map(read_record).transpose()
}

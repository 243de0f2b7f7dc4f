//! The row that says what the database is for, and what the engine tells of itself.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{coverage_delta, installation, learning_event};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryOrder, Statement, sea_query::OnConflict,
};

pub mod keys;

use super::Purpose;
use crate::error::Result;

#[derive(FromQueryResult)]
struct Counted {
    tables: i64,
}

/// Tables in the database.
pub async fn count_tables(db: &impl ConnectionTrait) -> Result<i64> {
    count(db, "").await
}

/// The purpose of a database that may lack the table for it.
pub async fn purpose_if_known(db: &impl ConnectionTrait) -> Result<Option<Purpose>> {
    if count(db, "installation").await? == 0 {
        Ok(None)
    } else {
        purpose(db).await
    }
}

async fn count(db: &impl ConnectionTrait, name: &str) -> Result<i64> {
    // Raw: each engine keeps the list of its tables elsewhere.
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT COUNT(*) AS tables FROM pg_tables WHERE schemaname = current_schema() AND ($1 = '' OR tablename = $1)"
        }
        _ => {
            "SELECT COUNT(*) AS tables FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
             AND ($1 = '' OR name = $1)"
        }
    };
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [name.into()]);
    Ok(Counted::find_by_statement(statement)
        .one(db)
        .await?
        .map_or(0, |counted| counted.tables))
}

/// What the database was marked as.
pub async fn purpose(db: &impl ConnectionTrait) -> Result<Option<Purpose>> {
    let row = installation::Entity::find_by_id(1).one(db).await?;
    Ok(row.map(|row| {
        if row.purpose == "DEMO" {
            Purpose::Demo
        } else {
            Purpose::Production
        }
    }))
}

/// Marks the database; the first mark stays.
pub async fn mark(db: &impl ConnectionTrait, purpose: Purpose) -> Result<()> {
    let word = match purpose {
        Purpose::Demo => "DEMO",
        Purpose::Production => "PRODUCTION",
    };
    let row = installation::ActiveModel {
        installation_id: Set(1),
        purpose: Set(word.to_owned()),
    };
    installation::Entity::insert(row)
        .on_conflict(
            OnConflict::column(installation::Column::InstallationId)
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Copies a SQLite database into a file.
pub async fn copy_into(db: &impl ConnectionTrait, file: &str) -> Result<()> {
    // Raw: a command of SQLite's own. It reads one instant and blocks no writer.
    let backend = db.get_database_backend();
    let statement = Statement::from_sql_and_values(backend, "VACUUM INTO $1", [file.into()]);
    db.execute_raw(statement).await?;
    Ok(())
}

/// What the engine finds damaged.
pub async fn faults(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    // PostgreSQL checks its pages as it reads them; there a table that cannot be read to its end is what is looked for.
    let statements = match db.get_database_backend() {
        DbBackend::Postgres => {
            db.execute_unprepared(
                "SELECT COUNT(*) FROM learning_event; SELECT COUNT(*) FROM person",
            )
            .await?;
            return Ok(Vec::new());
        }
        _ => [
            "SELECT integrity_check AS line FROM pragma_integrity_check WHERE integrity_check <> 'ok' LIMIT 10",
            "SELECT 'a row of ' || \"table\" || ' points at nothing in ' || parent AS line \
             FROM pragma_foreign_key_check LIMIT 10",
        ],
    };
    let mut found = Vec::new();
    for sql in statements {
        let rows = db
            .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
            .await?;
        for row in rows {
            found.push(row.try_get("", "line")?);
        }
    }
    Ok(found)
}

/// What time it is where the database is.
pub async fn clock_of(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let statement =
        Statement::from_string(db.get_database_backend(), "SELECT clock_timestamp() AS now");
    let row = db.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "now")).transpose()?)
}

/// When the newest event was received.
pub async fn newest_event(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    let newest = learning_event::Entity::find()
        .order_by_desc(learning_event::Column::ReceivedAt)
        .one(db)
        .await?;
    Ok(newest.map(|event| event.received_at))
}

/// Changes of counts that are not yet folded.
pub async fn count_unfolded(db: &impl ConnectionTrait, today: NaiveDate) -> Result<i64> {
    let waiting = coverage_delta::Entity::find()
        .filter(coverage_delta::Column::OnDay.lte(today))
        .count(db)
        .await?;
    i64::try_from(waiting).map_err(crate::error::Error::internal)
}

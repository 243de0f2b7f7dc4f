//! The row that says what the database is for.

use entity::installation;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Statement,
    sea_query::OnConflict,
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

//! Every step can be taken and taken back on both databases, they end with the same tables, and servers that
//! start at once do not trip over each other.

use std::collections::BTreeSet;

use migration::{Migrator, lease};
use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::prelude::*;
use vun::{config::DatabaseSettings, db::Db};

use crate::{
    app::{TestApp, on_both, on_both_empty},
    databases::Engine,
    tables::{columns, names, structure},
};

/// The tables without those that remember which steps were taken.
async fn tables(app: &TestApp) -> BTreeSet<String> {
    let bookkeeping = |line: &String| {
        ["seaql_migrations", "migration_lease"]
            .iter()
            .any(|table| line.contains(table))
    };
    let (structure, names) = (structure(&app.db).await, names(&app.db).await);
    structure
        .into_iter()
        .chain(names)
        .filter(|line| !bookkeeping(line))
        .collect()
}

fn difference(one: &BTreeSet<String>, other: &BTreeSet<String>) -> String {
    let only = |this: &BTreeSet<String>, that: &BTreeSet<String>, sign: &str| -> String {
        let lines = this.difference(that);
        lines.map(|line| format!("\n{sign} {line}")).collect()
    };
    only(one, other, "-") + &only(other, one, "+")
}

#[tokio::test]
async fn every_step_goes_up_and_down_and_up_again() {
    on_both_empty(async |app| {
        let db = app.db.write();
        let steps = Migrator::migrations();
        let up = async || lease::up::<Migrator>(db, Some(1)).await;
        let mut seen = vec![BTreeSet::new()];
        for step in &steps {
            up().await
                .unwrap_or_else(|error| panic!("{} up: {error}", step.name()));
            seen.push(tables(&app).await);
        }
        for (step, before) in steps.iter().zip(&seen).rev() {
            let down = migration::down(db, 1).await;
            down.unwrap_or_else(|error| panic!("{} down: {error}", step.name()));
            let left = difference(before, &tables(&app).await);
            assert!(
                left.is_empty(),
                "{} does not take back all it made:{left}",
                step.name()
            );
        }
        for (step, after) in steps.iter().zip(&seen[1..]) {
            up().await
                .unwrap_or_else(|error| panic!("{} up again: {error}", step.name()));
            let changed = difference(after, &tables(&app).await);
            assert!(
                changed.is_empty(),
                "{} makes something else the second time:{changed}",
                step.name()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn both_databases_end_with_the_same_tables_and_names() {
    let found = std::sync::Mutex::new(Vec::new());
    on_both(async |app| {
        let tables = tables(&app).await;
        assert!(tables.iter().any(|line| line.starts_with("foreign key ")));
        found.lock().unwrap().push(tables);
    })
    .await;
    let found = found.into_inner().unwrap();
    if let [sqlite, postgres] = &found[..] {
        let differs = difference(sqlite, postgres);
        assert!(
            differs.is_empty(),
            "only on SQLite (-), only on PostgreSQL (+):{differs}"
        );
    }
}

#[tokio::test]
async fn every_key_check_and_index_is_named_by_its_kind() {
    on_both(async |app| {
        let unnamed: Vec<_> = names(&app.db)
            .await
            .into_iter()
            .filter(|name| {
                !["uq_", "ck_", "ix_"]
                    .iter()
                    .any(|kind| name.starts_with(kind))
            })
            .collect();
        assert!(unnamed.is_empty(), "{unnamed:?}");
    })
    .await;
}

#[tokio::test]
async fn servers_that_start_at_once_migrate_once() {
    on_both_empty(async |app| {
        let server = async || {
            let db = Db::connect(&app.settings).await.unwrap();
            let outcome = lease::up::<Sample>(db.write(), None).await;
            db.close().await.unwrap();
            outcome.unwrap();
        };
        tokio::join!(server(), server(), server(), server());
        assert!(columns(&app.db).await.contains("first_sample.note"));
        let taken = Sample::get_applied_migrations(app.db.write())
            .await
            .unwrap();
        assert_eq!(taken.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_step_that_fails_leaves_nothing_of_its_turn() {
    on_both_empty(async |app| {
        let error = lease::up::<Broken>(app.db.write(), None).await.unwrap_err();
        assert!(error.to_string().contains("broken on purpose"), "{error}");
        assert_eq!(columns(&app.db).await, BTreeSet::new());
        // The lease is free again.
        lease::up::<Sample>(app.db.write(), None).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_step_may_take_longer_than_any_request() {
    on_both_empty(async |app| {
        if app.engine == Engine::Postgres {
            // One connection, so that the step meets the setting.
            let settings = DatabaseSettings {
                connections: 1,
                ..app.settings.clone()
            };
            let server = Db::connect(&settings).await.unwrap();
            let short = "SET statement_timeout = '20ms'";
            server.write().execute_unprepared(short).await.unwrap();
            lease::up::<Slow>(server.write(), None).await.unwrap();
            server.close().await.unwrap();
        }
    })
    .await;
}

/// Two steps that make a table each.
struct Sample;
/// The same, but the second fails.
struct Broken;
/// One step of PostgreSQL that takes 200 ms.
struct Slow;

struct Step {
    name: &'static str,
    sql: &'static str,
}

const FIRST: Step = Step {
    name: "m0001_first",
    sql: "CREATE TABLE first_sample (note text NOT NULL)",
};
const SECOND: Step = Step {
    name: "m0002_second",
    sql: "CREATE TABLE second_sample (note text NOT NULL)",
};

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if self.sql.is_empty() {
            return Err(DbErr::Custom("broken on purpose".to_owned()));
        }
        let made = manager.get_connection().execute_unprepared(self.sql).await;
        made.map(|_| ())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

impl MigratorTrait for Sample {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(FIRST), Box::new(SECOND)]
    }
}

impl MigratorTrait for Broken {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let second = Step { sql: "", ..SECOND };
        vec![Box::new(FIRST), Box::new(second)]
    }
}

impl MigratorTrait for Slow {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let sql = "SELECT pg_sleep(0.2)";
        vec![Box::new(Step { sql, ..FIRST })]
    }
}

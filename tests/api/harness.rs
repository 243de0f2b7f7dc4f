//! The harness keeps its own promises: a database to itself for every test, the same contents on both engines.

use sea_orm::{ConnectionTrait, Statement};

use crate::app::{TestApp, on_both, on_both_empty};
use crate::databases::{Engine, engines};

async fn count(app: &TestApp, table: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = app
        .db
        .read()
        .query_one_raw(Statement::from_string(app.db.backend(), sql))
        .await;
    row.unwrap().unwrap().try_get("", "n").unwrap()
}

#[tokio::test]
async fn what_one_test_writes_no_other_sees() {
    for _ in 0..2 {
        on_both(async |app| {
            let made = "CREATE TABLE only_here (n integer NOT NULL)";
            app.db.write().execute_unprepared(made).await.unwrap();
            assert_eq!(count(&app, "only_here").await, 0);
        })
        .await;
    }
}

#[tokio::test]
async fn a_shipped_database_is_migrated_and_an_empty_one_is_empty() {
    on_both(async |app| assert_eq!(count(&app, "migration_lease").await, 1)).await;
    on_both_empty(async |app| assert!(crate::tables::columns(&app.db).await.is_empty())).await;
}

#[tokio::test]
async fn every_statement_is_counted() {
    on_both(async |app| {
        let (_, sent) = app
            .statements_of(async || {
                count(&app, "migration_lease").await;
                count(&app, "seaql_migrations").await;
            })
            .await;
        assert_eq!(sent, 2);
        assert_eq!(app.clock.today().to_string(), "2026-11-22");
    })
    .await;
}

#[tokio::test]
async fn a_body_runs_once_on_each_engine_of_this_machine() {
    let ran = std::sync::Mutex::new(Vec::new());
    on_both(async |app| ran.lock().unwrap().push(app.engine)).await;
    assert_eq!(*ran.lock().unwrap(), engines());
    assert_eq!(engines()[0], Engine::Sqlite);
}

#[tokio::test]
#[should_panic(expected = "a failure inside")]
async fn a_failing_body_fails_the_test() {
    on_both_empty(async |_| panic!("a failure inside")).await;
}

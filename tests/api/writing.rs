//! Transactions that run at the same time: each is kept or taken back by itself, whoever commits for whom.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, Statement};
use vun::error::{Error, Result};

use crate::app::{TestApp, on_both_empty};

async fn table(app: &TestApp) {
    let made = "CREATE TABLE written (n integer PRIMARY KEY)";
    app.db
        .write()
        .execute_unprepared(made)
        .await
        .expect("a table");
}

/// Writes a number, then fails if asked to.
async fn write(app: &TestApp, n: i32, fails: bool) -> Result<()> {
    let written = app.db.tx(move |tx| {
        Box::pin(async move {
            tx.execute_unprepared(&format!("INSERT INTO written VALUES ({n})"))
                .await?;
            tokio::task::yield_now().await;
            if fails { Err(Error::NotFound) } else { Ok(()) }
        })
    });
    written.await
}

async fn kept(app: &TestApp) -> BTreeSet<i32> {
    let read = Statement::from_string(app.db.backend(), "SELECT n FROM written");
    let rows = app.db.write().query_all_raw(read).await.expect("rows");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a number"))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_at_once_those_that_fail_take_nobody_with_them() {
    on_both_empty(async |app: TestApp| {
        table(&app).await;
        let app = &app;
        let outcomes = join_all((0..100).map(|n| write(app, n, n % 3 == 0))).await;
        let succeeded: BTreeSet<i32> = (0..)
            .zip(&outcomes)
            .filter(|(_, done)| done.is_ok())
            .map(|(n, _)| n)
            .collect();
        assert_eq!(kept(app).await, succeeded);
        assert_eq!(succeeded.len(), 66);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_is_kept_though_others_hang_up_in_the_middle() {
    on_both_empty(async |app: TestApp| {
        table(&app).await;
        let app = &app;
        let answered = join_all((0..100).map(|n| async move {
            let patience = Duration::from_micros(if n % 4 == 0 { 300 } else { 10_000_000 });
            tokio::time::timeout(patience, write(app, n, false)).await
        }))
        .await;
        let answered: BTreeSet<i32> = (0..)
            .zip(&answered)
            .filter(|(_, done)| matches!(done, Ok(Ok(()))))
            .map(|(n, _)| n)
            .collect();
        let kept = kept(app).await;
        assert!(
            answered.is_subset(&kept),
            "{:?}",
            answered.difference(&kept)
        );
        assert!(answered.len() >= 75);
        // Nobody left a transaction open: the next one gets its turn.
        write(app, 1000, false).await.expect("written");
    })
    .await;
}

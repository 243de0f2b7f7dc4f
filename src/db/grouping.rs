//! SQLite commits in groups: those who write at the same time share one flush to the disk.
//!
//! Whoever has the turn works inside a savepoint of the group's transaction. With nobody behind her she commits;
//! otherwise she hands the open transaction on and queues again: by her second turn everybody who stood behind her
//! has added theirs, and she commits for all, unless one of them did.
//!
//! Invariant: a work is answered only after the commit that holds it; what fails takes back its savepoint alone.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicUsize, Ordering},
};

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::Mutex;

use super::Work;
use crate::error::Result;

/// Who writes, one after the other.
#[derive(Default)]
pub(super) struct Groups {
    turn: Mutex<Turn>,
    waiting: AtomicUsize,
}

#[derive(Default)]
struct Turn {
    /// The transaction that those before have left open.
    open: Option<DatabaseTransaction>,
    /// How many groups were begun; the open one is the last.
    begun: u64,
    /// The last groups that were committed. A group that is neither open nor here was lost, whatever happened to it.
    kept: VecDeque<u64>,
}

/// How many committed groups are remembered: far more than can be waited for.
const REMEMBERED: usize = 256;

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Groups {
    /// Runs a work in the group that is open, or in a new one. Nothing, when the group it succeeded in was not
    /// committed because of somebody else: the work can simply run again.
    pub(super) async fn run<T, F>(&self, writer: &DatabaseConnection, work: &F) -> Result<Option<T>>
    where
        F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
    {
        let waiting = Waiting::new(&self.waiting);
        let mut turn = self.turn.lock().await;
        drop(waiting);
        let group = match turn.open.take() {
            Some(open) => open,
            None => {
                turn.begun += 1;
                begin(writer).await?
            }
        };
        let number = turn.begun;
        // An error here, or hanging up meanwhile, drops the group: nobody in it was answered yet.
        let done = within(&group, work).await?;
        if self.waiting.load(Ordering::SeqCst) == 0 {
            turn.keep(group).await?;
            return done.map(Some);
        }
        turn.open = Some(group);
        drop(turn);
        let mut turn = self.turn.lock().await;
        if turn.begun == number
            && let Some(group) = turn.open.take()
        {
            turn.keep(group).await?;
        }
        done.map(|value| turn.kept.contains(&number).then_some(value))
    }
}

impl Turn {
    /// Commits the group begun last.
    async fn keep(&mut self, group: DatabaseTransaction) -> Result<()> {
        group.commit().await?;
        self.kept.push_back(self.begun);
        if self.kept.len() > REMEMBERED {
            self.kept.pop_front();
        }
        Ok(())
    }
}

async fn begin(writer: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    Ok(writer.begin_with_options(options).await?)
}

/// Runs a work inside a savepoint. The outer error says that the transaction around it is no longer sound.
async fn within<T, F>(
    group: &DatabaseTransaction,
    work: &F,
) -> std::result::Result<Result<T>, DbErr>
where
    F: for<'t> Fn(&'t DatabaseTransaction) -> Work<'t, T>,
{
    let savepoint = group.begin().await?;
    match work(&savepoint).await {
        Ok(value) => {
            savepoint.commit().await?;
            Ok(Ok(value))
        }
        Err(error) => {
            savepoint.rollback().await?;
            Ok(Err(error))
        }
    }
}

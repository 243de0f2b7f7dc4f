//! Who looked at or changed whose data: rows collected in the background and committed in groups.

use std::time::Duration;

use entity::{
    audit_log,
    ids::{AccountId, AuditId},
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::store;
use crate::{
    clock::Clock,
    db::Db,
    error::{Error, Result},
};

/// Rows that may wait to be written; behind them, requests wait.
const WAITING: usize = 4096;

/// Rows written at once.
const GROUP: usize = 500;

/// The longest pause before a failed write is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The audit log's entrance. Cheap to clone.
#[derive(Clone)]
pub struct Audit {
    clock: Clock,
    entrance: mpsc::Sender<Message>,
}

enum Message {
    Row(audit_log::Model),
    Flush(oneshot::Sender<()>),
}

impl Audit {
    /// Starts the writer on the current runtime; it ends when the last entrance is dropped.
    pub fn start(db: Db, clock: Clock) -> Self {
        let (entrance, rows) = mpsc::channel(WAITING);
        tokio::spawn(write(db, rows));
        Self { clock, entrance }
    }

    /// Records that an account did something to others' data. Returns as soon as the row waits to be written;
    /// a row is never dropped while the server runs.
    ///
    /// # Errors
    /// When the writer has ended.
    pub async fn record(
        &self,
        account: AccountId,
        operation: &str,
        subjects: impl IntoIterator<Item = Uuid>,
    ) -> Result<()> {
        let subjects: Vec<Uuid> = subjects.into_iter().collect();
        let row = audit_log::Model {
            audit_id: self.clock.id::<AuditId>(),
            account_id: account,
            operation: operation.to_owned(),
            subjects: serde_json::to_string(&subjects).map_err(Error::internal)?,
            at: self.clock.now(),
        };
        let sent = self.entrance.send(Message::Row(row)).await;
        sent.map_err(Error::internal)
    }

    /// Returns when everything recorded so far is committed.
    ///
    /// # Errors
    /// When the writer has ended.
    pub async fn flush(&self) -> Result<()> {
        let (done, written) = oneshot::channel();
        let sent = self.entrance.send(Message::Flush(done)).await;
        sent.map_err(Error::internal)?;
        written.await.map_err(Error::internal)
    }
}

async fn write(db: Db, mut waiting: mpsc::Receiver<Message>) {
    let mut messages = Vec::new();
    while waiting.recv_many(&mut messages, GROUP).await > 0 {
        let mut rows = Vec::new();
        let mut flushed = Vec::new();
        for message in messages.drain(..) {
            match message {
                Message::Row(row) => rows.push(row),
                Message::Flush(done) => flushed.push(done),
            }
        }
        commit(&db, rows).await;
        for done in flushed {
            if done.send(()).is_err() {
                tracing::debug!("who asked for the audit log to be flushed has gone");
            }
        }
    }
}

/// Commits rows, trying until the database takes them: meanwhile the entrance fills and requests wait.
async fn commit(db: &Db, rows: Vec<audit_log::Model>) {
    let mut pause = Duration::from_millis(50);
    while let Err(cause) = store::insert_audit(db.write(), &rows).await {
        tracing::error!(%cause, rows = rows.len(), "audit rows not written; trying again");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

//! How far an import has come, for whoever watches it. It is kept in memory by the server that imports, for as long as anybody
//! may care; what was recorded is in the database, and the answer to the import says all of it.

use std::time::Duration;

use entity::ids::AccountId;
use moka::sync::Cache;
use tokio::sync::watch;
use uuid::Uuid;

/// How long what an import has come to is remembered.
const REMEMBERED: Duration = Duration::from_secs(600);
/// Imports remembered at once.
const IMPORTS: u64 = 1_000;

/// What an import is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was sent yet.
    #[default]
    Waiting,
    /// The file is being read, and its rows checked.
    Reading,
    /// People are being recorded; all of them at the end, or nobody.
    Recording,
    /// It is over, and was done.
    Done,
    /// It is over, and nothing was done.
    Refused,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Rows gone through.
    pub done: usize,
    /// Rows in all, once they are counted.
    pub total: Option<usize>,
}

impl Progress {
    /// Whether nothing more will come.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Done | Stage::Refused)
    }
}

/// The imports of this server, by who imports and the id she gave.
pub struct Imports(Cache<(AccountId, Uuid), watch::Sender<Progress>>);

impl Default for Imports {
    fn default() -> Self {
        let cache = Cache::builder();
        Self(cache.max_capacity(IMPORTS).time_to_idle(REMEMBERED).build())
    }
}

impl Imports {
    /// Where the progress of an import is told, and can be watched. An id of somebody else's is another import.
    pub fn of(&self, account: AccountId, id: Uuid) -> watch::Sender<Progress> {
        self.0.get_with((account, id), watch::Sender::default)
    }
}

/// Tells how far one import has come; an import without an id is told to nobody.
#[derive(Clone, Debug, Default)]
pub struct Telling(watch::Sender<Progress>);

impl Telling {
    /// Tells the watchers of an import.
    pub fn to(watchers: watch::Sender<Progress>) -> Self {
        Self(watchers)
    }

    /// The import is at a stage.
    pub fn at(&self, stage: Stage) {
        self.0.send_modify(|progress| progress.stage = stage);
    }

    /// So many rows were gone through.
    pub fn rows(&self, done: usize, total: usize) {
        self.0.send_modify(|progress| {
            (progress.done, progress.total) = (done, Some(total));
        });
    }
}

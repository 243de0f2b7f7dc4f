//! Programmes: phases, indicators and their core sets, targets, and the register of denominators.
//!
//! Invariant: nothing of a programme is code. New decisions, phases and targets are rows; how an indicator is measured
//! is data too.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use chrono::NaiveDate;
use entity::{area::AreaLevel, ids::AreaId};

use crate::{
    areas::Atlas,
    clock::Clock,
    content::Content,
    db::{Db, Tx, Work},
    error::{Error, Result},
    shipped::Report,
};

mod area_change;
mod core_sets;
pub mod denominators;
mod early_years;
pub mod elements;
pub mod graphql;
mod held;
pub mod import;
pub mod own_targets;
mod plan;
mod register;
pub mod reported;
pub mod reporting;
pub mod restated;
pub mod rulebook;
mod store;
mod target_versions;
#[cfg(test)]
mod tests;
pub mod units;

use plan::plan;
pub use register::Settle;
use rulebook::Rows;
pub use rulebook::Rulebook;

/// The levels of areas as files write them.
const LEVELS: [(&str, AreaLevel); 4] = [
    ("COUNTRY", AreaLevel::Country),
    ("PROVINCE", AreaLevel::Province),
    ("DISTRICT", AreaLevel::District),
    ("COMMUNE", AreaLevel::Commune),
];

/// The level of a word in a file, whatever its case.
fn level_of_word(word: &str) -> Option<AreaLevel> {
    let mut levels = LEVELS.iter();
    let found = levels.find(|(name, _)| name.eq_ignore_ascii_case(word));
    found.map(|(_, level)| *level)
}

/// Finds the area that had an official code at a level on a day.
pub type Resolve<'a> = dyn Fn(&str, AreaLevel, NaiveDate) -> Option<AreaId> + 'a;

/// Finds areas in the atlas, as imports ask for them.
pub fn by_code(atlas: &Atlas) -> impl Fn(&str, AreaLevel, NaiveDate) -> Option<AreaId> {
    |code, level, day| atlas.by_code(code, Some(level), day).first().copied()
}

/// The programmes' operations. Cheap to clone.
#[derive(Clone)]
pub struct Programmes {
    db: Db,
    clock: Clock,
    content: Content,
    rulebook: Arc<RwLock<Arc<Rulebook>>>,
    follower: Arc<OnceLock<Arc<dyn RegisterChanged>>>,
}

impl Programmes {
    /// Reads the programmes into memory.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(db: Db, clock: Clock, content: Content) -> Result<Self> {
        let (edition, rows) = store::all_of_edition(db.latest()).await?;
        let rulebook = Arc::new(Rulebook::of(edition, rows));
        Ok(Self {
            db,
            clock,
            content,
            rulebook: Arc::new(RwLock::new(rulebook)),
            follower: Arc::default(),
        })
    }

    /// The programmes as they are now.
    pub fn rulebook(&self) -> Arc<Rulebook> {
        let rulebook = self.rulebook.read();
        Arc::clone(&rulebook.unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the programmes again, after somebody changed them.
    ///
    /// # Errors
    /// When the database does not answer; what was in memory stays.
    pub async fn reload(&self) -> Result<()> {
        let (edition, rows) = store::all_of_edition(self.db.latest()).await?;
        let fresh = Arc::new(Rulebook::of(edition, rows));
        let mut known = self
            .rulebook
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Of two who read at once, the later reading stays, whoever is done first.
        if fresh.edition() >= known.edition() {
            *known = fresh;
        }
        Ok(())
    }

    /// Reads the programmes again if another server on the same database changed them; answers whether it did. Costs one small
    /// read when nothing changed.
    ///
    /// # Errors
    /// When the database does not answer; what was in memory stays.
    pub async fn catch_up(&self) -> Result<bool> {
        let behind = store::edition(self.db.latest()).await? > self.rulebook().edition();
        if behind {
            self.reload().await?;
        }
        Ok(behind)
    }

    /// Loads programmes that [`import::read`] found well-formed: all of it or nothing, with the core sets the loaded
    /// curriculum gives them. Loading the same again changes nothing. A dry run only reports what would change.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn import(&self, programmes: import::Programmes, dry_run: bool) -> Result<Report> {
        self.settle(programmes.rows, dry_run).await
    }

    /// Draws the core sets again, after the curriculum changed. A dry run only reports what would change.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn set_core_sets(&self, dry_run: bool) -> Result<Report> {
        self.settle(Rows::default(), dry_run).await
    }

    async fn settle(&self, wanted: Rows, dry_run: bool) -> Result<Report> {
        let catalogue = self.content.catalogue();
        if dry_run {
            let current = store::all(self.db.latest()).await?;
            return Ok(plan(&current, wanted, &catalogue).2);
        }
        let now = self.clock.now();
        let report = self
            .db
            .tx(move |tx| {
                let (wanted, catalogue) = (wanted.clone(), Arc::clone(&catalogue));
                Box::pin(async move {
                    let current = store::all(tx).await?;
                    let (mut put, remove, report) = plan(&current, wanted, &catalogue);
                    if put == Rows::default() && remove == Rows::default() {
                        return Ok(report);
                    }
                    put.target_versions =
                        target_versions::versions_of_import(&current, &put.targets, now);
                    store::put(tx, put).await?;
                    store::remove(tx, remove).await?;
                    store::next_edition(tx).await?;
                    Ok(report)
                })
            })
            .await?;
        self.reload().await?;
        Ok(report)
    }

    /// Tells who keeps what follows from the register that it changed; without one, nobody.
    pub fn follow(&self, follower: Arc<dyn RegisterChanged>) -> bool {
        self.follower.set(follower).is_ok()
    }

    async fn register_changed(&self, tx: &Tx) -> Result<()> {
        match self.follower.get() {
            Some(follower) => follower.register_changed(tx).await,
            None => Ok(()),
        }
    }

    /// Work that gives out version numbers: the unique number decides between two at once, and the later one looks again.
    async fn versioned<T, F>(&self, work: F) -> Result<T>
    where
        T: Send,
        F: for<'t> Fn(&'t Tx) -> Work<'t, T> + Send + Sync,
    {
        for _ in 0..8 {
            match self.db.tx(&work).await {
                Err(Error::Internal(cause)) if cause.is::<VersionTaken>() => {}
                done => return done,
            }
        }
        Err(Error::internal("many change the same thing at once"))
    }
}

/// Follows what areas enter into the register and report: what was drawn from it must be drawn again.
#[async_trait::async_trait]
pub trait RegisterChanged: Send + Sync {
    /// Something was entered or reported, in this transaction.
    ///
    /// # Errors
    /// When it cannot be noted: then nothing is entered.
    async fn register_changed(&self, tx: &Tx) -> Result<()>;
}

/// Somebody else took the number of a version first.
#[derive(Debug, thiserror::Error)]
#[error("the number of the version was taken")]
struct VersionTaken;

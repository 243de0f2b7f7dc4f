//! Areas: life spans, codes, changes and the hierarchy at any date, read from an atlas held in memory.
//!
//! Invariant: an official code is a dated fact, never a key; the identity of an area is ours.
//! Invariant: applying a change rewrites no history: what was true on a day stays answerable.

pub mod atlas;
pub mod changes;
mod codes;
mod extents;
pub mod graphql;
mod grouped;
pub mod import;
mod plan;
pub mod records;
mod rows;
mod search;
mod shipped;
mod store;
#[cfg(test)]
mod tests;
mod tree;

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::NaiveDate;
use entity::ids::{AreaChangeId, AreaId};
use uuid::Uuid;

pub use self::{
    atlas::{Area, Atlas, Atom, AtomIx, CodeUse, Settled, Successors},
    changes::AreaChanges,
    codes::Named,
    extents::Location,
    plan::{ImportSummary, Tally},
    rows::{Reason, RowError},
};
use changes::{Ask, Outcome, Prepared, Review, Step};

use crate::{
    auth::capability::Administrator,
    clock::Clock,
    db::{Db, Tx},
    error::{Error, Result, UserError, UserErrorCode},
};

/// How often a change is planned again because another one came first.
const MOST_PLANS: usize = 5;

/// The areas of all times. Cheap to clone.
#[derive(Clone)]
pub struct Areas {
    db: Db,
    clock: Clock,
    held: Arc<RwLock<Held>>,
}

/// The areas in memory, and which edition of them.
struct Held {
    atlas: Arc<Atlas>,
    edition: i64,
}

impl Areas {
    /// Reads the atlas from the database; empty before the first import.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(db: Db, clock: Clock) -> Result<Self> {
        let (edition, records) = store::changes::records_of_edition(db.latest()).await?;
        let atlas = Atlas::new(&records)?;
        let areas = Self::of(db, clock, Arc::new(atlas));
        areas.hold(|held| held.edition = edition);
        Ok(areas)
    }

    /// The areas of a database known to hold those of an atlas, without reading them again: for tests, which open many
    /// copies of one database.
    pub fn of(db: Db, clock: Clock, atlas: Arc<Atlas>) -> Self {
        Self {
            db,
            clock,
            held: Arc::new(RwLock::new(Held { atlas, edition: 0 })),
        }
    }

    /// The atlas as it is now. Take it once per request: a change of areas replaces it.
    pub fn atlas(&self) -> Arc<Atlas> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&held.atlas)
    }

    /// Today in Viet Nam.
    pub fn today(&self) -> NaiveDate {
        self.clock.today()
    }

    /// Reads the atlas again after areas were changed.
    ///
    /// # Errors
    /// When the database cannot be read; the old atlas stays.
    pub async fn reload(&self) -> Result<()> {
        let (edition, records) = store::changes::records_of_edition(self.db.latest()).await?;
        let atlas = Atlas::new(&records)?;
        self.replace(atlas.into(), edition);
        Ok(())
    }

    /// The areas as a transaction sees them: read again when another server has changed them since.
    ///
    /// # Errors
    /// When the database cannot be read; the old atlas stays.
    pub async fn current(&self, tx: &Tx) -> Result<Arc<Atlas>> {
        let edition = store::changes::edition(tx).await?;
        let known = {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            (held.edition == edition).then(|| Arc::clone(&held.atlas))
        };
        if let Some(atlas) = known {
            return Ok(atlas);
        }
        let (edition, records) = store::changes::records_of_edition(tx).await?;
        let atlas = Arc::new(Atlas::new(&records)?);
        self.replace(Arc::clone(&atlas), edition);
        Ok(atlas)
    }

    /// The day a question is about: today unless another is asked for.
    ///
    /// # Errors
    /// A user error when the day lies after today and after all that is decided: the areas of that day are unknown.
    pub fn known_day(&self, asked: Option<NaiveDate>) -> Result<NaiveDate> {
        let today = self.today();
        let latest = self
            .atlas()
            .latest_day()
            .map_or(today, |day| day.max(today));
        match asked {
            Some(day) if day > latest => {
                Err(
                    UserError::new(UserErrorCode::DateOutOfRange, "on", "area-date-unknown")
                        .with("on", day)
                        .with("latest", latest)
                        .into(),
                )
            }
            Some(day) => Ok(day),
            None => Ok(today),
        }
    }

    /// Imports the file of areas; a dry run only says what would change. Importing the same file again changes nothing.
    ///
    /// # Errors
    /// As [`Areas::import_bytes`], and a user error when the file cannot be read.
    pub async fn import(&self, path: &Path, dry_run: bool) -> Result<ImportSummary> {
        let file = path.display().to_string();
        let owned = path.to_owned();
        let read = tokio::task::spawn_blocking(move || std::fs::read(owned)).await;
        let bytes = read.map_err(Error::internal)?.map_err(|cause| {
            UserError::new(UserErrorCode::Invalid, "file", "area-file-unreadable")
                .with("file", &file)
                .with("cause", cause)
        })?;
        self.import_bytes(&file, bytes, dry_run).await
    }

    /// [`Areas::import`] of a file already read. `file` is named in what is wrong.
    ///
    /// # Errors
    /// A user error for every row that cannot be used, naming file, line and reason; nothing is loaded then.
    pub async fn import_bytes(
        &self,
        file: &str,
        bytes: Vec<u8>,
        dry_run: bool,
    ) -> Result<ImportSummary> {
        let name = file.to_owned();
        let read = tokio::task::spawn_blocking(move || import::read(&name, &bytes)).await;
        let brought = read
            .map_err(Error::internal)?
            .map_err(|wrong| Error::User(wrong.iter().map(UserError::from).collect()))?;
        if dry_run {
            let held = store::records(self.db.latest()).await?;
            let own = store::changes::own_areas(self.db.latest()).await?;
            return Ok(plan::plan(&brought, &held, &own).summary);
        }
        let brought = Arc::new(brought);
        let written = Arc::clone(&brought);
        let (summary, first, edition) = self
            .db
            .tx(move |tx| {
                let brought = Arc::clone(&written);
                Box::pin(async move {
                    let mut edition = store::changes::lock_edition(tx).await?;
                    let held = store::records(tx).await?;
                    let own = store::changes::own_areas(tx).await?;
                    let plan = plan::plan(&brought, &held, &own);
                    store::write(tx, &plan).await?;
                    let first = held.areas.is_empty();
                    if !first && !plan.summary.is_unchanged() {
                        edition = store::changes::next_edition(tx, edition).await?;
                    }
                    Ok((plan.summary, first, edition))
                })
            })
            .await?;
        if first {
            // What was just written is all there is: no need to read it back.
            self.replace(Atlas::new(&brought)?.into(), edition);
        } else if !summary.is_unchanged() {
            self.reload().await?;
        }
        Ok(summary)
    }

    /// Shows other areas, at once; never older ones than are shown.
    fn replace(&self, atlas: Arc<Atlas>, edition: i64) {
        self.hold(|held| {
            if edition >= held.edition {
                *held = Held { atlas, edition };
            }
        });
    }

    fn hold(&self, change: impl FnOnce(&mut Held)) {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut held);
    }
}

impl AreaChanges {
    /// What a change would do. Writes nothing.
    ///
    /// # Errors
    /// Everything the administrator can mend: an area that does not exist or is not hers answers the same.
    pub async fn preview(&self, administrator: &Administrator, ask: &Ask) -> Result<Outcome> {
        let (outcome, _) = self.take_step(administrator, ask, false).await?;
        Ok(outcome)
    }

    /// Applies a change. The same id with the same decision again changes nothing.
    ///
    /// # Errors
    /// As [`AreaChanges::preview`]; nothing is half-applied.
    pub async fn apply(&self, administrator: &Administrator, ask: &Ask) -> Result<Outcome> {
        let (outcome, edition) = self.take_step(administrator, ask, true).await?;
        if let Some(edition) = edition {
            self.0
                .areas
                .replace(Arc::clone(&outcome.step.after), edition);
        }
        Ok(outcome)
    }

    async fn take_step(
        &self,
        administrator: &Administrator,
        ask: &Ask,
        write: bool,
    ) -> Result<(Outcome, Option<i64>)> {
        for _ in 0..MOST_PLANS {
            let (step, edition) = match self.prepare(administrator, ask).await? {
                Prepared::Done(outcome) => return Ok((outcome, None)),
                Prepared::Planned(step, edition) => (step, edition),
            };
            let (this, by) = (self.clone(), administrator.account());
            let done = self
                .0
                .db
                .tx(move |tx| {
                    let (this, step) = (this.clone(), step.clone());
                    Box::pin(async move { this.carry_out(tx, by, &step, edition, write).await })
                })
                .await?;
            if let Some(done) = done {
                return Ok(done);
            }
        }
        Err(Error::internal(
            "areas change faster than a change of them can be planned",
        ))
    }

    /// Takes a change back, as long as nothing depends on it.
    ///
    /// # Errors
    /// A user error saying what depends on it, or that it was shipped or is not the administrator's.
    pub async fn undo(&self, administrator: &Administrator, id: AreaChangeId) -> Result<Step> {
        let (this, asker) = (self.clone(), administrator.clone());
        let (step, edition) = self
            .0
            .db
            .tx(move |tx| {
                let (this, asker) = (this.clone(), asker.clone());
                Box::pin(async move { this.take_back(tx, &asker, id).await })
            })
            .await?;
        self.0.areas.replace(Arc::clone(&step.before), edition);
        Ok(step)
    }

    /// What waits for a decision in the areas of the administrator's standing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reviews(&self, administrator: &Administrator) -> Result<Vec<Review>> {
        let (this, asker) = (self.clone(), administrator.clone());
        self.0
            .db
            .tx(move |tx| {
                let (this, asker) = (this.clone(), asker.clone());
                Box::pin(async move { this.waiting(tx, &asker).await })
            })
            .await
    }

    /// Decides where something that waits goes; a standing may go to several areas, or to none and end.
    ///
    /// # Errors
    /// Everything the administrator can mend.
    pub async fn decide(
        &self,
        administrator: &Administrator,
        id: Uuid,
        to: Vec<AreaId>,
    ) -> Result<Review> {
        let (this, asker, to) = (self.clone(), administrator.clone(), Arc::new(to));
        let review = self
            .0
            .db
            .tx(move |tx| {
                let (this, asker, to) = (this.clone(), asker.clone(), Arc::clone(&to));
                Box::pin(async move { this.settle(tx, &asker, id, &to).await })
            })
            .await?;
        for follower in &self.0.followers {
            follower.decided(&review)?;
        }
        Ok(review)
    }
}

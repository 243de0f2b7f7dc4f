//! The curriculum: domains, modules, lessons in immutable releases, quizzes; whom a lesson applies to; search.
//!
//! Invariant: what is published is answered from memory ([`Catalogue`]); the database is read when it changes.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use self::media::Media;
use crate::{
    auth::capability::Editor,
    clock::Clock,
    db::{Db, Tx, Work},
    error::{Error, Result, UserErrorCode},
    shipped::Report,
};

pub mod applicability;
pub mod blocks;
mod bodies;
pub mod catalogue;
pub mod changes;
pub mod editing;
pub mod graphql;
mod held;
pub mod import;
pub mod lives;
pub mod media;
mod plan;
mod rows;
mod search;
pub mod shuffle;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use catalogue::Catalogue;
use editing::impact::Learners;
pub use rows::Rows;

/// The curriculum's operations. Cheap to clone.
#[derive(Clone)]
pub struct Content {
    db: Db,
    clock: Clock,
    catalogue: Arc<RwLock<Arc<Catalogue>>>,
    learners: Arc<OnceLock<Arc<dyn Learners>>>,
    media: Arc<OnceLock<Media>>,
}

impl Content {
    /// Reads the curriculum into memory.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(db: Db, clock: Clock) -> Result<Self> {
        let catalogue = Arc::new(store::catalogue(db.read()).await?);
        Ok(Self::of(db, clock, catalogue))
    }

    /// The curriculum of a database known to hold that of a catalogue, without reading it again: for tests, which open many
    /// copies of one database.
    pub fn of(db: Db, clock: Clock, catalogue: Arc<Catalogue>) -> Self {
        Self {
            db,
            clock,
            catalogue: Arc::new(RwLock::new(catalogue)),
            learners: Arc::default(),
            media: Arc::default(),
        }
    }

    /// Says who knows what people learn; told once, when those features are open. Answers whether it was the first time.
    pub fn follow(&self, learners: Arc<dyn Learners>) -> bool {
        self.learners.set(learners).is_ok()
    }

    /// Says where media are; told once. Answers whether it was the first time.
    pub fn show(&self, media: Media) -> bool {
        self.media.set(media).is_ok()
    }

    /// What is published now.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        let catalogue = self.catalogue.read();
        Arc::clone(&catalogue.unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the curriculum again, after somebody changed it.
    ///
    /// # Errors
    /// When the database does not answer; what was in memory stays.
    pub async fn reload(&self) -> Result<()> {
        let fresh = Arc::new(store::catalogue(self.db.latest()).await?);
        let mut known = self
            .catalogue
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Of two who read at once, the later reading stays, whoever is done first.
        if fresh.revision() >= known.revision() {
            *known = fresh;
        }
        Ok(())
    }

    /// Reads the curriculum again if another server on the same database changed it; answers whether it did. Costs one small
    /// read when nothing changed.
    ///
    /// # Errors
    /// When the database does not answer; what was in memory stays.
    pub async fn catch_up(&self) -> Result<bool> {
        let behind = store::revision(self.db.latest()).await? > self.catalogue().revision();
        if behind {
            self.reload().await?;
        }
        Ok(behind)
    }

    /// Work of editors: all of it happens or none.
    async fn within<T, F>(&self, work: F) -> Result<T>
    where
        T: Send,
        F: for<'t> Fn(&'t Tx) -> Work<'t, T> + Send + Sync,
    {
        self.db.tx(work).await
    }

    /// Loads a curriculum that [`import::read`] found well-formed: all of it or nothing. Loading the same again
    /// changes nothing. A dry run only reports what would change.
    ///
    /// A lesson whose text changed gets its next release, published and unreviewed, and the one before is retired.
    /// Text that some release already held changes nothing: an import never undoes a later release.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn import(&self, curriculum: import::Curriculum, dry_run: bool) -> Result<Report> {
        let now = self.clock.now();
        if dry_run {
            let current = store::all(self.db.latest()).await?;
            return Ok(plan::plan(&current, &curriculum, now).report);
        }
        let curriculum = Arc::new(curriculum);
        let report = self
            .db
            .tx(move |tx| {
                let curriculum = Arc::clone(&curriculum);
                Box::pin(async move {
                    let current = store::all(tx).await?;
                    let plan = plan::plan(&current, &curriculum, now);
                    store::note(tx, changes::touched(&current, &plan)).await?;
                    store::remove(tx, plan.remove).await?;
                    store::put(tx, plan.put).await?;
                    Ok(plan.report)
                })
            })
            .await?;
        self.reload().await?;
        Ok(report)
    }

    /// Writes what media show and say in one language, and notes the lessons that show them. Texts are corrected, never
    /// taken away: published lessons stand on them.
    ///
    /// # Errors
    /// What to mend.
    pub async fn describe_media(
        &self,
        media: &Media,
        _by: &Editor,
        told: media::Telling,
    ) -> Result<Arc<media::Item>> {
        let id = told.media;
        let before = media.of(&[id]).await?.remove(&id);
        let before = before
            .ok_or_else(|| Error::user(UserErrorCode::NotFound, "mediaId", "media-unknown-id"))?;
        let row = told.checked(&before)?;
        let touched = media::check::showing(&self.catalogue(), id);
        self.db
            .tx(move |tx| {
                let (row, touched) = (row.clone(), touched.clone());
                Box::pin(async move {
                    store::media::describe(tx, row).await?;
                    store::note(tx, touched).await
                })
            })
            .await?;
        self.reload().await?;
        media.read_again(id).await
    }
}

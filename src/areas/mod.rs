//! Areas: life spans, codes, changes and the hierarchy at any date, read from an atlas held in memory.
//!
//! Invariant: an official code is a dated fact, never a key; the identity of an area is ours.
//! Invariant: applying a change rewrites no history: what was true on a day stays answerable.

pub mod atlas;
mod extents;
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

pub use self::{
    atlas::{Area, Atlas, Atom, AtomIx, CodeUse, Successors},
    extents::Location,
    plan::{ImportSummary, Tally},
    rows::{Reason, RowError},
};
use crate::{
    clock::Clock,
    db::Db,
    error::{Error, Result, UserError, UserErrorCode},
};

/// The areas of all times. Cheap to clone.
#[derive(Clone)]
pub struct Areas {
    db: Db,
    clock: Clock,
    atlas: Arc<RwLock<Arc<Atlas>>>,
}

impl Areas {
    /// Reads the atlas from the database; empty before the first import.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn open(db: Db, clock: Clock) -> Result<Self> {
        let atlas = Atlas::new(&store::records(db.write()).await?)?;
        Ok(Self {
            db,
            clock,
            atlas: Arc::new(RwLock::new(Arc::new(atlas))),
        })
    }

    /// The atlas as it is now. Take it once per request: a change of areas replaces it.
    pub fn atlas(&self) -> Arc<Atlas> {
        let atlas = self.atlas.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&atlas)
    }

    /// Today in Viet Nam.
    pub fn today(&self) -> chrono::NaiveDate {
        self.clock.today()
    }

    /// Reads the atlas again after areas were changed.
    ///
    /// # Errors
    /// When the database cannot be read; the old atlas stays.
    pub async fn reload(&self) -> Result<()> {
        let atlas = Arc::new(Atlas::new(&store::records(self.db.write()).await?)?);
        *self.atlas.write().unwrap_or_else(PoisonError::into_inner) = atlas;
        Ok(())
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
            let held = store::records(self.db.write()).await?;
            return Ok(plan::plan(&brought, &held).summary);
        }
        let brought = Arc::new(brought);
        let summary = self
            .db
            .tx(move |tx| {
                let brought = Arc::clone(&brought);
                Box::pin(async move {
                    let plan = plan::plan(&brought, &store::records(tx).await?);
                    store::write(tx, &plan).await?;
                    Ok(plan.summary)
                })
            })
            .await?;
        if !summary.is_unchanged() {
            self.reload().await?;
        }
        Ok(summary)
    }
}

//! Areas: life spans, codes, changes and the hierarchy at any date, read from an atlas held in memory.
//!
//! Invariant: an official code is a dated fact, never a key; the identity of an area is ours.
//! Invariant: applying a change rewrites no history: what was true on a day stays answerable.

pub mod atlas;
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
    collections::BTreeSet,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::NaiveDate;
use entity::ids::AreaId;

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
    fold::fold,
};

/// What an official code names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// This area.
    One(AreaId),
    /// Nothing.
    None,
    /// One area or another, depending on the day: each use in words, oldest first.
    Several(Vec<String>),
}

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
        Ok(Self::of(db, clock, Arc::new(atlas)))
    }

    /// The areas of a database known to hold those of an atlas, without reading them again: for tests, which open many
    /// copies of one database.
    pub fn of(db: Db, clock: Clock, atlas: Arc<Atlas>) -> Self {
        Self {
            db,
            clock,
            atlas: Arc::new(RwLock::new(atlas)),
        }
    }

    /// Areas whose atlas was read already: for another handle on a copy of the same database.
    pub fn with_atlas(db: Db, clock: Clock, atlas: Arc<Atlas>) -> Self {
        Self {
            db,
            clock,
            atlas: Arc::new(RwLock::new(atlas)),
        }
    }

    /// The atlas as it is now. Take it once per request: a change of areas replaces it.
    pub fn atlas(&self) -> Arc<Atlas> {
        let atlas = self.atlas.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&atlas)
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
        self.replace(Atlas::new(&store::records(self.db.write()).await?)?);
        Ok(())
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

    /// The area that an official code names on a day. Without a day: the one it names today, or else the one it named
    /// last; but a code that was given from one place to another needs a day, even if it names one today.
    pub fn named_by(&self, code: &str, on: Option<NaiveDate>) -> Named {
        let atlas = self.atlas();
        let first = |found: Vec<AreaId>| found.first().copied().map_or(Named::None, Named::One);
        let Some(today) = on.is_none().then(|| self.today()) else {
            return first(atlas.by_code(code, None, on.unwrap_or_default()));
        };
        let uses = atlas.code_uses(code);
        // A province that took in another under its old name and code is the same place to whoever asks.
        let places: BTreeSet<String> = uses.iter().map(|used| place(&atlas, used)).collect();
        match uses.as_slice() {
            [.., last] if places.len() <= 1 => match first(atlas.by_code(code, None, today)) {
                Named::None => Named::One(last.area),
                named => named,
            },
            [] => Named::None,
            _ => Named::Several(uses.iter().map(|used| in_words(&atlas, used)).collect()),
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
            let held = store::records(self.db.write()).await?;
            return Ok(plan::plan(&brought, &held).summary);
        }
        let brought = Arc::new(brought);
        let written = Arc::clone(&brought);
        let (summary, first) = self
            .db
            .tx(move |tx| {
                let brought = Arc::clone(&written);
                Box::pin(async move {
                    let held = store::records(tx).await?;
                    let plan = plan::plan(&brought, &held);
                    store::write(tx, &plan).await?;
                    Ok((plan.summary, held.areas.is_empty()))
                })
            })
            .await?;
        if first {
            // What was just written is all there is: no need to read it back.
            self.replace(Atlas::new(&brought)?);
        } else if !summary.is_unchanged() {
            self.reload().await?;
        }
        Ok(summary)
    }

    fn replace(&self, atlas: Atlas) {
        let mut held = self.atlas.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(atlas);
    }
}

/// What the place is called that a code was used for, without its unit type, case and diacritics.
fn place(atlas: &Atlas, used: &CodeUse) -> String {
    let on = used.to.or(used.from).unwrap_or_default();
    let folded = fold(atlas.name(used.area, on));
    match atlas.unit_type(used.area, on) {
        Some(unit_type) => search::bare(&folded, unit_type).to_owned(),
        None => folded,
    }
}

/// A use of a code in any language: "… – 2025-06-30 Phường Hưng Định".
fn in_words(atlas: &Atlas, used: &CodeUse) -> String {
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
    let on = used.from.or(used.to).unwrap_or_default();
    format!(
        "{} – {} {}",
        day(used.from),
        day(used.to),
        atlas.name(used.area, on)
    )
}

//! Programmes: phases, indicators and their core sets, targets, and the register of denominators.
//!
//! Invariant: nothing of a programme is code. New decisions, phases and targets are rows; how an indicator is measured
//! is data too.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    denominator,
    ids::{AccountId, AreaId, IndicatorId},
};

use crate::{
    areas::Atlas,
    clock::Clock,
    content::Content,
    db::Db,
    error::{Error, Result},
    shipped::Report,
};

mod area_change;
mod core_sets;
pub mod denominators;
pub mod graphql;
pub mod import;
mod plan;
pub mod rulebook;
mod store;
#[cfg(test)]
mod tests;

use denominators::Entry;
use plan::{new_versions, next_version, plan};
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
}

impl Programmes {
    /// Reads the programmes into memory.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn open(db: Db, clock: Clock, content: Content) -> Result<Self> {
        let rulebook = Arc::new(Rulebook::of(store::all(db.read()).await?));
        Ok(Self {
            db,
            clock,
            content,
            rulebook: Arc::new(RwLock::new(rulebook)),
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
        let fresh = Arc::new(Rulebook::of(store::all(self.db.write()).await?));
        *self
            .rulebook
            .write()
            .unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
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
            let current = store::all(self.db.write()).await?;
            return Ok(plan(&current, wanted, &catalogue).2);
        }
        let report = self
            .db
            .tx(move |tx| {
                let (wanted, catalogue) = (wanted.clone(), Arc::clone(&catalogue));
                Box::pin(async move {
                    let current = store::all(tx).await?;
                    let (put, remove, report) = plan(&current, wanted, &catalogue);
                    store::put(tx, put).await?;
                    store::remove(tx, remove).await?;
                    Ok(report)
                })
            })
            .await?;
        self.reload().await?;
        Ok(report)
    }

    /// The register's value of an indicator on a day for each of the areas that has one, read in one statement.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn denominators(
        &self,
        indicator: IndicatorId,
        areas: &[AreaId],
        day: NaiveDate,
    ) -> Result<HashMap<AreaId, denominator::Model>> {
        let rows = store::denominators_on(self.db.read(), indicator, areas, day).await?;
        let mut by_area: HashMap<AreaId, Vec<denominator::Model>> = HashMap::new();
        for row in rows {
            by_area.entry(row.area_id).or_default().push(row);
        }
        let applying = |(area, rows): (AreaId, Vec<denominator::Model>)| {
            Some((area, denominators::applying(&rows, day)?.clone()))
        };
        Ok(by_area.into_iter().filter_map(applying).collect())
    }

    /// Every version of the register's values of an indicator whose period meets a run of days, by area, read in one
    /// statement: [`denominators::applying`] picks the one of a day.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn denominators_between(
        &self,
        indicator: IndicatorId,
        areas: &[AreaId],
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<HashMap<AreaId, Vec<denominator::Model>>> {
        let rows =
            store::denominators_between(self.db.read(), indicator, areas, first, last).await?;
        let mut by_area: HashMap<AreaId, Vec<denominator::Model>> = HashMap::new();
        for row in rows {
            by_area.entry(row.area_id).or_default().push(row);
        }
        Ok(by_area)
    }

    /// The register's official values of an indicator on a day, of every area that has one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn official_values(
        &self,
        indicator: IndicatorId,
        day: NaiveDate,
    ) -> Result<Vec<(AreaId, i64)>> {
        let rows = store::official_on(self.db.read(), indicator, day).await?;
        let mut by_area: HashMap<AreaId, Vec<denominator::Model>> = HashMap::new();
        for row in rows {
            by_area.entry(row.area_id).or_default().push(row);
        }
        let value = |(area, rows): (AreaId, Vec<denominator::Model>)| {
            Some((area, denominators::applying(&rows, day)?.value))
        };
        Ok(by_area.into_iter().filter_map(value).collect())
    }

    /// Enters a value as the next version of its area, indicator, period and status; what was entered stays. Entering
    /// what the latest version says already gives that version. `open` tells whether an area is open on a day.
    ///
    /// Who may enter for the area is for the caller to have checked.
    ///
    /// # Errors
    /// What must be mended in the entry; [`Error::Internal`] when others keep entering the same value at once.
    pub async fn set_denominator(
        &self,
        entry: Entry,
        by: Option<AccountId>,
        open: &(dyn Fn(AreaId, NaiveDate) -> bool + Sync),
    ) -> Result<denominator::Model> {
        let faults = entry.faults(&self.rulebook(), &open);
        if !faults.is_empty() {
            return Err(Error::User(faults));
        }
        // The unique version number decides between two who enter at once: the later one looks again.
        for _ in 0..8 {
            let latest = store::latest_version(self.db.write(), &entry).await?;
            let row = match next_version(latest.as_ref(), &entry, by, &self.clock, self.clock.now())
            {
                Some(row) => row,
                None => return latest.ok_or_else(|| Error::internal("a version without a value")),
            };
            if store::add_version(self.db.write(), row.clone()).await? {
                return Ok(row);
            }
        }
        Err(Error::internal("the register is busy at one place"))
    }

    /// Enters the values that [`denominators::read`] read: all of them or nothing. A dry run only reports what would
    /// change.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn import_denominators(&self, entries: Vec<Entry>, dry_run: bool) -> Result<Report> {
        let (clock, now) = (self.clock.clone(), self.clock.now());
        if dry_run {
            let register = store::register(self.db.write()).await?;
            return Ok(new_versions(&register, &entries, &clock, now).1);
        }
        self.db
            .tx(move |tx| {
                let (entries, clock) = (entries.clone(), clock.clone());
                Box::pin(async move {
                    let register = store::register(tx).await?;
                    let (rows, report) = new_versions(&register, &entries, &clock, now);
                    store::add_versions(tx, rows).await?;
                    Ok(report)
                })
            })
            .await
    }
}

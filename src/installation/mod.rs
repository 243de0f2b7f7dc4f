//! What belongs to the installation as a whole: what its database is for and how it is, and the keys its servers share.
//!
//! A demo's passwords are public, so its database says that it is one.

pub mod keys;
mod store;

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    db::Db,
    error::{Error, Result},
};

/// What a database is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sample families with public passwords.
    Demo,
    /// Real people.
    Production,
}

/// What the database was marked as; nothing for one that was never served.
///
/// # Errors
/// When the database does not answer.
pub async fn purpose(db: &Db) -> Result<Option<Purpose>> {
    store::purpose(db.write()).await
}

/// Marks the database. The first mark stays.
///
/// # Errors
/// When the database does not answer.
pub async fn mark(db: &Db, purpose: Purpose) -> Result<()> {
    store::mark(db.write(), purpose).await
}

/// Refuses a database that a demo must not touch: one that holds anything without the mark of a demo.
///
/// # Errors
/// When it does, saying what to do.
pub async fn check_fit_for_demo(db: &Db) -> Result<()> {
    let tables = store::count_tables(db.write()).await?;
    let marked = if tables == 0 {
        None
    } else {
        store::purpose_if_known(db.write()).await?
    };
    if tables == 0 || marked == Some(Purpose::Demo) {
        return Ok(());
    }
    Err(Error::internal(
        "this database already holds something that no demo made: set VUN_DATABASE_URL to a new one, \
         for example sqlite://demo.db",
    ))
}

/// How many tables the database has.
///
/// # Errors
/// When the database does not answer.
pub async fn count_tables(db: &Db) -> Result<i64> {
    store::count_tables(db.write()).await
}

/// Copies a SQLite database into a new file, as it is at one instant; whoever writes meanwhile is not held up.
///
/// # Errors
/// When the file cannot be written.
pub async fn copy_into(db: &Db, file: &Path) -> Result<()> {
    let path = file.to_str();
    let path = path.ok_or_else(|| Error::internal("the file's name is not UTF-8"))?;
    // Not by the door for reading: what may not write may not copy either.
    store::copy_into(db.write(), path).await
}

/// What is damaged in the database itself, as far as its engine tells; at most ten things.
///
/// # Errors
/// When the database does not answer, or is none.
pub async fn faults(db: &Db) -> Result<Vec<String>> {
    store::faults(db.write()).await
}

/// What time it is where the database is; nothing for a file, which has no clock.
///
/// # Errors
/// When the database does not answer.
pub async fn clock_of(db: &Db) -> Result<Option<DateTime<Utc>>> {
    store::clock_of(db.write()).await
}

/// When the newest learning event was received.
///
/// # Errors
/// When the database does not answer.
pub async fn newest_event(db: &Db) -> Result<Option<DateTime<Utc>>> {
    store::newest_event(db.write()).await
}

/// Changes of counts up to a day that are not yet in the counters.
///
/// # Errors
/// When the database does not answer.
pub async fn count_unfolded(db: &Db, today: NaiveDate) -> Result<i64> {
    store::count_unfolded(db.write(), today).await
}

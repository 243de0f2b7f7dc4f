//! What belongs to the installation as a whole: what its database is for, and the keys its servers share.
//!
//! A demo's passwords are public, so its database says that it is one.

pub mod keys;
mod store;

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

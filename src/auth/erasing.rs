//! Taking away and erasing: everything held on a caregiver as one file, and the end of it.
//!
//! Invariant: erasing follows the pages of every feature ([`Held`](crate::people::holdings::Held)) and is one
//! transaction: all of her is gone, or nothing is. What stays are sums, and marks by which old copies of what was
//! erased are known and refused.

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use entity::ids::PersonId;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Auth, capability::Viewer, store, token::Token};
use crate::{
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
    messages::{self, Language},
    people::{holdings::Holder, store as people_store},
};

/// Every feature that holds data on people, in their order.
#[derive(Default)]
pub(super) struct Holders(OnceLock<Vec<Arc<dyn Holder>>>);

/// One part of what is held on somebody.
#[derive(Clone, Debug)]
pub struct Part {
    /// What these rows are, in the language asked for.
    pub about: String,
    /// The table they are kept in.
    pub table: &'static str,
    /// The columns shown.
    pub columns: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Value>,
}

/// Everything held on somebody.
#[derive(Clone, Debug)]
pub struct OwnData {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// Whose.
    pub person: PersonId,
    /// Its parts; also those without rows, so that she sees what could be there.
    pub parts: Vec<Part>,
}

impl OwnData {
    /// The file: one JSON object.
    pub fn file(&self, language: Language) -> Value {
        let parts: Vec<Value> = self
            .parts
            .iter()
            .map(|part| {
                json!({
                    "about": part.about, "table": part.table, "columns": part.columns,
                    "count": part.rows.len(), "rows": part.rows,
                })
            })
            .collect();
        json!({
            "about": messages::text(language, "held-file"),
            "person": self.person.to_string(),
            "at": self.at.to_rfc3339(),
            "language": language.tag(),
            "parts": parts,
        })
    }
}

impl Auth {
    /// Says who holds data on people, in the order of the features. Answers whether this was the first time.
    pub fn hold(&self, holders: Vec<Arc<dyn Holder>>) -> bool {
        self.0.holders.0.set(holders).is_ok()
    }

    fn holders(&self) -> Result<&[Arc<dyn Holder>]> {
        let held = self.0.holders.0.get().map(Vec::as_slice);
        held.ok_or_else(|| Error::internal("nobody said who holds data on people"))
    }

    /// Everything held on the viewer and her children.
    ///
    /// # Errors
    /// [`Error::NotFound`] when she was erased.
    pub async fn own_data(&self, viewer: &Viewer, language: Language) -> Result<OwnData> {
        let db = self.0.db.latest();
        // What was looked at a moment ago belongs in it.
        self.audit().flush().await?;
        let who = people_store::subject(db, viewer.person()).await?;
        let who = who.ok_or(Error::NotFound)?;
        let mut parts = Vec::new();
        for held in self.holders()?.iter().flat_map(|holder| holder.held()) {
            parts.push(Part {
                about: messages::text(language, held.about),
                table: held.table,
                columns: held.columns.split_whitespace().collect(),
                rows: people_store::rows(db, held, &who).await?,
            });
        }
        Ok(OwnData {
            at: self.0.clock.now(),
            person: viewer.person(),
            parts,
        })
    }

    /// Erases the viewer: identity, children who are hers alone, events, devices, sessions. Counts of past days stand.
    /// Needs the password again. Erasing again changes nothing.
    ///
    /// # Errors
    /// A user error when the password is wrong; [`Error::RateLimited`] after too many wrong ones.
    pub async fn erase(&self, viewer: &Viewer, password: &SecretString) -> Result<()> {
        if !self.is_hers(viewer, password).await? {
            let code = Code::WrongCredentials;
            return Err(Error::user(code, "password", "password-wrong"));
        }
        // Rows that wait to be written name her: written now, they are made nameless with the others.
        self.audit().flush().await?;
        self.write_erased(viewer.person()).await?;
        self.0.sessions.forget_account(viewer.account())
    }

    /// Whether an access token was that of somebody who was erased.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn was_erased(&self, token: &str) -> Result<bool> {
        let Some(id) = Token::read(token).and_then(|token| token_id(&token.hash())) else {
            return Ok(false);
        };
        let erased = people_store::erased_among(self.0.db.latest(), [id]).await?;
        Ok(!erased.is_empty())
    }

    pub(super) async fn erase_within(&self, tx: &Tx, person: PersonId) -> Result<()> {
        if !people_store::lock(tx, person).await? {
            return Ok(());
        }
        let Some(who) = people_store::subject(tx, person).await? else {
            return Ok(());
        };
        let (holders, today) = (self.holders()?, self.0.clock.today());
        let name = messages::text(Language::Vietnamese, "erased-name");
        people_store::put_nobody(tx, &name, self.0.clock.now()).await?;
        people_store::add_marks(tx, who.ids()).await?;
        for holder in holders.iter().rev() {
            holder.before_erasing(tx, &who, today).await?;
        }
        for holder in holders.iter().rev() {
            for held in holder.held() {
                people_store::erase(tx, held, &who).await?;
            }
        }
        Ok(())
    }

    /// Whether a password is the viewer's; a wrong one is counted as when signing in.
    async fn is_hers(&self, viewer: &Viewer, password: &SecretString) -> Result<bool> {
        let db = self.0.db.latest();
        let Some(login) = store::login_of(db, viewer.account()).await? else {
            return Ok(false);
        };
        let found = store::credentials(db, &login, None).await?;
        let key = super::login::guess_key(&login);
        Ok(self.guess(key, found, password).await?.is_some())
    }
}

/// What stands for a token among the marks.
pub(super) fn token_id(hash: &[u8]) -> Option<Uuid> {
    let (half, _) = hash.split_at_checked(16)?;
    Uuid::from_slice(half).ok()
}

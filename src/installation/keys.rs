//! Keys of the installation: made when first needed, kept in the database so that all its servers have the same, and
//! followed by newer ones.

use chrono::{DateTime, Utc};
use entity::server_key::{self, KeyPurpose, KeySecret};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::store::keys as store;
use crate::{
    clock::Clock,
    db::Db,
    error::{Error, Result},
};

/// A key's 32 bytes.
#[derive(Clone)]
pub struct Secret([u8; 32]);

/// A key.
#[derive(Clone)]
pub struct Key {
    /// From 1, in the order they were made.
    pub number: i32,
    /// Its bytes.
    pub secret: Secret,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was found to be in wrong hands.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Secret {
    /// The bytes themselves.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 over a text. `about` keeps uses of one key apart.
    ///
    /// # Errors
    /// Never: the key has a length that HMAC takes.
    pub fn mac(&self, about: &str, text: &[u8]) -> Result<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(Error::internal)?;
        mac.update(about.as_bytes());
        mac.update(b"\n");
        mac.update(text);
        Ok(mac.finalize().into_bytes().into())
    }
}

/// Every key of a purpose, the newest last; made when there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn all(db: &Db, clock: &Clock, purpose: KeyPurpose) -> Result<Vec<Key>> {
    let found = store::keys(db.write(), purpose).await?;
    let found = if found.is_empty() {
        // Two servers may be first at once: the first key stays.
        store::add(db.write(), fresh(clock, purpose, 1)).await?;
        store::keys(db.write(), purpose).await?
    } else {
        found
    };
    found.into_iter().map(read).collect()
}

/// The key that makes: the newest.
///
/// # Errors
/// When the database does not answer.
pub async fn newest(db: &Db, clock: &Clock, purpose: KeyPurpose) -> Result<Key> {
    let newest = all(db, clock, purpose).await?.pop();
    newest.ok_or_else(|| Error::internal("a key was made and is not there"))
}

/// Makes a key that follows those there are; they are revoked when they are in wrong hands.
///
/// # Errors
/// When the database does not answer.
pub async fn follow(db: &Db, clock: &Clock, purpose: KeyPurpose, revoke: bool) -> Result<Key> {
    let newest = newest(db, clock, purpose).await?;
    store::add(db.write(), fresh(clock, purpose, newest.number + 1)).await?;
    if revoke {
        store::revoke(db.write(), purpose, newest.number, clock.now()).await?;
    }
    self::newest(db, clock, purpose).await
}

fn fresh(clock: &Clock, purpose: KeyPurpose, number: i32) -> server_key::Model {
    let secret: [u8; 32] = rand::random();
    server_key::Model {
        purpose,
        number,
        secret: KeySecret(secret.iter().map(|byte| format!("{byte:02x}")).collect()),
        made_at: clock.now(),
        revoked_at: None,
    }
}

fn read(row: server_key::Model) -> Result<Key> {
    let mut secret = [0; 32];
    let KeySecret(written) = &row.secret;
    for (at, byte) in secret.iter_mut().enumerate() {
        let digits = written.get(at * 2..at * 2 + 2);
        let digits = digits.ok_or_else(|| Error::internal("a stored key is too short"))?;
        *byte = u8::from_str_radix(digits, 16).map_err(Error::internal)?;
    }
    Ok(Key {
        number: row.number,
        secret: Secret(secret),
        made_at: row.made_at,
        revoked_at: row.revoked_at,
    })
}

//! Tickets: what an editor may upload, signed by the server and good for a time. The server remembers nothing of them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use entity::{
    ids::{AccountId, MediaId},
    media::FileType,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::kinds::Kind;
use crate::{
    error::{Error, Result},
    installation::keys::Secret,
};

/// How long a ticket is good: a large film over a slow line.
pub const GOOD_FOR: Duration = Duration::hours(2);
/// Keeps this use of the key apart from others.
const ABOUT: &str = "vun-upload/1";
/// Longer ones are none of ours.
const LONGEST: usize = 1024;

/// What may be uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The media it becomes.
    pub media: MediaId,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// How many bytes.
    pub bytes: u32,
    /// What they are said to be.
    pub content_type: String,
    /// Who asked.
    pub account: AccountId,
    /// Until when, in seconds since 1970.
    pub until: i64,
}

impl Ticket {
    /// What the bytes are said to be.
    ///
    /// # Errors
    /// Never for a ticket of ours.
    pub fn file_type(&self) -> Result<FileType> {
        let said = Kind::of_content_type(&self.content_type);
        said.ok_or_else(|| Error::internal("a ticket for no kind of media"))
    }

    /// The ticket as text, signed.
    ///
    /// # Errors
    /// Never.
    pub fn signed(&self, key: &Secret) -> Result<String> {
        let said = serde_json::to_vec(self).map_err(Error::internal)?;
        let mac = key.mac(ABOUT, &said)?;
        Ok(format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&said),
            URL_SAFE_NO_PAD.encode(mac)
        ))
    }

    /// A ticket that one of the keys signed, whether or not it is still good; nothing for any other text.
    pub fn read(text: &str, keys: &[Secret]) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (said, mac) = text.split_once('.')?;
        let said = URL_SAFE_NO_PAD.decode(said).ok()?;
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        let is_ours = keys.iter().any(|key| {
            let ours = key.mac(ABOUT, &said);
            ours.is_ok_and(|ours| bool::from(ours.as_slice().ct_eq(&mac)))
        });
        is_ours
            .then(|| serde_json::from_slice(&said).ok())
            .flatten()
    }

    /// Whether it is still good.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        now.timestamp() < self.until
    }
}

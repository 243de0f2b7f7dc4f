//! Media: pictures, sounds and films that lessons show, uploaded by editors and served by content hash.
//!
//! An upload takes three steps: the editor says what is coming and gets a signed address ([`Media::offer`]); the bytes go
//! there, to this server or to the store itself; then they are looked at once more and taken in ([`Media::finish`]).
//!
//! Invariant: nothing is kept of an upload that is not, whole, what was announced, and no picture is served as it came.

mod arriving;
mod bucket;
pub mod check;
pub mod files;
pub mod kinds;
mod sizes;
mod telling;
mod ticket;
mod uploading;

use std::{collections::BTreeMap, sync::Arc, time::Duration as Wait};

use chrono::{DateTime, Utc};
use entity::{ids::MediaId, media::FileType, server_key::KeyPurpose};
use futures_util::StreamExt;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use self::files::Files;
pub use self::{
    arriving::Refused,
    telling::Telling,
    ticket::Ticket,
    uploading::{NewMedia, Offer, PICTURE_BYTES, Upload},
};
use super::store::media as store;
use crate::{
    auth::capability::Editor,
    clock::Clock,
    config::Settings,
    db::Db,
    error::{Error, Result},
    installation::keys::{self, Secret},
};

/// How long media are remembered: so late may a server see what was described at another.
const REMEMBERED: Wait = Wait::from_secs(30);
/// Pictures decoded at once: each may take some hundred megabytes.
const DECODED_AT_ONCE: usize = 2;
/// Uploads taken in at once.
const UPLOADS_AT_ONCE: usize = 8;

/// Media. Cheap to clone.
#[derive(Clone)]
pub struct Media(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    files: Files,
    largest: u32,
    files_url: Option<String>,
    known: Cache<MediaId, Arc<Item>>,
    decoding: Semaphore,
    arriving: Semaphore,
}

/// A picture, sound or film.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its id.
    pub id: MediaId,
    /// SHA-256 of what was uploaded.
    pub sha256: String,
    /// What was uploaded.
    pub file_type: FileType,
    /// The files that are served: of a picture its sizes, the smallest first; of a sound or film one.
    pub files: Vec<ServedFile>,
    /// What it shows and says, by language.
    pub texts: BTreeMap<String, Told>,
    /// When it was there.
    pub uploaded_at: DateTime<Utc>,
}

/// What media show and say in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What a picture shows, or what a sound or film is about.
    pub alt_text: Option<String>,
    /// What is said, word for word.
    pub transcript: Option<String>,
}

/// A file that is served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServedFile {
    /// Its name, `<SHA-256>.<end>`.
    pub name: String,
    /// Its size.
    pub bytes: u32,
    /// Width of a picture, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height of a picture, in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

impl Item {
    /// The file for a screen: the widest that is not wider, else the narrowest.
    pub fn for_width(&self, width: u32) -> Option<&ServedFile> {
        let fitting = self
            .files
            .iter()
            .rfind(|file| file.width.is_none_or(|own| own <= width));
        fitting.or_else(|| self.files.first())
    }
}

impl Media {
    /// Media as the settings want them kept.
    ///
    /// # Errors
    /// When an S3-compatible store is set up wrongly.
    pub fn new(db: Db, clock: Clock, settings: &Settings) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            db,
            clock,
            files: Files::new(settings)?,
            largest: settings.media_bytes,
            files_url: settings.files_url.clone(),
            known: Cache::builder()
                .max_capacity(10_000)
                .time_to_live(REMEMBERED)
                .build(),
            decoding: Semaphore::new(DECODED_AT_ONCE),
            arriving: Semaphore::new(UPLOADS_AT_ONCE),
        })))
    }

    /// The files.
    pub fn files(&self) -> &Files {
        &self.0.files
    }

    /// Where a phone fetches a file: at a CDN, or a path of this server.
    pub fn address(&self, name: &str) -> String {
        match &self.0.files_url {
            Some(url) => format!("{}/{name}", url.trim_end_matches('/')),
            None => format!("/files/{name}"),
        }
    }

    /// Media of these ids, by id; those that are not there are left out.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(&self, ids: &[MediaId]) -> Result<BTreeMap<MediaId, Arc<Item>>> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for id in ids {
            match self.0.known.get(id) {
                Some(item) => drop(found.insert(*id, item)),
                None => missing.push(*id),
            }
        }
        if !missing.is_empty() {
            for row in store::of_ids(self.0.db.read(), &missing).await? {
                let item = self.keep_in_mind(row)?;
                found.insert(item.id, item);
            }
        }
        Ok(found)
    }

    /// Keeps a text beside the files that nobody is served, under the SHA-256 of it.
    ///
    /// # Errors
    /// When the store does not take it.
    pub(crate) async fn keep_note(&self, id: &str, text: &str) -> Result<()> {
        self.0.files.keep_note(id, text).await
    }

    /// A text that was kept; nothing when there is none.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) async fn note(&self, id: &str) -> Result<Option<String>> {
        let path = object_store::path::Path::from(format!("notes/{id}"));
        let Some(mut body) = self.0.files.read_at(&path, None).await? else {
            return Ok(None);
        };
        let mut text = Vec::new();
        while let Some(part) = body.next().await {
            text.extend_from_slice(&part?);
        }
        String::from_utf8(text).map(Some).map_err(Error::internal)
    }

    /// Everything uploaded, the newest first, older than one of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn library(
        &self,
        _by: &Editor,
        before: Option<MediaId>,
        first: u64,
    ) -> Result<Vec<Arc<Item>>> {
        let found = store::newest(self.0.db.latest(), before, first).await?;
        found
            .into_iter()
            .map(|row| self.keep_in_mind(row))
            .collect()
    }

    /// Media as they are now, after they were described.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there are none of that id.
    pub(super) async fn read_again(&self, id: MediaId) -> Result<Arc<Item>> {
        let found = store::of_ids(self.0.db.latest(), &[id]).await?.pop();
        self.keep_in_mind(found.ok_or(Error::NotFound)?)
    }

    fn keep_in_mind(&self, (row, texts): store::Found) -> Result<Arc<Item>> {
        let texts = texts.into_iter().map(|text| {
            let told = Told {
                alt_text: text.alt_text,
                transcript: text.transcript,
            };
            (text.language, told)
        });
        let item = Arc::new(Item {
            id: row.media_id,
            sha256: row.sha256,
            file_type: row.file_type,
            files: serde_json::from_str(&row.files).map_err(Error::internal)?,
            texts: texts.collect(),
            uploaded_at: row.uploaded_at,
        });
        self.0.known.insert(item.id, Arc::clone(&item));
        Ok(item)
    }

    /// The key of addresses and salts.
    pub(crate) async fn key(&self) -> Result<Secret> {
        let newest = keys::newest(&self.0.db, &self.0.clock, KeyPurpose::Address).await?;
        Ok(newest.secret)
    }

    async fn keys(&self) -> Result<Vec<Secret>> {
        let all = keys::all(&self.0.db, &self.0.clock, KeyPurpose::Address).await?;
        let good = all.into_iter().filter(|key| key.revoked_at.is_none());
        Ok(good.map(|key| key.secret).collect())
    }
}

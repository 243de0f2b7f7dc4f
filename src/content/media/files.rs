//! Files by content hash: `<SHA-256>.<end>`, in a folder or an S3-compatible store, written whole or not at all.
//!
//! `files/` is served to anyone who knows the name; `originals/`, `notes/` and what is arriving in `incoming/` never.
//!
//! Invariant: what stands under a name in `files/` has that hash, and never changes.

use std::{fmt, ops::Range, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use moka::sync::Cache;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem,
    path::Path,
};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::kinds::Kind;
use crate::{
    canonical,
    config::Settings,
    error::{Error, Result},
};

/// Names known to be there, so that a package does not ask the store for each of its files again.
const REMEMBERED: u64 = 20_000;

/// The name of a file: the hash of its bytes, and its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(String);

impl FileName {
    /// The name of these bytes.
    pub fn of(bytes: &[u8], kind: Kind) -> Self {
        Self::hashed(&canonical::hex(&Sha256::digest(bytes)), kind)
    }

    /// The name for a hash in lower-case hexadecimal.
    pub fn hashed(sha256: &str, kind: Kind) -> Self {
        Self(format!("{sha256}.{}", kind.ending()))
    }

    /// A name as a client says it; nothing for what can be no name.
    pub fn read(text: &str) -> Option<Self> {
        let (hash, ending) = text.split_once('.')?;
        Kind::of_ending(ending)?;
        is_hash(hash).then(|| Self(text.to_owned()))
    }

    /// The hash, lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        let ending = self.0.split('.').nth(1).unwrap_or_default();
        Kind::of_ending(ending).unwrap_or(Kind::Json)
    }

    fn path(&self) -> Path {
        Path::from(format!("files/{}", self.0))
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether it is a SHA-256 in lower-case hexadecimal.
pub fn is_hash(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Bytes on their way.
pub type Bytestream = BoxStream<'static, Result<Bytes>>;

/// The places files are kept in. Opened when first needed: a server without media needs no folder.
pub struct Files {
    wanted: Place,
    store: OnceCell<Arc<dyn ObjectStore>>,
    there: Cache<FileName, u64>,
}

/// Where files are kept.
pub(super) enum Place {
    /// In a folder of this machine.
    Folder(String),
    /// In an S3-compatible store.
    Bucket(Box<super::bucket::Bucket>),
}

impl Files {
    /// The places the settings name.
    ///
    /// # Errors
    /// When an S3-compatible store is set up wrongly.
    pub fn new(settings: &Settings) -> Result<Self> {
        let wanted = if settings.media.starts_with("s3://") {
            Place::Bucket(Box::new(super::bucket::Bucket::new(settings)?))
        } else {
            Place::Folder(settings.media.clone())
        };
        Ok(Self {
            wanted,
            store: OnceCell::new(),
            there: Cache::new(REMEMBERED),
        })
    }

    pub(super) fn bucket(&self) -> Option<&super::bucket::Bucket> {
        match &self.wanted {
            Place::Folder(_) => None,
            Place::Bucket(bucket) => Some(bucket),
        }
    }

    pub(super) async fn store(&self) -> Result<&Arc<dyn ObjectStore>> {
        let open = || async {
            match &self.wanted {
                Place::Bucket(bucket) => Ok(bucket.store()),
                Place::Folder(folder) => {
                    tokio::fs::create_dir_all(folder)
                        .await
                        .map_err(|cause| Error::internal(format!("VUN_MEDIA {folder}: {cause}")))?;
                    let opened = LocalFileSystem::new_with_prefix(folder).map_err(failed)?;
                    // What is acknowledged survives a power cut.
                    Ok(Arc::new(opened.with_fsync(true)) as Arc<dyn ObjectStore>)
                }
            }
        };
        self.store.get_or_try_init(open).await
    }

    /// Keeps bytes under their name; again changes nothing.
    ///
    /// # Errors
    /// When the store does not take them.
    pub async fn keep(&self, bytes: Vec<u8>, kind: Kind) -> Result<FileName> {
        let name = FileName::of(&bytes, kind);
        let length = bytes.len() as u64;
        if self.length(&name).await? != Some(length) {
            let payload = PutPayload::from(bytes);
            let store = self.store().await?;
            store.put(&name.path(), payload).await.map_err(failed)?;
            self.there.insert(name.clone(), length);
        }
        Ok(name)
    }

    /// [`Files::keep`] for a text whose name is known already.
    ///
    /// # Errors
    /// When the store does not take it.
    pub async fn keep_named(&self, name: &str, text: String) -> Result<()> {
        let known = FileName::read(name).is_some_and(|name| self.there.contains_key(&name));
        if !known {
            self.keep(text.into_bytes(), Kind::Json).await?;
        }
        Ok(())
    }

    /// Keeps a text that is not served under an id.
    pub(super) async fn keep_note(&self, id: &str, text: &str) -> Result<()> {
        let path = Path::from(format!("notes/{id}"));
        if self.length_at(&path).await?.is_some() {
            return Ok(());
        }
        let payload = PutPayload::from(text.as_bytes().to_vec());
        let store = self.store().await?;
        store.put(&path, payload).await.map_err(failed)?;
        Ok(())
    }

    /// Bytes of a file; nothing when there is none.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn length(&self, name: &FileName) -> Result<Option<u64>> {
        if let Some(length) = self.there.get(name) {
            return Ok(Some(length));
        }
        let length = self.length_at(&name.path()).await?;
        if let Some(length) = length {
            self.there.insert(name.clone(), length);
        }
        Ok(length)
    }

    pub(super) async fn length_at(&self, path: &Path) -> Result<Option<u64>> {
        match self.store().await?.head(path).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(failed(cause)),
        }
    }

    /// Part of a file, or all of it; nothing when there is none. The range must lie within the file.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn read(
        &self,
        name: &FileName,
        range: Option<Range<u64>>,
    ) -> Result<Option<Bytestream>> {
        self.read_at(&name.path(), range).await
    }

    pub(super) async fn read_at(
        &self,
        path: &Path,
        range: Option<Range<u64>>,
    ) -> Result<Option<Bytestream>> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        match self.store().await?.get_opts(path, options).await {
            Ok(found) => Ok(Some(found.into_stream().map_err(failed).boxed())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(failed(cause)),
        }
    }

    /// Moves what was checked to its name.
    pub(super) async fn accept(&self, from: &Path, name: &FileName) -> Result<()> {
        self.rename(from, &name.path()).await
    }

    pub(super) async fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        let store = self.store().await?;
        store.rename(from, to).await.map_err(failed)
    }

    /// Throws away what was on its way in before an instant.
    pub(super) async fn clear(&self, before: DateTime<Utc>) -> Result<()> {
        for place in ["incoming", "held"] {
            match &self.wanted {
                Place::Folder(folder) => clear_folder(&format!("{folder}/{place}"), before).await?,
                Place::Bucket(bucket) => {
                    let store = bucket.store();
                    let mut found = store.list(Some(&Path::from(place)));
                    while let Some(meta) = found.next().await {
                        let meta = meta.map_err(failed)?;
                        if meta.last_modified < before {
                            store.delete(&meta.location).await.map_err(failed)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) async fn delete(&self, path: &Path) -> Result<()> {
        match self.store().await?.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(failed(cause)),
        }
    }
}

/// Of a folder, also what a server that was killed left half-written: the store does not list it.
async fn clear_folder(folder: &str, before: DateTime<Utc>) -> Result<()> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(Error::internal(cause)),
    };
    while let Some(entry) = entries.next_entry().await.map_err(Error::internal)? {
        let meta = entry.metadata().await.map_err(Error::internal)?;
        let written = meta.modified().map_err(Error::internal)?;
        if meta.is_file() && DateTime::<Utc>::from(written) < before {
            tokio::fs::remove_file(entry.path())
                .await
                .map_err(Error::internal)?;
        }
    }
    Ok(())
}

/// A failure of the store: ours to mend, but for what is not there.
pub(super) fn failed(cause: object_store::Error) -> Error {
    match cause {
        object_store::Error::NotFound { .. } => Error::NotFound,
        cause => Error::internal(cause),
    }
}

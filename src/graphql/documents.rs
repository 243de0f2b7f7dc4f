//! Documents: found by id in the manifest, by hash in a cache, or parsed from their text.

use std::{collections::HashMap, sync::Arc};

use moka::sync::Cache;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{
    errors::{Code, Refusal},
    guard::{Prepared, check_length},
    limits::Limits,
    wire::Source,
};
use crate::canonical;

/// Bytes of text whose parsed documents are kept; a parsed document takes ten to twenty times its text.
const CACHED_TEXT_BYTES: u64 = 1024 * 1024;

type Hash = [u8; 32];

/// Whether documents outside the manifest are executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Every document; the manifest only gives ids and names.
    #[default]
    Off,
    /// Every document, and the hash of one outside the manifest is logged when it is first seen.
    Log,
    /// Only documents of the manifest.
    Enforce,
}

/// A document that may be executed.
#[derive(Debug, Clone)]
pub struct Found {
    /// The document.
    pub prepared: Arc<Prepared>,
    /// Its name in the manifest, if it is there; safe as a label, because only an operator can add one.
    pub known_as: Option<Arc<str>>,
}

/// The documents this server has seen.
#[derive(Debug)]
pub struct Documents {
    trust: Trust,
    limits: Limits,
    by_id: HashMap<String, Found>,
    by_text: HashMap<Hash, Found>,
    cache: Cache<Hash, (Arc<Prepared>, u32)>,
}

/// A persisted-query manifest in Apollo's format.
#[derive(Deserialize)]
struct Manifest {
    format: String,
    version: u32,
    operations: Vec<ManifestOperation>,
}

#[derive(Deserialize)]
struct ManifestOperation {
    id: String,
    name: String,
    body: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file is not JSON of the right shape.
    #[error("the manifest cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The file is of another format or version.
    #[error(
        "the manifest is of format {format:?} version {version}; \"apollo-persisted-query-manifest\" version 1 is needed"
    )]
    OtherFormat {
        /// `format` in the file.
        format: String,
        /// `version` in the file.
        version: u32,
    },
    /// Two operations have the same id.
    #[error("the manifest has the id {0:?} twice")]
    RepeatedId(String),
    /// An operation would be refused if a client sent it.
    #[error("operation {name:?} of the manifest is refused: {reason}")]
    Refused {
        /// `name` in the file.
        name: String,
        /// What the guard says.
        reason: String,
    },
}

impl Documents {
    /// A store without a manifest. With [`Trust::Enforce`] it executes nothing.
    #[must_use]
    pub fn new(limits: Limits, trust: Trust) -> Self {
        let cache = Cache::builder()
            .weigher(|_, (_, bytes): &(Arc<Prepared>, u32)| *bytes)
            .max_capacity(CACHED_TEXT_BYTES)
            .build();
        Self {
            trust,
            limits,
            by_id: HashMap::new(),
            by_text: HashMap::new(),
            cache,
        }
    }

    /// Adds the operations of a manifest (`generate-persisted-query-manifest` writes it from an app's source).
    ///
    /// # Errors
    /// When the file is not such a manifest or an operation in it is over the limits; nothing half-loaded is
    /// returned.
    pub fn with_manifest(mut self, json: &str) -> Result<Self, ManifestError> {
        let manifest: Manifest = serde_json::from_str(json)?;
        if manifest.format != "apollo-persisted-query-manifest" || manifest.version != 1 {
            return Err(ManifestError::OtherFormat {
                format: manifest.format,
                version: manifest.version,
            });
        }
        for operation in manifest.operations {
            let prepared = Prepared::new(&operation.body, &self.limits).map_err(|refusal| {
                ManifestError::Refused {
                    name: operation.name.clone(),
                    reason: refusal.message.into_owned(),
                }
            })?;
            let found = Found {
                prepared: Arc::new(prepared),
                known_as: Some(operation.name.into()),
            };
            self.by_text.insert(hash(&operation.body), found.clone());
            if self.by_id.insert(operation.id.clone(), found).is_some() {
                return Err(ManifestError::RepeatedId(operation.id));
            }
        }
        Ok(self)
    }

    /// The document a request names.
    ///
    /// # Errors
    /// `NOT_FOUND` for an unknown id or hash, `FORBIDDEN` for a text outside the manifest where only the manifest is
    /// executed, and what [`Prepared::new`] refuses.
    pub fn find(&self, source: &Source) -> Result<Found, Refusal> {
        match source {
            Source::Id(id) => self.by_id(id).ok_or_else(|| {
                document_error(
                    Code::NotFound,
                    "There is no trusted document of this documentId.",
                )
            }),
            Source::Hash(hash) => self
                .by_id(hash)
                .or_else(|| self.cached(&canonical::bytes(hash)?))
                // Clients with automatic persisted queries look for this very word and send the text.
                .ok_or_else(|| document_error(Code::NotFound, "PersistedQueryNotFound")),
            Source::Text { text, sha256 } => self.of_text(text, sha256.as_deref()),
        }
    }

    fn by_id(&self, id: &str) -> Option<Found> {
        let plain = id.strip_prefix("sha256:").unwrap_or(id);
        self.by_id
            .get(id)
            .or_else(|| self.by_id.get(plain))
            .cloned()
    }

    fn cached(&self, hash: &Hash) -> Option<Found> {
        if let Some(found) = self.by_text.get(hash) {
            return Some(found.clone());
        }
        if self.trust == Trust::Enforce {
            return None;
        }
        let (prepared, _) = self.cache.get(hash)?;
        Some(Found {
            prepared,
            known_as: None,
        })
    }

    fn of_text(&self, text: &str, sha256: Option<&str>) -> Result<Found, Refusal> {
        check_length(text, &self.limits)?;
        let hash = hash(text);
        if sha256.is_some_and(|claimed| canonical::bytes(claimed) != Some(hash)) {
            return Err(Refusal::bad_document(
                "The sha256Hash of persistedQuery is not the hash of the query.",
            ));
        }
        if let Some(found) = self.cached(&hash) {
            return Ok(found);
        }
        if self.trust == Trust::Enforce {
            return Err(document_error(
                Code::Forbidden,
                "Only trusted documents are executed here: send a documentId.",
            ));
        }
        let prepared = Arc::new(Prepared::new(text, &self.limits)?);
        if self.trust == Trust::Log {
            tracing::warn!(
                sha256 = canonical::hex(&hash),
                "a document outside the manifest"
            );
        }
        let bytes = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.cache.insert(hash, (Arc::clone(&prepared), bytes));
        Ok(Found {
            prepared,
            known_as: None,
        })
    }
}

fn document_error(code: Code, message: &'static str) -> Refusal {
    Refusal {
        code,
        ..Refusal::bad_document(message)
    }
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

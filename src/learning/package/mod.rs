//! Offline packages: what a family needs of the curriculum for weeks without a network, in the order it needs it, fitted to the
//! bytes a phone has to spare, and signed, so that a trainer's phone can carry it and the family's phone can check it.
//!
//! Invariant: the same content, request and path give the same bytes. A package says nothing of the family but the order.

mod documents;
pub mod fitting;
mod listing;
pub mod manifest;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{ids::ModuleId, lesson_variant::Modality, server_key::KeyPurpose};
use futures_util::{StreamExt, TryStreamExt, stream};

use self::{
    fitting::{Weighed, delta, fit},
    listing::Listed,
    manifest::{FORMAT, Manifest, PackageFile, Signed, Signer},
};
use super::Learning;
use crate::{
    auth::capability::Learner,
    clock::Clock,
    content::{
        Catalogue,
        media::{Media, files::is_hash},
    },
    db::Db,
    error::{Error, Result, UserError, UserErrorCode},
    installation::keys::{self, Key},
};

/// The most modules a package is asked for by name.
pub const MOST_MODULES: usize = 50;
/// The bytes of a package when nobody says how many.
pub const DEFAULT_BYTES: i32 = 50_000_000;
/// The screen that pictures are for when nobody says how wide it is, in pixels.
pub const DEFAULT_WIDTH: i32 = 640;

/// Files written to the store at once.
const KEPT_AT_ONCE: usize = 8;

/// What a phone asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which modules, in this order behind what the path has; all when there are none.
    pub modules: Vec<ModuleId>,
    /// BCP 47 tag.
    pub language: String,
    /// How lessons should speak, the most wanted first.
    pub modalities: Vec<Modality>,
    /// The most bytes of all files together.
    pub budget: i32,
    /// Width of the screen in pixels.
    pub width: i32,
    /// The id of the manifest the phone holds.
    pub have: Option<String>,
}

/// A package as a phone gets it.
#[derive(Clone, Debug)]
pub struct Package {
    /// The manifest as it was signed.
    pub signed: Signed,
    /// The same, to read.
    pub manifest: Manifest,
    /// Whether the manifest the phone holds is known; when not, everything is to be fetched.
    pub have_known: bool,
    /// Places in the manifest's files of those to fetch.
    pub fetch: Vec<usize>,
    /// Names of files to drop.
    pub drop: Vec<String>,
}

/// A key that signs packages, as anyone may know it.
#[derive(Clone, Debug)]
pub struct PublicKey {
    /// Its id.
    pub id: String,
    /// Its 32 bytes.
    pub public: Vec<u8>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was found to be in wrong hands: trust nothing it signed.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Offline packages. Cheap to clone.
#[derive(Clone)]
pub struct Packages {
    db: Db,
    clock: Clock,
    learning: Learning,
    media: Media,
}

impl Packages {
    /// Opens the feature.
    pub fn new(db: Db, clock: Clock, learning: Learning, media: Media) -> Self {
        Self {
            db,
            clock,
            learning,
            media,
        }
    }

    /// Makes a package, and keeps its files to be fetched.
    ///
    /// # Errors
    /// What to mend in the request; otherwise when the database or the store of files does not answer.
    pub async fn make(&self, learner: &Learner, request: Request) -> Result<Package> {
        let catalogue = self.learning.catalogue();
        check(&request, &catalogue)?;
        let record = self.learning.record_of(learner).await?;
        let steps = match &record {
            Some(record) => self.learning.path(record, None).await?,
            None => Vec::new(),
        };
        let is_staff = record.is_none_or(|record| record.facts.is_staff);
        let lessons = listing::ordered(&catalogue, &steps, &request.modules, is_staff);
        let key = self.media.key().await?;
        let listed = listing::files(&catalogue, &self.media, &request, &lessons, &key).await?;
        let weighed: Vec<Weighed> = listed.iter().map(Listed::weighed).collect();
        let budget = u64::try_from(request.budget).unwrap_or_default();
        let taken = fit(&weighed, budget);
        let (mut files, mut left_out, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for (listed, taken) in listed.into_iter().zip(taken) {
            if !taken {
                left_out.push(listed.file);
                continue;
            }
            texts.extend(listed.text.map(|text| (listed.file.name.clone(), text)));
            files.push(listed.file);
        }
        let store = self.media.files();
        stream::iter(texts)
            .map(|(name, text)| async move { store.keep_named(&name, text).await })
            .buffer_unordered(KEPT_AT_ONCE)
            .try_collect::<()>()
            .await?;
        let key = keys::newest(&self.db, &self.clock, KeyPurpose::Package).await?;
        let signer = Signer::new(&key)?;
        let words = request.modalities.iter().copied().map(documents::word);
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            key_id: signer.id(),
            revision: catalogue.revision(),
            language: request.language.clone(),
            modalities: words.map(str::to_owned).collect(),
            module_ids: request.modules.iter().map(ToString::to_string).collect(),
            byte_budget: budget,
            bytes: files.iter().map(|file| file.bytes).sum(),
            files,
            left_out,
        };
        let signed = signer.sign(&manifest)?;
        self.media.keep_note(&signed.id, &signed.text).await?;
        self.compared(signed, manifest, request.have.as_deref())
            .await
    }

    async fn compared(
        &self,
        signed: Signed,
        manifest: Manifest,
        have: Option<&str>,
    ) -> Result<Package> {
        let held = match have {
            Some(id) => self.media.note(id).await?,
            None => None,
        };
        let held: Option<Manifest> = held
            .map(|text| serde_json::from_str(&text).map_err(Error::internal))
            .transpose()?;
        let have_known = held.is_some();
        let held = held.map(|held| held.files).unwrap_or_default();
        let names = |files: &[PackageFile]| -> Vec<String> {
            files.iter().map(|file| file.name.clone()).collect()
        };
        let (want, have) = (names(&manifest.files), names(&held));
        let want: Vec<&str> = want.iter().map(String::as_str).collect();
        let have: Vec<&str> = have.iter().map(String::as_str).collect();
        let (fetch, drop) = delta(&want, &have);
        let fetch: BTreeSet<&str> = fetch.into_iter().collect();
        let places = want.iter().enumerate();
        let places = places.filter(|(_, name)| fetch.contains(*name));
        Ok(Package {
            have_known,
            fetch: places.map(|(at, _)| at).collect(),
            drop: drop.into_iter().map(str::to_owned).collect(),
            signed,
            manifest,
        })
    }

    /// Every key that signs packages or signed them, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keys(&self) -> Result<Vec<PublicKey>> {
        let all = keys::all(&self.db, &self.clock, KeyPurpose::Package).await?;
        all.iter().rev().map(public).collect()
    }

    /// Makes a new key to sign with; `revoke` says that those before it are in wrong hands.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn new_key(&self, revoke: bool) -> Result<PublicKey> {
        let key = keys::follow(&self.db, &self.clock, KeyPurpose::Package, revoke).await?;
        public(&key)
    }
}

fn public(key: &Key) -> Result<PublicKey> {
    let signer = Signer::new(key)?;
    Ok(PublicKey {
        id: signer.id(),
        public: signer.public().to_vec(),
        made_at: key.made_at,
        revoked_at: key.revoked_at,
    })
}

fn check(request: &Request, catalogue: &Catalogue) -> Result<()> {
    let mut errors = Vec::new();
    if request.modules.len() > MOST_MODULES {
        let error = UserError::new(UserErrorCode::TooMany, "moduleIds", "package-many-modules");
        errors.push(error.with("maximum", MOST_MODULES));
    }
    for module in &request.modules {
        if catalogue.module(*module).is_none() {
            let error = UserError::new(UserErrorCode::NotFound, "moduleIds", "package-no-module");
            errors.push(error.with("id", module));
        }
    }
    let known = listing::languages(catalogue);
    let primary = request.language.split('-').next().unwrap_or_default();
    let exists = known.iter().any(|tag| {
        tag.eq_ignore_ascii_case(&request.language) || tag.eq_ignore_ascii_case(primary)
    });
    if !exists {
        let error = UserError::new(UserErrorCode::NotFound, "language", "package-no-language");
        let asked: String = request.language.chars().take(35).collect();
        let known: Vec<&str> = known.into_iter().collect();
        errors.push(
            error
                .with("language", asked)
                .with("languages", known.join(", ")),
        );
    }
    let distinct: BTreeSet<Modality> = request.modalities.iter().copied().collect();
    if request.modalities.is_empty() || distinct.len() != request.modalities.len() {
        errors.push(UserError::new(
            UserErrorCode::Invalid,
            "modalities",
            "package-modalities",
        ));
    }
    if request.budget < 1 {
        errors.push(UserError::new(
            UserErrorCode::Invalid,
            "byteBudget",
            "package-budget",
        ));
    }
    if request.have.as_deref().is_some_and(|id| !is_hash(id)) {
        errors.push(UserError::new(
            UserErrorCode::Invalid,
            "have",
            "package-have",
        ));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::User(errors))
    }
}

//! Offline packages on the wire.

use async_graphql::{Context, Enum, ID, Object};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use entity::{ids::ModuleId, lesson_variant};

use crate::{
    auth::graphql::viewer,
    content::{
        graphql::Modality,
        media::{Media, files::FileName},
    },
    error::{Error, UserErrorCode},
    graphql::{ids::asked, payload::graphql_error},
    learning::package::{
        DEFAULT_BYTES, DEFAULT_WIDTH, MOST_MODULES, Package, Packages, PublicKey, Request,
        manifest::{FileKind, PackageFile},
    },
};

/// What a file of a package is. More may be added: keep an unknown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "FileKind")]
pub enum PackageFileKind {
    /// A lesson in one language and modality: JSON.
    Lesson,
    /// The quiz of a module in one language, its answers as salted hashes: JSON.
    Quiz,
    /// A picture, sound or film.
    Media,
}

/// What a family needs for weeks without a network, signed so that another phone can carry it.
pub struct PackageObject(Package);

/// What a family needs for weeks without a network, signed so that another phone can carry it.
#[Object(name = "OfflinePackage")]
impl PackageObject {
    /// SHA-256 of `manifest`, lower-case hexadecimal. Send it as `have` the next time.
    async fn id(&self) -> &str {
        &self.0.signed.id
    }

    /// The signed text, to be kept as it is: JSON with `format` (vun-package/1), `keyId`, `revision`, what was asked for,
    /// `files` in the order they are needed, and `leftOut`. Each file has `name`, `sha256`, `bytes`, `kind`, `moduleId` and,
    /// where they apply, `lessonId`, `language` and `modality`.
    async fn manifest(&self) -> &str {
        &self.0.signed.text
    }

    /// Ed25519 signature over the UTF-8 bytes of `manifest`, in base64.
    async fn signature(&self) -> &str {
        &self.0.signed.signature
    }

    /// The key that signed it; see `packageKeys`.
    async fn key_id(&self) -> &str {
        &self.0.manifest.key_id
    }

    /// The counter of changes of the curriculum: of two packages asked for alike, the later has the higher.
    async fn revision(&self) -> String {
        self.0.manifest.revision.to_string()
    }

    /// Bytes of all files together; at most those asked for. The manifest itself is not counted.
    async fn bytes(&self) -> i32 {
        size(self.0.manifest.bytes)
    }

    /// How many files.
    async fn file_count(&self) -> i32 {
        size(self.0.manifest.files.len() as u64)
    }

    /// Whether the manifest in `have` is known here; when not, everything is to be fetched. False when none was sent.
    async fn have_known(&self) -> bool {
        self.0.have_known
    }

    /// The files the phone lacks, in the order they are needed: all of them without `have`.
    #[graphql(complexity = "20 * child_complexity")]
    async fn fetch(&self) -> Vec<PackageFileObject<'_>> {
        let files = self.0.fetch.iter();
        files
            .filter_map(|at| self.0.manifest.files.get(*at))
            .map(PackageFileObject)
            .collect()
    }

    /// Bytes of the files in `fetch` together.
    async fn fetch_bytes(&self) -> i32 {
        let files = self.0.fetch.iter();
        let files = files.filter_map(|at| self.0.manifest.files.get(*at));
        size(files.map(|file| file.bytes).sum())
    }

    /// Names of files of `have` that are no longer needed, once everything in `fetch` is there.
    async fn drop(&self) -> &[String] {
        &self.0.drop
    }

    /// What did not fit into the bytes asked for, in the order it would be needed. Texts come before pictures, sounds and films.
    #[graphql(complexity = "20 * child_complexity")]
    async fn left_out(&self) -> Vec<PackageFileObject<'_>> {
        let files = self.0.manifest.left_out.iter();
        files.map(PackageFileObject).collect()
    }
}

/// A file of a package. It never changes: its name is its hash.
pub struct PackageFileObject<'p>(&'p PackageFile);

/// A file of a package. It never changes: its name is its hash.
#[Object(name = "PackageFile")]
impl PackageFileObject<'_> {
    /// Its name: SHA-256 and kind.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Where it is fetched, in parts too (`Range`): an address, or a path of this server.
    async fn url(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(ctx.data::<Media>()?.address(&self.0.name))
    }

    /// SHA-256 of its bytes, lower-case hexadecimal.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// Its size.
    async fn bytes(&self) -> i32 {
        size(self.0.bytes)
    }

    /// Its content type.
    async fn content_type(&self) -> Option<&'static str> {
        let name = FileName::read(&self.0.name)?;
        Some(name.kind().content_type())
    }

    /// What it is.
    async fn kind(&self) -> PackageFileKind {
        self.0.kind.into()
    }

    /// The module it belongs to.
    async fn module_id(&self) -> ID {
        ID(self.0.module_id.clone())
    }

    /// The lesson it belongs to; null for a quiz and its pictures.
    async fn lesson_id(&self) -> Option<ID> {
        self.0.lesson_id.clone().map(ID)
    }

    /// The language it is in, which may be another than asked for; null for media.
    async fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }
}

/// A key that signs packages.
pub struct PackageKey(PublicKey);

/// A key that signs packages.
#[Object]
impl PackageKey {
    /// Its id: the first 16 hexadecimal digits of the SHA-256 of its bytes.
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// How it signs: Ed25519.
    async fn algorithm(&self) -> &'static str {
        "Ed25519"
    }

    /// Its 32 public bytes in base64.
    async fn public_key(&self) -> String {
        STANDARD.encode(&self.0.public)
    }

    /// When it was made.
    async fn made_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }

    /// When it was found to be in wrong hands: trust nothing it signed. Null for a good key.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.0.revoked_at
    }
}

/// What phones ask for to be without a network.
#[derive(Clone, Copy, Debug, Default)]
pub struct PackageQuery;

#[Object]
impl PackageQuery {
    /// A package for weeks without a network: lessons of the viewer's path first, then the rest of the modules, each lesson
    /// with what it shows and each module with its quiz. The same request gives the same package until the content or the path
    /// changes.
    #[graphql(complexity = "200 + child_complexity")]
    #[expect(
        clippy::too_many_arguments,
        reason = "each is an argument of the field"
    )]
    async fn offline_package(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these modules, at most 50; all of the curriculum by default.")]
        module_ids: Option<Vec<ID>>,
        #[graphql(desc = "BCP 47 tag. A lesson that lacks it comes in Vietnamese and says so.")]
        language: String,
        #[graphql(desc = "How lessons should speak, the most wanted first; by default TEXT.")]
        modalities: Option<Vec<Modality>>,
        #[graphql(desc = "The most bytes of all files together; 50000000 by default.")]
        byte_budget: Option<i32>,
        #[graphql(desc = "Width of the phone's screen in pixels, for pictures; 640 by default.")]
        screen_width: Option<i32>,
        #[graphql(
            desc = "The id of the package the phone holds: `fetch` is then only what it lacks."
        )]
        have: Option<String>,
    ) -> async_graphql::Result<PackageObject> {
        let learner = viewer(ctx)?.learner();
        let mut modules = Vec::new();
        for id in module_ids.unwrap_or_default().iter().take(MOST_MODULES + 1) {
            let unknown = || {
                let error = Error::user(UserErrorCode::Invalid, "moduleIds", "id-invalid");
                graphql_error(ctx, &error)
            };
            modules.push(asked::<ModuleId>(id).ok_or_else(unknown)?);
        }
        let modalities = match modalities {
            None => vec![lesson_variant::Modality::Text],
            Some(modalities) => modalities.into_iter().map(Into::into).collect(),
        };
        let request = Request {
            modules,
            language,
            modalities,
            budget: byte_budget.unwrap_or(DEFAULT_BYTES),
            width: screen_width.unwrap_or(DEFAULT_WIDTH),
            have,
        };
        let made = ctx.data::<Packages>()?.make(&learner, request).await;
        let made = made.map_err(|error| graphql_error(ctx, &error));
        made.map(PackageObject)
    }

    /// The keys that sign packages, the newest first. Also at `/.well-known/vun-package-keys.json`.
    async fn package_keys(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<PackageKey>> {
        let keys = ctx.data::<Packages>()?.keys().await;
        let keys = keys.map_err(|error| graphql_error(ctx, &error))?;
        Ok(keys.into_iter().map(PackageKey).collect())
    }
}

fn size(bytes: u64) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}

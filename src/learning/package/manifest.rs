//! The manifest of an offline package: what is in it, in the order a family needs it, signed so that a phone without a network
//! can tell it from any other.
//!
//! The signed bytes are the canonical text of the manifest ([`crate::canonical`]: UTF-8 JSON without white space, members
//! sorted by name), exactly as the API answers it. The signature is Ed25519 (RFC 8032) over these bytes, in base64. The id of a
//! manifest is the SHA-256 of these bytes, and the id of a key the first 16 hexadecimal digits of the SHA-256 of its 32 public
//! bytes. To check a package somebody carried: find the key by `keyId` among those fetched from a server one trusts, check the
//! signature, then each file against its `sha256` and `bytes`. Of two manifests of the same request the one with the higher
//! `revision` is the later.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};

use crate::{
    canonical,
    error::{Error, Result},
    installation::keys::Key,
};

/// What the form is called; another form gets another number.
pub const FORMAT: &str = "vun-package/1";

/// What a package holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The key that signs it.
    pub key_id: String,
    /// The counter of changes of the curriculum.
    pub revision: i64,
    /// The language asked for.
    pub language: String,
    /// The modalities asked for, in the order of preference.
    pub modalities: Vec<String>,
    /// The modules asked for; none means all.
    pub module_ids: Vec<String>,
    /// The bytes asked for.
    pub byte_budget: u64,
    /// The bytes of all files.
    pub bytes: u64,
    /// The files, in the order they are needed.
    pub files: Vec<PackageFile>,
    /// What did not fit.
    pub left_out: Vec<PackageFile>,
}

/// What a file of a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FileKind {
    /// A lesson in one language and modality.
    Lesson,
    /// The quiz of a module in one language, its answers as salted hashes.
    Quiz,
    /// A picture, sound or film.
    Media,
}

/// A file of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PackageFile {
    /// Its name: `<SHA-256>.<end>`, fetched at `/files/<name>`.
    pub name: String,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// What it is.
    pub kind: FileKind,
    /// The module it belongs to.
    pub module_id: String,
    /// The lesson it belongs to; absent for a quiz.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson_id: Option<String>,
    /// The language it is in; absent for media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// How a lesson speaks; absent for others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modality: Option<String>,
}

/// A manifest and who says so.
#[derive(Clone, Debug)]
pub struct Signed {
    /// SHA-256 of the text.
    pub id: String,
    /// The canonical text.
    pub text: String,
    /// Ed25519 over the text, in base64.
    pub signature: String,
}

/// Makes signatures.
pub struct Signer {
    pair: Ed25519KeyPair,
}

impl Signer {
    /// With a key of the installation.
    ///
    /// # Errors
    /// Never for 32 bytes.
    pub fn new(key: &Key) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(key.secret.bytes());
        let pair = pair.map_err(|cause| Error::internal(cause.to_string()))?;
        Ok(Self { pair })
    }

    /// The 32 public bytes.
    pub fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The id of the key.
    pub fn id(&self) -> String {
        let mut id = crate::canonical::hex(self.public_digest().as_ref());
        id.truncate(16);
        id
    }

    fn public_digest(&self) -> ring::digest::Digest {
        ring::digest::digest(&ring::digest::SHA256, self.public())
    }

    /// Signs a manifest.
    ///
    /// # Errors
    /// Never for a manifest of whole numbers.
    pub fn sign(&self, manifest: &Manifest) -> Result<Signed> {
        let text = canonical::text(manifest)?;
        Ok(Signed {
            id: canonical::sha256(&text),
            signature: STANDARD.encode(self.pair.sign(text.as_bytes()).as_ref()),
            text,
        })
    }
}

//! Columns that must never be printed: hashes of passwords and of tokens.

use sea_orm::entity::prelude::*;

/// An Argon2id hash in PHC form.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct PasswordHash(pub String);

/// A SHA-256 digest of a token, or the salt that leads from one token to the next.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct Digest(pub Vec<u8>);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(secret)")
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Digest(secret)")
    }
}

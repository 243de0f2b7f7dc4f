//! The exact bytes of a published form that are hashed: as [`crate::canonical`] writes them.
//!
//! A commitment is HMAC-SHA-256 with a key of 32 random bytes over the UTF-8 text
//! `<version id>|<area id>|<indicator>|<measure>`, a line feed, and the number in decimal digits (nothing where the
//! number is unknown), in lower-case hexadecimal.

pub use crate::canonical::{bytes, hex, sha256, text};

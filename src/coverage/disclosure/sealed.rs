//! An exact figure that is kept and not shown: committed to in the open, opened only for an auditor.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::published::Figure;
use crate::{auth::capability::Administrator, error::Result};

/// The true value of one figure, in persons; none where nobody knows it.
///
/// Invariant: it has no way out but [`Sealed::open`], which takes an auditor, and [`Sealed::at_rest`], which is for a
/// column of class `sensitive` that nothing but [`Sealed::kept`] reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sealed(Option<u64>);

impl Sealed {
    pub(in crate::coverage) fn of(people: Option<u64>) -> Self {
        Self(people)
    }

    /// Both together; unknown when one of them is.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(
            self.0
                .zip(other.0)
                .and_then(|(one, two)| one.checked_add(two)),
        )
    }

    /// A figure that is no secret.
    pub fn shown(figure: Figure<u64>) -> Self {
        Self(figure.exact())
    }

    /// HMAC-SHA-256 over `about`, a line feed, and the number in decimal digits (nothing where it is unknown).
    pub fn commitment(self, key: &[u8; 32], about: &str) -> Result<[u8; 32]> {
        let mac = Hmac::<Sha256>::new_from_slice(key).map_err(crate::error::Error::internal)?;
        let number = self.0.map_or_else(String::new, |people| people.to_string());
        let bytes = mac.chain_update(about).chain_update("\n");
        Ok(bytes.chain_update(number).finalize().into_bytes().into())
    }

    /// As the database keeps it.
    pub fn at_rest(self) -> Option<i64> {
        self.0.and_then(|people| i64::try_from(people).ok())
    }

    /// As it was kept.
    pub fn kept(value: Option<i64>) -> Self {
        Self(value.and_then(|people| u64::try_from(people).ok()))
    }

    /// The number itself, for whoever audits.
    pub fn open(self, _auditor: &Administrator) -> Option<u64> {
        self.0
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed")
    }
}

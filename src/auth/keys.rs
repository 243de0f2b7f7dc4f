//! Codes and signed links follow from a key that every server of the installation shares, so that none of them is kept.

use entity::{secret::Digest as Kept, server_key::KeyPurpose};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::Auth;
use crate::{
    error::Result,
    installation::keys::{self, Secret},
};

/// Digits of a code: 100 million, of which a handful are good at a time.
pub(super) const CODE_DIGITS: usize = 8;

/// The key once it was read.
#[derive(Default)]
pub(super) struct Keys(OnceCell<Secret>);

impl Auth {
    /// Reads the key, so that nothing inside a transaction has to.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn load_key(&self) -> Result<()> {
        self.0.keys.0.get_or_try_init(|| self.shared_key()).await?;
        Ok(())
    }

    /// A keyed digest of some bytes for a purpose: the same on every server, unknown to everybody else.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn keyed(&self, purpose: &str, bytes: &[u8]) -> Result<[u8; 32]> {
        let key = self.0.keys.0.get_or_try_init(|| self.shared_key()).await?;
        key.mac(purpose, bytes)
    }

    /// The code of digits that follows from some bytes for a purpose.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn keyed_code(&self, purpose: &str, bytes: &[u8]) -> Result<SecretString> {
        let digest = self.keyed(purpose, bytes).await?;
        let mut head = [0; 8];
        head.iter_mut()
            .zip(digest)
            .for_each(|(to, from)| *to = from);
        let code = u64::from_be_bytes(head) % 10_u64.pow(8);
        Ok(format!("{code:0CODE_DIGITS$}").into())
    }

    /// The key, made now if no server has needed it yet.
    async fn shared_key(&self) -> Result<Secret> {
        let key = keys::newest(&self.0.db, &self.0.clock, KeyPurpose::Code).await?;
        Ok(key.secret)
    }
}

/// A code as somebody typed it, space and dashes aside: nothing when it cannot be one.
pub(crate) fn typed_code(text: &str) -> Option<String> {
    let mut code = String::with_capacity(CODE_DIGITS);
    for letter in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        if !letter.is_ascii_digit() || code.len() == CODE_DIGITS {
            return None;
        }
        code.push(letter);
    }
    (code.len() == CODE_DIGITS).then_some(code)
}

/// A code as it is kept.
pub(crate) fn kept_code(purpose: &str, code: &str) -> Kept {
    Kept(Sha256::digest(format!("{purpose}:{code}")).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed_and_nothing_else_is_one() {
        assert_eq!(typed_code(" 1234-5678 ").as_deref(), Some("12345678"));
        let long = "1".repeat(1_000_000);
        for wrong in [
            "",
            "1234567",
            "123456789",
            "1234567a",
            "１２３４５６７８",
            &long,
        ] {
            assert_eq!(typed_code(wrong), None);
        }
        assert_ne!(kept_code("a", "12345678"), kept_code("b", "12345678"));
    }
}

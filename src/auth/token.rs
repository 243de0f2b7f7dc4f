//! Tokens: 256 random bits that clients keep and we only know by hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::secret::Digest as Kept;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A token as its bytes. Never printed.
#[derive(Clone)]
pub struct Token([u8; 32]);

/// The tokens of one pair.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Sent with every request.
    pub access: Token,
    /// Traded for the next pair.
    pub refresh: Token,
}

impl Token {
    /// A fresh one.
    pub fn fresh() -> Self {
        Self(rand::random())
    }

    /// The token a client sent; nothing when it cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What clients keep and send.
    pub fn text(&self) -> SecretString {
        URL_SAFE_NO_PAD.encode(self.0).into()
    }

    /// What we keep.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// What we keep, as a column.
    pub fn kept(&self) -> Kept {
        Kept(self.hash().to_vec())
    }

    /// Whether a kept hash is that of this token, in a time that does not depend on where they differ.
    pub fn is(&self, kept: &Kept) -> bool {
        self.hash().as_slice().ct_eq(&kept.0).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(secret)")
    }
}

impl Pair {
    /// A fresh one.
    pub fn fresh() -> Self {
        Self {
            access: Token::fresh(),
            refresh: Token::fresh(),
        }
    }

    /// The pair that follows a refresh token under a salt. Worked out again it is the same, so that several
    /// copies of one request get one answer; who has only the token or only the salt can work out nothing.
    pub fn after(refresh: &Token, salt: &Kept) -> Self {
        let part = |label: &str| {
            let digest = Sha256::new()
                .chain_update(&salt.0)
                .chain_update(refresh.0)
                .chain_update(label)
                .finalize();
            Token(digest.into())
        };
        Self {
            access: part("access"),
            refresh: part("refresh"),
        }
    }
}

/// A fresh salt for [`Pair::after`].
pub fn salt() -> Kept {
    Kept(rand::random::<[u8; 32]>().to_vec())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_token_survives_the_wire_and_is_known_by_its_hash() {
        let token = Token::fresh();
        let text = token.text();
        assert_eq!(text.expose_secret().len(), 43);
        let read = Token::read(text.expose_secret()).unwrap();
        assert!(read.is(&Kept(token.hash().to_vec())));
        assert!(!Token::fresh().is(&Kept(token.hash().to_vec())));
        assert!(!token.is(&Kept(Vec::new())));
    }

    #[test]
    fn what_is_no_token_is_not_read() {
        for wrong in [
            "",
            "a",
            "é",
            &"A".repeat(42),
            &"A".repeat(44),
            &"A".repeat(100_000),
        ] {
            assert!(Token::read(wrong).is_none());
        }
    }

    #[test]
    fn a_pair_follows_from_token_and_salt_together_only() {
        let (token, salt_1, salt_2) = (Token::fresh(), salt(), salt());
        let hashes = |pair: Pair| (pair.access.hash(), pair.refresh.hash());
        let next = hashes(Pair::after(&token, &salt_1));
        assert_eq!(next, hashes(Pair::after(&token, &salt_1)));
        assert_ne!(next, hashes(Pair::after(&token, &salt_2)));
        assert_ne!(next, hashes(Pair::after(&Token::fresh(), &salt_1)));
        assert_ne!(next.0, next.1);
    }

    #[test]
    fn tokens_are_never_printed() {
        let pair = Pair::fresh();
        let printed = format!("{pair:?} {:?} {:?}", pair.access.text(), salt());
        let text = pair.access.text();
        assert!(!printed.contains(text.expose_secret()));
        assert!(printed.contains("secret"));
    }
}

//! Login names: what is accepted, and the one form under which a name is kept and looked for.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::error::{UserError, UserErrorCode};

/// A login name in the form it is kept: NFC, lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Login(String);

const LENGTH: std::ops::RangeInclusive<usize> = 3..=64;

impl Login {
    /// The login name somebody typed, with space around it forgiven.
    ///
    /// # Errors
    /// A user error naming `login` when it is not 3-64 letters a-z, digits or `._-@+`.
    pub fn typed(text: &str) -> Result<Self, UserError> {
        let wrong = || UserError::new(UserErrorCode::Invalid, "login", "login-invalid");
        let text = text.trim();
        if text.len() > LENGTH.end() * 4 {
            return Err(wrong());
        }
        let kept: String = text.nfc().collect::<String>().to_lowercase();
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-@+".contains(&byte)
        };
        if LENGTH.contains(&kept.len()) && kept.bytes().all(allowed) {
            Ok(Self(kept))
        } else {
            Err(wrong())
        }
    }

    /// The name as kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What guesses are counted under: never the text itself, since people type passwords into the wrong field.
pub fn guess_key(typed: &str) -> [u8; 32] {
    match Login::typed(typed) {
        Ok(login) => Sha256::digest(login.0),
        Err(_) => Sha256::digest(typed),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_kept_in_one_form() {
        let kept = Login::typed("  Me.Bong+2@Example-1.VN ").unwrap();
        assert_eq!(kept.as_str(), "me.bong+2@example-1.vn");
        assert_eq!(guess_key("ME"), guess_key("ME"));
        assert_eq!(guess_key("Abc"), guess_key(" abc"));
    }

    #[test]
    fn what_could_be_confused_or_does_not_fit_is_refused() {
        let long = "a".repeat(65);
        let huge = "a".repeat(100_000);
        // The Kelvin sign lower-cases to k, and is one of the few that do.
        for wrong in [
            "",
            "ab",
            " ",
            "a b",
            "mẹ bống",
            "abc\0",
            "аbc",
            "ab\u{200b}c",
            "abc\u{202e}",
            &long,
            &huge,
        ] {
            let error = Login::typed(wrong).unwrap_err();
            assert_eq!(error.code, UserErrorCode::Invalid, "{wrong:?}");
            assert_eq!(error.field, ["login"]);
        }
        assert!(Login::typed(&"a".repeat(64)).is_ok());
        assert_eq!(Login::typed("\u{212a}im").unwrap().as_str(), "kim");
    }
}

//! Names people type: cleaned, checked, and given a key that lists them by given name in Vietnamese order.

use std::fmt::Write;

use unicode_normalization::UnicodeNormalization;

use crate::{
    error::{UserError, UserErrorCode},
    fold,
};

/// The longest full name, in characters.
pub const FULL_NAME_LIMIT: usize = 200;

/// The longest nickname of a child, in characters.
pub const NICKNAME_LIMIT: usize = 50;

/// One line of text as it is kept: NFC, without space at the ends, single spaces inside.
///
/// # Errors
/// A user error naming `field` when nothing is left, it is longer than `limit` characters, or it holds
/// characters that cannot be seen (control, direction or zero-width marks) and could make two lines look alike.
pub fn line(text: &str, limit: usize, field: &str) -> Result<String, UserError> {
    // Composing can shorten a text, but never to less than a twelfth of its bytes.
    const BYTES_PER_CHARACTER: usize = 12;
    let too_long =
        || UserError::new(UserErrorCode::Invalid, field, "text-too-long").with("limit", limit);
    if text.len() > limit.saturating_mul(BYTES_PER_CHARACTER) {
        return Err(too_long());
    }
    let composed: String = text.nfc().collect();
    let words: Vec<&str> = composed.split_whitespace().collect();
    let line = words.join(" ");
    if line.is_empty() {
        return Err(UserError::new(
            UserErrorCode::Required,
            field,
            "text-required",
        ));
    }
    if line.chars().any(unseen) {
        return Err(UserError::new(UserErrorCode::Invalid, field, "text-unseen"));
    }
    if line.chars().count() > limit {
        return Err(too_long());
    }
    Ok(line)
}

/// A person's full name as it is kept.
///
/// # Errors
/// As [`line()`], and when it has no letter.
pub fn full_name(text: &str, field: &str) -> Result<String, UserError> {
    let name = line(text, FULL_NAME_LIMIT, field)?;
    if name.chars().any(char::is_alphabetic) {
        Ok(name)
    } else {
        Err(UserError::new(
            UserErrorCode::Invalid,
            field,
            "name-without-letters",
        ))
    }
}

/// The key that orders people by given name (the last word), then by the words before it, as a Vietnamese
/// dictionary does. Hexadecimal, so that every database compares it byte by byte.
pub fn sort_key(full_name: &str) -> String {
    let (before, given) = full_name.rsplit_once(' ').unwrap_or(("", full_name));
    let mut key = fold::sort_key(given);
    // No byte of a key is zero: a shorter given name sorts before a longer one.
    key.push(0);
    key.extend(fold::sort_key(before));
    key.iter()
        .fold(String::with_capacity(key.len() * 2), |mut hex, byte| {
            let written = write!(hex, "{byte:02x}");
            debug_assert!(written.is_ok(), "a String takes every write");
            hex
        })
}

/// Whether a character shows nothing but changes how a line reads.
fn unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        )
}

/// The initials of a name, as a certificate shows them to anyone: "Nguyễn Thị Ước" gives "N. T. Ư.".
pub fn initials(full_name: &str) -> String {
    let first = |word: &str| {
        let letter = word.chars().find(|letter| letter.is_alphabetic())?;
        Some(format!("{}.", letter.to_uppercase()))
    };
    let initials: Vec<_> = full_name.split_whitespace().filter_map(first).collect();
    initials.join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn composed_and_decomposed_names_are_kept_alike() {
        let composed = full_name("Nguyễn Văn Hòa", "fullName").unwrap();
        let decomposed: String = "  Nguyễn  Văn\tHòa ".nfd().collect();
        assert_eq!(full_name(&decomposed, "fullName").unwrap(), composed);
    }

    #[test]
    fn names_that_cannot_be_read_are_refused_with_the_field() {
        let long = "a".repeat(201);
        let huge = "\u{301}".repeat(40_000);
        for (wrong, code) in [
            ("", UserErrorCode::Required),
            (" \u{a0}\u{3000}", UserErrorCode::Required),
            ("An\0", UserErrorCode::Invalid),
            ("An\u{202e}nA", UserErrorCode::Invalid),
            ("An\u{200b}", UserErrorCode::Invalid),
            ("\u{feff}An", UserErrorCode::Invalid),
            ("12345", UserErrorCode::Invalid),
            (long.as_str(), UserErrorCode::Invalid),
            (huge.as_str(), UserErrorCode::Invalid),
        ] {
            let error = full_name(wrong, "fullName").unwrap_err();
            assert_eq!(error.code, code, "{wrong:?}");
            assert_eq!(error.field, ["fullName"]);
        }
        assert_eq!(
            full_name(&"a".repeat(200), "f").unwrap().chars().count(),
            200
        );
    }

    #[test]
    fn people_are_listed_by_given_name_in_vietnamese_order() {
        let mut names = [
            "Trần Thị Đào",
            "Lê Văn Dũng",
            "Nguyễn Thị Ánh",
            "Phạm Văn An",
            "Bùi Thị Ân",
            "Nguyễn Văn Anh",
            "Đỗ Văn An",
            "Hồ Ý",
        ];
        names.sort_by_cached_key(|name| sort_key(name));
        assert_eq!(
            names,
            [
                "Đỗ Văn An",
                "Phạm Văn An",
                "Nguyễn Văn Anh",
                "Nguyễn Thị Ánh",
                "Bùi Thị Ân",
                "Lê Văn Dũng",
                "Trần Thị Đào",
                "Hồ Ý",
            ]
        );
    }

    proptest! {
        #[test]
        fn a_kept_line_is_kept_unchanged_when_kept_again(text in any::<String>()) {
            if let Ok(kept) = line(&text, FULL_NAME_LIMIT, "f") {
                prop_assert_eq!(line(&kept, FULL_NAME_LIMIT, "f").unwrap(), kept);
            }
        }

        #[test]
        fn the_key_is_lowercase_hexadecimal(text in any::<String>()) {
            prop_assert!(sort_key(&text).bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        }
    }
}

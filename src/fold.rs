//! Vietnamese text made comparable: folded for search, with its accents in one place for ranking, and in dictionary order.

use std::sync::LazyLock;

use icu_collator::{
    Collator, CollatorBorrowed, CollatorPreferences,
    options::{CollatorOptions, Strength},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text without case, diacritics and đ, with single spaces: what a search compares.
/// "Đặng", "đặng" and "dang" fold alike, and so do "hoà" and "hòa".
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.nfd().flat_map(char::to_lowercase) {
        match character {
            mark if is_combining_mark(mark) => {}
            'đ' => folded.push('d'),
            other => push_spaced(&mut folded, plain(other)),
        }
    }
    trimmed(folded)
}

/// The text in lower case and single spaces, each word's tone moved to the word's end: "hoà" and "hòa" are alike,
/// "hoa" is not. What ranks exact accents before folded ones.
pub fn accented(text: &str) -> String {
    let mut accented = String::with_capacity(text.len());
    let mut tones = String::new();
    for character in text.nfd().flat_map(char::to_lowercase) {
        match character {
            tone if TONES.contains(&tone) => tones.push(tone),
            mark if is_combining_mark(mark) => accented.push(mark),
            letter if letter.is_alphanumeric() => accented.push(letter),
            other => {
                accented.push_str(&tones);
                tones.clear();
                push_spaced(&mut accented, plain(other));
            }
        }
    }
    accented.push_str(&tones);
    trimmed(accented)
}

/// Bytes that sort as the text does in a Vietnamese dictionary, case aside.
pub fn sort_key(text: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(text.len() * 3);
    match &*COLLATOR {
        Some(collator) => {
            let Ok(()) = collator.write_sort_key_to(text, &mut key);
        }
        None => key.extend_from_slice(fold(text).as_bytes()),
    }
    key
}

/// Grave, acute, tilde, hook above, dot below: huyền, sắc, ngã, hỏi, nặng.
const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];

/// The collation data is compiled in, so it is always there; without it names would sort by their folded form.
static COLLATOR: LazyLock<Option<CollatorBorrowed<'static>>> = LazyLock::new(|| {
    let mut options = CollatorOptions::default();
    options.strength = Some(Strength::Secondary);
    let preferences = CollatorPreferences::from(&icu_locale_core::locale!("vi"));
    Collator::try_new(preferences, options).ok()
});

/// Apostrophes as phones type them are those of "Ea H'leo".
fn plain(character: char) -> char {
    match character {
        '’' | '‘' | 'ʼ' | '`' => '\'',
        other => other,
    }
}

fn push_spaced(text: &mut String, character: char) {
    if !character.is_whitespace() {
        text.push(character);
    } else if !text.is_empty() && !text.ends_with(' ') {
        text.push(' ');
    }
}

fn trimmed(mut text: String) -> String {
    if text.ends_with(' ') {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    #[test]
    fn what_vietnamese_readers_type_without_marks_folds_to_what_is_written_with_them() {
        for (one, other) in [
            ("hoà", "hòa"),
            ("Đặng", "dang"),
            ("  Phường   THUẬN\tAn ", "phuong thuan an"),
            ("Ea H’leo", "ea h'leo"),
            ("Hoa\u{0300}", "Hoà"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} and {other}");
        }
        assert_ne!(fold("Đông"), fold("Tông"));
    }

    #[test]
    fn the_place_of_a_tone_does_not_matter_but_the_tone_does() {
        assert_eq!(accented("Hoà Bình"), accented("hòa  bình"));
        assert_eq!(accented("Thuý"), accented("Thúy"));
        for (one, other) in [
            ("hoa", "hòa"),
            ("hóa", "hòa"),
            ("dang", "đang"),
            ("an", "ân"),
        ] {
            assert_ne!(accented(one), accented(other), "{one} and {other}");
        }
    }

    #[test]
    fn names_sort_as_in_a_vietnamese_dictionary() {
        let mut names = ["Đắk Lắk", "Ẩn", "An", "Dầu Tiếng", "Ân Thi", "Ăn", "Dza"];
        names.sort_by_key(|name| sort_key(name));
        assert_eq!(
            names,
            ["An", "Ăn", "Ẩn", "Ân Thi", "Dầu Tiếng", "Dza", "Đắk Lắk"]
        );
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once_whatever_the_normal_form(text in "\\PC{0,40}") {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(fold(&composed), fold(&decomposed));
            prop_assert_eq!(accented(&composed), accented(&decomposed));
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}

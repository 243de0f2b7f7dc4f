//! Telephone numbers people dictate: read as Vietnamese ones, kept in the international form.

use phonenumber::{Mode, country};

use crate::error::{UserError, UserErrorCode as Code};

/// The longest number somebody may type, in bytes: checked before anything reads it.
const LIMIT: usize = 40;

/// Until 2018 mobile numbers had eleven digits. Each of those beginnings became one of three digits.
const OLD_BEGINNINGS: [(&str, &str); 21] = [
    ("0120", "070"),
    ("0121", "079"),
    ("0122", "077"),
    ("0126", "076"),
    ("0128", "078"),
    ("0123", "083"),
    ("0124", "084"),
    ("0125", "085"),
    ("0127", "081"),
    ("0129", "082"),
    ("0162", "032"),
    ("0163", "033"),
    ("0164", "034"),
    ("0165", "035"),
    ("0166", "036"),
    ("0167", "037"),
    ("0168", "038"),
    ("0169", "039"),
    ("0186", "056"),
    ("0188", "058"),
    ("0199", "059"),
];

/// Digits of a mobile number before 2018, with the leading zero.
const OLD_LENGTH: usize = 11;

/// A number as it is kept: E.164, an old one of eleven digits as what it became.
///
/// # Errors
/// A user error naming `field` when it is no telephone number.
pub fn read(text: &str, field: &str) -> Result<String, UserError> {
    let wrong = || UserError::new(Code::Invalid, field, "phone-invalid");
    if text.len() > LIMIT {
        return Err(wrong());
    }
    let plain: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '.' | '-' | '(' | ')'))
        .collect();
    let dialled = plain.trim_start_matches('+').chars();
    if plain.is_empty() || !dialled.clone().all(|letter| letter.is_ascii_digit()) {
        return Err(wrong());
    }
    let number = phonenumber::parse(Some(country::VN), renewed(&plain));
    let number = number.map_err(|cause| {
        tracing::debug!(%cause, "no telephone number");
        wrong()
    })?;
    if !phonenumber::is_valid(&number) {
        return Err(wrong());
    }
    Ok(number.format().mode(Mode::E164).to_string())
}

/// The number with the beginning of today.
fn renewed(plain: &str) -> String {
    let national = plain
        .strip_prefix("+84")
        .or_else(|| plain.strip_prefix("0084"))
        .or_else(|| {
            plain
                .strip_prefix("84")
                .filter(|rest| rest.len() >= OLD_LENGTH - 2)
        });
    let national = national.map_or_else(
        || plain.to_owned(),
        |rest| format!("0{}", rest.trim_start_matches('0')),
    );
    let renewed = OLD_BEGINNINGS
        .iter()
        .filter(|_| national.len() == OLD_LENGTH)
        .find_map(|(old, new)| {
            national
                .strip_prefix(old)
                .map(|rest| format!("{new}{rest}"))
        });
    renewed.unwrap_or(national)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_kept_alike_however_it_is_written_and_an_old_one_as_what_it_became() {
        for (typed, kept) in [
            ("0912 345 678", "+84912345678"),
            ("+84 912.345.678", "+84912345678"),
            ("84912345678", "+84912345678"),
            ("0084912345678", "+84912345678"),
            ("(091) 234-5678", "+84912345678"),
            ("01689123456", "+84389123456"),
            ("+841689123456", "+84389123456"),
            ("0120 123 4567", "+84701234567"),
            ("0199 234 5678", "+84592345678"),
            ("028 3822 1234", "+842838221234"),
        ] {
            assert_eq!(read(typed, "phone").as_deref(), Ok(kept), "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused_with_the_field() {
        let long = "0".repeat(1_000_000);
        for wrong in [
            "",
            "   ",
            "số của mẹ",
            "091234",
            "0912345678a",
            "+",
            "01119123456",
            &long,
        ] {
            let error = read(wrong, "people.3.phone").unwrap_err();
            assert_eq!(error.field, ["people", "3", "phone"], "{wrong:.20}");
        }
    }

    proptest! {
        #[test]
        fn a_kept_number_is_kept_unchanged_when_read_again(text in "[0-9+ .]{0,16}") {
            if let Ok(kept) = read(&text, "phone") {
                prop_assert_eq!(read(&kept, "phone").unwrap(), kept);
            }
        }
    }
}

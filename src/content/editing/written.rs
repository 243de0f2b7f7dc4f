//! Texts and numbers as editors type them: cleaned, and refused where they can be no lesson.

use entity::lesson_release::CompletionRule;
use unicode_normalization::UnicodeNormalization;

use crate::{
    error::{UserError, UserErrorCode as Code},
    messages::language_tag,
};

/// The longest title, in characters.
pub const TITLE_LIMIT: usize = 200;
/// The longest summary, licence, source, reviewer or reason, in characters.
pub const LINE_LIMIT: usize = 1000;
/// The longest body, in bytes of UTF-8.
pub const BODY_LIMIT: usize = 50_000;
/// The most minutes a lesson takes.
pub const MOST_MINUTES: i32 = 240;

/// A body as it is kept: NFC, lines ended by a line feed, and the title as its first heading.
///
/// # Errors
/// When nothing is left, it is too long, or holds control characters.
pub fn body(text: &str, title: &str, field: &str) -> Result<String, UserError> {
    let too_long =
        || UserError::new(Code::Invalid, field, "draft-body-too-long").with("limit", BODY_LIMIT);
    if text.len() > BODY_LIMIT {
        return Err(too_long());
    }
    let text: String = text.nfc().collect();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        return Err(UserError::new(Code::Invalid, field, "text-unseen"));
    }
    let text = text.trim();
    let rest = match text.strip_prefix("# ") {
        Some(headed) => headed.split_once('\n').map_or("", |(_, rest)| rest),
        None => text,
    };
    let rest = rest.trim();
    if rest.is_empty() {
        return Err(UserError::new(Code::Required, field, "text-required"));
    }
    let body = format!("# {title}\n\n{rest}\n");
    if body.len() > BODY_LIMIT {
        return Err(too_long());
    }
    Ok(body)
}

/// A language tag as it is kept: `vi`, `en`, `km`, `hmn`, `zh-Hant`.
///
/// # Errors
/// When it has not the form of one.
pub fn language(tag: &str, field: &str) -> Result<String, UserError> {
    language_tag(tag).ok_or_else(|| UserError::new(Code::Invalid, field, "language-invalid"))
}

/// A completion rule with the number it needs, and no number where it needs none.
///
/// # Errors
/// When the number is missing, out of range, or one too many.
pub fn completion(
    rule: CompletionRule,
    value: Option<i32>,
) -> Result<(CompletionRule, Option<i32>), UserError> {
    let field = "completionValue";
    let range = match rule {
        CompletionRule::Minutes => 1..=MOST_MINUTES,
        CompletionRule::QuizScore => 1..=100,
        CompletionRule::Opened | CompletionRule::TrainerConfirms => {
            return match value {
                None => Ok((rule, None)),
                Some(_) => Err(UserError::new(
                    Code::Invalid,
                    field,
                    "completion-without-number",
                )),
            };
        }
    };
    match value {
        Some(value) if range.contains(&value) => Ok((rule, Some(value))),
        Some(_) => Err(UserError::new(Code::Invalid, field, "number-between")
            .with("from", range.start())
            .with("to", range.end())),
        None => Err(UserError::new(
            Code::Required,
            field,
            "completion-needs-number",
        )),
    }
}

/// The code of a new lesson of a module: the module's, a dot, and letters, digits or hyphens.
///
/// # Errors
/// When it has not this form.
pub fn code(text: &str, module: &str, field: &str) -> Result<String, UserError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let rest = text
        .strip_prefix(module)
        .and_then(|rest| rest.strip_prefix('.'));
    match rest {
        Some(rest) if (1..=12).contains(&rest.len()) && rest.chars().all(plain) => {
            Ok(text.to_owned())
        }
        _ => {
            Err(UserError::new(Code::Invalid, field, "lesson-code-invalid").with("module", module))
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_body_begins_with_its_title_whatever_was_typed() {
        for typed in [
            "Một đoạn.",
            "# Tên cũ\r\n\r\nMột đoạn.\r\n",
            "\n# Rửa tay\n\nMột đoạn.",
        ] {
            let kept = body(typed, "Rửa tay", "body").unwrap();
            assert_eq!(kept, "# Rửa tay\n\nMột đoạn.\n");
            assert_eq!(body(&kept, "Rửa tay", "body").unwrap(), kept);
        }
        for (typed, code) in [
            ("  ", Code::Required),
            ("# Rửa tay", Code::Required),
            ("a\0b", Code::Invalid),
        ] {
            assert_eq!(body(typed, "Rửa tay", "body").unwrap_err().code, code);
        }
        assert!(body(&"a".repeat(BODY_LIMIT), "t", "body").is_err());
    }

    #[rstest]
    #[case("vi", true)]
    #[case("zh-Hant", true)]
    #[case("hmn", true)]
    #[case("VI", true)]
    #[case("v", false)]
    #[case("viet", false)]
    #[case("vi-", false)]
    #[case("vi/../en", false)]
    #[case("", false)]
    fn languages_are_tags(#[case] tag: &str, #[case] good: bool) {
        assert_eq!(language(tag, "language").is_ok(), good);
    }

    #[test]
    fn a_rule_has_the_number_it_needs_and_no_other() {
        use CompletionRule::{Minutes, Opened, QuizScore};
        for (rule, value, good) in [
            (Opened, None, true),
            (Opened, Some(1), false),
            (Minutes, None, false),
            (Minutes, Some(241), false),
            (QuizScore, Some(100), true),
            (QuizScore, Some(101), false),
        ] {
            assert_eq!(completion(rule, value).is_ok(), good, "{rule:?} {value:?}");
        }
    }
}

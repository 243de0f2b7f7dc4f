//! What notices say, in the person's language. Titles may be seen on a locked screen, by whoever holds the phone: they
//! name no child, no disability and no topic. What names a lesson is shown in the app only.

use std::{borrow::Cow, collections::HashMap};

use entity::notice::NoticeKind as Kind;
use fluent_templates::fluent_bundle::FluentValue;

use crate::messages::{Language, text, text_with};

/// The words of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// For programs.
    pub word: &'static str,
    /// Key of the title.
    pub title: &'static str,
    /// Key of the text shown in the app.
    pub text: &'static str,
}

/// The words of a kind.
pub fn of(kind: Kind) -> Words {
    let (word, title, text) = match kind {
        Kind::UnfinishedLesson => (
            "UNFINISHED_LESSON",
            "notice-unfinished-title",
            "notice-unfinished-text",
        ),
        Kind::DueSoon => ("DUE_SOON", "notice-due-title", "notice-due-text"),
        Kind::RecheckDue => ("RECHECK_DUE", "notice-recheck-title", "notice-recheck-text"),
        Kind::NewLessons => (
            "NEW_LESSONS",
            "notice-new-lessons-title",
            "notice-new-lessons-text",
        ),
        Kind::ReportDue => (
            "REPORT_DUE",
            "notice-report-due-title",
            "notice-report-due-text",
        ),
        Kind::ReportLate => (
            "REPORT_LATE",
            "notice-report-late-title",
            "notice-report-late-text",
        ),
        Kind::Announcement => (
            "ANNOUNCEMENT",
            "notice-announcement-title",
            "notice-announcement-text",
        ),
        Kind::NudgeFirstLesson => (
            "NUDGE_FIRST_LESSON",
            "notice-nudge-title",
            "notice-nudge-first-text",
        ),
        Kind::NudgeContinue => (
            "NUDGE_CONTINUE",
            "notice-nudge-title",
            "notice-nudge-continue-text",
        ),
        Kind::NudgeDue => ("NUDGE_DUE", "notice-nudge-title", "notice-nudge-due-text"),
        Kind::NudgeCheck => (
            "NUDGE_CHECK",
            "notice-nudge-title",
            "notice-nudge-check-text",
        ),
        Kind::NudgeSession => (
            "NUDGE_SESSION",
            "notice-nudge-title",
            "notice-nudge-session-text",
        ),
        Kind::NudgeSync => ("NUDGE_SYNC", "notice-nudge-title", "notice-nudge-sync-text"),
        Kind::ResetCode => (
            "RESET_CODE",
            "notice-reset-code-title",
            "notice-reset-code-text",
        ),
        Kind::ResetAsked => (
            "RESET_ASKED",
            "notice-reset-asked-title",
            "notice-reset-asked-text",
        ),
        Kind::PasswordChanged => (
            "PASSWORD_CHANGED",
            "notice-password-changed-title",
            "notice-password-changed-text",
        ),
        Kind::EmailCode => (
            "EMAIL_CODE",
            "notice-email-code-title",
            "notice-email-code-text",
        ),
    };
    Words { word, title, text }
}

/// What a text names, by the names its messages use.
pub type Named = HashMap<Cow<'static, str>, FluentValue<'static>>;

/// The title: the same for everybody who gets such a notice.
pub fn title(kind: Kind, language: Language) -> String {
    text(language, of(kind).title)
}

/// The text shown in the app.
pub fn in_app(kind: Kind, language: Language, named: &Named) -> String {
    text_with(language, of(kind).text, named)
}

/// The body of an e-mail: nothing in it says more than the title, but a trainer's own words and a code.
pub fn body(
    kind: Kind,
    language: Language,
    (announced, code): (Option<&str>, Option<&str>),
    (open, off): (Option<&str>, Option<&str>),
) -> String {
    let named = |name: &'static str, value: &str| {
        Named::from([(name.into(), FluentValue::from(value.to_owned()))])
    };
    let mut parts = vec![match code {
        Some(code) => match kind {
            Kind::EmailCode => text_with(language, "notice-email-code-mail", &named("code", code)),
            _ => text_with(language, "notice-reset-code-mail", &named("code", code)),
        },
        None => title(kind, language),
    }];
    parts.extend(announced.map(str::to_owned));
    parts.extend(open.map(|link| text_with(language, "notice-mail-open", &named("link", link))));
    parts.extend(off.map(|link| text_with(language, "notice-mail-off", &named("link", link))));
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use sea_orm::{ActiveEnum, Iterable};

    use super::*;

    #[test]
    fn every_title_is_said_in_both_languages_and_names_nothing() {
        let marked = |key: &'static str| Named::from([(key.into(), FluentValue::from("#"))]);
        for kind in Kind::iter() {
            for language in [Language::Vietnamese, Language::English] {
                let said = title(kind, language);
                assert!(
                    said.contains(' ') && !said.contains('{'),
                    "{kind:?}: {said}"
                );
                for key in ["lesson", "module", "name", "words", "area"] {
                    let named = text_with(language, of(kind).title, &marked(key));
                    assert_eq!(named, said, "{kind:?} names a {key} on a locked screen");
                }
            }
            assert_eq!(of(kind).word, kind.to_value());
        }
    }

    #[test]
    fn an_e_mail_holds_the_title_the_words_and_the_links_and_nothing_of_the_app() {
        let body = body(
            Kind::Announcement,
            Language::English,
            (Some("Thursday at nine."), None),
            (
                Some("https://vun.example/"),
                Some("https://vun.example/off"),
            ),
        );
        let parts: Vec<&str> = body.split("\n\n").collect();
        assert_eq!(parts.len(), 4, "{body}");
        assert_eq!(parts[0], title(Kind::Announcement, Language::English));
        assert_eq!(parts[1], "Thursday at nine.");
        assert!(parts[2].contains("https://vun.example/"));
        assert!(parts[3].contains("https://vun.example/off"));
    }

    #[test]
    fn a_code_stands_in_the_mail_of_its_kind() {
        for kind in [Kind::ResetCode, Kind::EmailCode] {
            for language in [Language::Vietnamese, Language::English] {
                let body = body(kind, language, (None, Some("1234 5678")), (None, None));
                assert!(body.contains("1234 5678"), "{body}");
            }
        }
    }
}

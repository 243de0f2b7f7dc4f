//! What the server says to people, in Vietnamese (default) and English. Lesson texts are rows, not messages.

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{
    LanguageIdentifier, Loader, fluent_bundle::FluentValue, langid, static_loader,
};

static_loader! {
    static MESSAGES = {
        locales: "./src/messages",
        fallback_language: "vi",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static VIETNAMESE: LanguageIdentifier = langid!("vi");
static ENGLISH: LanguageIdentifier = langid!("en");

/// A language the server itself speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Tiếng Việt.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// The first language of an `Accept-Language` header that the server speaks; Vietnamese otherwise.
    pub fn accepted(header: &str) -> Self {
        let spoken = |range: &str| {
            let tag = range
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase();
            match tag.split('-').next() {
                Some("vi") => Some(Self::Vietnamese),
                Some("en") => Some(Self::English),
                _ => None,
            }
        };
        header.split(',').find_map(spoken).unwrap_or_default()
    }

    /// The language of a tag such as `vi` or `en`, if the server speaks it.
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag {
            "vi" => Some(Self::Vietnamese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::Vietnamese => &VIETNAMESE,
            Self::English => &ENGLISH,
        }
    }
}

/// A message without arguments.
pub fn text(language: Language, key: &str) -> String {
    MESSAGES
        .try_lookup(language.id(), key)
        .unwrap_or_else(|| key.to_owned())
}

/// A message with arguments.
pub fn text_with(
    language: Language,
    key: &str,
    arguments: &HashMap<Cow<'static, str>, FluentValue<'_>>,
) -> String {
    MESSAGES
        .try_lookup_with_args(language.id(), key, arguments)
        .unwrap_or_else(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_spoken_language_of_the_header_wins() {
        assert_eq!(
            Language::accepted("fr, en-GB;q=0.8, vi;q=0.7"),
            Language::English
        );
        assert_eq!(Language::accepted("km"), Language::Vietnamese);
        assert_eq!(Language::accepted(""), Language::Vietnamese);
    }
}

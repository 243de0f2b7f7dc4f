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
    /// The language preferred in the value of `Accept-Language`, Vietnamese where neither is asked for.
    pub fn preferred(accept_language: &str) -> Self {
        let mut best = (0.0, Self::default());
        for range in accept_language.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default();
            let language = match tag
                .split('-')
                .next()
                .map(str::to_ascii_lowercase)
                .as_deref()
            {
                Some("vi" | "*") => Self::Vietnamese,
                Some("en") => Self::English,
                _ => continue,
            };
            let quality = parts
                .find_map(|parameter| parameter.strip_prefix("q="))
                .map_or(1.0, |text| text.parse::<f32>().unwrap_or(0.0));
            if quality > best.0 {
                best = (quality, language);
            }
        }
        best.1
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

/// A language tag as it is kept, of any language: `vi`, `en`, `km`, `hmn`, `zh-Hant`; nothing for what has not the form of one.
pub fn language_tag(text: &str) -> Option<String> {
    let (primary, rest) = match text.split_once('-') {
        Some((primary, rest)) => (primary, Some(rest)),
        None => (text, None),
    };
    let is_primary =
        (2..=3).contains(&primary.len()) && primary.chars().all(|c| c.is_ascii_alphabetic());
    let is_part = |part: &str| {
        (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let is_rest = rest.is_none_or(|rest| rest.split('-').all(is_part));
    if !is_primary || !is_rest || text.len() > 35 {
        return None;
    }
    let primary = primary.to_ascii_lowercase();
    Some(match rest {
        Some(rest) => format!("{primary}-{rest}"),
        None => primary,
    })
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
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", Language::Vietnamese)]
    #[case("vi", Language::Vietnamese)]
    #[case("en-GB", Language::English)]
    #[case("en;q=0.5, vi-VN;q=0.9", Language::Vietnamese)]
    #[case("fr, en;q=0.3", Language::English)]
    #[case("fr", Language::Vietnamese)]
    #[case("en;q=0", Language::Vietnamese)]
    #[case("en;q=x, vi;q=0.1", Language::Vietnamese)]
    fn the_preferred_language_is_chosen(#[case] header: &str, #[case] language: Language) {
        assert_eq!(Language::preferred(header), language);
    }
}

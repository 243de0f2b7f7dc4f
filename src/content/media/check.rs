//! What a body shows must be there, and be told to those who cannot see or hear it, before it is published.

use std::collections::BTreeSet;

use entity::ids::MediaId;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use uuid::Uuid;

use super::{Item, Media, kinds::is_picture};
use crate::{
    content::{Catalogue, catalogue::Lesson, changes::Subject},
    error::{Result, UserError, UserErrorCode},
};

/// How a body names media: `![alternative text](media:<id>)`.
pub const SCHEME: &str = "media:";

/// A place in a body that shows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The address as written.
    pub url: String,
    /// The alternative text as written.
    pub alt_text: String,
}

/// The media an address names, if it names any.
pub fn named(url: &str) -> Option<MediaId> {
    let id = url.strip_prefix(SCHEME)?;
    Uuid::try_parse(id).ok().map(MediaId)
}

/// Everything a body shows, in order.
pub fn shown(markdown: &str) -> Vec<Shown> {
    let mut found: Vec<Shown> = Vec::new();
    let mut open = 0_usize;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => {
                open += 1;
                found.push(Shown {
                    url: dest_url.into_string(),
                    alt_text: String::new(),
                });
            }
            Event::End(TagEnd::Image) => open = open.saturating_sub(1),
            Event::Text(text) | Event::Code(text) if open > 0 => {
                if let Some(last) = found.last_mut() {
                    last.alt_text.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// What media are told in a language: its own words, or those of `en` for `en-GB`.
pub fn told<'i>(item: &'i Item, language: &str) -> Option<&'i super::Told> {
    let primary = language.split('-').next().unwrap_or_default();
    item.texts.get(language).or_else(|| item.texts.get(primary))
}

/// The lessons whose published bodies show media.
pub(in crate::content) fn showing(catalogue: &Catalogue, media: MediaId) -> BTreeSet<Subject> {
    let address = format!("{SCHEME}{media}");
    let shows = |lesson: &Lesson| {
        let variants = lesson.release.iter().flat_map(|release| &release.variants);
        let mut bodies = variants.flat_map(|(_, texts)| texts.iter());
        bodies.any(|(_, variant)| variant.body.contains(&address))
    };
    let lessons = catalogue.lessons().iter().filter(|lesson| shows(lesson));
    lessons.map(|lesson| Subject::Lesson(lesson.id)).collect()
}

impl Media {
    /// What is missing of the media that a body in `language` shows: none may be published then. `field` is the input the
    /// body came in. An alternative text may stand in the body itself.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn faults(
        &self,
        field: &str,
        language: &str,
        markdown: &str,
    ) -> Result<Vec<UserError>> {
        let shown = shown(markdown);
        let ids: Vec<MediaId> = shown.iter().filter_map(|one| named(&one.url)).collect();
        let there = self.of(&ids).await?;
        let mut faults = Vec::new();
        for one in shown {
            let fault = |code, key| {
                UserError::new(code, field, key)
                    .with("media", &one.url)
                    .with("language", language)
            };
            let Some(id) = named(&one.url) else {
                faults.push(fault(UserErrorCode::Invalid, "media-address"));
                continue;
            };
            let Some(item) = there.get(&id) else {
                faults.push(fault(UserErrorCode::NotFound, "media-unknown"));
                continue;
            };
            let said = |text: Option<&String>| text.is_some_and(|text| !text.trim().is_empty());
            let told = told(item, language);
            let has_alt = !one.alt_text.trim().is_empty()
                || said(told.and_then(|told| told.alt_text.as_ref()));
            if !has_alt {
                faults.push(fault(UserErrorCode::Required, "media-alt-missing"));
            }
            let needs_transcript = !is_picture(item.file_type);
            if needs_transcript && !said(told.and_then(|told| told.transcript.as_ref())) {
                faults.push(fault(UserErrorCode::Required, "media-transcript-missing"));
            }
        }
        Ok(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_a_body_shows_is_found_wherever_it_stands() {
        let body = "# A\n\n![một *bé*](media:018f0000-0000-7000-8000-000000000001)\n\n- x ![](media:nothing) y\n\n\
                    > ![z](https://example.org/z.png) ![w][ref]\n\n[ref]: media:w\n";
        let found = shown(body);
        let urls: Vec<_> = found.iter().map(|one| &*one.url).collect();
        assert_eq!(
            urls,
            [
                "media:018f0000-0000-7000-8000-000000000001",
                "media:nothing",
                "https://example.org/z.png",
                "media:w"
            ]
        );
        assert_eq!(found[0].alt_text, "một bé");
        assert_eq!(found[1].alt_text, "");
        assert!(named(&found[0].url).is_some());
        assert_eq!(named(&found[1].url), None);
    }
}

//! What an editor says of media: alternative text and transcript, language by language.

use entity::{ids::MediaId, media_text};

use super::{Item, kinds::is_picture};
use crate::{
    error::{Error, Result, UserError, UserErrorCode},
    messages::language_tag,
};

/// The longest alternative text, in characters.
const LONGEST_ALT: usize = 1_000;
/// The longest transcript, in characters.
const LONGEST_TRANSCRIPT: usize = 50_000;

/// What media show and say in one language. What is left out stays as it is.
#[derive(Clone, Debug)]
pub struct Telling {
    /// Of which media.
    pub media: MediaId,
    /// BCP 47 tag.
    pub language: String,
    /// What a picture shows, or what a sound or film is about.
    pub alt_text: Option<String>,
    /// What is said in a sound or film, word for word.
    pub transcript: Option<String>,
}

impl Telling {
    /// The row that says so, with what was said before.
    pub(in crate::content) fn checked(self, item: &Item) -> Result<media_text::Model> {
        let mut errors = Vec::new();
        let fault = |field, key| UserError::new(UserErrorCode::Invalid, field, key);
        if language_tag(&self.language).as_ref() != Some(&self.language) {
            errors.push(fault("language", "language-invalid"));
        }
        for (field, text, longest) in [
            ("altText", &self.alt_text, LONGEST_ALT),
            ("transcript", &self.transcript, LONGEST_TRANSCRIPT),
        ] {
            let Some(text) = text else { continue };
            if text.trim().is_empty() || text.contains('\0') {
                errors.push(fault(field, "media-text-empty"));
            } else if text.chars().count() > longest {
                errors.push(fault(field, "media-text-too-long").with("maximum", longest));
            }
        }
        if self.transcript.is_some() && is_picture(item.file_type) {
            errors.push(fault("transcript", "media-picture-is-silent"));
        }
        if self.alt_text.is_none() && self.transcript.is_none() {
            errors.push(UserError::new(
                UserErrorCode::Required,
                "altText",
                "media-text-missing",
            ));
        }
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let before = item.texts.get(&self.language).cloned().unwrap_or_default();
        Ok(media_text::Model {
            media_id: self.media,
            language: self.language,
            alt_text: self.alt_text.or(before.alt_text),
            transcript: self.transcript.or(before.transcript),
        })
    }
}

//! The texts people consent to: shipped with the product, versioned, and pinned by hash in every consent.

use entity::consent::Purpose;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    messages::Language,
};

const SHIPPED: &str = include_str!("../../curriculum/consents.json");

/// Every consent text, of every version.
#[derive(Clone, Debug)]
pub struct ConsentTexts {
    current: String,
    texts: Vec<ConsentText>,
}

/// One text: a purpose explained in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentText {
    /// What for.
    pub purpose: Purpose,
    /// Version of the whole set.
    pub version: String,
    /// Language.
    pub language: Language,
    /// One line.
    pub title: String,
    /// What the person agrees to.
    pub body: String,
    /// SHA-256 of title, line break and body, in lower-case hexadecimal.
    pub hash: String,
    /// Whether a lawyer has yet to review it.
    pub is_draft: bool,
}

#[derive(Deserialize)]
struct File {
    current: String,
    versions: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    status: Status,
    texts: Vec<Entry>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Status {
    DraftPendingLegalReview,
    Reviewed,
}

#[derive(Deserialize)]
struct Entry {
    purpose: String,
    vi: Words,
    en: Words,
}

#[derive(Deserialize)]
struct Words {
    title: String,
    body: String,
}

impl ConsentTexts {
    /// The texts shipped with the product.
    ///
    /// # Errors
    /// When the shipped file is damaged.
    pub fn shipped() -> Result<Self> {
        let file: File = serde_json::from_str(SHIPPED).map_err(Error::internal)?;
        let mut texts = Vec::new();
        for version in file.versions {
            let is_draft = version.status == Status::DraftPendingLegalReview;
            for entry in version.texts {
                let purpose = purpose_of(&entry.purpose)?;
                for (language, words) in [
                    (Language::Vietnamese, entry.vi),
                    (Language::English, entry.en),
                ] {
                    texts.push(ConsentText {
                        purpose,
                        version: version.version.clone(),
                        language,
                        hash: hash(&words),
                        title: words.title,
                        body: words.body,
                        is_draft,
                    });
                }
            }
        }
        Ok(Self {
            current: file.current,
            texts,
        })
    }

    /// The version in force.
    pub fn current_version(&self) -> &str {
        &self.current
    }

    /// The texts in force, in a language.
    pub fn current(&self, language: Language) -> impl Iterator<Item = &ConsentText> {
        let wanted =
            move |text: &&ConsentText| text.version == self.current && text.language == language;
        self.texts.iter().filter(wanted)
    }

    /// The text of a purpose, version and language.
    pub fn find(
        &self,
        purpose: Purpose,
        version: &str,
        language: Language,
    ) -> Option<&ConsentText> {
        self.texts.iter().find(|text| {
            text.purpose == purpose && text.version == version && text.language == language
        })
    }
}

fn purpose_of(word: &str) -> Result<Purpose> {
    match word {
        "LEARNING_RECORD" => Ok(Purpose::LearningRecord),
        "CHILD_PROFILE" => Ok(Purpose::ChildProfile),
        "DISABILITY_DATA" => Ok(Purpose::DisabilityData),
        "STATISTICS" => Ok(Purpose::Statistics),
        "REFERRAL" => Ok(Purpose::Referral),
        other => Err(Error::internal(format!(
            "consents.json names an unknown purpose: {other}"
        ))),
    }
}

fn hash(words: &Words) -> String {
    let digest = Sha256::new()
        .chain_update(&words.title)
        .chain_update("\n")
        .chain_update(&words.body)
        .finalize();
    format!("{digest:x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_a_text_in_force_in_both_languages() {
        let texts = ConsentTexts::shipped().unwrap();
        assert_eq!(texts.current_version(), "2026-11");
        for purpose in [
            Purpose::LearningRecord,
            Purpose::ChildProfile,
            Purpose::DisabilityData,
            Purpose::Statistics,
            Purpose::Referral,
        ] {
            for language in [Language::Vietnamese, Language::English] {
                let text = texts.find(purpose, "2026-11", language).unwrap();
                assert!(text.is_draft);
                assert_eq!(text.hash.len(), 64);
                assert!(texts.current(language).any(|other| other == text));
            }
        }
    }

    #[test]
    fn the_hash_changes_with_every_word() {
        let words = |title: &str, body: &str| Words {
            title: title.to_owned(),
            body: body.to_owned(),
        };
        assert_ne!(hash(&words("a", "b")), hash(&words("a", "c")));
        assert_ne!(hash(&words("a", "b")), hash(&words("ab", "")));
    }
}

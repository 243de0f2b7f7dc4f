//! What editors send.

use async_graphql::{ID, InputObject};
use entity::{lesson::LessonAudience, lesson_variant::Modality as Speaks};

use crate::{
    content::{
        editing::{
            NewLesson, Particulars, SaveDraft, Translate, Words, deciding::Review,
            publishing::Publish,
        },
        graphql::{lesson::Modality, release::CompletionRule},
    },
    error::{Error, Result, UserErrorCode as Code},
    graphql::{date::Date, ids::named},
    people::graphql::{Audience, DisabilityType},
};

/// A draft to open or to write on. What is left out stays as it is.
#[derive(InputObject)]
pub struct SaveLessonDraftInput {
    /// A UUID: of the draft to write on, or made by the client for a new one.
    id: Option<ID>,
    /// The lesson: its open draft is written on, or one is opened. For a new lesson a UUID made by the client, or nothing.
    lesson_id: Option<ID>,
    /// For a new lesson: the module it is to be the last of.
    module_id: Option<ID>,
    /// For a new lesson: its code, which begins with the module's and a dot, such as HC1.6.
    code: Option<String>,
    /// The draft's `revision` as the editor read it: refused when another has changed it since.
    expected_revision: Option<i32>,
    /// BCP 47 tag of the language it is written in; vi by default. Told once, when the draft is opened.
    source_language: Option<String>,
    /// Which text in the source language is written; TEXT by default.
    modality: Option<Modality>,
    /// Its title, at most 200 characters. Needed for a new text.
    title: Option<String>,
    /// What it is about, in a sentence or two, at most 1,000 characters. Needed before it is submitted.
    summary: Option<String>,
    /// Markdown without HTML, at most 50,000 bytes; the title is put before it as its heading. Needed for a new text.
    body: Option<String>,
    /// Whom the lesson is for; at least one.
    audiences: Option<Vec<Audience>>,
    /// Minutes it takes, 1 to 240; 10 for a new lesson unless it is told.
    minutes: Option<i32>,
    /// Codes of the age bands it is for, such as A3.
    age_bands: Option<Vec<String>>,
    /// Kinds of disability it is for; empty for every child.
    disability_types: Option<Vec<DisabilityType>>,
    /// What completes it; OPENED for a new lesson.
    completion_rule: Option<CompletionRule>,
    /// Minutes (1 to 240) or percent of the quiz (1 to 100), where the rule needs a number.
    completion_value: Option<i32>,
    /// Under which licence it may be used, such as CC BY 4.0. Needed for a new lesson.
    licence: Option<String>,
    /// Where it comes from. Needed for a new lesson.
    source: Option<String>,
}

fn optional<T: From<uuid::Uuid>>(id: &Option<ID>, field: &str) -> Result<Option<T>> {
    id.as_ref().map(|id| named(id, field)).transpose()
}

impl SaveLessonDraftInput {
    pub(super) fn read(self) -> Result<SaveDraft> {
        let new = match (self.module_id, self.code) {
            (None, None) => None,
            (Some(module), Some(code)) => Some(NewLesson {
                module: named(&module, "moduleId")?,
                code,
            }),
            (Some(_), None) => return Err(Error::user(Code::Required, "code", "text-required")),
            (None, Some(_)) => {
                return Err(Error::user(
                    Code::Required,
                    "moduleId",
                    "draft-module-unknown",
                ));
            }
        };
        let audience = match self.audiences.as_deref() {
            None => None,
            Some([]) => {
                return Err(Error::user(Code::Required, "audiences", "draft-audience"));
            }
            Some(all) => {
                let has = |audience| all.contains(&audience);
                Some(match (has(Audience::Caregiver), has(Audience::Staff)) {
                    (true, false) => LessonAudience::Caregiver,
                    (false, true) => LessonAudience::Staff,
                    _ => LessonAudience::Both,
                })
            }
        };
        let completion = match (self.completion_rule, self.completion_value) {
            (Some(rule), value) => Some((rule.into(), value)),
            (None, None) => None,
            (None, Some(_)) => {
                let error = Error::user(Code::Required, "completionRule", "completion-rule");
                return Err(error);
            }
        };
        let kinds = self.disability_types.map(|kinds| {
            let kinds = kinds.into_iter();
            kinds.map(Into::into).collect()
        });
        Ok(SaveDraft {
            id: optional(&self.id, "id")?,
            lesson: optional(&self.lesson_id, "lessonId")?,
            new,
            expected_revision: self.expected_revision,
            source_language: self.source_language,
            modality: self.modality.map(Into::into),
            words: Words {
                title: self.title,
                summary: self.summary,
                body: self.body,
            },
            particulars: Particulars {
                audience,
                minutes: self.minutes,
                age_bands: self.age_bands,
                disabilities: kinds,
                completion,
                licence: self.licence,
                source: self.source,
            },
        })
    }
}

/// A translation to write or to take out. What is left out stays as it is.
#[derive(InputObject)]
pub struct TranslateLessonInput {
    /// The draft to write in.
    draft_id: Option<ID>,
    /// The lesson: its open draft is written in, or one is opened. Needed without `draftId`.
    lesson_id: Option<ID>,
    /// The draft's `revision` as the editor read it: refused when another has changed it since.
    expected_revision: Option<i32>,
    /// BCP 47 tag of the language, such as en, km, hmn; never the source language.
    language: String,
    /// How it speaks; TEXT by default.
    modality: Option<Modality>,
    /// Its title, at most 200 characters. Needed for a new translation.
    title: Option<String>,
    /// What it is about, in a sentence or two, at most 1,000 characters. Needed before the draft is submitted.
    summary: Option<String>,
    /// Markdown without HTML, block for block as the source, at most 50,000 bytes; the title is put before it as its heading.
    /// Needed for a new translation.
    body: Option<String>,
    /// `sha256` of the source text it was made of; by default the one the draft holds now.
    source_sha256: Option<String>,
    /// Take the translation out instead; false by default.
    remove: Option<bool>,
}

impl TranslateLessonInput {
    pub(super) fn read(self) -> Result<Translate> {
        let is_hash = |hash: &String| {
            hash.len() == 64 && hash.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        };
        if self
            .source_sha256
            .as_ref()
            .is_some_and(|hash| !is_hash(hash))
        {
            let error = Error::user(Code::Invalid, "sourceSha256", "sha256-invalid");
            return Err(error);
        }
        Ok(Translate {
            draft: optional(&self.draft_id, "draftId")?,
            lesson: optional(&self.lesson_id, "lessonId")?,
            expected_revision: self.expected_revision,
            language: self.language,
            modality: self.modality.map_or(Speaks::Text, Into::into),
            words: Words {
                title: self.title,
                summary: self.summary,
                body: self.body,
            },
            source_sha256: self.source_sha256,
            remove: self.remove.unwrap_or(false),
        })
    }
}

/// A draft to give to a reviewer.
#[derive(InputObject)]
pub struct SubmitForReviewInput {
    /// Which draft.
    pub(super) id: ID,
    /// What the reviewer should look at, at most 1,000 characters.
    pub(super) comment: Option<String>,
}

/// A draft to give back.
#[derive(InputObject)]
pub struct ReturnDraftInput {
    /// Which draft.
    pub(super) id: ID,
    /// What is to be mended, at most 1,000 characters.
    pub(super) comment: String,
}

/// A draft to give up.
#[derive(InputObject)]
pub struct DiscardDraftInput {
    /// Which draft.
    pub(super) id: ID,
    /// Why, at most 1,000 characters.
    pub(super) comment: Option<String>,
}

/// A review to record.
#[derive(InputObject)]
pub struct ApproveDraftInput {
    /// Which draft.
    pub(super) id: ID,
    /// The professional who read and signed it, with title and place of work: shown to families. Never one of its authors.
    reviewed_by: String,
    /// The day it was signed, from the day it was submitted; today by default.
    reviewed_on: Option<Date>,
}

/// A review of a published release to record.
#[derive(InputObject)]
pub struct SignReleaseInput {
    /// Which release.
    pub(super) release_id: ID,
    /// The professional who read and signed it, with title and place of work: shown to families.
    reviewed_by: String,
    /// The day it was signed, from the day it was published; today by default.
    reviewed_on: Option<Date>,
}

impl ApproveDraftInput {
    pub(super) fn review(&self) -> Review {
        Review {
            by: self.reviewed_by.clone(),
            on: self.reviewed_on.map(|day| day.0),
        }
    }
}

impl SignReleaseInput {
    pub(super) fn review(&self) -> Review {
        Review {
            by: self.reviewed_by.clone(),
            on: self.reviewed_on.map(|day| day.0),
        }
    }
}

/// Why learners see a lesson again, in one language.
#[derive(InputObject)]
pub struct RefresherReasonInput {
    /// BCP 47 tag.
    language: String,
    /// In words a family understands, at most 1,000 characters.
    text: String,
}

/// A draft to publish.
#[derive(InputObject)]
pub struct PublishReleaseInput {
    /// Which draft.
    id: ID,
    /// The professional who signed it, where `approveDraft` has not recorded that before: then the viewer must not have
    /// written in it.
    reviewed_by: Option<String>,
    /// The day it was signed; today by default.
    reviewed_on: Option<Date>,
    /// Whether those who finished an earlier release are to see the lesson again; false by default.
    refresher_required: Option<bool>,
    /// Why, by language; needed in the source language when a refresher is required.
    refresher_reasons: Option<Vec<RefresherReasonInput>>,
    /// Publish although another release was published since the draft was opened; false by default.
    over_newer: Option<bool>,
}

impl PublishReleaseInput {
    pub(super) fn read(self) -> Result<Publish> {
        let reasons = self.refresher_reasons.unwrap_or_default().into_iter();
        let reasons: Vec<_> = reasons.map(|said| (said.language, said.text)).collect();
        let required = self.refresher_required.unwrap_or(false);
        if !required && !reasons.is_empty() {
            let field = "refresherRequired";
            return Err(Error::user(Code::Required, field, "refresher-not-asked"));
        }
        let on = self.reviewed_on.map(|day| day.0);
        Ok(Publish {
            draft: named(&self.id, "id")?,
            review: self.reviewed_by.map(|by| Review { by, on }),
            refresher: required.then_some(reasons),
            over_newer: self.over_newer.unwrap_or(false),
        })
    }
}

/// A lesson to retire.
#[derive(InputObject)]
pub struct RetireLessonInput {
    /// Which lesson.
    pub(super) lesson_id: ID,
    /// Why, for the other editors, at most 1,000 characters.
    pub(super) reason: String,
}

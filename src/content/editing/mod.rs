//! Writing lessons: drafts in several languages, their review by somebody else, publication, retirement.
//!
//! A draft is a row of its own until it is published; then the release of the same id holds a copy that never changes.
//!
//! Invariant: a lesson has at most one open draft; nobody writes in a draft that waits for its reviewer; whoever wrote in a
//! draft never approves it.

use chrono::{DateTime, Utc};
use entity::{
    disability::Disability,
    ids::{AccountId, LessonId, ModuleId, ReleaseId},
    lesson,
    lesson::LessonAudience,
    lesson_draft,
    lesson_draft::DraftState,
    lesson_draft_step,
    lesson_draft_step::DraftStepKind,
    lesson_draft_text,
    lesson_release::CompletionRule,
    lesson_variant::Modality,
};

use super::{Content, bodies::sha256, store};
use crate::{
    auth::capability::Editor,
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
};

pub mod checks;
pub mod deciding;
pub mod impact;
mod opening;
pub mod pairs;
pub mod publishing;
mod retiring;
mod saving;
pub mod written;

/// A draft with its texts, who wrote it, and what was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its row.
    pub row: lesson_draft::Model,
    /// The lesson it is of, as it is now.
    pub lesson: lesson::Model,
    /// Its texts, by language and modality.
    pub texts: Vec<lesson_draft_text::Model>,
    /// Who wrote in it.
    pub authors: Vec<AccountId>,
    /// What was decided, in order.
    pub steps: Vec<lesson_draft_step::Model>,
}

/// The place of a draft in the list: changed last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftPlace {
    /// When it changed.
    pub changed_at: DateTime<Utc>,
    /// Which one.
    pub id: ReleaseId,
}

/// A lesson that does not exist yet.
#[derive(Clone, Debug)]
pub struct NewLesson {
    /// The module it is to be the last of.
    pub module: ModuleId,
    /// Its code, such as `HC1.6`.
    pub code: String,
}

/// What to write in a text; what is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Its title.
    pub title: Option<String>,
    /// What it is about.
    pub summary: Option<String>,
    /// Markdown.
    pub body: Option<String>,
}

/// What to say of a lesson; what is left out stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Particulars {
    /// Whom it is for.
    pub audience: Option<LessonAudience>,
    /// How long it takes.
    pub minutes: Option<i32>,
    /// Codes of the age bands it is for.
    pub age_bands: Option<Vec<String>>,
    /// Kinds of disability it is for; none for every child.
    pub disabilities: Option<Vec<Disability>>,
    /// What completes it, with the number that some rules need.
    pub completion: Option<(CompletionRule, Option<i32>)>,
    /// Under which licence it may be used.
    pub licence: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// A draft to open or to write on.
#[derive(Clone, Debug, Default)]
pub struct SaveDraft {
    /// The draft; minted by the client for a new one.
    pub id: Option<ReleaseId>,
    /// The lesson it is of; minted by the client for a new one.
    pub lesson: Option<LessonId>,
    /// Where the lesson is to stand, when it is new.
    pub new: Option<NewLesson>,
    /// What the editor believes the draft's revision to be.
    pub expected_revision: Option<i32>,
    /// The language it is written in: told once, when it is opened.
    pub source_language: Option<String>,
    /// Which text in the source language is written on.
    pub modality: Option<Modality>,
    /// What to write.
    pub words: Words,
    /// What to say of the lesson.
    pub particulars: Particulars,
}

/// A translation to write or to take out.
#[derive(Clone, Debug)]
pub struct Translate {
    /// The draft; that of the lesson when absent.
    pub draft: Option<ReleaseId>,
    /// The lesson: a draft is opened where it has none.
    pub lesson: Option<LessonId>,
    /// What the editor believes the draft's revision to be.
    pub expected_revision: Option<i32>,
    /// BCP 47 tag of the language.
    pub language: String,
    /// How it speaks.
    pub modality: Modality,
    /// What to write.
    pub words: Words,
    /// The fingerprint of the source text it was made of; what the draft holds now when absent.
    pub source_sha256: Option<String>,
    /// Take it out instead.
    pub remove: bool,
}

/// The fingerprint of a text: by it a translation knows which source it was made of.
pub fn fingerprint(title: &str, summary: &str, body: &str) -> String {
    sha256(&serde_json::json!([title, summary, body]).to_string())
}

impl Draft {
    /// The text in a language and modality.
    pub fn text(&self, language: &str, modality: Modality) -> Option<&lesson_draft_text::Model> {
        let mut texts = self.texts.iter();
        texts.find(|text| text.language == language && text.modality == modality)
    }

    /// What a text is a translation of: the source language's text of the same modality, or else its written text.
    pub fn source_of(&self, text: &lesson_draft_text::Model) -> Option<&lesson_draft_text::Model> {
        let language = &*self.row.source_language;
        if text.language == language {
            return None;
        }
        let same = self.text(language, text.modality);
        same.or_else(|| self.text(language, Modality::Text))
    }

    /// Whether a translation was made of another source text than the draft holds.
    pub fn is_outdated(&self, text: &lesson_draft_text::Model) -> bool {
        let source = self.source_of(text);
        source.is_some_and(|source| {
            let now = fingerprint(&source.title, &source.summary, &source.body);
            text.source_sha256
                .as_ref()
                .is_some_and(|made_of| *made_of != now)
        })
    }

    /// Whether an account wrote in it.
    pub fn is_by(&self, account: AccountId) -> bool {
        self.authors.contains(&account)
    }

    /// Codes of the age bands it is for.
    pub fn age_bands(&self) -> Vec<String> {
        serde_json::from_str(&self.row.age_bands).unwrap_or_default()
    }

    /// Kinds of disability it is for.
    pub fn disabilities(&self) -> Vec<Disability> {
        serde_json::from_str(&self.row.disabilities).unwrap_or_default()
    }

    /// Its place in the list.
    pub fn place(&self) -> DraftPlace {
        DraftPlace {
            changed_at: self.row.changed_at,
            id: self.row.draft_id,
        }
    }
}

impl Content {
    /// One draft.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn draft(&self, _editor: &Editor, id: ReleaseId) -> Result<Draft> {
        let found = store::drafts::draft(self.db.latest(), id).await?;
        found.ok_or(Error::NotFound)
    }

    /// Drafts in a state, or the open ones, changed last first: at most `first` behind a place, and whether there are more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn drafts(
        &self,
        _editor: &Editor,
        state: Option<DraftState>,
        after: Option<DraftPlace>,
        first: usize,
    ) -> Result<(Vec<Draft>, bool)> {
        let limit = u64::try_from(first).unwrap_or(u64::MAX).saturating_add(1);
        let mut found = store::drafts::drafts(self.db.latest(), state, after, limit).await?;
        let has_more = found.len() > first;
        found.truncate(first);
        Ok((found, has_more))
    }

    /// Notes a step of a draft.
    async fn step(
        &self,
        tx: &Tx,
        draft: &lesson_draft::Model,
        editor: &Editor,
        kind: DraftStepKind,
        comment: Option<String>,
    ) -> Result<()> {
        let row = lesson_draft_step::Model {
            step_id: self.clock.id(),
            draft_id: draft.draft_id,
            revision: draft.revision,
            kind,
            comment,
            taken_by: editor.account(),
            taken_at: self.clock.now(),
        };
        store::drafts::add_step(tx, row).await
    }
}

/// The draft of an id with its lesson held, so that what follows is decided by one at a time.
///
/// # Errors
/// A user error about `field` when there is none.
async fn held(tx: &Tx, id: ReleaseId, field: &str) -> Result<Draft> {
    let unknown = || Error::user(Code::NotFound, field, "draft-unknown");
    let found = store::drafts::draft(tx, id).await?.ok_or_else(unknown)?;
    let lesson = store::drafts::lock_lesson(tx, found.row.lesson_id).await?;
    lesson.ok_or(Error::NotFound)?;
    // Read again: another may have decided while we waited.
    store::drafts::draft(tx, id).await?.ok_or_else(unknown)
}

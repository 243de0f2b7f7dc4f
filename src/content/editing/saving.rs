//! Writing on a draft: what it says in its source language, its translations, and what is said of the lesson.

use std::{collections::BTreeSet, sync::Arc};

use entity::{lesson_draft, lesson_draft::DraftState, lesson_draft_text, lesson_variant::Modality};

use super::{
    Draft, Particulars, SaveDraft, Translate, Words, fingerprint,
    opening::Opening,
    written::{self, LINE_LIMIT, MOST_MINUTES, TITLE_LIMIT},
};
use crate::{
    auth::capability::Editor,
    content::{Content, store::drafts as rows},
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name::line,
};

/// The most texts a draft may hold.
const MOST_TEXTS: usize = 40;

impl Content {
    /// Opens a draft, or writes on one. Saving the same again changes nothing.
    ///
    /// # Errors
    /// What can be mended: an unknown lesson, a code that is taken, a text without title or body, no licence or source; a
    /// draft that waits for its reviewer, is closed, or was changed by another meanwhile.
    pub async fn save_draft(&self, editor: &Editor, save: SaveDraft) -> Result<Draft> {
        let work = Arc::new((self.clone(), editor.clone(), save));
        let saved = self.within(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (this, editor, save) = &*work;
                let draft = this.opened(tx, editor, Opening::from(save)).await?;
                let modality = save.modality.unwrap_or(Modality::Text);
                let language = draft.row.source_language.clone();
                let mut row = this.described(&draft.row, &save.particulars)?;
                row.revision = draft.row.revision;
                let text = this.written(&draft, &language, modality, &save.words, None)?;
                let licensed = |said: &str, field| match said.is_empty() {
                    true => Err(UserError::new(Code::Required, field, "text-required")),
                    false => Ok(()),
                };
                licensed(&row.licence, "licence")?;
                licensed(&row.source, "source")?;
                this.put(tx, editor, draft, row, text, save.expected_revision)
                    .await
            })
        });
        saved.await
    }

    /// Writes a translation, or takes one out. Writing the same again changes nothing.
    ///
    /// # Errors
    /// As [`Content::save_draft`]; and for the source language itself, which is no translation.
    pub async fn translate(&self, editor: &Editor, asked: Translate) -> Result<Draft> {
        if asked.draft.is_none() && asked.lesson.is_none() {
            return Err(Error::user(Code::Required, "draftId", "draft-which"));
        }
        let language = written::language(&asked.language, "language")?;
        let work = Arc::new((self.clone(), editor.clone(), asked, language));
        let saved = self.within(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (this, editor, asked, language) = &*work;
                let opening = Opening {
                    id: None,
                    lesson: asked.lesson,
                    new: None,
                    language: None,
                };
                let draft = match asked.draft {
                    Some(id) => super::held(tx, id, "draftId").await?,
                    None => this.opened(tx, editor, opening).await?,
                };
                if *language == draft.row.source_language {
                    let error = UserError::new(Code::Invalid, "language", "translation-is-source");
                    return Err(error.with("language", language).into());
                }
                if asked.remove {
                    return this.take_out(tx, editor, draft, asked, language).await;
                }
                let row = draft.row.clone();
                let made_of = asked.source_sha256.as_deref();
                let (modality, words) = (asked.modality, &asked.words);
                let text = this.written(&draft, language, modality, words, made_of)?;
                this.put(tx, editor, draft, row, text, asked.expected_revision)
                    .await
            })
        });
        saved.await
    }

    /// The row with what is said of the lesson.
    fn described(
        &self,
        row: &lesson_draft::Model,
        said: &Particulars,
    ) -> Result<lesson_draft::Model> {
        let mut row = row.clone();
        if let Some(audience) = said.audience {
            row.audience = audience;
        }
        if let Some(minutes) = said.minutes {
            if !(1..=MOST_MINUTES).contains(&minutes) {
                let error = UserError::new(Code::Invalid, "minutes", "number-between");
                return Err(error.with("from", 1).with("to", MOST_MINUTES).into());
            }
            row.minutes = minutes;
        }
        if let Some(bands) = &said.age_bands {
            let catalogue = self.catalogue();
            for (at, band) in bands.iter().enumerate() {
                if !catalogue.bands().iter().any(|known| *known.code == **band) {
                    let field = format!("ageBands.{at}");
                    let error = UserError::new(Code::NotFound, &field, "age-band-unknown");
                    return Err(error.with("band", band).into());
                }
            }
            let bands: BTreeSet<&String> = bands.iter().collect();
            row.age_bands = serde_json::to_string(&bands).map_err(Error::internal)?;
        }
        if let Some(kinds) = &said.disabilities {
            let kinds: BTreeSet<_> = kinds.iter().collect();
            row.disabilities = serde_json::to_string(&kinds).map_err(Error::internal)?;
        }
        if let Some((rule, value)) = said.completion {
            (row.completion_rule, row.completion_value) = written::completion(rule, value)?;
        }
        if let Some(licence) = &said.licence {
            row.licence = line(licence, LINE_LIMIT, "licence")?;
        }
        if let Some(source) = &said.source {
            row.source = line(source, LINE_LIMIT, "source")?;
        }
        Ok(row)
    }

    /// The text of a draft with what is to be written; nothing when nothing is.
    fn written(
        &self,
        draft: &Draft,
        language: &str,
        modality: Modality,
        words: &Words,
        made_of: Option<&str>,
    ) -> Result<Option<lesson_draft_text::Model>> {
        let before = draft.text(language, modality);
        let Words {
            title,
            summary,
            body,
        } = words;
        let says_nothing = title.is_none() && summary.is_none() && body.is_none();
        if says_nothing && (before.is_some() || modality != Modality::Text) {
            return Ok(None);
        }
        if before.is_none() && draft.texts.len() >= MOST_TEXTS {
            let error = UserError::new(Code::TooMany, "language", "draft-texts-too-many");
            return Err(error.with("limit", MOST_TEXTS).into());
        }
        let title = match (title, before) {
            (Some(title), _) => line(title, TITLE_LIMIT, "title")?,
            (None, Some(before)) => before.title.clone(),
            (None, None) => return Err(missing("title")),
        };
        let summary = match (summary, before) {
            (Some(summary), _) => line(summary, LINE_LIMIT, "summary")?,
            (None, Some(before)) => before.summary.clone(),
            (None, None) => String::new(),
        };
        let body = match (body, before) {
            (Some(body), _) => written::body(body, &title, "body")?,
            (None, Some(before)) if before.title == title => before.body.clone(),
            (None, Some(before)) => written::body(&before.body, &title, "body")?,
            (None, None) => return Err(missing("body")),
        };
        let mut text = lesson_draft_text::Model {
            draft_id: draft.row.draft_id,
            language: language.to_owned(),
            modality,
            title,
            summary,
            body,
            source_sha256: None,
            changed_at: self.clock.now(),
        };
        if language != draft.row.source_language {
            let source = draft.source_of(&text);
            let now = source.map(|text| fingerprint(&text.title, &text.summary, &text.body));
            text.source_sha256 = made_of.map(str::to_owned).or(now);
        }
        Ok(Some(text))
    }

    /// Writes what differs; nothing when nothing does.
    async fn put(
        &self,
        tx: &Tx,
        editor: &Editor,
        draft: Draft,
        mut row: lesson_draft::Model,
        text: Option<lesson_draft_text::Model>,
        expected: Option<i32>,
    ) -> Result<Draft> {
        let text = text.filter(|text| {
            let before = draft.text(&text.language, text.modality);
            before.is_none_or(|before| {
                let same = lesson_draft_text::Model {
                    changed_at: before.changed_at,
                    ..text.clone()
                };
                same != *before
            })
        });
        if row != draft.row || text.is_some() {
            writable(&draft, expected)?;
            row.revision += 1;
            row.changed_at = self.clock.now();
            let id = row.draft_id;
            rows::put_draft(tx, row, text.into_iter().collect()).await?;
            rows::add_author(tx, id, editor.account()).await?;
        }
        let id = draft.row.draft_id;
        let saved = rows::draft(tx, id).await?;
        saved.ok_or(Error::NotFound)
    }

    async fn take_out(
        &self,
        tx: &Tx,
        editor: &Editor,
        draft: Draft,
        asked: &Translate,
        language: &str,
    ) -> Result<Draft> {
        if draft.text(language, asked.modality).is_none() {
            return Ok(draft);
        }
        writable(&draft, asked.expected_revision)?;
        let id = draft.row.draft_id;
        let row = lesson_draft::Model {
            revision: draft.row.revision + 1,
            changed_at: self.clock.now(),
            ..draft.row
        };
        rows::put_draft(tx, row, Vec::new()).await?;
        rows::remove_text(tx, id, language, asked.modality).await?;
        rows::add_author(tx, id, editor.account()).await?;
        let saved = rows::draft(tx, id).await?;
        saved.ok_or(Error::NotFound)
    }
}

fn missing(field: &str) -> Error {
    Error::user(Code::Required, field, "text-required")
}

/// Whether somebody may write in a draft now.
fn writable(draft: &Draft, expected: Option<i32>) -> Result<()> {
    let closed = |key| Err(Error::user(Code::Closed, "id", key));
    match draft.row.state {
        DraftState::Draft => {}
        DraftState::InReview => return closed("draft-in-review"),
        DraftState::Published | DraftState::Discarded => return closed("draft-closed"),
    }
    match expected {
        Some(expected) if expected != draft.row.revision => {
            let error = UserError::new(Code::Conflict, "expectedRevision", "draft-changed");
            Err(error.with("revision", draft.row.revision).into())
        }
        _ => Ok(()),
    }
}

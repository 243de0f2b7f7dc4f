//! Making a release of a draft: an immutable copy with the next number, which everybody sees at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use entity::{
    ids::ReleaseId, lesson_draft, lesson_draft::DraftState, lesson_draft_step::DraftStepKind,
    lesson_release, lesson_release::ReleaseState, lesson_variant,
};

use super::{
    Draft, checks,
    deciding::{Review, closed},
    written::{self, LINE_LIMIT},
};
use crate::{
    auth::capability::Editor,
    content::{Content, bodies::sha256, changes::Subject, store, store::drafts as rows},
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name::line,
};

/// A draft to publish.
#[derive(Clone, Debug)]
pub struct Publish {
    /// Which one.
    pub draft: ReleaseId,
    /// Who signed it, unless that was recorded before.
    pub review: Option<Review>,
    /// Whether those who finished an earlier release are to see the lesson again, and why: sentences by language.
    pub refresher: Option<Vec<(String, String)>>,
    /// Publish although another release was published since the draft was opened.
    pub over_newer: bool,
}

impl Content {
    /// Publishes a draft that a named professional signed. Publishing it again changes nothing.
    ///
    /// # Errors
    /// A draft that was not submitted, is closed or unsigned; everything that stands in the way by [`Content::faults`];
    /// a release published since the draft was opened; a refresher without a reason in the source language.
    pub async fn publish(&self, editor: &Editor, publish: Publish) -> Result<Draft> {
        let work = Arc::new((self.clone(), editor.clone(), publish));
        let published = self.within(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (this, editor, publish) = &*work;
                let draft = super::held(tx, publish.draft, "id").await?;
                this.publish_within(tx, editor, draft, publish).await
            })
        });
        let draft = published.await?;
        self.reload().await?;
        Ok(draft)
    }

    async fn publish_within(
        &self,
        tx: &Tx,
        editor: &Editor,
        draft: Draft,
        publish: &Publish,
    ) -> Result<Draft> {
        match draft.row.state {
            DraftState::InReview => {}
            DraftState::Published => return Ok(draft),
            DraftState::Draft => {
                return Err(Error::user(Code::Conflict, "id", "draft-not-submitted"));
            }
            DraftState::Discarded => return Err(closed()),
        }
        let draft = match &publish.review {
            Some(review) => self.approved(tx, editor, draft, review).await?,
            None => draft,
        };
        if draft.row.reviewed_by.is_none() {
            return Err(Error::user(Code::Required, "reviewedBy", "review-missing"));
        }
        let faults = self.faults(&draft).await?;
        if !faults.is_empty() {
            return Err(Error::User(faults));
        }
        let before = rows::releases_of(tx, draft.row.lesson_id).await?;
        let current = before
            .iter()
            .find(|release| release.state == ReleaseState::Published);
        let newest = before.last().map(|release| release.release_id);
        if newest != draft.row.based_on && !publish.over_newer {
            let error = UserError::new(Code::Conflict, "overNewer", "draft-based-on-older");
            let number = before.last().map_or(0, |release| release.number);
            return Err(error.with("number", number).into());
        }
        let reasons = self.reasons(&draft.row, publish, before.is_empty())?;
        let now = self.clock.now();
        let mut releases = Vec::new();
        releases.extend(current.map(|current| lesson_release::Model {
            state: ReleaseState::Retired,
            retired_at: Some(now),
            ..current.clone()
        }));
        releases.push(lesson_release::Model {
            release_id: draft.row.draft_id,
            lesson_id: draft.row.lesson_id,
            number: before.last().map_or(0, |last| last.number) + 1,
            state: ReleaseState::Published,
            completion_rule: draft.row.completion_rule,
            completion_value: draft.row.completion_value,
            refresher_required: reasons.is_some(),
            licence: draft.row.licence.clone(),
            source: draft.row.source.clone(),
            reviewed_by: draft.row.reviewed_by.clone(),
            reviewed_on: draft.row.reviewed_on,
            published_at: Some(now),
            source_language: Some(draft.row.source_language.clone()),
            refresher_reasons: reasons,
            published_by: Some(editor.account()),
            signed_by: draft.row.approved_by,
            retired_at: None,
            retired_by: None,
            retired_reason: None,
        });
        rows::put_releases(tx, releases, variants_of(&draft)?).await?;
        self.put_meant_for(tx, &draft).await?;
        let row = lesson_draft::Model {
            state: DraftState::Published,
            closed_at: Some(now),
            ..draft.row
        };
        let lesson = row.lesson_id;
        let draft = self
            .moved(tx, editor, row, DraftStepKind::Published, None)
            .await?;
        self.note_lesson(tx, lesson).await?;
        Ok(draft)
    }

    /// What stands in the way of submitting or publishing a draft: what [`checks::faults`] finds, and what is missing of the
    /// media that its texts show.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn faults(&self, draft: &Draft) -> Result<Vec<UserError>> {
        let media = self.media.get();
        let media = media.ok_or_else(|| Error::internal("media are not open yet"))?;
        let mut faults = checks::faults(draft);
        for text in &draft.texts {
            let field = format!(
                "texts.{}.{}.body",
                text.language,
                checks::word(text.modality)
            );
            faults.extend(media.faults(&field, &text.language, &text.body).await?);
        }
        Ok(faults)
    }

    /// Why learners see the lesson again, as it is stored; nothing when they do not.
    fn reasons(
        &self,
        draft: &lesson_draft::Model,
        publish: &Publish,
        is_first: bool,
    ) -> Result<Option<String>> {
        let Some(given) = &publish.refresher else {
            return Ok(None);
        };
        if is_first {
            let error = Error::user(Code::Invalid, "refresherRequired", "refresher-of-first");
            return Err(error);
        }
        let mut reasons = BTreeMap::new();
        for (at, (tag, text)) in given.iter().enumerate() {
            let field = |name: &str| format!("refresherReasons.{at}.{name}");
            let tag = written::language(tag, &field("language"))?;
            let text = line(text, LINE_LIMIT, &field("text"))?;
            if reasons.insert(tag.clone(), text).is_some() {
                let error = UserError::new(Code::Conflict, &field("language"), "language-twice");
                return Err(error.with("language", tag).into());
            }
        }
        if !reasons.contains_key(&draft.source_language) {
            let error = UserError::new(Code::Required, "refresherReasons", "refresher-reason");
            return Err(error.with("language", &draft.source_language).into());
        }
        let stored = serde_json::to_string(&reasons).map_err(Error::internal)?;
        Ok(Some(stored))
    }

    /// Writes whom the lesson is for as its draft says.
    async fn put_meant_for(&self, tx: &Tx, draft: &Draft) -> Result<()> {
        let lesson = rows::lock_lesson(tx, draft.row.lesson_id).await?;
        let mut lesson = lesson.ok_or(Error::NotFound)?;
        let lesson_id = lesson.lesson_id;
        lesson.audience = draft.row.audience;
        lesson.minutes = draft.row.minutes;
        let bands: BTreeSet<String> = draft.age_bands().into_iter().collect();
        let kinds: BTreeSet<_> = draft.disabilities().into_iter().collect();
        let band = |age_band| entity::lesson_age_band::Model {
            lesson_id,
            age_band,
        };
        let kind = |disability| entity::lesson_disability::Model {
            lesson_id,
            disability,
        };
        let bands = bands.into_iter().map(band).collect();
        let kinds = kinds.into_iter().map(kind).collect();
        rows::put_lesson(tx, lesson, bands, kinds).await
    }

    /// Notes that a lesson is shown otherwise, and with it its module.
    pub(super) async fn note_lesson(&self, tx: &Tx, id: entity::ids::LessonId) -> Result<()> {
        let lesson = rows::lock_lesson(tx, id).await?.ok_or(Error::NotFound)?;
        let subjects = [Subject::Lesson(id), Subject::Module(lesson.module_id)];
        store::note(tx, subjects.into()).await
    }
}

/// The texts of a draft as those of its release.
fn variants_of(draft: &Draft) -> Result<Vec<lesson_variant::Model>> {
    let variant = |text: &entity::lesson_draft_text::Model| {
        Ok(lesson_variant::Model {
            release_id: text.draft_id,
            language: text.language.clone(),
            modality: text.modality,
            title: text.title.clone(),
            summary: text.summary.clone(),
            bytes: i32::try_from(text.body.len()).map_err(Error::internal)?,
            sha256: sha256(&text.body),
            source_sha256: text.source_sha256.clone(),
            body: text.body.clone(),
        })
    };
    draft.texts.iter().map(variant).collect()
}

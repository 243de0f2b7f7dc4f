//! Opening a draft: of a new lesson, or from the last release of one that was published.

use entity::{
    ids::{LessonId, ReleaseId},
    lesson,
    lesson::LessonAudience,
    lesson_draft,
    lesson_draft::DraftState,
    lesson_draft_step::DraftStepKind,
    lesson_draft_text,
    lesson_release::{CompletionRule, ReleaseState},
    lesson_variant::{self, Modality},
};

use super::{Draft, NewLesson, SaveDraft, fingerprint, written};
use crate::{
    auth::capability::Editor,
    content::{Content, store::drafts as rows},
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

/// What a draft is opened with.
pub(super) struct Opening {
    /// The draft; minted here when absent.
    pub id: Option<ReleaseId>,
    /// The lesson.
    pub lesson: Option<LessonId>,
    /// Where the lesson is to stand, when it is new.
    pub new: Option<NewLesson>,
    /// The language it is written in.
    pub language: Option<String>,
}

impl From<&SaveDraft> for Opening {
    fn from(save: &SaveDraft) -> Self {
        Self {
            id: save.id,
            lesson: save.lesson,
            new: save.new.clone(),
            language: save.source_language.clone(),
        }
    }
}

impl Content {
    /// The draft that is meant, held; a new one where there is none yet.
    pub(super) async fn opened(&self, tx: &Tx, editor: &Editor, asked: Opening) -> Result<Draft> {
        if let Some(id) = asked.id
            && let Some(found) = rows::draft(tx, id).await?
        {
            if asked
                .lesson
                .is_some_and(|lesson| lesson != found.row.lesson_id)
            {
                return Err(Error::user(Code::Conflict, "lessonId", "draft-of-other"));
            }
            return super::held(tx, id, "id").await;
        }
        let known = match asked.lesson {
            Some(lesson) => rows::lock_lesson(tx, lesson).await?,
            None => None,
        };
        let Some(lesson) = known else {
            return self.begun(tx, editor, asked).await;
        };
        match rows::open_draft(tx, lesson.lesson_id).await? {
            Some(open) if asked.id.is_none() => Ok(open),
            Some(open) => Err(
                UserError::new(Code::Conflict, "lessonId", "draft-open-already")
                    .with("draft", open.row.draft_id)
                    .into(),
            ),
            None => self.continued(tx, editor, &lesson, asked).await,
        }
    }

    /// A draft of a lesson that does not exist yet. Nobody but editors sees the lesson until it is published.
    async fn begun(&self, tx: &Tx, editor: &Editor, asked: Opening) -> Result<Draft> {
        let Some(new) = asked.new else {
            let (code, field, key) = match asked.lesson {
                Some(_) => (Code::NotFound, "lessonId", "event-lesson-unknown"),
                None => (Code::Required, "lessonId", "draft-which-lesson"),
            };
            return Err(Error::user(code, field, key));
        };
        let catalogue = self.catalogue();
        let module = catalogue
            .module(new.module)
            .ok_or_else(|| Error::user(Code::NotFound, "moduleId", "draft-module-unknown"))?;
        let code = written::code(&new.code, &module.code, "code")?;
        let mut lesson = lesson::Model {
            lesson_id: asked.lesson.unwrap_or_else(|| self.clock.id()),
            module_id: new.module,
            code,
            position: 0,
            audience: LessonAudience::Both,
            minutes: 10,
        };
        lesson.position = rows::next_position(tx, &lesson).await?;
        let lesson_id = lesson.lesson_id;
        if !rows::insert_lesson(tx, lesson.clone()).await? {
            let error = UserError::new(Code::Taken, "code", "lesson-code-taken");
            return Err(error.with("code", lesson.code).into());
        }
        rows::lock_lesson(tx, lesson_id).await?;
        let row = self.fresh(editor, asked.id, &lesson, asked.language)?;
        self.put_opened(tx, editor, (row, lesson.clone()), Vec::new())
            .await
    }

    /// A draft of a lesson that exists, with everything its last release says.
    async fn continued(
        &self,
        tx: &Tx,
        editor: &Editor,
        lesson: &lesson::Model,
        asked: Opening,
    ) -> Result<Draft> {
        let releases = rows::releases_of(tx, lesson.lesson_id).await?;
        let published =
            |release: &&entity::lesson_release::Model| release.state == ReleaseState::Published;
        let last = releases.iter().find(published).or(releases.last());
        let Some(last) = last else {
            let row = self.fresh(editor, asked.id, lesson, asked.language)?;
            return self
                .put_opened(tx, editor, (row, lesson.clone()), Vec::new())
                .await;
        };
        let language = last.source_language.clone();
        let language = language.unwrap_or_else(|| "vi".to_owned());
        if asked.language.is_some_and(|asked| asked != language) {
            let error = UserError::new(Code::Conflict, "sourceLanguage", "draft-source-language");
            return Err(error.with("language", language).into());
        }
        let (bands, kinds) = rows::meant_for(tx, lesson.lesson_id).await?;
        let bands: Vec<_> = bands.into_iter().map(|band| band.age_band).collect();
        let kinds: Vec<_> = kinds.into_iter().map(|kind| kind.disability).collect();
        let row = lesson_draft::Model {
            based_on: Some(last.release_id),
            age_bands: serde_json::to_string(&bands).map_err(Error::internal)?,
            disabilities: serde_json::to_string(&kinds).map_err(Error::internal)?,
            completion_rule: last.completion_rule,
            completion_value: last.completion_value,
            licence: last.licence.clone(),
            source: last.source.clone(),
            ..self.fresh(editor, asked.id, lesson, Some(language))?
        };
        let variants = rows::variants_of(tx, last.release_id).await?;
        let texts = self.texts_of(&row, &variants);
        self.put_opened(tx, editor, (row, lesson.clone()), texts)
            .await
    }

    fn fresh(
        &self,
        editor: &Editor,
        id: Option<ReleaseId>,
        lesson: &lesson::Model,
        language: Option<String>,
    ) -> Result<lesson_draft::Model> {
        let now = self.clock.now();
        let language = written::language(language.as_deref().unwrap_or("vi"), "sourceLanguage")?;
        Ok(lesson_draft::Model {
            draft_id: id.unwrap_or_else(|| self.clock.id()),
            lesson_id: lesson.lesson_id,
            state: DraftState::Draft,
            revision: 0,
            based_on: None,
            audience: lesson.audience,
            minutes: lesson.minutes,
            age_bands: "[]".to_owned(),
            disabilities: "[]".to_owned(),
            source_language: language,
            completion_rule: CompletionRule::Opened,
            completion_value: None,
            licence: String::new(),
            source: String::new(),
            opened_by: editor.account(),
            opened_at: now,
            changed_at: now,
            submitted_at: None,
            reviewed_by: None,
            reviewed_on: None,
            approved_by: None,
            approved_at: None,
            closed_at: None,
        })
    }

    /// The texts of a release as those of a draft. A translation keeps the fingerprint of the source it was made of.
    fn texts_of(
        &self,
        row: &lesson_draft::Model,
        variants: &[lesson_variant::Model],
    ) -> Vec<lesson_draft_text::Model> {
        let source = |modality: Modality| {
            let in_language = |wanted: Modality| {
                let mut all = variants.iter();
                all.find(|found| found.language == row.source_language && found.modality == wanted)
            };
            let found = in_language(modality).or_else(|| in_language(Modality::Text))?;
            Some(fingerprint(&found.title, &found.summary, &found.body))
        };
        let text = |variant: &lesson_variant::Model| lesson_draft_text::Model {
            draft_id: row.draft_id,
            language: variant.language.clone(),
            modality: variant.modality,
            title: variant.title.clone(),
            summary: variant.summary.clone(),
            body: variant.body.clone(),
            source_sha256: match variant.language == row.source_language {
                true => None,
                false => (variant.source_sha256.clone()).or_else(|| source(variant.modality)),
            },
            changed_at: row.opened_at,
        };
        variants.iter().map(text).collect()
    }

    async fn put_opened(
        &self,
        tx: &Tx,
        editor: &Editor,
        (row, lesson): (lesson_draft::Model, lesson::Model),
        texts: Vec<lesson_draft_text::Model>,
    ) -> Result<Draft> {
        rows::put_draft(tx, row.clone(), texts.clone()).await?;
        self.step(tx, &row, editor, DraftStepKind::Opened, None)
            .await?;
        Ok(Draft {
            row,
            lesson,
            texts,
            authors: Vec::new(),
            steps: Vec::new(),
        })
    }
}

//! A text of a draft on the wire.

use std::sync::Arc;

use async_graphql::Object;
use chrono::{DateTime, Utc};
use entity::lesson_draft_text;

use crate::content::{
    editing::{Draft, fingerprint},
    graphql::{body::LessonBlock, lesson::Modality},
};

/// A text of a draft, in one language and modality.
pub struct LessonDraftText {
    draft: Arc<Draft>,
    at: usize,
}

impl LessonDraftText {
    /// Every text of a draft.
    pub(super) fn all_of(draft: &Draft) -> Vec<Self> {
        let draft = Arc::new(draft.clone());
        let text = |at| Self {
            draft: Arc::clone(&draft),
            at,
        };
        (0..draft.texts.len()).map(text).collect()
    }

    fn text(&self) -> async_graphql::Result<&lesson_draft_text::Model> {
        let text = self.draft.texts.get(self.at);
        text.ok_or_else(|| async_graphql::Error::new("the draft has no such text"))
    }
}

/// A text of a draft, in one language and modality.
#[Object]
impl LessonDraftText {
    /// BCP 47 tag.
    async fn language(&self) -> async_graphql::Result<&str> {
        Ok(&self.text()?.language)
    }

    /// How it speaks.
    async fn modality(&self) -> async_graphql::Result<Modality> {
        Ok(self.text()?.modality.into())
    }

    /// Its title.
    async fn title(&self) -> async_graphql::Result<&str> {
        Ok(&self.text()?.title)
    }

    /// What it is about, in a sentence or two.
    async fn summary(&self) -> async_graphql::Result<&str> {
        Ok(&self.text()?.summary)
    }

    /// Markdown, beginning with the title as its heading.
    async fn body(&self) -> async_graphql::Result<&str> {
        Ok(&self.text()?.body)
    }

    /// The body as typed blocks, as an app will show it.
    #[graphql(complexity = "10 * child_complexity")]
    async fn blocks(&self) -> async_graphql::Result<Vec<LessonBlock>> {
        Ok(LessonBlock::all_of(&self.text()?.body))
    }

    /// Size of the body in UTF-8.
    async fn bytes(&self) -> async_graphql::Result<i32> {
        Ok(i32::try_from(self.text()?.body.len()).unwrap_or(i32::MAX))
    }

    /// Fingerprint of title, summary and body: what `translateLesson` takes as `sourceSha256`.
    async fn sha256(&self) -> async_graphql::Result<String> {
        let text = self.text()?;
        Ok(fingerprint(&text.title, &text.summary, &text.body))
    }

    /// Whether it is a translation.
    async fn is_translation(&self) -> async_graphql::Result<bool> {
        Ok(self.text()?.language != self.draft.row.source_language)
    }

    /// Whether it is a translation of an older source text than the draft has.
    async fn outdated(&self) -> async_graphql::Result<bool> {
        Ok(self.draft.is_outdated(self.text()?))
    }

    /// When it was last written.
    async fn changed_at(&self) -> async_graphql::Result<DateTime<Utc>> {
        Ok(self.text()?.changed_at)
    }
}

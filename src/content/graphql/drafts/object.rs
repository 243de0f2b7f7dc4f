//! A draft on the wire: what it says, what was decided, and what stands in the way.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{lesson_draft::DraftState, lesson_variant::Modality as Speaks};

use super::text::LessonDraftText;
use crate::{
    auth::capability::Editor,
    content::{
        Content,
        editing::{Draft, pairs, pairs::side_by_side},
        graphql::{
            ModuleObject,
            body::LessonBlock,
            lesson::{Modality, audiences},
            release::CompletionRule,
        },
    },
    graphql::{
        date::Date,
        ids::wire,
        payload::{UserErrorObject, graphql_error, user_errors},
    },
    people::graphql::{Audience, DisabilityType},
};

/// Where a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::lesson_draft::DraftState")]
pub enum LessonDraftState {
    /// Being written.
    Draft,
    /// Waiting for its reviewer, or signed and waiting to be published. Nobody writes in it.
    InReview,
    /// Published: the release has the draft's id.
    Published,
    /// Given up.
    Discarded,
}

/// What happened to a draft. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::lesson_draft_step::DraftStepKind")]
pub enum LessonDraftStepKind {
    /// It was begun.
    Opened,
    /// It was given to a reviewer.
    Submitted,
    /// It was given back to be written on.
    Returned,
    /// A professional signed it; the comment is her name.
    Approved,
    /// It became a release.
    Published,
    /// It was given up.
    Discarded,
}

/// How a block of a translation differs from that of its source. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "pairs::Difference")]
pub enum BlockDifference {
    /// The translation lost it.
    Lost,
    /// The source has no such block.
    Added,
    /// A list has fewer or more items.
    Items,
    /// It is of another kind, such as a warning that became a paragraph.
    Kind,
}

/// A step of a draft.
#[derive(SimpleObject)]
pub struct LessonDraftStep {
    /// What happened.
    kind: LessonDraftStepKind,
    /// What was said with it.
    comment: Option<String>,
    /// When.
    at: DateTime<Utc>,
    /// Whether the viewer did it.
    by_viewer: bool,
}

/// One line of a source text and its translation side by side.
#[derive(SimpleObject)]
pub struct BlockPair {
    /// Of the source; null where the translation has one too many.
    source: Option<LessonBlock>,
    /// Of the translation; null where it lost one.
    target: Option<LessonBlock>,
    /// What is wrong with it; null when nothing is. The draft cannot be submitted while anything is.
    difference: Option<BlockDifference>,
}

/// A draft, as an editor sees it.
pub struct LessonDraft {
    draft: Draft,
    editor: Editor,
}

impl LessonDraft {
    /// As an editor sees it.
    pub(in crate::content::graphql) fn new(draft: Draft, editor: &Editor) -> Self {
        Self {
            draft,
            editor: editor.clone(),
        }
    }

    fn is_open(&self) -> bool {
        matches!(
            self.draft.row.state,
            DraftState::Draft | DraftState::InReview
        )
    }

    fn is_in_review(&self) -> bool {
        self.draft.row.state == DraftState::InReview
    }
}

/// A lesson as it is being written, before it is a release. A lesson has at most one that is open.
#[Object]
impl LessonDraft {
    /// Identity of the draft; the release it is published as has the same.
    async fn id(&self) -> ID {
        wire(self.draft.row.draft_id)
    }

    /// Where it stands.
    async fn state(&self) -> LessonDraftState {
        self.draft.row.state.into()
    }

    /// Grows by one with every change: send it as `expectedRevision` so as not to write over another's work.
    async fn revision(&self) -> i32 {
        self.draft.row.revision
    }

    /// Id of the lesson, published or not.
    async fn lesson_id(&self) -> ID {
        wire(self.draft.row.lesson_id)
    }

    /// Code of the lesson.
    async fn code(&self) -> &str {
        &self.draft.lesson.code
    }

    /// Id of the module of the lesson.
    async fn module_id(&self) -> ID {
        wire(self.draft.lesson.module_id)
    }

    /// The module of the lesson; null while nothing of it is published.
    async fn module(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ModuleObject>> {
        let content = ctx.data::<Content>()?;
        Ok(ModuleObject::of(content, self.draft.lesson.module_id))
    }

    /// Id of the release it was opened from; null for a lesson that had none.
    async fn based_on_release_id(&self) -> Option<ID> {
        self.draft.row.based_on.map(wire)
    }

    /// Whom the lesson is for.
    async fn audiences(&self) -> Vec<Audience> {
        audiences(self.draft.row.audience)
    }

    /// Minutes it takes.
    async fn minutes(&self) -> i32 {
        self.draft.row.minutes
    }

    /// Codes of the age bands it is for.
    async fn age_bands(&self) -> Vec<String> {
        self.draft.age_bands()
    }

    /// Kinds of disability it is for; empty when it is for every child.
    async fn disability_types(&self) -> Vec<DisabilityType> {
        let kinds = self.draft.disabilities().into_iter();
        kinds.map(Into::into).collect()
    }

    /// BCP 47 tag of the language it is written in; the others are translations.
    async fn source_language(&self) -> &str {
        &self.draft.row.source_language
    }

    /// What completes the lesson.
    async fn completion_rule(&self) -> CompletionRule {
        self.draft.row.completion_rule.into()
    }

    /// Minutes, or percent of the quiz, where the rule needs a number.
    async fn completion_value(&self) -> Option<i32> {
        self.draft.row.completion_value
    }

    /// Under which licence it may be used.
    async fn licence(&self) -> &str {
        &self.draft.row.licence
    }

    /// Where it comes from.
    async fn source(&self) -> &str {
        &self.draft.row.source
    }

    /// Its texts, by language and modality.
    #[graphql(complexity = "4 * child_complexity")]
    async fn texts(&self) -> Vec<LessonDraftText> {
        LessonDraftText::all_of(&self.draft)
    }

    /// A source text and its translation block by block; null when the draft has not both.
    #[graphql(complexity = "20 * child_complexity")]
    async fn side_by_side(
        &self,
        #[graphql(desc = "BCP 47 tag of the translation.")] language: String,
        #[graphql(desc = "By default TEXT.")] modality: Option<Modality>,
    ) -> Option<Vec<BlockPair>> {
        let modality = modality.map_or(Speaks::Text, Into::into);
        let target = self.draft.text(&language, modality)?;
        let source = self.draft.source_of(target)?;
        let pairs = side_by_side(
            (&source.language, &source.body),
            (&target.language, &target.body),
        );
        let pair = |pair: pairs::Pair| BlockPair {
            source: pair.source.map(Into::into),
            target: pair.target.map(Into::into),
            difference: pair.difference.map(Into::into),
        };
        Some(pairs.into_iter().map(pair).collect())
    }

    /// What stands in the way of submitting or publishing it: a missing licence, a translation that lost a block, media without
    /// a text for who does not see them. `field` is a path in the draft, such as `texts`, `en`, `TEXT`, `body`.
    async fn problems(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<UserErrorObject>> {
        if !self.is_open() {
            return Ok(Vec::new());
        }
        let faults = ctx.data::<Content>()?.faults(&self.draft).await;
        let faults = faults.map_err(|error| graphql_error(ctx, &error))?;
        Ok(user_errors(ctx, &faults))
    }

    /// What was decided about it, in order.
    async fn steps(&self) -> Vec<LessonDraftStep> {
        let steps = self.draft.steps.iter();
        let step = |step: &entity::lesson_draft_step::Model| LessonDraftStep {
            kind: step.kind.into(),
            comment: step.comment.clone(),
            at: step.taken_at,
            by_viewer: step.taken_by == self.editor.account(),
        };
        steps.map(step).collect()
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.draft.row.opened_at
    }

    /// When something of it last changed.
    async fn changed_at(&self) -> DateTime<Utc> {
        self.draft.row.changed_at
    }

    /// When it was last submitted for review.
    async fn submitted_at(&self) -> Option<DateTime<Utc>> {
        self.draft.row.submitted_at
    }

    /// The professional who signed it; null while nobody has.
    async fn reviewed_by(&self) -> Option<&str> {
        self.draft.row.reviewed_by.as_deref()
    }

    /// The day it was signed.
    async fn reviewed_on(&self) -> Option<Date> {
        self.draft.row.reviewed_on.map(Date)
    }

    /// When it was published or given up; null while it is open.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.draft.row.closed_at
    }

    /// Whether the viewer wrote in it, and so may not approve it.
    async fn written_by_viewer(&self) -> bool {
        self.draft.is_by(self.editor.account())
    }

    /// Whether the viewer may write in it now.
    async fn viewer_can_write(&self) -> bool {
        self.draft.row.state == DraftState::Draft
    }

    /// Whether the viewer may record its review now.
    async fn viewer_can_approve(&self) -> bool {
        self.is_in_review() && !self.draft.is_by(self.editor.account())
    }

    /// Whether the viewer may publish it now without recording a review.
    async fn viewer_can_publish(&self) -> bool {
        self.is_in_review() && self.draft.row.reviewed_by.is_some()
    }
}

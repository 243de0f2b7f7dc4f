//! What editors do: write, translate, submit, return, sign, publish, retire.

use async_graphql::{Context, Object, SimpleObject};

use super::{
    drafts::{LessonDraft, editor},
    lesson::LessonObject,
};
use crate::{
    auth::capability::Editor,
    content::{Content, editing::Draft},
    error::Result,
    graphql::{
        ids::named,
        payload::{UserErrorObject, split},
    },
};

mod inputs;

pub use inputs::*;

/// Payloads that hold a draft.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The draft as it is now.
            draft: Option<LessonDraft>,
            /// What to mend; nothing was written then.
            user_errors: Vec<UserErrorObject>,
        }

        impl $name {
            fn of(
                ctx: &Context<'_>,
                editor: &Editor,
                outcome: Result<Draft>,
            ) -> async_graphql::Result<Self> {
                let (draft, user_errors) = split(ctx, outcome)?;
                Ok(Self {
                    draft: draft.map(|draft| LessonDraft::new(draft, editor)),
                    user_errors,
                })
            }
        }
    )*};
}

payloads! {
    /// The answer to `saveLessonDraft`.
    SaveLessonDraftPayload
    /// The answer to `translateLesson`.
    TranslateLessonPayload
    /// The answer to `submitForReview`.
    SubmitForReviewPayload
    /// The answer to `returnDraft`.
    ReturnDraftPayload
    /// The answer to `approveDraft`.
    ApproveDraftPayload
    /// The answer to `discardDraft`.
    DiscardDraftPayload
}

/// The answer to `publishRelease`.
#[derive(SimpleObject)]
pub struct PublishReleasePayload {
    /// The lesson as everybody sees it now.
    lesson: Option<LessonObject>,
    /// The draft it was published from, closed.
    draft: Option<LessonDraft>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// The answer to `signRelease`.
#[derive(SimpleObject)]
pub struct SignReleasePayload {
    /// The lesson as everybody sees it now.
    lesson: Option<LessonObject>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// The answer to `retireLesson`.
#[derive(SimpleObject)]
pub struct RetireLessonPayload {
    /// Id of the lesson that is shown no more.
    retired_id: Option<async_graphql::ID>,
    /// When it was retired.
    retired_at: Option<chrono::DateTime<chrono::Utc>>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// What editors do.
#[derive(Clone, Copy, Debug, Default)]
pub struct EditorMutation;

#[Object]
impl EditorMutation {
    /// Opens a draft of a lesson, new or published before, or writes on the open one. A draft of a published lesson begins
    /// with everything its release says, so that only what changes need be sent. Licence and source are required.
    async fn save_lesson_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to write; what is left out stays as it is.")]
        input: SaveLessonDraftInput,
    ) -> async_graphql::Result<SaveLessonDraftPayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match input.read() {
            Ok(save) => content.save_draft(&editor, save).await,
            Err(error) => Err(error),
        };
        SaveLessonDraftPayload::of(ctx, &editor, outcome)
    }

    /// Writes a translation beside the source text of a draft, or takes one out. `draft { sideBySide }` shows both block by
    /// block. It remembers which source it was made of, and is marked outdated when that changes.
    async fn translate_lesson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to write; what is left out stays as it is.")]
        input: TranslateLessonInput,
    ) -> async_graphql::Result<TranslateLessonPayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match input.read() {
            Ok(translate) => content.translate(&editor, translate).await,
            Err(error) => Err(error),
        };
        TranslateLessonPayload::of(ctx, &editor, outcome)
    }

    /// Gives a draft to a reviewer: from then on nobody writes in it. Refused while a translation has lost or gained a block
    /// or anything else stands in the way; every reason is named.
    async fn submit_for_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft.")] input: SubmitForReviewInput,
    ) -> async_graphql::Result<SubmitForReviewPayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match named(&input.id, "id") {
            Ok(id) => content.submit(&editor, id, input.comment).await,
            Err(error) => Err(error),
        };
        SubmitForReviewPayload::of(ctx, &editor, outcome)
    }

    /// Gives a draft back to be written on, with what is to be mended. A review that was recorded is taken back with it.
    async fn return_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft, and why.")] input: ReturnDraftInput,
    ) -> async_graphql::Result<ReturnDraftPayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match named(&input.id, "id") {
            Ok(id) => content.give_back(&editor, id, &input.comment).await,
            Err(error) => Err(error),
        };
        ReturnDraftPayload::of(ctx, &editor, outcome)
    }

    /// Records that a named professional read a submitted draft and signed it. Never by an editor who wrote in it, and never
    /// in the name of one.
    async fn approve_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft, and who signed it.")] input: ApproveDraftInput,
    ) -> async_graphql::Result<ApproveDraftPayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match named(&input.id, "id") {
            Ok(id) => content.approve(&editor, id, input.review()).await,
            Err(error) => Err(error),
        };
        ApproveDraftPayload::of(ctx, &editor, outcome)
    }

    /// Gives a draft up. What is published stays.
    async fn discard_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft.")] input: DiscardDraftInput,
    ) -> async_graphql::Result<DiscardDraftPayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match named(&input.id, "id") {
            Ok(id) => content.discard(&editor, id, input.comment).await,
            Err(error) => Err(error),
        };
        DiscardDraftPayload::of(ctx, &editor, outcome)
    }

    /// Publishes a submitted draft that a named professional signed, as the lesson's next release: everybody sees it at once,
    /// and its text never changes again. Completions of earlier releases count for it unless a refresher is asked for.
    /// `previewPublication` shows first what it would mean.
    async fn publish_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which draft, and who is to see the lesson again.")]
        input: PublishReleaseInput,
    ) -> async_graphql::Result<PublishReleasePayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match input.read() {
            Ok(publish) => content.publish(&editor, publish).await,
            Err(error) => Err(error),
        };
        let (draft, user_errors) = split(ctx, outcome)?;
        let lesson = draft.as_ref().map(|draft| draft.row.lesson_id);
        Ok(PublishReleasePayload {
            lesson: lesson.and_then(|id| LessonObject::of(content, id)),
            draft: draft.map(|draft| LessonDraft::new(draft, &editor)),
            user_errors,
        })
    }

    /// Records that a named professional read a release that is already published and signed it, such as a lesson the product
    /// ships as a draft. Once, and never by who published it; its text does not change.
    async fn sign_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which release, and who signed it.")] input: SignReleaseInput,
    ) -> async_graphql::Result<SignReleasePayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match named(&input.release_id, "releaseId") {
            Ok(id) => content.sign(&editor, id, &input.review()).await,
            Err(error) => Err(error),
        };
        let (signed, user_errors) = split(ctx, outcome)?;
        Ok(SignReleasePayload {
            lesson: signed.and_then(|row| LessonObject::of(content, row.lesson_id)),
            user_errors,
        })
    }

    /// Takes a lesson out of lists, search and paths. What was learned of it stays and counts, and what phones still send of
    /// it is taken in. It comes back by publishing another draft. `previewRetirement` shows first what it would mean.
    async fn retire_lesson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which lesson, and why.")] input: RetireLessonInput,
    ) -> async_graphql::Result<RetireLessonPayload> {
        let editor = editor(ctx)?;
        let content = ctx.data::<Content>()?;
        let outcome = match named(&input.lesson_id, "lessonId") {
            Ok(id) => content.retire(&editor, id, &input.reason).await,
            Err(error) => Err(error),
        };
        let (retired, user_errors) = split(ctx, outcome)?;
        Ok(RetireLessonPayload {
            retired_id: retired
                .as_ref()
                .map(|row| crate::graphql::ids::wire(row.lesson_id)),
            retired_at: retired.and_then(|row| row.retired_at),
            user_errors,
        })
    }
}

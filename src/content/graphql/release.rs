//! The published release of a lesson: what completes it, where it comes from, who reviewed it, who is to see it again.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};

use super::tag;
use crate::{
    content::catalogue::{Lesson, Release},
    graphql::{context::language_or, date::Date, ids::wire},
    messages::text,
};

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::lesson_release::ReleaseState")]
pub enum ReleaseState {
    /// Being written.
    Draft,
    /// Waiting for its reviewer.
    InReview,
    /// Shown to everybody.
    Published,
    /// No longer shown, or followed by a later release.
    Retired,
}

/// How far a release's review is. More may be added: treat an unknown one as UNREVIEWED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ReviewState {
    /// No named professional has signed it: it is a draft that is shown as one.
    Unreviewed,
    /// A named professional signed it.
    Reviewed,
}

/// What completes a lesson. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::lesson_release::CompletionRule")]
pub enum CompletionRule {
    /// Opening it and marking it done.
    Opened,
    /// Spending a number of minutes on it.
    Minutes,
    /// A percentage of its quiz.
    QuizScore,
    /// A trainer confirms it.
    TrainerConfirms,
}

/// The published release of a lesson.
pub struct ReleaseObject(Arc<Lesson>);

impl ReleaseObject {
    /// Of a published lesson.
    pub(super) fn new(lesson: &Arc<Lesson>) -> Self {
        Self(Arc::clone(lesson))
    }

    fn shown(&self) -> async_graphql::Result<&Release> {
        let release = self.0.release.as_ref();
        release.ok_or_else(|| async_graphql::Error::new("the lesson is not published"))
    }
}

/// An immutable numbered version of a lesson. A completion is of one release.
#[Object(name = "LessonRelease")]
impl ReleaseObject {
    /// Identity of the release.
    async fn id(&self) -> async_graphql::Result<ID> {
        Ok(wire(self.shown()?.id))
    }

    /// From 1, in the order of publishing.
    async fn number(&self) -> async_graphql::Result<u32> {
        Ok(self.shown()?.number)
    }

    /// Where it stands.
    async fn state(&self) -> ReleaseState {
        ReleaseState::Published
    }

    /// What completes the lesson.
    async fn completion_rule(&self) -> async_graphql::Result<CompletionRule> {
        Ok(self.shown()?.completion_rule.into())
    }

    /// Minutes, or percent of the quiz, where the rule needs a number.
    async fn completion_value(&self) -> async_graphql::Result<Option<u32>> {
        Ok(self.shown()?.completion_value)
    }

    /// Under which licence it may be used.
    async fn licence(&self) -> async_graphql::Result<&str> {
        Ok(&self.shown()?.licence)
    }

    /// Where it comes from.
    async fn source(&self) -> async_graphql::Result<&str> {
        Ok(&self.shown()?.source)
    }

    /// Whether a named professional signed it. Show `reviewNotice` wherever it is false.
    async fn reviewed(&self) -> async_graphql::Result<bool> {
        Ok(self.shown()?.review.is_some())
    }

    /// The professional who signed it; null while nobody has.
    async fn reviewed_by(&self) -> async_graphql::Result<Option<&str>> {
        let review = self.shown()?.review.as_ref();
        Ok(review.map(|(by, _)| &**by))
    }

    /// The day it was signed; null while nobody has.
    async fn reviewed_on(&self) -> async_graphql::Result<Option<Date>> {
        let review = self.shown()?.review.as_ref();
        Ok(review.map(|(_, on)| Date(*on)))
    }

    /// What to show beside a lesson that nobody has signed; null once it is signed.
    async fn review_notice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> async_graphql::Result<Option<String>> {
        let unreviewed = self.shown()?.review.is_none();
        let language = language_or(ctx, language.as_deref());
        Ok(unreviewed.then(|| text(language, "lesson-unreviewed")))
    }

    /// How far its review is. Show `reviewNotice` wherever it is not REVIEWED.
    async fn review_state(&self) -> async_graphql::Result<ReviewState> {
        Ok(match self.shown()?.review {
            Some(_) => ReviewState::Reviewed,
            None => ReviewState::Unreviewed,
        })
    }

    /// BCP 47 tag of the language it was written in; the others are translations.
    async fn source_language(&self) -> async_graphql::Result<&str> {
        Ok(&self.shown()?.source_language)
    }

    /// Whether it, or a release before it, asks those who finished an earlier one to see the lesson again. Whether the viewer
    /// is one of them says `Lesson.progress`.
    async fn refresher_required(&self) -> bool {
        self.0.refresher().is_some()
    }

    /// Why, in the editors' words; null when nobody needs to see it again.
    async fn refresher_reason(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<String> {
        let served = self.0.refresher()?.reasons.served(tag(ctx, &language))?;
        Some(served.said.to_string())
    }

    /// When it was published.
    async fn published_at(&self) -> async_graphql::Result<Option<DateTime<Utc>>> {
        Ok(self.shown()?.published_at)
    }
}

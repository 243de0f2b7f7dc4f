//! What editors ask: drafts, one draft, and what publishing or retiring would mean.

use async_graphql::{
    Context, ID, Object,
    connection::{Connection, CursorType, Edge},
};
use chrono::DateTime;
use entity::ids::{LessonId, ReleaseId};
use uuid::Uuid;

use super::impact::PublicationImpact;
use crate::{
    auth::{capability::Editor, graphql::viewer},
    content::{
        Content,
        editing::{Draft, DraftPlace},
    },
    error::Error,
    graphql::{ids::asked, pages::PageSize, payload::graphql_error},
};

mod object;
mod text;

pub use object::{LessonDraft, LessonDraftState};

impl CursorType for DraftPlace {
    type Error = String;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        let read = || {
            let (at, id) = text.split_once('-')?;
            let changed_at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
            let id = Uuid::try_parse(id).ok()?.into();
            Some(Self { changed_at, id })
        };
        read().ok_or_else(|| "no such place".to_owned())
    }

    fn encode_cursor(&self) -> String {
        format!(
            "{}-{}",
            self.changed_at.timestamp_micros(),
            self.id.0.simple()
        )
    }
}

const PAGE: PageSize = PageSize {
    default: 20,
    maximum: 100,
};

/// The viewer as an editor.
pub(super) fn editor(ctx: &Context<'_>) -> async_graphql::Result<Editor> {
    let editor = viewer(ctx)?.editor();
    editor.map_err(|error| graphql_error(ctx, &error))
}

/// What editors ask.
#[derive(Clone, Copy, Debug, Default)]
pub struct DraftQuery;

#[Object]
impl DraftQuery {
    /// Drafts, changed last first: those in a state, or all that are open.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn drafts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "By default DRAFT and IN_REVIEW.")] state: Option<LessonDraftState>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<DraftPlace, LessonDraft>> {
        let editor = editor(ctx)?;
        let page = PAGE.page::<DraftPlace>(first, after.as_deref())?;
        let content = ctx.data::<Content>()?;
        let found = content
            .drafts(&editor, state.map(Into::into), page.after, page.first)
            .await;
        let (drafts, has_more) = found.map_err(|error| graphql_error(ctx, &error))?;
        let mut connection = Connection::new(page.after.is_some(), has_more);
        let edge = |draft: Draft| Edge::new(draft.place(), LessonDraft::new(draft, &editor));
        connection.edges = drafts.into_iter().map(edge).collect();
        Ok(connection)
    }

    /// One draft. NOT_FOUND when there is none.
    async fn draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identity of the draft.")] id: ID,
    ) -> async_graphql::Result<Option<LessonDraft>> {
        let editor = editor(ctx)?;
        let refuse = |error: Error| graphql_error(ctx, &error);
        let id = asked::<ReleaseId>(&id).ok_or_else(|| refuse(Error::NotFound))?;
        let draft = ctx.data::<Content>()?.draft(&editor, id).await;
        let draft = draft.map_err(refuse)?;
        Ok(Some(LessonDraft::new(draft, &editor)))
    }

    /// What publishing a draft would mean for learners: how many finished the lesson, are at it, have it assigned, and would
    /// be asked to see it again. NOT_FOUND when there is no such draft.
    #[graphql(complexity = "20 * child_complexity")]
    async fn preview_publication(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identity of the draft.")] draft_id: ID,
        #[graphql(desc = "Whether a refresher is to be asked for; false by default.")]
        refresher_required: Option<bool>,
    ) -> async_graphql::Result<Option<PublicationImpact>> {
        let editor = editor(ctx)?;
        let refuse = |error: Error| graphql_error(ctx, &error);
        let id = asked::<ReleaseId>(&draft_id).ok_or_else(|| refuse(Error::NotFound))?;
        let refresher = refresher_required.unwrap_or(false);
        let content = ctx.data::<Content>()?;
        let impact = content.publication_impact(&editor, id, refresher).await;
        let impact = impact.map_err(refuse)?;
        PublicationImpact::of(ctx, &impact, refresher).map(Some)
    }

    /// What retiring a lesson would mean for learners. NOT_FOUND when there is no such lesson.
    #[graphql(complexity = "20 * child_complexity")]
    async fn preview_retirement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identity of the lesson.")] lesson_id: ID,
    ) -> async_graphql::Result<Option<PublicationImpact>> {
        let editor = editor(ctx)?;
        let refuse = |error: Error| graphql_error(ctx, &error);
        let id = asked::<LessonId>(&lesson_id).ok_or_else(|| refuse(Error::NotFound))?;
        let impact = ctx.data::<Content>()?.retirement_impact(&editor, id).await;
        let impact = impact.map_err(refuse)?;
        PublicationImpact::of(ctx, &impact, false).map(Some)
    }
}

//! Notices on the wire: what the viewer is shown, what she wishes, and what trainers send.

use async_graphql::{
    Context, ID, InputObject, Object, SimpleObject,
    connection::{Connection, CursorType, Edge, EmptyFields},
};
use entity::ids::NoticeId;
use uuid::Uuid;

use super::{Notices, preferences::SavePreferences};
use crate::{
    auth::graphql::viewer,
    error::Result as Outcome,
    graphql::{
        context::language,
        ids::named,
        pages::PageSize,
        payload::{UserErrorObject, graphql_error, split},
    },
};

mod contacts;
mod messaging;
mod objects;

pub use contacts::ContactMutation;
pub use messaging::{MessagingMutation, MessagingQuery};
pub use objects::*;

/// The pages of notices.
const PAGE: PageSize = PageSize {
    default: 20,
    maximum: 100,
};

/// A place in the notices of a person: behind the notice of this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeCursor(pub Uuid);

impl CursorType for NoticeCursor {
    type Error = uuid::Error;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Uuid::try_parse(text).map(Self)
    }

    fn encode_cursor(&self) -> String {
        self.0.simple().to_string()
    }
}

/// What a connection of notices says beside them.
#[derive(SimpleObject)]
pub struct NoticeCounts {
    /// How many of all notices shown now were not read.
    unread_count: i32,
}

/// Notices marked as read.
#[derive(InputObject)]
pub struct MarkNoticeReadInput {
    /// Which, at most 200. Marking one again changes nothing.
    ids: Vec<ID>,
}

/// What `markNoticeRead` did.
#[derive(SimpleObject)]
pub struct MarkNoticeReadPayload {
    /// The notices as they are now, newest first.
    notices: Option<Vec<NoticeObject>>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What to turn off, or on again.
#[derive(InputObject)]
pub struct MuteNoticesInput {
    /// What; everything that can be turned off when left out.
    kinds: Option<Vec<MutedKind>>,
    /// Whether to turn it off; yes when left out. No turns it on again.
    muted: Option<bool>,
}

/// What `muteNotices` did.
#[derive(SimpleObject)]
pub struct MuteNoticesPayload {
    /// What the viewer wishes now.
    preferences: Option<NoticePreferences>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// A change of what the viewer wishes; what is left out stays.
#[derive(InputObject)]
pub struct SaveNoticePreferencesInput {
    /// From when nothing rings, in Viet Nam, such as 21:00; together with `quietUntil`.
    quiet_from: Option<String>,
    /// From when things may ring again, such as 07:00; the same as `quietFrom` means that no hour is quiet.
    quiet_until: Option<String>,
    /// Goes back to the hours of the installation.
    usual_quiet_hours: Option<bool>,
    /// Language of notices, vi or en.
    language: Option<String>,
}

/// What `saveNoticePreferences` did.
#[derive(SimpleObject)]
pub struct SaveNoticePreferencesPayload {
    /// What the viewer wishes now.
    preferences: Option<NoticePreferences>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What the viewer is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoticeQuery;

#[Object]
impl NoticeQuery {
    /// The viewer's notices, newest first: everything she was told, whether or not it rang. They come with
    /// `changes(scope: ME)` as well.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity / 2"
    )]
    async fn notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which: an `endCursor`; from the newest when left out.")]
        after: Option<String>,
    ) -> async_graphql::Result<Connection<NoticeCursor, NoticeObject, NoticeCounts, EmptyFields>>
    {
        let learner = viewer(ctx)?.learner();
        let asked = PAGE.page::<NoticeCursor>(first, after.as_deref())?;
        let notices = ctx.data::<Notices>()?;
        let behind = asked.after.map(|cursor| NoticeId(cursor.0));
        let page = notices
            .inbox(&learner, language(ctx), behind, asked.first)
            .await
            .map_err(|error| graphql_error(ctx, &error))?;
        let unread = match ctx.look_ahead().field("unreadCount").exists() {
            true => notices.count_unread(&learner).await,
            false => Ok(0),
        };
        let unread = unread.map_err(|error| graphql_error(ctx, &error))?;
        let counts = NoticeCounts {
            unread_count: i32::try_from(unread).unwrap_or(i32::MAX),
        };
        let mut connection =
            Connection::with_additional_fields(behind.is_some(), page.has_more, counts);
        let edges = page.notices.into_iter().map(|shown| {
            let cursor = NoticeCursor(shown.id.0);
            Edge::new(cursor, NoticeObject::new(shown))
        });
        connection.edges = edges.collect();
        Ok(connection)
    }

    /// What the viewer wishes of notices, and where she is reached.
    async fn notice_preferences(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Option<NoticePreferences>> {
        let learner = viewer(ctx)?.learner();
        let found = ctx.data::<Notices>()?.preferences(&learner).await;
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        Ok(Some(NoticePreferences::of(found)))
    }
}

/// What the viewer does about her notices.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoticeMutation;

#[Object]
impl NoticeMutation {
    /// Marks notices as read.
    async fn mark_notice_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: MarkNoticeReadInput,
    ) -> async_graphql::Result<MarkNoticeReadPayload> {
        let learner = viewer(ctx)?.learner();
        let ids: Outcome<_> = input.ids.iter().map(|id| named(id, "ids")).collect();
        let outcome = match ids {
            Ok(ids) => {
                let notices = ctx.data::<Notices>()?;
                notices.mark_read(&learner, ids, language(ctx)).await
            }
            Err(error) => Err(error),
        };
        let (shown, user_errors) = split(ctx, outcome)?;
        let objects = |shown: Vec<_>| shown.into_iter().map(NoticeObject::new).collect();
        Ok(MarkNoticeReadPayload {
            notices: shown.map(objects),
            user_errors,
        })
    }

    /// Turns reminders or trainers' messages off, or on again: off, they ring nowhere, and are only shown in the app.
    /// Nobody is told.
    async fn mute_notices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What.")] input: MuteNoticesInput,
    ) -> async_graphql::Result<MuteNoticesPayload> {
        let learner = viewer(ctx)?.learner();
        let kinds = input.kinds.unwrap_or_else(|| MutedKind::ALL.to_vec());
        let kinds = kinds.into_iter().map(Into::into).collect();
        let off = input.muted.unwrap_or(true);
        let outcome = ctx.data::<Notices>()?.mute(&learner, kinds, off).await;
        let (found, user_errors) = split(ctx, outcome)?;
        Ok(MuteNoticesPayload {
            preferences: found.map(NoticePreferences::of),
            user_errors,
        })
    }

    /// Says when nothing may ring, and in which language.
    async fn save_notice_preferences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: SaveNoticePreferencesInput,
    ) -> async_graphql::Result<SaveNoticePreferencesPayload> {
        let learner = viewer(ctx)?.learner();
        let told = SavePreferences {
            quiet_from: input.quiet_from,
            quiet_until: input.quiet_until,
            usual_hours: input.usual_quiet_hours.unwrap_or(false),
            language: input.language,
        };
        let outcome = ctx
            .data::<Notices>()?
            .save_preferences(&learner, told)
            .await;
        let (found, user_errors) = split(ctx, outcome)?;
        Ok(SaveNoticePreferencesPayload {
            preferences: found.map(NoticePreferences::of),
            user_errors,
        })
    }
}

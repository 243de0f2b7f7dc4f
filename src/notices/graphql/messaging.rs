//! What trainers send, on the wire.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ids::GroupId;

use super::super::{
    Notices,
    messaging::{Announce, Announced, Nudge},
};
use crate::{
    error::{Error, Result as Outcome},
    graphql::{
        ids::{asked, named, wire},
        pages::{PageSize, Position},
        payload::{UserErrorObject, graphql_error, split},
    },
    training::graphql::trainer,
};

/// The pages of announcements.
const PAGE: PageSize = PageSize {
    default: 20,
    maximum: 50,
};

/// What a trainer may remind somebody of. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Nudge")]
pub enum NudgeTemplate {
    /// To open the first lesson.
    OpenFirstLesson,
    /// To go on learning.
    Continue,
    /// Of a due day.
    FinishBeforeDue,
    /// To go through a check together.
    RepeatCheckTogether,
    /// To come to the next session.
    ComeToSession,
    /// To let the phone sync.
    SyncPhone,
}

/// What became of a message, without saying of whom. Of fewer than five people whom it could reach, only the first and the
/// last number are told: the others would tell who turned messages off.
#[derive(SimpleObject)]
pub struct AnnouncementSummary {
    /// How many people it is for.
    recipient_count: i32,
    /// How many a channel took it for.
    sent_count: Option<i32>,
    /// For how many it waits, for the end of quiet hours or another try.
    waiting_count: Option<i32>,
    /// How many turned such messages off: they find it in the app.
    muted_count: Option<i32>,
    /// For how many every try failed.
    failed_count: Option<i32>,
    /// How many can be reached on no channel: people without phones.
    no_channel_count: i32,
}

/// What a trainer told a whole group.
#[derive(SimpleObject)]
pub struct Announcement {
    /// Id of the announcement.
    id: ID,
    /// To which group.
    group_id: ID,
    /// What was said.
    text: String,
    /// When.
    created_at: DateTime<Utc>,
    /// From when it is no longer shown.
    expires_at: DateTime<Utc>,
    /// What became of it so far.
    summary: AnnouncementSummary,
}

/// A message to a whole group.
#[derive(InputObject)]
pub struct AnnounceToGroupInput {
    /// A UUID made by the client. With it, the same again changes nothing.
    id: Option<ID>,
    /// A group the viewer leads.
    group_id: ID,
    /// What to say, at most 500 characters. It is shown in the app and written in e-mails; text messages and locked screens
    /// only say that there is a message. Name no child in it.
    text: String,
    /// For how many days it is shown, 1 to 90; 14 when left out.
    shown_for_days: Option<i32>,
}

/// What `announceToGroup` did.
#[derive(SimpleObject)]
pub struct AnnounceToGroupPayload {
    /// The message, and what became of it so far.
    announcement: Option<Announcement>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// A reminder to one person.
#[derive(InputObject)]
pub struct NudgePersonInput {
    /// A member of a group the viewer leads.
    person_id: ID,
    /// Of what.
    template: NudgeTemplate,
}

/// What `nudgePerson` did.
#[derive(SimpleObject)]
pub struct NudgePersonPayload {
    /// Id of the person. Whether she turned reminders off is told to nobody: then nothing rings, and the reminder is in
    /// her app.
    person_id: Option<ID>,
    /// When it was sent off. It rings when her quiet hours are over.
    created_at: Option<DateTime<Utc>>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

impl Announcement {
    fn of(found: Announced) -> Self {
        let count = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
        let summary = found.summary;
        Self {
            id: wire(found.row.announcement_id),
            group_id: wire(found.row.group_id),
            text: found.row.body,
            created_at: found.row.created_at,
            expires_at: found.row.expires_at,
            summary: AnnouncementSummary {
                recipient_count: count(summary.recipients),
                sent_count: summary.sent.map(count),
                waiting_count: summary.waiting.map(count),
                muted_count: summary.muted.map(count),
                failed_count: summary.failed.map(count),
                no_channel_count: count(summary.no_channel),
            },
        }
    }
}

impl AnnounceToGroupInput {
    fn read(self) -> Outcome<Announce> {
        Ok(Announce {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            group: named(&self.group_id, "groupId")?,
            text: self.text,
            days: self.shown_for_days.map(i64::from),
        })
    }
}

/// What trainers sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagingQuery;

#[Object]
impl MessagingQuery {
    /// The latest messages to a group the viewer leads, newest first, and what became of them.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity / 2"
    )]
    async fn announcements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group.")] group_id: ID,
        #[graphql(desc = "How many; 20 by default, at most 50.")] first: Option<i32>,
    ) -> async_graphql::Result<Option<Vec<Announcement>>> {
        let trainer = trainer(ctx)?;
        let first = PAGE.page::<Position>(first, None)?.first;
        let fail = |error: Error| graphql_error(ctx, &error);
        let group: GroupId = asked(&group_id).ok_or_else(|| fail(Error::NotFound))?;
        let notices = ctx.data::<Notices>()?;
        let found = notices.announcements(&trainer, group, first).await;
        let found = found.map_err(fail)?;
        Ok(Some(found.into_iter().map(Announcement::of).collect()))
    }
}

/// What trainers send.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessagingMutation;

#[Object]
impl MessagingMutation {
    /// Tells a group the viewer leads something, three times a day at most. It rings outside quiet hours, and not for who
    /// turned trainers' messages off.
    async fn announce_to_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to whom.")] input: AnnounceToGroupInput,
    ) -> async_graphql::Result<AnnounceToGroupPayload> {
        let trainer = trainer(ctx)?;
        let notices = ctx.data::<Notices>()?;
        let outcome = match input.read() {
            Ok(told) => notices.announce(&trainer, told).await,
            Err(error) => Err(error),
        };
        let (found, user_errors) = split(ctx, outcome)?;
        Ok(AnnounceToGroupPayload {
            announcement: found.map(Announcement::of),
            user_errors,
        })
    }

    /// Reminds one member of a group the viewer leads, for example somebody on the worklist: once a day at most.
    async fn nudge_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and of what.")] input: NudgePersonInput,
    ) -> async_graphql::Result<NudgePersonPayload> {
        let trainer = trainer(ctx)?;
        let notices = ctx.data::<Notices>()?;
        let outcome = match named(&input.person_id, "personId") {
            Ok(person) => notices.nudge(&trainer, person, input.template.into()).await,
            Err(error) => Err(error),
        };
        let (nudged, user_errors) = split(ctx, outcome)?;
        Ok(NudgePersonPayload {
            person_id: nudged.map(|nudged| wire(nudged.person)),
            created_at: nudged.map(|nudged| nudged.at),
            user_errors,
        })
    }
}

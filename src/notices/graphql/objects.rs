//! What the wire shows of notices and of what people wish of them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::{
    inbox::Shown,
    preferences::{Mute, Preferences},
    rules::clock_text,
};
use crate::{
    areas::{Areas, graphql::AreaObject},
    content::{
        Content,
        graphql::{LessonObject, ModuleObject},
    },
    graphql::{date::Date, ids::wire},
};

/// What a notice is about. More may be added: show the title and the text of an unknown one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::notice::NoticeKind")]
pub enum NoticeKind {
    /// A lesson was begun and not finished.
    UnfinishedLesson,
    /// An assigned module is due soon.
    DueSoon,
    /// A check can be passed again, to show that it was retained.
    RecheckDue,
    /// A child's birthday brings new lessons.
    NewLessons,
    /// A report of the viewer's area is due soon.
    ReportDue,
    /// A report of the viewer's area is late.
    ReportLate,
    /// A trainer tells her group something.
    Announcement,
    /// A trainer asks to open the first lesson.
    NudgeFirstLesson,
    /// A trainer asks to go on learning.
    NudgeContinue,
    /// A trainer reminds of a due day.
    NudgeDue,
    /// A trainer offers help with a check.
    NudgeCheck,
    /// A trainer invites to the next session.
    NudgeSession,
    /// A trainer asks to let the phone sync.
    NudgeSync,
    /// A code for a new password was asked for.
    ResetCode,
    /// Somebody in a group of the viewer's asks for a new password and can be reached on no channel.
    ResetAsked,
    /// The password was changed by a code.
    PasswordChanged,
    /// A code was sent to the e-mail address that was told.
    EmailCode,
}

/// What can be turned off. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Mute")]
pub enum MutedKind {
    /// Reminders, also those a trainer sends.
    Reminders,
    /// Whatever a trainer sends.
    TrainerMessages,
}

impl MutedKind {
    /// Everything that can be turned off.
    pub(super) const ALL: [Self; 2] = [Self::Reminders, Self::TrainerMessages];
}

/// Something the viewer was told.
pub struct NoticeObject(Shown);

impl NoticeObject {
    /// A notice of the viewer's.
    pub fn new(shown: Shown) -> Self {
        Self(shown)
    }
}

/// Something the viewer was told.
#[Object(name = "Notice")]
impl NoticeObject {
    /// Id of the notice.
    pub async fn id(&self) -> ID {
        wire(self.0.id)
    }

    /// What it is about.
    async fn kind(&self) -> NoticeKind {
        self.0.kind.into()
    }

    /// One sentence that may be shown on a locked screen: it names no child, no disability and no topic.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The whole of it, for inside the app.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// From when it is no longer shown: drop it then.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// When it was read; null until then.
    async fn read_at(&self) -> Option<DateTime<Utc>> {
        self.0.read_at
    }

    /// The lesson it is about, if it is about one that is published.
    async fn lesson(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<LessonObject>> {
        let content = ctx.data::<Content>()?;
        let lesson = self.0.about.lesson;
        Ok(lesson.and_then(|id| LessonObject::of(content, id)))
    }

    /// The module it is about, if it is about one.
    async fn module(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ModuleObject>> {
        let content = ctx.data::<Content>()?;
        let module = self.0.about.module;
        Ok(module.and_then(|id| ModuleObject::of(content, id)))
    }

    /// The area whose report it is about, if it is about one.
    async fn area(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<AreaObject>> {
        let areas = ctx.data::<Areas>()?;
        let area = self.0.about.area;
        Ok(area.and_then(|id| AreaObject::today(areas, id)))
    }

    /// The period of the report it is about, such as QUARTER-2026-3.
    async fn period(&self) -> Option<&str> {
        self.0.about.period.as_deref()
    }

    /// The day on which what it is about is due.
    async fn due_on(&self) -> Option<Date> {
        self.0.about.due_on.map(Date)
    }

    /// Id of the group whose trainer sent it, for an announcement.
    async fn group_id(&self) -> Option<ID> {
        self.0.group.map(wire)
    }

    /// Id of the member it is about, for somebody who asks for a new password.
    async fn person_id(&self) -> Option<ID> {
        self.0.about.person.map(wire)
    }
}

/// What a person wishes of notices, and where she is reached.
#[derive(SimpleObject)]
pub struct NoticePreferences {
    /// Id of the person they are of.
    person_id: ID,
    /// What is off.
    muted: Vec<MutedKind>,
    /// From when nothing rings, in Viet Nam, such as 21:00.
    quiet_from: String,
    /// From when things may ring again, such as 07:00. The same as `quietFrom` means that no hour is quiet.
    quiet_until: String,
    /// Whether the hours are the person's own, and not those of the installation.
    own_quiet_hours: bool,
    /// Language of notices, vi or en.
    language: String,
    /// The e-mail address that was told; null when none was.
    email: Option<String>,
    /// Whether the address was shown to be the person's: nothing but a code is sent there before.
    email_verified: bool,
}

impl NoticePreferences {
    /// What a person wishes.
    pub(super) fn of(found: Preferences) -> Self {
        let (email, verified) = found.email.unzip();
        Self {
            person_id: wire(found.person),
            muted: found.muted.into_iter().map(Into::into).collect(),
            quiet_from: clock_text(found.quiet_from),
            quiet_until: clock_text(found.quiet_until),
            own_quiet_hours: found.own_hours,
            language: found.language.tag().to_owned(),
            email,
            email_verified: verified.unwrap_or(false),
        }
    }
}

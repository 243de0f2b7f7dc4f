//! What trainers send: a message to a whole group, and a reminder to one person. Both keep every rule of notices, and
//! neither tells who turned them off.

use chrono::{DateTime, Duration, Utc};
use entity::{
    announcement,
    ids::{AnnouncementId, GroupId, PersonId},
    notice::NoticeKind,
};
use unicode_normalization::UnicodeNormalization;

use super::{
    Notices,
    outbox::{About, NewNotice, day_began},
    store::{self, Counted},
};
use crate::{
    auth::capability::Trainer,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

/// The longest message, in characters.
pub const TEXT_LIMIT: usize = 500;
/// Days for which a message is shown unless the trainer says otherwise.
pub const SHOWN_DAYS: i64 = 14;
/// The most days for which a message is shown.
pub const MOST_DAYS: i64 = 90;
/// Messages to one group in a day.
pub const MOST_A_DAY: u64 = 3;
/// Reminders sent by one trainer in a day.
pub const MOST_NUDGES: u64 = 60;
/// Fewer people than this, and how many muted is not told: it would tell who did.
const FEW: u64 = 5;

/// What a trainer may remind somebody of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nudge {
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

/// A message to write.
#[derive(Clone, Debug)]
pub struct Announce {
    /// Made by the client or by us.
    pub id: Option<AnnouncementId>,
    /// To which group.
    pub group: GroupId,
    /// What to say.
    pub text: String,
    /// For how many days it is shown.
    pub days: Option<i64>,
}

/// What became of a message, without saying of whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many people it is for.
    pub recipients: u64,
    /// How many a channel took it for; not told of few people.
    pub sent: Option<u64>,
    /// For how many it waits; not told of few people.
    pub waiting: Option<u64>,
    /// How many turned such messages off; not told of few people.
    pub muted: Option<u64>,
    /// How many can be reached on no channel: people without phones.
    pub no_channel: u64,
    /// For how many every try failed; not told of few people.
    pub failed: Option<u64>,
}

/// A message, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The message.
    pub row: announcement::Model,
    /// What became of it.
    pub summary: Summary,
}

/// A reminder that a trainer sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nudged {
    /// To whom.
    pub person: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// The text of a message as it is kept: NFC, with its lines, nothing that cannot be seen.
fn checked(text: &str) -> Result<String, UserError> {
    let long = || {
        let error = UserError::new(Code::Invalid, "text", "announcement-text-long");
        error.with("limit", TEXT_LIMIT)
    };
    // Looked at before anything is done with it.
    if text.len() > TEXT_LIMIT * 12 {
        return Err(long());
    }
    let text: String = text.replace("\r\n", "\n").nfc().collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(UserError::new(Code::Required, "text", "text-required"));
    }
    let unseen = |c: char| {
        c != '\n'
            && (c.is_control()
                || ('\u{200b}'..='\u{200f}').contains(&c)
                || ('\u{202a}'..='\u{202e}').contains(&c)
                || ('\u{2066}'..='\u{2069}').contains(&c))
    };
    if text.chars().any(unseen) {
        return Err(UserError::new(Code::Invalid, "text", "text-unseen"));
    }
    if text.chars().count() > TEXT_LIMIT {
        return Err(long());
    }
    Ok(text.to_owned())
}

impl Notices {
    /// Tells a group of the trainer's something. The same id with the same content again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once.
    pub async fn announce(&self, trainer: &Trainer, told: Announce) -> Result<Announced> {
        let mut errors = Vec::new();
        let body = checked(&told.text).map_err(|error| errors.push(error));
        let days = told.days.unwrap_or(SHOWN_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            let error = UserError::new(
                Code::DateOutOfRange,
                "shownForDays",
                "announcement-expiry-range",
            );
            errors.push(error.with("days", MOST_DAYS));
        }
        if told.id.is_some_and(|id| id.0.is_nil()) {
            errors.push(UserError::new(Code::Invalid, "id", "id-invalid"));
        }
        let Ok(body) = body else {
            return Err(Error::User(errors));
        };
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let now = self.clock().now();
        let row = announcement::Model {
            announcement_id: told.id.unwrap_or_else(|| self.clock().id()),
            group_id: told.group,
            account_id: trainer.account(),
            body,
            created_at: now,
            expires_at: now + Duration::days(days),
        };
        let asker = trainer.clone();
        let row = self
            .together(move |this, tx| {
                let (asker, row) = (asker.clone(), row.clone());
                Box::pin(async move { this.announce_within(tx, &asker, row).await })
            })
            .await?;
        self.audit()
            .record(trainer.account(), "announceToGroup", [told.group.0])
            .await?;
        let summary = self.summaries(std::slice::from_ref(&row)).await?;
        Ok(summary.into_iter().next().unwrap_or(Announced {
            row,
            summary: Summary::default(),
        }))
    }

    async fn announce_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        row: announcement::Model,
    ) -> Result<announcement::Model> {
        let group = row.group_id;
        let members = self.0.on.training.led_members(tx, trainer, group).await?;
        let matter = |row: &announcement::Model| (row.group_id, row.account_id, row.body.clone());
        if let Some(before) = store::announcement(tx, row.announcement_id).await? {
            return match matter(&before) == matter(&row) {
                true => Ok(before),
                false => Err(Error::user(Code::Conflict, "id", "id-taken")),
            };
        }
        let since = day_began(self.clock().today());
        if store::count_announcements(tx, group, since).await? >= MOST_A_DAY {
            let error = UserError::new(Code::TooMany, "groupId", "announcements-too-many");
            return Err(error.with("limit", MOST_A_DAY).into());
        }
        if !store::insert_announcement(tx, row.clone()).await? {
            return Err(Error::user(Code::Conflict, "id", "id-taken"));
        }
        let notices = members.into_iter().map(|person| NewNotice {
            person,
            kind: NoticeKind::Announcement,
            cause: format!("announcement:{}:{person}", row.announcement_id),
            about: About::default(),
            announcement: Some(row.announcement_id),
            by: Some(trainer.account()),
            lasts: row.expires_at - row.created_at,
        });
        self.post(tx, notices.collect()).await?;
        Ok(row)
    }

    /// The latest messages to a group of the trainer's, and what became of them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when she leads no such group.
    pub async fn announcements(
        &self,
        trainer: &Trainer,
        group: GroupId,
        first: usize,
    ) -> Result<Vec<Announced>> {
        let asker = trainer.clone();
        let led = self.together(move |this, tx| {
            let asker = asker.clone();
            Box::pin(async move { this.0.on.training.led_members(tx, &asker, group).await })
        });
        match led.await {
            Err(Error::User(_)) => return Err(Error::NotFound),
            other => other?,
        };
        let most = u64::try_from(first).map_err(Error::internal)?;
        let rows = store::announcements(self.db().latest(), group, most).await?;
        self.summaries(&rows).await
    }

    async fn summaries(&self, rows: &[announcement::Model]) -> Result<Vec<Announced>> {
        let ids = rows.iter().map(|row| row.announcement_id);
        let mut counted = store::delivered(self.db().latest(), ids).await?;
        Ok(rows
            .iter()
            .map(|row| {
                let counts = counted.remove(&row.announcement_id).unwrap_or_default();
                Announced {
                    row: row.clone(),
                    summary: summary(&counts),
                }
            })
            .collect())
    }

    /// Reminds one person of a group of the trainer's, once a day at most. Whether she turned reminders off is told to
    /// nobody: then nothing rings, and the reminder is in her app.
    ///
    /// # Errors
    /// A user error when she is in no group the trainer leads, was reminded today, or has no phone.
    pub async fn nudge(&self, trainer: &Trainer, person: PersonId, nudge: Nudge) -> Result<Nudged> {
        let asker = trainer.clone();
        let at = self
            .together(move |this, tx| {
                let asker = asker.clone();
                Box::pin(async move { this.nudge_within(tx, &asker, person, nudge).await })
            })
            .await?;
        self.audit()
            .record(trainer.account(), "nudgePerson", [person.0])
            .await?;
        Ok(Nudged { person, at })
    }

    async fn nudge_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        person: PersonId,
        nudge: Nudge,
    ) -> Result<DateTime<Utc>> {
        let (account, today) = (trainer.account(), self.clock().today());
        let led = self.0.on.training.led_among(tx, account, &[person]).await?;
        let unknown = || Error::user(Code::NotFound, "personId", "group-person-unknown");
        if !led.contains(&person) {
            return Err(unknown());
        }
        let found = store::recipients(tx, [person]).await?;
        let recipient = found.get(&person).ok_or_else(unknown)?;
        let reach = Self::reach(recipient);
        // An account has an app, in which the reminder is read.
        if recipient.account_id.is_none() && !self.reaches(&reach, true) {
            return Err(Error::user(Code::Conflict, "personId", "nudge-no-channel"));
        }
        let since = day_began(today);
        if store::count_nudges(tx, account, since).await? >= MOST_NUDGES {
            let error = UserError::new(Code::TooMany, "personId", "nudges-too-many");
            return Err(error.with("limit", MOST_NUDGES).into());
        }
        let told = NewNotice {
            person,
            kind: kind_of(nudge),
            cause: format!("nudge:{}:{today}", recipient.person_id),
            about: About::default(),
            announcement: None,
            by: Some(account),
            lasts: Duration::days(7),
        };
        let posted = self.post(tx, vec![told]).await?;
        if posted.is_empty() {
            return Err(Error::user(Code::Conflict, "personId", "nudge-had-today"));
        }
        Ok(self.clock().now())
    }
}

fn kind_of(nudge: Nudge) -> NoticeKind {
    match nudge {
        Nudge::OpenFirstLesson => NoticeKind::NudgeFirstLesson,
        Nudge::Continue => NoticeKind::NudgeContinue,
        Nudge::FinishBeforeDue => NoticeKind::NudgeDue,
        Nudge::RepeatCheckTogether => NoticeKind::NudgeCheck,
        Nudge::ComeToSession => NoticeKind::NudgeSession,
        Nudge::SyncPhone => NoticeKind::NudgeSync,
    }
}

/// What may be told of the deliveries of one message.
fn summary(counts: &[Counted]) -> Summary {
    let of = |state: &str, reason: Option<&str>| -> u64 {
        counts
            .iter()
            .filter(|row| row.state == state)
            .filter(|row| reason.is_none() || row.reason.as_deref() == reason)
            .map(|row| u64::try_from(row.n).unwrap_or_default())
            .sum()
    };
    let recipients = counts
        .iter()
        .map(|row| u64::try_from(row.n).unwrap_or_default())
        .sum();
    let no_channel = of("SUPPRESSED", Some("NO_CHANNEL"));
    // Of few whom it could reach, any number but that of the phones would tell who turned it off.
    let tell = |number: u64| (recipients - no_channel >= FEW).then_some(number);
    Summary {
        recipients,
        sent: tell(of("SENT", None)),
        waiting: tell(of("QUEUED", None)),
        muted: tell(of("SUPPRESSED", Some("MUTED"))),
        no_channel,
        failed: tell(of("FAILED", None)),
    }
}

#[cfg(test)]
#[path = "messaging_tests.rs"]
mod tests;

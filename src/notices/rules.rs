//! When something may ring: pure functions, so that whoever asks "why did my phone ring?" gets the same answer as the
//! code does.
//!
//! Invariant: nothing rings in a person's quiet hours but what she asked for a moment ago; nothing of a kind she muted
//! rings after the mute; at most one reminder a day rings.

use chrono::{DateTime, Duration, FixedOffset, NaiveTime, Timelike, Utc};
use entity::{delivery::DeliveryClass as Class, notice::NoticeKind as Kind};

use crate::error::{Error, Result};

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Viet Nam is this many hours ahead of UTC, all year.
const HOURS_AHEAD: i32 = 7;

/// Hours of the day, in Viet Nam, in which nothing rings: from a minute of the day until before another, over midnight
/// where the second is the smaller. None at all where both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    from: u16,
    until: u16,
}

impl Quiet {
    /// From a minute of the day until before another; nothing when one is no minute of a day.
    pub fn of_minutes(from: i32, until: i32) -> Option<Self> {
        let minute = |minute: i32| u16::try_from(minute).ok().filter(|minute| *minute < DAY);
        Some(Self {
            from: minute(from)?,
            until: minute(until)?,
        })
    }

    /// Reads `21:00-07:00`.
    ///
    /// # Errors
    /// When it is not of this form.
    pub fn read(text: &str) -> Result<Self> {
        let wrong = || Error::internal(format!("{text:?} are no hours such as 21:00-07:00"));
        let (from, until) = text.split_once('-').ok_or_else(wrong)?;
        let minute = |text: &str| minute_of_day(text.trim()).ok_or_else(wrong);
        Ok(Self {
            from: minute(from)?,
            until: minute(until)?,
        })
    }

    /// First quiet minute of the day.
    pub fn from(self) -> u16 {
        self.from
    }

    /// First minute of the day that is no longer quiet.
    pub fn until(self) -> u16 {
        self.until
    }

    /// When the quiet that holds at a moment ends; nothing when it is not quiet then.
    pub fn ends_after(self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let local = at.with_timezone(&FixedOffset::east_opt(HOURS_AHEAD * 3600)?);
        let minute = u16::try_from(local.hour() * 60 + local.minute()).ok()?;
        let quiet = match self.from <= self.until {
            true => self.from <= minute && minute < self.until,
            false => minute >= self.from || minute < self.until,
        };
        if !quiet {
            return None;
        }
        let ahead = (self.until + DAY - minute) % DAY;
        let begun = Duration::seconds(i64::from(local.second()))
            + Duration::nanoseconds(i64::from(local.nanosecond()));
        Some(at + Duration::minutes(i64::from(ahead)) - begun)
    }
}

/// The minute of the day of `07:30`; nothing when it is none.
pub fn minute_of_day(text: &str) -> Option<u16> {
    let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
    u16::try_from(time.hour() * 60 + time.minute()).ok()
}

/// `07:30` of a minute of the day.
pub fn clock_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// What a person wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// Whether reminders are off.
    pub reminders_muted: bool,
    /// Whether trainers' messages are off.
    pub messages_muted: bool,
    /// When nothing may ring.
    pub quiet: Quiet,
}

/// What is known when it is a delivery's turn.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// What the notice is about.
    pub kind: Kind,
    /// Now.
    pub now: DateTime<Utc>,
    /// From when the notice is worth nothing.
    pub expires_at: DateTime<Utc>,
    /// Whether another reminder has the person's day.
    pub day_taken: bool,
}

/// What to do with a delivery whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send it now.
    Send,
    /// Look again then.
    Wait(DateTime<Utc>),
    /// Never send it.
    Suppress(Why),
}

/// Why something was never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is too late for it.
    Expired,
    /// The person turned it off.
    Muted,
    /// The person had another reminder that day.
    Limit,
    /// The person can be reached on no channel.
    NoChannel,
}

impl Why {
    /// The word that is kept.
    pub fn word(self) -> &'static str {
        match self {
            Self::Expired => "EXPIRED",
            Self::Muted => "MUTED",
            Self::Limit => "LIMIT",
            Self::NoChannel => "NO_CHANNEL",
        }
    }
}

/// Which rules hold for a kind of notice.
pub fn class_of(kind: Kind) -> Class {
    match kind {
        Kind::UnfinishedLesson
        | Kind::DueSoon
        | Kind::RecheckDue
        | Kind::NewLessons
        | Kind::ReportDue
        | Kind::ReportLate
        | Kind::NudgeFirstLesson
        | Kind::NudgeContinue
        | Kind::NudgeDue
        | Kind::NudgeCheck
        | Kind::NudgeSession
        | Kind::NudgeSync => Class::Reminder,
        Kind::Announcement | Kind::ResetAsked => Class::Message,
        Kind::ResetCode | Kind::PasswordChanged | Kind::EmailCode => Class::Security,
    }
}

/// Whether a trainer sends it.
pub fn is_of_trainer(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Announcement
            | Kind::NudgeFirstLesson
            | Kind::NudgeContinue
            | Kind::NudgeDue
            | Kind::NudgeCheck
            | Kind::NudgeSession
            | Kind::NudgeSync
    )
}

/// Whether a person turned a kind off. A trainer's reminder is off when either is: both were called a nuisance.
pub fn is_muted(kind: Kind, wishes: Wishes) -> bool {
    match class_of(kind) {
        Class::Security => false,
        Class::Message => wishes.messages_muted,
        Class::Reminder => wishes.reminders_muted || (is_of_trainer(kind) && wishes.messages_muted),
    }
}

/// What to do with a delivery whose turn it is.
pub fn judge(turn: Turn, wishes: Wishes) -> Verdict {
    let class = class_of(turn.kind);
    if turn.now >= turn.expires_at {
        return Verdict::Suppress(Why::Expired);
    }
    if is_muted(turn.kind, wishes) {
        return Verdict::Suppress(Why::Muted);
    }
    if class == Class::Security {
        return Verdict::Send;
    }
    if let Some(end) = wishes.quiet.ends_after(turn.now) {
        return match end < turn.expires_at {
            true => Verdict::Wait(end),
            false => Verdict::Suppress(Why::Expired),
        };
    }
    if class == Class::Reminder && turn.day_taken {
        return Verdict::Suppress(Why::Limit);
    }
    Verdict::Send
}

/// How long to wait before the next try after a number of them; nothing when it was the last.
pub fn pause_after(attempts: i32) -> Option<Duration> {
    let minutes = match attempts {
        ..=1 => 1,
        2 => 5,
        3 => 30,
        4 => 120,
        5 => 360,
        _ => return None,
    };
    Some(Duration::minutes(minutes))
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;

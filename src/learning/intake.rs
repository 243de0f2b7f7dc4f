//! Checking events as they come from phones, one by one: a broken one never blocks the others.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use entity::{
    ids::{AccountId, EventId, LessonId, ModuleId, PersonId, ReleaseId},
    lesson_release::ReleaseState,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use super::trouble::{Outcome, Trouble};

use super::event::{Answer, Event, Happened};
use crate::content::Catalogue;

/// An event as an app sends it: text where text may be wrong, so that only this event is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Minted by the client, a UUID.
    pub id: String,
    /// Who learned; the person signed in when absent.
    pub person: Option<String>,
    /// What kind of thing happened.
    pub kind: String,
    /// The lesson it is about.
    pub lesson: Option<String>,
    /// The module whose quiz it is about.
    pub module: Option<String>,
    /// The release of the lesson; the published one when absent.
    pub release: Option<String>,
    /// When, RFC 3339; when it came to the server if absent.
    pub occurred_at: Option<String>,
    /// Milliseconds the device's clock was behind the server's.
    pub clock_offset_ms: Option<i32>,
    /// Minutes spent.
    pub minutes: Option<i32>,
    /// Per cent read.
    pub percent: Option<i32>,
    /// Answers to a quiz: question and chosen options.
    pub answers: Option<Vec<(String, Vec<String>)>>,
    /// The event that a void takes back.
    pub target: Option<String>,
}

/// Who sends, and when it came.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The account that sends.
    pub actor: AccountId,
    /// The person signed in.
    pub sender: PersonId,
    /// The device, as the app names it.
    pub device: Option<String>,
    /// When the server has it.
    pub received_at: DateTime<Utc>,
}

/// Before this day no learning of these programmes can have happened: the decisions are of 29 October 2018.
const PROGRAMMES_BEGAN: &str = "2018-10-29T00:00:00Z";
/// A device may be wrong about its clock by this much and still be corrected by the offset it measured.
const LARGEST_OFFSET_DAYS: i64 = 3660;

/// The hash of an event as sent.
pub fn fingerprint(upload: &Upload) -> String {
    let body = serde_json::to_vec(upload).unwrap_or_default();
    format!("{:x}", Sha256::digest(body))
}

/// Reads an event's id.
///
/// # Errors
/// [`Trouble::IdInvalid`].
pub fn event_id(upload: &Upload) -> Result<EventId, Trouble> {
    uuid(&upload.id)
        .map(EventId)
        .filter(|id| !id.0.is_nil())
        .ok_or(Trouble::IdInvalid)
}

/// Turns what was sent into an event.
///
/// # Errors
/// The first thing wrong with it.
pub fn read(upload: &Upload, delivery: &Delivery, catalogue: &Catalogue) -> Result<Event, Trouble> {
    let id = event_id(upload)?;
    let person = match &upload.person {
        None => delivery.sender,
        Some(person) => uuid(person).map(PersonId).ok_or(Trouble::PersonUnknown)?,
    };
    let claimed_at = match &upload.occurred_at {
        None => delivery.received_at,
        Some(text) => {
            let claimed =
                DateTime::parse_from_rfc3339(text).map_err(|_unreadable| Trouble::TimeInvalid)?;
            DateTime::from_timestamp_micros(claimed.timestamp_micros())
                .ok_or(Trouble::TimeInvalid)?
        }
    };
    let (occurred_at, clamped) =
        occurred(claimed_at, upload.clock_offset_ms, delivery.received_at)?;
    let happened = happened(upload, catalogue)?;
    let release = match happened.lesson() {
        Some(lesson) => release(upload, lesson, catalogue)?,
        None => None,
    };
    Ok(Event {
        id,
        person,
        actor: delivery.actor,
        device: delivery.device.clone(),
        occurred_at,
        claimed_at,
        clock_offset_ms: upload.clock_offset_ms.map(i64::from),
        clamped,
        received_at: delivery.received_at,
        release,
        child: None,
        happened,
    })
}

/// The time an event is held to have happened: as claimed, corrected by the offset, never in the future.
pub(super) fn occurred(
    claimed_at: DateTime<Utc>,
    offset_ms: Option<i32>,
    received_at: DateTime<Utc>,
) -> Result<(DateTime<Utc>, bool), Trouble> {
    let offset = Duration::milliseconds(i64::from(offset_ms.unwrap_or_default()));
    let offset = if offset.num_days().abs() > LARGEST_OFFSET_DAYS {
        Duration::zero()
    } else {
        offset
    };
    let corrected = claimed_at
        .checked_add_signed(offset)
        .ok_or(Trouble::TimeInvalid)?;
    let began: DateTime<Utc> = PROGRAMMES_BEGAN
        .parse()
        .map_err(|_bug| Trouble::TimeInvalid)?;
    if corrected < began {
        return Err(Trouble::TimeImplausible);
    }
    Ok((corrected.min(received_at), corrected > received_at))
}

fn happened(upload: &Upload, catalogue: &Catalogue) -> Result<Happened, Trouble> {
    let lesson = || -> Result<LessonId, Trouble> {
        let text = upload.lesson.as_ref().ok_or(Trouble::FieldMissing)?;
        let id = uuid(text).map(LessonId).ok_or(Trouble::LessonUnknown)?;
        let known = catalogue.lesson(id).map(|_lesson| id);
        known.ok_or(Trouble::LessonUnknown)
    };
    let minutes = upload
        .minutes
        .map(|minutes| {
            u16::try_from(minutes)
                .ok()
                .filter(|m| *m <= 1440)
                .ok_or(Trouble::ValueInvalid)
        })
        .transpose()?;
    Ok(match upload.kind.as_str() {
        "OPENED" => Happened::Opened { lesson: lesson()? },
        "PROGRESSED" => {
            let percent = upload.percent.ok_or(Trouble::FieldMissing)?;
            let percent = u8::try_from(percent)
                .ok()
                .filter(|p| *p <= 100)
                .ok_or(Trouble::ValueInvalid)?;
            Happened::Progressed {
                lesson: lesson()?,
                percent,
                minutes,
            }
        }
        "COMPLETED" => Happened::Completed {
            lesson: lesson()?,
            minutes,
        },
        "ATTENDED_IN_PERSON" => Happened::AttendedInPerson { lesson: lesson()? },
        "PRACTISED_AT_HOME" => Happened::PractisedAtHome { lesson: lesson()? },
        "OBSERVED_BY_TRAINER" => Happened::ObservedByTrainer { lesson: lesson()? },
        "QUIZ_ANSWERED" => quiz(upload, catalogue)?,
        "VOIDED" => {
            let target = upload.target.as_ref().ok_or(Trouble::FieldMissing)?;
            Happened::Voided {
                event: uuid(target).map(EventId).ok_or(Trouble::ValueInvalid)?,
            }
        }
        _ => return Err(Trouble::KindUnknown),
    })
}

/// Marks a quiz with the answers known here; a question left out counts as wrong.
fn quiz(upload: &Upload, catalogue: &Catalogue) -> Result<Happened, Trouble> {
    let text = upload.module.as_ref().ok_or(Trouble::FieldMissing)?;
    let id = uuid(text).map(ModuleId).ok_or(Trouble::LessonUnknown)?;
    let module = catalogue.module(id).ok_or(Trouble::LessonUnknown)?;
    let given = upload.answers.as_ref().ok_or(Trouble::FieldMissing)?;
    let mut answers: Vec<Answer> = Vec::with_capacity(given.len());
    let mut answered = BTreeSet::new();
    let mut score = 0_u8;
    for (question, options) in given {
        let question = uuid(question).ok_or(Trouble::AnswerUnknown)?;
        let asked = module
            .questions
            .iter()
            .find(|asked| asked.id.0 == question)
            .ok_or(Trouble::AnswerUnknown)?;
        let mut chosen = Vec::with_capacity(options.len());
        for option in options {
            let option = uuid(option).ok_or(Trouble::AnswerUnknown)?;
            let choice = asked
                .choices
                .iter()
                .find(|choice| choice.id.0 == option)
                .ok_or(Trouble::AnswerUnknown)?;
            chosen.push(choice.id);
        }
        if !answered.insert(asked.id) {
            return Err(Trouble::ValueInvalid);
        }
        score += u8::from(asked.is_right(&chosen));
        answers.push(Answer {
            question: asked.id,
            options: chosen,
        });
    }
    let out_of = u8::try_from(module.questions.len()).unwrap_or(u8::MAX);
    let passed = u16::from(score) >= module.pass_mark;
    Ok(Happened::QuizAnswered {
        module: id,
        score,
        out_of,
        passed,
        answers,
    })
}

/// The release that was learned. One that was retired since counts: she had it on her phone.
fn release(
    upload: &Upload,
    lesson: LessonId,
    catalogue: &Catalogue,
) -> Result<Option<ReleaseId>, Trouble> {
    match &upload.release {
        None => {
            let published = catalogue
                .lesson(lesson)
                .and_then(|lesson| lesson.release.as_ref());
            let published = published.ok_or(Trouble::LessonNotPublished)?;
            Ok(Some(published.id))
        }
        Some(text) => {
            let id = uuid(text).map(ReleaseId).ok_or(Trouble::ReleaseUnknown)?;
            let known = catalogue
                .release(id)
                .filter(|release| release.lesson == lesson)
                .ok_or(Trouble::ReleaseUnknown)?;
            match known.state {
                ReleaseState::Published | ReleaseState::Retired => Ok(Some(id)),
                ReleaseState::Draft | ReleaseState::InReview => Err(Trouble::LessonNotPublished),
            }
        }
    }
}

fn uuid(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text).ok()
}

//! Recording what happened in a session: attendance of a whole group in one request, from any leader's phone, in any
//! order, and twice.
//!
//! Each request is one record that never changes. What a session gave is the union over its records: everybody
//! ticked in a record has attended the lessons of that record. So two trainers' records of one session add up to the
//! same whichever comes first, and each shows who ticked whom.
//!
//! Invariant: a record is taken in whole or not at all. What the trainer can mend is named row by row and nothing is
//! written, so that the same id can be sent again once it is mended. The one thing she cannot mend, a person who did
//! not consent to a learning record, does not hold up the others: her tick is kept, and her receipt says that it gave
//! no credit.
//!
//! Invariant: who may be ticked is decided by membership on the session's day, not today's.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use entity::{
    ids::{
        GroupId, LessonId, PersonId, SessionRecordId, TrainingSessionId, unplanned_session,
        vouched_event,
    },
    session_record, session_tick, training_session,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{MOST_MEMBERS, NOTE_LIMIT, Training, store};
use crate::{
    auth::capability::Trainer,
    clock::day_in_viet_nam,
    content::Catalogue,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    learning::vouched::{Credit, Seen, Vouched},
    people::name,
};

/// The most lessons of a session, and the most skills seen of one person.
pub const MOST_LESSONS: usize = 20;

/// A record of a session, as a trainer's phone sends it.
#[derive(Clone, Debug, Serialize)]
pub struct RecordSession {
    /// Minted by the client.
    pub id: SessionRecordId,
    /// Of which session; of the group's one of that day when absent.
    pub session: Option<TrainingSessionId>,
    /// Whose.
    pub group: GroupId,
    /// When it was held.
    pub held_at: DateTime<Utc>,
    /// What it was about.
    pub topic: Option<String>,
    /// Where it was.
    pub place: Option<String>,
    /// The lessons covered.
    pub lessons: Vec<LessonId>,
    /// Who was there, and what was seen of them.
    pub people: Vec<Tick>,
}

/// Somebody in a record.
#[derive(Clone, Debug, Serialize)]
pub struct Tick {
    /// Who.
    pub person: PersonId,
    /// Whether she was there.
    pub attended: bool,
    /// The lessons whose skills were seen.
    pub observed: Vec<LessonId>,
}

impl RecordSession {
    /// The people in an order that does not depend on how they were sent.
    fn by_id(&self) -> impl Iterator<Item = &Tick> {
        let mut people: Vec<&Tick> = self.people.iter().collect();
        people.sort_unstable_by_key(|tick| tick.person);
        people.into_iter()
    }
}

/// What came of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The session it is of.
    pub session: TrainingSessionId,
    /// By person, in the order sent.
    pub receipts: Vec<(PersonId, Credit)>,
}

/// A record that was checked as far as it can be without the database.
#[derive(Clone, Debug)]
struct Checked {
    row: session_record::Model,
    told: RecordSession,
    on: NaiveDate,
}

impl Training {
    /// Records a session. The same record again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend, row by row; then nothing was written.
    pub async fn record_session(&self, trainer: &Trainer, told: RecordSession) -> Result<Recorded> {
        let (group, people) = (told.group, told.people.clone());
        let checked = Arc::new(self.check_record(trainer, told)?);
        let asker = trainer.clone();
        let recorded = self
            .together(move |this, tx| {
                let (asker, checked) = (asker.clone(), Arc::clone(&checked));
                Box::pin(async move { this.record_within(tx, &asker, &checked).await })
            })
            .await?;
        let subjects = [group.0]
            .into_iter()
            .chain(people.iter().map(|tick| tick.person.0));
        self.audit()
            .record(trainer.account(), "recordSession", subjects)
            .await?;
        Ok(recorded)
    }

    fn check_record(&self, trainer: &Trainer, mut told: RecordSession) -> Result<Checked> {
        let (now, today) = (self.0.clock.now(), self.0.clock.today());
        let mut errors = Vec::new();
        if told.id.0.is_nil() {
            errors.push(UserError::new(Code::Invalid, "id", "id-invalid"));
        }
        told.held_at = told.held_at.trunc_subsecs(6);
        let on = day_in_viet_nam(told.held_at);
        if on > today {
            errors.push(UserError::new(
                Code::DateOutOfRange,
                "heldAt",
                "session-in-future",
            ));
        }
        if told.people.len() > MOST_MEMBERS {
            let error = UserError::new(Code::TooMany, "people", "session-people-too-many");
            return Err(error.with("limit", MOST_MEMBERS).into());
        }
        if told.people.is_empty() {
            errors.push(UserError::new(
                Code::Required,
                "people",
                "session-people-required",
            ));
        }
        let catalogue = self.0.content.catalogue();
        check_lessons(&catalogue, &mut told.lessons, "lessonIds", &mut errors);
        let mut seen = BTreeSet::new();
        for (at, tick) in told.people.iter_mut().enumerate() {
            if !seen.insert(tick.person) {
                let field = format!("people.{at}.personId");
                let error = UserError::new(Code::Conflict, &field, "session-person-twice");
                errors.push(error);
            }
            let field = format!("people.{at}.observedLessonIds");
            check_lessons(&catalogue, &mut tick.observed, &field, &mut errors);
        }
        if told.people.iter().any(|tick| tick.attended) && told.lessons.is_empty() {
            errors.push(UserError::new(
                Code::Required,
                "lessonIds",
                "session-lessons-required",
            ));
        }
        let topic = note(told.topic.take(), "topic", &mut errors);
        let place = note(told.place.take(), "place", &mut errors);
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        (told.topic, told.place) = (topic.clone(), place.clone());
        let matter = RecordSession {
            people: told.by_id().cloned().collect(),
            ..told.clone()
        };
        let matter = serde_json::to_vec(&(trainer.account(), matter)).map_err(Error::internal)?;
        let row = session_record::Model {
            record_id: told.id,
            session_id: told
                .session
                .unwrap_or_else(|| unplanned_session(told.group, on)),
            recorded_by: trainer.account(),
            held_at: told.held_at,
            received_at: now,
            topic,
            place,
            lessons: store::kept_lessons(&told.lessons)?,
            fingerprint: format!("{:x}", Sha256::digest(matter)),
        };
        Ok(Checked { row, told, on })
    }

    async fn record_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        checked: &Checked,
    ) -> Result<Recorded> {
        let Checked { row, told, on } = checked;
        self.own_group(tx, trainer, told.group).await?;
        let mut corrected = BTreeSet::new();
        match store::session_record(tx, told.id).await? {
            Some(before) if before.fingerprint != row.fingerprint => {
                return Err(Error::user(Code::Conflict, "id", "id-taken"));
            }
            Some(before) => {
                let ticks = store::ticks(tx, &[before.record_id]).await?;
                let gone = ticks.iter().filter(|tick| tick.corrected_at.is_some());
                corrected.extend(gone.map(|tick| tick.person_id));
            }
            None => self.write_record(tx, checked).await?,
        }
        let mut credits = BTreeMap::new();
        // In the order of ids, so that two records at once never wait for each other.
        for tick in told.by_id() {
            let vouched = match corrected.contains(&tick.person) {
                true => Vec::new(),
                false => vouched(told, tick),
            };
            let by = row.recorded_by;
            let credit = self.0.learning.vouch(tx, by, tick.person, &vouched).await?;
            credits.insert(tick.person, credit);
        }
        tracing::debug!(%on, ticks = credits.len(), "a session was recorded");
        let people = told.people.iter();
        let receipt = |tick: &Tick| Some((tick.person, *credits.get(&tick.person)?));
        Ok(Recorded {
            session: row.session_id,
            receipts: people.filter_map(receipt).collect(),
        })
    }

    async fn write_record(&self, tx: &Tx, checked: &Checked) -> Result<()> {
        let Checked { row, told, on } = checked;
        let members = store::memberships_of_group(tx, told.group).await?;
        let mut errors = Vec::new();
        for (at, tick) in told.people.iter().enumerate() {
            let mut hers = members.iter().filter(|row| row.person_id == tick.person);
            let field = format!("people.{at}.personId");
            let was_in = hers
                .clone()
                .any(|row| row.joined_on <= *on && row.left_on.is_none_or(|left_on| *on < left_on));
            if was_in {
                continue;
            }
            errors.push(match hers.next() {
                None => UserError::new(Code::NotFound, &field, "session-person-unknown"),
                Some(_) => UserError::new(Code::Conflict, &field, "session-person-not-then")
                    .with("day", on),
            });
        }
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let session = training_session::Model {
            session_id: row.session_id,
            group_id: told.group,
            held_on: *on,
            starts_at: None,
            topic: None,
            place: None,
            lessons: store::kept_lessons(&[])?,
            planned_by: None,
        };
        store::insert_session(tx, session).await?;
        let session = store::session(tx, row.session_id).await?;
        if session.is_none_or(|session| session.group_id != told.group) {
            return Err(Error::user(Code::NotFound, "sessionId", "session-unknown"));
        }
        let ticks: Result<Vec<_>> = told
            .people
            .iter()
            .map(|tick| {
                Ok(session_tick::Model {
                    record_id: told.id,
                    person_id: tick.person,
                    attended: tick.attended,
                    observed: store::kept_lessons(&tick.observed)?,
                    corrected_at: None,
                    corrected_by: None,
                    correction: None,
                })
            })
            .collect();
        store::insert_record(tx, row.clone(), ticks?).await
    }
}

/// What a tick gives.
fn vouched(told: &RecordSession, tick: &Tick) -> Vec<Vouched> {
    let one = |seen: Seen, lesson: LessonId| Vouched {
        id: vouched_event(told.id.0, tick.person, lesson, seen.word()),
        seen,
        lesson,
        at: told.held_at,
    };
    let attended = told.lessons.iter().filter(|_| tick.attended);
    let attended = attended.map(|lesson| one(Seen::Attended, *lesson));
    let observed = tick.observed.iter();
    let observed = observed.map(|lesson| one(Seen::Observed, *lesson));
    attended.chain(observed).collect()
}

/// Each lesson once, in the order of ids; what is not published is named by its place.
pub(super) fn check_lessons(
    catalogue: &Catalogue,
    lessons: &mut Vec<LessonId>,
    field: &str,
    errors: &mut Vec<UserError>,
) {
    if lessons.len() > MOST_LESSONS {
        let error = UserError::new(Code::TooMany, field, "session-lessons-too-many");
        errors.push(error.with("limit", MOST_LESSONS));
        return;
    }
    for (at, lesson) in lessons.iter().enumerate() {
        let field = format!("{field}.{at}");
        match catalogue.lesson(*lesson) {
            None => errors.push(UserError::new(
                Code::NotFound,
                &field,
                "event-lesson-unknown",
            )),
            Some(lesson) if lesson.release.is_none() => errors.push(UserError::new(
                Code::Closed,
                &field,
                "event-lesson-not-published",
            )),
            Some(_) => {}
        }
    }
    lessons.sort_unstable();
    lessons.dedup();
}

/// A line a trainer may leave out.
pub(super) fn note(
    text: Option<String>,
    field: &str,
    errors: &mut Vec<UserError>,
) -> Option<String> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    name::line(&text, NOTE_LIMIT, field)
        .map_err(|error| errors.push(error))
        .ok()
}

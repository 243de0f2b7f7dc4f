//! Sessions of a group as its leaders see them: the plan, every record, and what they add up to.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{LessonId, PersonId, SessionRecordId, TrainingSessionId},
    training_session,
};
use uuid::Uuid;

use super::{Training, roster::Roster, store};
use crate::{auth::capability::Trainer, error::Result};

/// The place of a session in its group's list: newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionPlace {
    /// The day it is held.
    pub held_on: NaiveDate,
    /// The session.
    pub session: TrainingSessionId,
}

/// A record of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordShown {
    /// Its id.
    pub id: SessionRecordId,
    /// The trainer's name.
    pub recorded_by: String,
    /// When the session was held.
    pub held_at: DateTime<Utc>,
    /// When the server first had it.
    pub received_at: DateTime<Utc>,
    /// What it was about.
    pub topic: Option<String>,
    /// Where it was.
    pub place: Option<String>,
    /// The lessons covered.
    pub lessons: Vec<LessonId>,
    /// By given name.
    pub ticks: Vec<TickShown>,
}

/// Somebody in a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickShown {
    /// Who.
    pub person: PersonId,
    /// As the person writes it.
    pub full_name: String,
    /// Orders by given name.
    pub name_sort_key: String,
    /// Whether she was there.
    pub attended: bool,
    /// The lessons whose skills were seen.
    pub observed: Vec<LessonId>,
    /// When it was taken back, by whom, and why.
    pub correction: Option<(DateTime<Utc>, String, Option<String>)>,
}

/// What all records say of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attendance {
    /// As the person writes it.
    pub full_name: String,
    /// The lessons attended.
    pub lessons: BTreeSet<LessonId>,
    /// The lessons whose skills were seen.
    pub observed: BTreeSet<LessonId>,
    /// The trainers who say so.
    pub said_by: BTreeSet<String>,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// As planned, or without a plan.
    pub row: training_session::Model,
    /// The lessons planned.
    pub planned: Vec<LessonId>,
    /// In the order of when they say it was held, then of ids: never of when they came.
    pub records: Vec<RecordShown>,
}

impl Session {
    /// Its place in the list.
    pub fn place(&self) -> SessionPlace {
        SessionPlace {
            held_on: self.row.held_on,
            session: self.row.session_id,
        }
    }

    /// What it is about: as planned, or else as the first record says.
    pub fn topic(&self) -> Option<&str> {
        let told = self
            .records
            .iter()
            .find_map(|record| record.topic.as_deref());
        self.row.topic.as_deref().or(told)
    }

    /// Where it is: as planned, or else as the first record says.
    pub fn venue(&self) -> Option<&str> {
        let told = self
            .records
            .iter()
            .find_map(|record| record.place.as_deref());
        self.row.place.as_deref().or(told)
    }

    /// The lessons covered by any record, or those planned while there is none.
    pub fn lessons(&self) -> BTreeSet<LessonId> {
        if self.records.is_empty() {
            return self.planned.iter().copied().collect();
        }
        let covered = self.records.iter().flat_map(|record| &record.lessons);
        covered.copied().collect()
    }

    /// The union of the records, by given name; what was taken back left out.
    pub fn attendance(&self) -> BTreeMap<(String, PersonId), Attendance> {
        let mut people: BTreeMap<(String, PersonId), Attendance> = BTreeMap::new();
        for record in &self.records {
            let standing = record.ticks.iter().filter(|tick| tick.correction.is_none());
            for tick in standing.filter(|tick| tick.attended || !tick.observed.is_empty()) {
                let key = (tick.name_sort_key.clone(), tick.person);
                let said = people.entry(key).or_default();
                said.full_name.clone_from(&tick.full_name);
                if tick.attended {
                    said.lessons.extend(&record.lessons);
                }
                said.observed.extend(&tick.observed);
                said.said_by.insert(record.recorded_by.clone());
            }
        }
        people
    }
}

impl Training {
    /// A run of the sessions of a group the trainer leads, and whether there are more behind it: three statements
    /// whatever their number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sessions(
        &self,
        trainer: &Trainer,
        group: &Roster,
        first: usize,
        after: Option<SessionPlace>,
    ) -> Result<(Vec<Session>, bool)> {
        let db = self.0.db.latest();
        let id = group.group.id;
        let mut rows = store::sessions_of(db, id, first + 1, after).await?;
        let has_more = rows.len() > first;
        rows.truncate(first);
        if rows.is_empty() {
            return Ok((Vec::new(), false));
        }
        let ids: Vec<_> = rows.iter().map(|row| row.session_id).collect();
        let mut records = store::records_of(db, &ids).await?;
        let sessions: Result<Vec<_>> = rows
            .into_iter()
            .map(|row| {
                Ok(Session {
                    planned: store::read_lessons(&row.lessons)?,
                    records: records.remove(&row.session_id).unwrap_or_default(),
                    row,
                })
            })
            .collect();
        let sessions = sessions?;
        let ticks = sessions.iter().flat_map(|session| &session.records);
        let people = ticks.flat_map(|record| &record.ticks);
        let people: BTreeSet<Uuid> = people.map(|tick| tick.person.0).collect();
        if !people.is_empty() {
            let subjects = people.into_iter().chain([id.0]);
            self.audit()
                .record(trainer.account(), "groupSessions", subjects)
                .await?;
        }
        Ok((sessions, has_more))
    }
}

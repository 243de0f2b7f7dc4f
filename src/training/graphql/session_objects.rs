//! Sessions as the leaders of a group see them.

use std::sync::Arc;

use async_graphql::{
    Context, ID, Object, SimpleObject,
    connection::{Connection, CursorType, Edge},
};
use chrono::{DateTime, NaiveDate, Utc};
use entity::ids::LessonId;
use uuid::Uuid;

use super::GroupPerson;
use crate::{
    content::{Catalogue, graphql::LessonObject},
    graphql::{date::Date, ids::wire, pages::PageSize},
    training::{
        Training,
        sessions::{RecordShown, Session, SessionPlace, TickShown},
    },
};

/// The pages of sessions.
pub(super) const SESSIONS: PageSize = PageSize {
    default: 10,
    maximum: 50,
};

/// A cursor over sessions.
#[derive(Clone, Copy, Debug)]
pub struct SessionCursor(pub SessionPlace);

impl CursorType for SessionCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        let (session, day) = text.split_once('.').ok_or("no dot")?;
        let session = Uuid::try_parse(session).ok().ok_or("no id")?;
        let held_on: NaiveDate = day.parse().ok().ok_or("no day")?;
        Ok(Self(SessionPlace {
            held_on,
            session: session.into(),
        }))
    }

    fn encode_cursor(&self) -> String {
        format!("{}.{}", self.0.session.0.simple(), self.0.held_on)
    }
}

/// Sessions in pages.
pub type TrainingSessionConnection = Connection<SessionCursor, TrainingSession>;

/// A page of sessions.
pub(super) fn connection(
    (sessions, has_more): (Vec<Session>, bool),
    has_previous: bool,
) -> TrainingSessionConnection {
    let mut connection = Connection::new(has_previous, has_more);
    let edge =
        |session: Session| Edge::new(SessionCursor(session.place()), TrainingSession(session));
    connection.edges = sessions.into_iter().map(edge).collect();
    connection
}

/// A meeting of a group: its plan, what each trainer recorded of it, and what that adds up to.
pub struct TrainingSession(Session);

/// A meeting of a group: its plan, what each trainer recorded of it, and what that adds up to.
#[Object]
impl TrainingSession {
    /// Id of the session.
    async fn id(&self) -> ID {
        wire(self.0.row.session_id)
    }

    /// The day it is held.
    async fn held_on(&self) -> Date {
        Date(self.0.row.held_on)
    }

    /// When it is planned to begin; null for one that was not planned.
    async fn starts_at(&self) -> Option<DateTime<Utc>> {
        self.0.row.starts_at
    }

    /// What it is about: as planned, or else as recorded.
    async fn topic(&self) -> Option<&str> {
        self.0.topic()
    }

    /// Where: as planned, or else as recorded.
    async fn place(&self) -> Option<&str> {
        self.0.venue()
    }

    /// The lessons covered by any record, or those planned while there is none, in the order of the curriculum.
    #[graphql(complexity = "5 * child_complexity")]
    async fn lessons(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<LessonObject>> {
        Ok(shown(&catalogue(ctx)?, self.0.lessons()))
    }

    /// Who was there or showed a skill: the union of the records, by given name in Vietnamese order. The same
    /// whichever record came first.
    #[graphql(complexity = "30 * child_complexity")]
    async fn attendance(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<SessionAttendance>> {
        let catalogue = catalogue(ctx)?;
        let people = self.0.attendance().into_iter();
        let one = |((_, person), said): ((String, _), crate::training::sessions::Attendance)| {
            SessionAttendance {
                person: GroupPerson {
                    id: wire(person),
                    full_name: said.full_name,
                },
                lesson_codes: codes(&catalogue, said.lessons),
                observed_lesson_codes: codes(&catalogue, said.observed),
                recorded_by: said.said_by.into_iter().collect(),
            }
        };
        Ok(people.map(one).collect())
    }

    /// What each trainer recorded, in the order of when they say it was held.
    #[graphql(complexity = "3 * child_complexity")]
    async fn records(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<SessionRecord>> {
        let catalogue = catalogue(ctx)?;
        let records = self.0.records.iter();
        Ok(records
            .map(|record| SessionRecord::of(record, &catalogue))
            .collect())
    }
}

/// What the records of a session say of one person.
#[derive(SimpleObject)]
pub struct SessionAttendance {
    /// Who.
    person: GroupPerson,
    /// Codes of the lessons attended, in the order of the curriculum.
    lesson_codes: Vec<String>,
    /// Codes of the lessons whose skills a trainer saw, in the order of the curriculum.
    observed_lesson_codes: Vec<String>,
    /// The trainers who say so.
    recorded_by: Vec<String>,
}

/// What one trainer recorded of a session. It never changes.
#[derive(SimpleObject)]
pub struct SessionRecord {
    /// Id of the record.
    id: ID,
    /// The trainer.
    recorded_by: String,
    /// When the session was held, as the trainer says.
    held_at: DateTime<Utc>,
    /// When the server first had the record.
    received_at: DateTime<Utc>,
    /// Codes of the lessons covered, in the order of the curriculum.
    lesson_codes: Vec<String>,
    /// Who is in it, by given name in Vietnamese order.
    people: Vec<SessionTick>,
}

/// Somebody in a record of a session.
#[derive(SimpleObject)]
pub struct SessionTick {
    /// Who.
    person: GroupPerson,
    /// Whether she was there.
    attended: bool,
    /// Codes of the lessons whose skills the trainer saw.
    observed_lesson_codes: Vec<String>,
    /// The correction that took it back, if there is one.
    correction: Option<SessionCorrection>,
}

/// What took a tick back.
#[derive(SimpleObject)]
pub struct SessionCorrection {
    /// When.
    corrected_at: DateTime<Utc>,
    /// By whom.
    corrected_by: String,
    /// Why.
    reason: Option<String>,
}

impl SessionRecord {
    fn of(record: &RecordShown, catalogue: &Arc<Catalogue>) -> Self {
        let tick = |tick: &TickShown| SessionTick {
            person: GroupPerson {
                id: wire(tick.person),
                full_name: tick.full_name.clone(),
            },
            attended: tick.attended,
            observed_lesson_codes: codes(catalogue, tick.observed.clone()),
            correction: tick
                .correction
                .clone()
                .map(|(at, by, reason)| SessionCorrection {
                    corrected_at: at,
                    corrected_by: by,
                    reason,
                }),
        };
        Self {
            id: wire(record.id),
            recorded_by: record.recorded_by.clone(),
            held_at: record.held_at,
            received_at: record.received_at,
            lesson_codes: codes(catalogue, record.lessons.clone()),
            people: record.ticks.iter().map(tick).collect(),
        }
    }
}

pub(super) fn catalogue(ctx: &Context<'_>) -> async_graphql::Result<Arc<Catalogue>> {
    Ok(ctx.data::<Training>()?.content().catalogue())
}

/// The codes of lessons in the order of the curriculum.
pub(super) fn codes(
    catalogue: &Catalogue,
    lessons: impl IntoIterator<Item = LessonId>,
) -> Vec<String> {
    let lessons: std::collections::BTreeSet<_> = lessons.into_iter().collect();
    let all = catalogue.lessons().iter();
    all.filter(|lesson| lessons.contains(&lesson.id))
        .map(|lesson| lesson.code.to_string())
        .collect()
}

fn shown(
    catalogue: &Arc<Catalogue>,
    lessons: std::collections::BTreeSet<LessonId>,
) -> Vec<LessonObject> {
    let all = catalogue.lessons().iter();
    all.filter(|lesson| lessons.contains(&lesson.id))
        .filter_map(|lesson| LessonObject::new(catalogue, lesson))
        .collect()
}

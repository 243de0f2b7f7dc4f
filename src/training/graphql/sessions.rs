//! Planning, recording and correcting sessions on the wire.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    GroupObject,
    changes::{all_named, changed, group_of},
    trainer,
};
use crate::{
    error::{Error, Result as Outcome},
    graphql::{
        ids::{named, wire},
        payload::UserErrorObject,
    },
    learning::vouched::Credit,
    training::{PlanSession, RecordSession, Tick, Training},
};

/// A session to plan.
#[derive(InputObject)]
pub struct PlanSessionInput {
    /// A UUID made by the client. With it, sending another plan changes the plan; without it, every request plans
    /// another session.
    id: Option<ID>,
    /// A group the viewer leads.
    group_id: ID,
    /// When it begins: from today to a year ahead.
    starts_at: DateTime<Utc>,
    /// What it is about, at most 500 characters.
    topic: Option<String>,
    /// Where, at most 500 characters.
    place: Option<String>,
    /// The lessons to cover, at most 20.
    lesson_ids: Option<Vec<ID>>,
}

/// What a trainer's phone recorded of a session. It never changes: what is missing is sent as another record, and
/// what is wrong is corrected.
#[derive(InputObject)]
pub struct RecordSessionInput {
    /// A UUID made by the client for this record. The same record again changes nothing.
    id: ID,
    /// The session planned, or one the client made an id for. When left out, it is the group's one session of that
    /// day: two trainers who record it without a plan speak of the same one.
    session_id: Option<ID>,
    /// A group the viewer leads.
    group_id: ID,
    /// When it was held; not in the future.
    held_at: DateTime<Utc>,
    /// What it was about, at most 500 characters.
    topic: Option<String>,
    /// Where it was, at most 500 characters.
    place: Option<String>,
    /// The lessons covered, at most 20: everybody who was there gets credit for each.
    lesson_ids: Option<Vec<ID>>,
    /// Who was there, and what was seen of them: at most 200, members of the group on that day.
    people: Vec<SessionPersonInput>,
}

/// Somebody in a record of a session.
#[derive(InputObject)]
pub struct SessionPersonInput {
    /// Who.
    person_id: ID,
    /// Whether she was there. Yes when left out.
    attended: Option<bool>,
    /// The lessons whose skills the trainer saw her do, at most 20.
    observed_lesson_ids: Option<Vec<ID>>,
}

/// What to take back.
#[derive(InputObject)]
pub struct CorrectSessionInput {
    /// Id of the record.
    record_id: ID,
    /// Who should not be in it.
    person_id: ID,
    /// Why, at most 500 characters: it stays with the record.
    reason: String,
}

/// What `planSession` did.
#[derive(SimpleObject)]
pub struct PlanSessionPayload {
    /// Id of the session.
    session_id: Option<ID>,
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Whether a tick gave credit. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SessionCredit {
    /// The lessons are in her record.
    Given,
    /// The tick is kept; she has not consented to a learning record. Once she has, send the record again.
    ConsentMissing,
    /// The tick is kept; she has no learning record to write to.
    NoRecord,
}

/// What became of one person of a record.
#[derive(SimpleObject)]
pub struct SessionReceipt {
    /// Who.
    person_id: ID,
    /// Whether the tick gave credit.
    credit: SessionCredit,
}

/// What `recordSession` did.
#[derive(SimpleObject)]
pub struct RecordSessionPayload {
    /// Id of the session the record is of.
    session_id: Option<ID>,
    /// One for each person, in the order sent.
    receipts: Vec<SessionReceipt>,
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend, by row, for example `people.3.personId`; nothing was written when there is any, so the same id
    /// can be sent again.
    user_errors: Vec<UserErrorObject>,
}

/// What `correctSession` did.
#[derive(SimpleObject)]
pub struct CorrectSessionPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Planning, recording and correcting sessions.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionMutation;

/// Planning, recording and correcting sessions.
#[Object]
impl SessionMutation {
    /// Plans a session of a group, or changes the plan.
    async fn plan_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, where and when.")] input: PlanSessionInput,
    ) -> async_graphql::Result<PlanSessionPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match input.read() {
            Ok(plan) => {
                let group = plan.group;
                let planned = training.plan_session(&trainer, plan).await;
                planned.map(|session| (group, session))
            }
            Err(error) => Err(error),
        };
        let session_id = outcome.as_ref().ok().map(|(_, session)| wire(*session));
        let outcome = outcome.map(|(group, _)| group);
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(PlanSessionPayload {
            session_id,
            group,
            user_errors,
        })
    }

    /// Records a session: attendance of a whole group and the skills seen, in one request, in any order with others,
    /// and twice. What a session gave is the union of its records. All rows are written, or none.
    async fn record_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who was there, and what was covered.")] input: RecordSessionInput,
    ) -> async_graphql::Result<RecordSessionPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match input.read() {
            Ok(told) => {
                let group = told.group;
                let recorded = training.record_session(&trainer, told).await;
                recorded.map(|recorded| (group, recorded))
            }
            Err(error) => Err(error),
        };
        let recorded = outcome.as_ref().ok().map(|(_, recorded)| recorded.clone());
        let outcome = outcome.map(|(group, _)| group);
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        let receipts = recorded.iter().flat_map(|recorded| &recorded.receipts);
        let receipt = |(person, credit): &(entity::ids::PersonId, Credit)| SessionReceipt {
            person_id: wire(*person),
            credit: SessionCredit::of(*credit),
        };
        Ok(RecordSessionPayload {
            session_id: recorded.as_ref().map(|recorded| wire(recorded.session)),
            receipts: receipts.map(receipt).collect(),
            group,
            user_errors,
        })
    }

    /// Takes back what a record gave one person: her lessons are worked out again without it. That it was, who took
    /// it back and why stays seen. Again changes nothing.
    async fn correct_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to take back, and why.")] input: CorrectSessionInput,
    ) -> async_graphql::Result<CorrectSessionPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let read = || {
            Ok((
                named(&input.record_id, "recordId")?,
                named(&input.person_id, "personId")?,
            ))
        };
        let outcome = match read() {
            Ok((record, person)) => {
                let reason = &input.reason;
                training
                    .correct_session(&trainer, record, person, reason)
                    .await
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(CorrectSessionPayload { group, user_errors })
    }
}

impl SessionCredit {
    pub(super) fn of(credit: Credit) -> Self {
        match credit {
            Credit::Given => Self::Given,
            Credit::ConsentMissing => Self::ConsentMissing,
            Credit::NoRecord => Self::NoRecord,
        }
    }
}

impl PlanSessionInput {
    fn read(self) -> Outcome<PlanSession> {
        Ok(PlanSession {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            group: group_of(&self.group_id)?,
            starts_at: self.starts_at,
            topic: self.topic,
            place: self.place,
            lessons: all_named(&self.lesson_ids.unwrap_or_default(), "lessonIds")?,
        })
    }
}

impl RecordSessionInput {
    fn read(self) -> Outcome<RecordSession> {
        let mut errors = Vec::new();
        let mut people = Vec::with_capacity(self.people.len());
        for (at, person) in self.people.iter().enumerate() {
            match person.read(at) {
                Ok(tick) => people.push(tick),
                Err(Error::User(more)) => errors.extend(more),
                Err(other) => return Err(other),
            }
        }
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        Ok(RecordSession {
            id: named(&self.id, "id")?,
            session: self
                .session_id
                .map(|id| named(&id, "sessionId"))
                .transpose()?,
            group: group_of(&self.group_id)?,
            held_at: self.held_at,
            topic: self.topic,
            place: self.place,
            lessons: all_named(&self.lesson_ids.unwrap_or_default(), "lessonIds")?,
            people,
        })
    }
}

impl SessionPersonInput {
    fn read(&self, at: usize) -> Outcome<Tick> {
        let observed = self.observed_lesson_ids.clone().unwrap_or_default();
        Ok(Tick {
            person: named(&self.person_id, &format!("people.{at}.personId"))?,
            attended: self.attended.unwrap_or(true),
            observed: all_named(&observed, &format!("people.{at}.observedLessonIds"))?,
        })
    }
}

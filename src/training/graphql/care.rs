//! The worklist, follow-ups and home visits on the wire.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ids::{GroupId, PersonId};

use super::{
    GroupPerson,
    changes::{LeftReason, all_named, group_of},
    session_objects::{catalogue, codes},
    sessions::SessionCredit,
    trainer,
    worklist_objects::WorklistItem,
};
use crate::{
    auth::graphql::viewer,
    error::{Error, Result as Outcome},
    graphql::{
        date::Date,
        ids::{asked, named, wire},
        pages::{PageSize, Position},
        payload::{UserErrorObject, graphql_error, split},
    },
    training::{self, LogFollowUp, RecordHomeVisit, Training, worklist::Item},
};

/// How much of a worklist to show.
const WORKLIST: PageSize = PageSize {
    default: 20,
    maximum: 200,
};
/// How many visits to show.
const VISITS: PageSize = PageSize {
    default: 20,
    maximum: 100,
};
/// The most people anybody follows up in a week.
const MOST_A_WEEK: i32 = 200;

/// What came of a follow-up. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::follow_up::FollowUpOutcome")]
pub enum FollowUpOutcome {
    /// Spoken to.
    Reached,
    /// Nobody answered.
    NoAnswer,
    /// Says that she goes on.
    WillContinue,
    /// Left the group.
    Left,
}

/// A follow-up to log.
#[derive(InputObject)]
pub struct LogFollowUpInput {
    /// A UUID made by the client. With it, the same again changes nothing.
    id: Option<ID>,
    /// A group the viewer leads.
    group_id: ID,
    /// Whom.
    person_id: ID,
    /// What came of it.
    outcome: FollowUpOutcome,
    /// Why she left: with LEFT, and only then. She is taken out of the group.
    left_reason: Option<LeftReason>,
    /// What the trainer notes, at most 500 characters.
    note: Option<String>,
    /// The day of it, at most 60 days ago; today when left out.
    made_on: Option<Date>,
    /// The first day on which she is on the worklist again, at most 90 days ahead. When left out: the next day after
    /// NO_ANSWER, after 5 days after REACHED, after 7 days after WILL_CONTINUE.
    snooze_until: Option<Date>,
}

/// What `logFollowUp` did.
#[derive(SimpleObject)]
pub struct LogFollowUpPayload {
    /// Id of the follow-up.
    follow_up_id: Option<ID>,
    /// The first day on which she is on the worklist again.
    quiet_until: Option<Date>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// A home visit to record.
#[derive(InputObject)]
pub struct RecordHomeVisitInput {
    /// A UUID made by the client. With it, the same again changes nothing.
    id: Option<ID>,
    /// Whose home: a member of a group the viewer leads.
    person_id: ID,
    /// The day of it, at most 60 days ago; today when left out.
    visited_on: Option<Date>,
    /// What for, at most 500 characters.
    purpose: String,
    /// What was practised, at most 500 characters.
    practised: Option<String>,
    /// The lessons whose skills the trainer saw her do, at most 20: each is a sign of practice in her record.
    observed_lesson_ids: Option<Vec<ID>>,
    /// What to do next, at most 500 characters.
    next_step: Option<String>,
}

/// What `recordHomeVisit` did.
#[derive(SimpleObject)]
pub struct RecordHomeVisitPayload {
    /// Id of the visit.
    home_visit_id: Option<ID>,
    /// Whether the skills seen are in her record.
    credit: Option<SessionCredit>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// A trainer's visit to a family: for the trainer and the family only.
#[derive(SimpleObject)]
pub struct HomeVisit {
    /// Id of the visit.
    id: ID,
    /// The day of it.
    visited_on: Date,
    /// The trainer.
    visited_by: String,
    /// What for.
    purpose: String,
    /// What was practised.
    practised: Option<String>,
    /// Codes of the lessons whose skills the trainer saw.
    observed_lesson_codes: Vec<String>,
    /// What to do next.
    next_step: Option<String>,
    /// When the server first had it.
    received_at: DateTime<Utc>,
}

/// What a trainer asks about single people, and a family about visits.
#[derive(Clone, Copy, Debug, Default)]
pub struct CareQuery;

/// What a trainer asks about single people, and a family about visits.
#[Object]
impl CareQuery {
    /// Whom to follow up, in order and with the reason: those who never started first. One group, or all that the
    /// viewer leads. NOT_FOUND for a group of somebody else.
    #[graphql(
        complexity = "first.map_or(WORKLIST.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn worklist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group; all of the viewer's when left out.")] group_id: Option<ID>,
        #[graphql(desc = "How many; 20 by default, at most 200.")] first: Option<i32>,
        #[graphql(desc = "How many people the viewer can follow up in a week; 12 by default.")]
        weekly_capacity: Option<i32>,
    ) -> async_graphql::Result<Vec<WorklistItem>> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let page = WORKLIST.page::<Position>(first, None)?;
        let not_found = || graphql_error(ctx, &Error::NotFound);
        let group = match group_id {
            Some(id) => Some(asked::<GroupId>(&id).ok_or_else(not_found)?),
            None => None,
        };
        let capacity = weekly_capacity.map(|most| most.clamp(0, MOST_A_WEEK));
        let capacity = capacity.and_then(|most| usize::try_from(most).ok());
        let list = training.worklist(&trainer, group, capacity).await;
        let list = list.map_err(|error| graphql_error(ctx, &error))?;
        let catalogue = catalogue(ctx)?;
        let shown = list.items.get(..page.first).unwrap_or(&list.items);
        let lacking = match ctx.look_ahead().field("towards").exists() {
            true => training.lacking(shown).await,
            false => Ok(HashMap::new()),
        };
        let mut lacking = lacking.map_err(|error| graphql_error(ctx, &error))?;
        let item = |item: &Item| {
            let towards = lacking.remove(&item.person).unwrap_or_default();
            WorklistItem::of(ctx, item, &list.phones, towards, &catalogue)
        };
        Ok(shown.iter().map(item).collect())
    }

    /// Visits to a home, newest first: to the viewer's own, or to that of a member of a group the viewer leads.
    /// NOT_FOUND for everybody else.
    #[graphql(
        complexity = "first.map_or(VISITS.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn home_visits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the viewer's own when left out.")] person_id: Option<ID>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
    ) -> async_graphql::Result<Vec<HomeVisit>> {
        let (viewer, training) = (viewer(ctx)?, ctx.data::<Training>()?);
        let page = VISITS.page::<Position>(first, None)?;
        let person = match &person_id {
            Some(id) => asked::<PersonId>(id),
            None => Some(viewer.person()),
        };
        let found = match person {
            Some(person) if person == viewer.person() => {
                training.own_visits(&viewer.learner(), page.first).await
            }
            Some(person) => match viewer.trainer() {
                Ok(trainer) => training.visits(&trainer, person, page.first).await,
                Err(_) => Err(Error::NotFound),
            },
            None => Err(Error::NotFound),
        };
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        let catalogue = catalogue(ctx)?;
        let visit = |visit: training::HomeVisit| HomeVisit {
            id: wire(visit.row.home_visit_id),
            visited_on: Date(visit.row.visited_on),
            visited_by: visit.visitor,
            purpose: visit.row.purpose,
            practised: visit.row.practised,
            observed_lesson_codes: codes(&catalogue, visit.observed),
            next_step: visit.row.next_step,
            received_at: visit.row.received_at,
        };
        Ok(found.into_iter().map(visit).collect())
    }
}

/// What a trainer does for single people.
#[derive(Clone, Copy, Debug, Default)]
pub struct CareMutation;

/// What a trainer does for single people.
#[Object]
impl CareMutation {
    /// Logs what came of a call or a visit to somebody on the worklist, who is left alone for some days after it.
    async fn log_follow_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and what came of it.")] input: LogFollowUpInput,
    ) -> async_graphql::Result<LogFollowUpPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match input.read() {
            Ok(told) => training.log_follow_up(&trainer, told).await,
            Err(error) => Err(error),
        };
        let (logged, user_errors) = split(ctx, outcome)?;
        Ok(LogFollowUpPayload {
            follow_up_id: logged.as_ref().map(|logged| wire(logged.id)),
            quiet_until: logged.map(|logged| Date(logged.quiet_until)),
            user_errors,
        })
    }

    /// Records a visit to a family: what for, what was practised, what comes next. The family can read it.
    async fn record_home_visit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose home, and what was done.")] input: RecordHomeVisitInput,
    ) -> async_graphql::Result<RecordHomeVisitPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match input.read() {
            Ok(told) => training.record_home_visit(&trainer, told).await,
            Err(error) => Err(error),
        };
        let (recorded, user_errors) = split(ctx, outcome)?;
        let (id, credit) = recorded.unzip();
        Ok(RecordHomeVisitPayload {
            home_visit_id: id.map(wire),
            credit: credit.map(SessionCredit::of),
            user_errors,
        })
    }
}

/// Somebody as lists name her.
pub(super) fn named_person(id: PersonId, full_name: &str) -> GroupPerson {
    GroupPerson {
        id: wire(id),
        full_name: full_name.to_owned(),
    }
}

impl LogFollowUpInput {
    fn read(self) -> Outcome<LogFollowUp> {
        Ok(LogFollowUp {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            group: group_of(&self.group_id)?,
            person: named(&self.person_id, "personId")?,
            outcome: self.outcome.into(),
            left_reason: self.left_reason.map(Into::into),
            note: self.note,
            made_on: self.made_on.map(|date| date.0),
            snooze_until: self.snooze_until.map(|date| date.0),
        })
    }
}

impl RecordHomeVisitInput {
    fn read(self) -> Outcome<RecordHomeVisit> {
        let observed = self.observed_lesson_ids.unwrap_or_default();
        Ok(RecordHomeVisit {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            person: named(&self.person_id, "personId")?,
            visited_on: self.visited_on.map(|date| date.0),
            purpose: self.purpose,
            practised: self.practised,
            observed: all_named(&observed, "observedLessonIds")?,
            next_step: self.next_step,
        })
    }
}

//! Assigning, changing, withdrawing and excusing on the wire.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::{
    GroupObject,
    changes::{all_named, changed, group_of},
    trainer,
};
use crate::{
    error::{Error, Result as Outcome, UserErrorCode},
    graphql::{date::Date, ids::named, payload::UserErrorObject},
    training::{AssignedWork, ChangeAssignment, NewAssignments, Training},
};

/// Modules to assign.
#[derive(InputObject)]
pub struct AssignModulesInput {
    /// To which group.
    group_id: ID,
    /// What to learn, at most 100 at once.
    module_ids: Vec<ID>,
    /// Last day: from today to two years ahead.
    due_on: Date,
    /// To these members of the group only, at most 100; to the whole group when left out.
    person_ids: Option<Vec<ID>>,
    /// What to write to it, at most 500 characters: the learners read it. When left out, what was written to something
    /// assigned before stays.
    note: Option<String>,
}

/// Lessons to assign.
#[derive(InputObject)]
pub struct AssignLessonsInput {
    /// To which group.
    group_id: ID,
    /// What to learn, at most 100 at once.
    lesson_ids: Vec<ID>,
    /// Last day: from today to two years ahead.
    due_on: Date,
    /// To these members of the group only, at most 100; to the whole group when left out.
    person_ids: Option<Vec<ID>>,
    /// What to write to it, at most 500 characters: the learners read it. When left out, what was written to something
    /// assigned before stays.
    note: Option<String>,
}

/// What to change of an assignment. What is left out stays.
#[derive(InputObject)]
pub struct ChangeAssignmentInput {
    /// An assignment in a group the viewer leads.
    assignment_id: ID,
    /// Another last day: from today to two years ahead.
    due_on: Option<Date>,
    /// Another note, at most 500 characters; an empty one takes the note away.
    note: Option<String>,
}

/// What to take back.
#[derive(InputObject)]
pub struct WithdrawAssignmentInput {
    /// An assignment in a group the viewer leads.
    assignment_id: ID,
}

/// Whom to excuse from what.
#[derive(InputObject)]
pub struct ExcuseLearnerInput {
    /// An assignment in a group the viewer leads.
    assignment_id: ID,
    /// A member whom it is assigned to.
    person_id: ID,
    /// Why, at most 500 characters; the learner reads it. Needed unless the excuse is taken back.
    reason: Option<String>,
    /// Whether to take the excuse back instead. No when left out.
    take_back: Option<bool>,
}

/// What `assignModules` did.
#[derive(SimpleObject)]
pub struct AssignModulesPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any. `field` holds the place in `moduleIds` or `personIds`.
    user_errors: Vec<UserErrorObject>,
}

/// What `assignLessons` did.
#[derive(SimpleObject)]
pub struct AssignLessonsPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any. `field` holds the place in `lessonIds` or `personIds`.
    user_errors: Vec<UserErrorObject>,
}

/// What `changeAssignment` did.
#[derive(SimpleObject)]
pub struct ChangeAssignmentPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `withdrawAssignment` did.
#[derive(SimpleObject)]
pub struct WithdrawAssignmentPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `excuseLearner` did.
#[derive(SimpleObject)]
pub struct ExcuseLearnerPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Assigning.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssigningMutation;

/// Assigning.
#[Object]
impl AssigningMutation {
    /// Assigns modules to a group, or to members of it: their published lessons in the releases of today. One that is
    /// assigned already gets the new due day.
    async fn assign_modules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to learn, by when, and who.")] input: AssignModulesInput,
    ) -> async_graphql::Result<AssignModulesPayload> {
        let modules = all_named(&input.module_ids, "moduleIds").map(AssignedWork::Modules);
        let rest = (input.person_ids, input.due_on, input.note);
        let (group, user_errors) = assign(ctx, &input.group_id, modules, rest).await?;
        Ok(AssignModulesPayload { group, user_errors })
    }

    /// Assigns single lessons to a group, or to members of it, in the releases of today. One that is assigned already
    /// gets the new due day.
    async fn assign_lessons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to learn, by when, and who.")] input: AssignLessonsInput,
    ) -> async_graphql::Result<AssignLessonsPayload> {
        let lessons = all_named(&input.lesson_ids, "lessonIds").map(AssignedWork::Lessons);
        let rest = (input.person_ids, input.due_on, input.note);
        let (group, user_errors) = assign(ctx, &input.group_id, lessons, rest).await?;
        Ok(AssignLessonsPayload { group, user_errors })
    }

    /// Changes the last day or the note of an assignment. The same again changes nothing.
    async fn change_assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one, and what to change.")] input: ChangeAssignmentInput,
    ) -> async_graphql::Result<ChangeAssignmentPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let change = ChangeAssignment {
            due_on: input.due_on.map(|day| day.0),
            note: input.note,
        };
        let outcome = match named(&input.assignment_id, "assignmentId") {
            Ok(id) => training.change_assignment(&trainer, id, change).await,
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(ChangeAssignmentPayload { group, user_errors })
    }

    /// Takes an assignment back: it leaves the members' paths, and what they learned of it stays. Taking it back again
    /// changes nothing.
    async fn withdraw_assignment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: WithdrawAssignmentInput,
    ) -> async_graphql::Result<WithdrawAssignmentPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match named(&input.assignment_id, "assignmentId") {
            Ok(id) => training.withdraw_assignment(&trainer, id).await,
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(WithdrawAssignmentPayload { group, user_errors })
    }

    /// Excuses a member from an assignment, with a reason, or takes that back: it leaves her path and the worklist, and
    /// is counted apart. The same again changes nothing.
    async fn excuse_learner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, from what, and why.")] input: ExcuseLearnerInput,
    ) -> async_graphql::Result<ExcuseLearnerPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match input.read() {
            Ok((id, person, reason)) => training.excuse(&trainer, id, person, reason).await,
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(ExcuseLearnerPayload { group, user_errors })
    }
}

async fn assign(
    ctx: &Context<'_>,
    group: &ID,
    work: Outcome<AssignedWork>,
    (persons, due_on, note): (Option<Vec<ID>>, Date, Option<String>),
) -> async_graphql::Result<(Option<GroupObject>, Vec<UserErrorObject>)> {
    let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
    let read = || {
        let persons = match persons {
            // An empty list names nobody, and must not become everybody.
            Some(named) if named.is_empty() => {
                let code = UserErrorCode::Required;
                return Err(Error::user(code, "personIds", "members-required"));
            }
            Some(named) => all_named(&named, "personIds")?,
            None => Vec::new(),
        };
        Ok(NewAssignments {
            group: group_of(group)?,
            work: work?,
            persons,
            due_on: due_on.0,
            note,
        })
    };
    let outcome = match read() {
        Ok(new) => {
            let id = new.group;
            training.assign(&trainer, new).await.map(|()| id)
        }
        Err(error) => Err(error),
    };
    changed(ctx, &trainer, outcome).await
}

impl ExcuseLearnerInput {
    fn read(
        self,
    ) -> Outcome<(
        entity::ids::AssignmentId,
        entity::ids::PersonId,
        Option<String>,
    )> {
        let take_back = self.take_back.unwrap_or(false);
        let reason = self.reason.filter(|text| !text.trim().is_empty());
        if !take_back && reason.is_none() {
            let code = UserErrorCode::Required;
            return Err(Error::user(code, "reason", "excuse-reason-required"));
        }
        Ok((
            named(&self.assignment_id, "assignmentId")?,
            named(&self.person_id, "personId")?,
            reason.filter(|_| !take_back),
        ))
    }
}

//! Who leads a group, its code, and putting it away, on the wire.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{GroupObject, changes::changed, changes::group_of, trainer};
use crate::{
    graphql::{
        ids::{named, wire},
        payload::{UserErrorObject, split},
    },
    training::{Training, leading},
};

/// A trainer who leads a group beside the one who made it.
#[derive(SimpleObject)]
pub struct CoTrainer {
    /// Id of the account: what `removeCoTrainer` takes.
    account_id: ID,
    /// As the trainer writes it.
    full_name: String,
    /// Since when.
    added_at: DateTime<Utc>,
}

impl CoTrainer {
    pub(super) fn of(found: leading::CoTrainer) -> Self {
        Self {
            account_id: wire(found.account),
            full_name: found.full_name,
            added_at: found.added_at,
        }
    }
}

/// Who is to lead a group with the viewer.
#[derive(InputObject)]
pub struct AddCoTrainerInput {
    /// A group the viewer made.
    group_id: ID,
    /// The login name of a trainer whose standing covers the group's area.
    login: String,
}

/// Who is to lead a group no more.
#[derive(InputObject)]
pub struct RemoveCoTrainerInput {
    /// A group the viewer made.
    group_id: ID,
    /// Account of the co-trainer.
    account_id: ID,
}

/// Whose code to change.
#[derive(InputObject)]
pub struct RotateJoinCodeInput {
    /// A group the viewer leads.
    group_id: ID,
    /// Whether the code stays and only its 90 days begin anew. No when left out.
    keep: Option<bool>,
}

/// What to put away.
#[derive(InputObject)]
pub struct ArchiveGroupInput {
    /// A group the viewer made.
    group_id: ID,
}

/// What `addCoTrainer` did.
#[derive(SimpleObject)]
pub struct AddCoTrainerPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `removeCoTrainer` did.
#[derive(SimpleObject)]
pub struct RemoveCoTrainerPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `rotateJoinCode` did.
#[derive(SimpleObject)]
pub struct RotateJoinCodePayload {
    /// The group as it is now, with its new code.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `archiveGroup` did.
#[derive(SimpleObject)]
pub struct ArchiveGroupPayload {
    /// Id of the group that was put away.
    archived_id: Option<ID>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// Who leads a group, its code, and putting it away.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeadingMutation;

/// Who leads a group, its code, and putting it away.
#[Object]
impl LeadingMutation {
    /// Lets another trainer lead a group with the viewer: she sees and records what the viewer does. Adding her
    /// again changes nothing.
    async fn add_co_trainer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and which group.")] input: AddCoTrainerInput,
    ) -> async_graphql::Result<AddCoTrainerPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match group_of(&input.group_id) {
            Ok(id) => {
                let added = training.add_co_trainer(&trainer, id, &input.login).await;
                added.map(|()| id)
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(AddCoTrainerPayload { group, user_errors })
    }

    /// Ends a co-trainer's leading of a group. What she recorded stays. Ending it again changes nothing.
    async fn remove_co_trainer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and which group.")] input: RemoveCoTrainerInput,
    ) -> async_graphql::Result<RemoveCoTrainerPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let read = || {
            Ok((
                group_of(&input.group_id)?,
                named(&input.account_id, "accountId")?,
            ))
        };
        let outcome = match read() {
            Ok((id, account)) => {
                let removed = training.remove_co_trainer(&trainer, id, account).await;
                removed.map(|()| id)
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(RemoveCoTrainerPayload { group, user_errors })
    }

    /// Gives a group another code to join, good for 90 days: the one before lets nobody in any more. Or keeps the code and
    /// renews its 90 days.
    async fn rotate_join_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] input: RotateJoinCodeInput,
    ) -> async_graphql::Result<RotateJoinCodePayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match group_of(&input.group_id) {
            Ok(id) => {
                let keep = input.keep.unwrap_or(false);
                let rotated = training.rotate_join_code(&trainer, id, keep).await;
                rotated.map(|()| id)
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(RotateJoinCodePayload { group, user_errors })
    }

    /// Puts a group away: nobody joins it or sees it in a list any more. What was learned in it stays.
    async fn archive_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group.")] input: ArchiveGroupInput,
    ) -> async_graphql::Result<ArchiveGroupPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match group_of(&input.group_id) {
            Ok(id) => training.archive_group(&trainer, id).await.map(|()| id),
            Err(error) => Err(error),
        };
        let (archived, user_errors) = split(ctx, outcome)?;
        Ok(ArchiveGroupPayload {
            archived_id: archived.map(wire),
            user_errors,
        })
    }
}

//! What a trainer changes about the own groups, and a learner joining one.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::ids::GroupId;
use uuid::Uuid;

use super::{GroupObject, area, members_asked, roster, trainer};
use crate::{
    areas::graphql::AreaObject,
    auth::{capability::Trainer, graphql::viewer, rate::ClientAddress},
    error::{Error, Result as Outcome},
    graphql::{
        date::Date,
        ids::{named, wire},
        payload::{UserErrorObject, split},
    },
    training::{Joined, NewGroup, Training, framing::Frame, screens::Age},
};

/// Why somebody left a group. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::group_member::LeftReason")]
pub enum LeftReason {
    /// Finished what the group set out to learn.
    Finished,
    /// Moved away.
    MovedAway,
    /// Asked to leave.
    AskedToLeave,
    /// Should not have been added.
    AddedByMistake,
    /// Anything else.
    Other,
}

/// How somebody came into a group. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::group_member::JoinedHow")]
pub enum JoinedHow {
    /// A trainer added her.
    Added,
    /// She joined by the code.
    Code,
    /// A trainer recorded her into the group.
    Registered,
    /// She was in a file that was imported.
    Imported,
    /// A trainer moved her from another group.
    Moved,
}

/// A member to move.
#[derive(InputObject)]
pub struct MoveMemberInput {
    /// A group the viewer leads, in which she is.
    from_group_id: ID,
    /// Another group the viewer leads.
    to_group_id: ID,
    /// Who.
    person_id: ID,
}

/// What `moveMember` did.
#[derive(SimpleObject)]
pub struct MoveMemberPayload {
    /// The group she is in now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// A group to make.
#[derive(InputObject)]
pub struct CreateGroupInput {
    /// A UUID made by the client (version 7 is best). With it, sending the same again changes nothing; without it,
    /// every request makes another group.
    id: Option<ID>,
    /// As the trainer calls it, at most 100 characters.
    name: String,
    /// Where it meets: an area of the viewer's standing as trainer, or inside one.
    area_id: ID,
    /// Its first day.
    starts_on: Option<Date>,
    /// Its last day: from the next on it is over, and its members stand on no worklist of all groups.
    ends_on: Option<Date>,
    /// BCP 47 tag of the language it learns in, such as vi, km or hmn.
    language: Option<String>,
}

/// What to say of a group.
#[derive(InputObject)]
pub struct UpdateGroupInput {
    /// A group the viewer leads.
    group_id: ID,
    /// As the trainer calls it, at most 100 characters.
    name: String,
    /// Its first day; not said any more when left out.
    starts_on: Option<Date>,
    /// Its last day; not said any more when left out.
    ends_on: Option<Date>,
    /// BCP 47 tag of the language it learns in; not said any more when left out.
    language: Option<String>,
}

/// What `updateGroup` did.
#[derive(SimpleObject)]
pub struct UpdateGroupPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// People to add to a group.
#[derive(InputObject)]
pub struct AddMembersInput {
    /// Which group.
    group_id: ID,
    /// Who, at most 100 at once and 200 in a group: people who live in the area of the viewer's standing as trainer.
    person_ids: Vec<ID>,
}

/// A member to remove.
#[derive(InputObject)]
pub struct RemoveMemberInput {
    /// Which group.
    group_id: ID,
    /// Who.
    person_id: ID,
    /// Why, if it is to be kept.
    reason: Option<LeftReason>,
}

/// A group to join.
#[derive(InputObject)]
pub struct JoinGroupInput {
    /// The code the trainer gave; case, spaces and dashes do not matter.
    join_code: String,
}

/// What `createGroup` did.
#[derive(SimpleObject)]
pub struct CreateGroupPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `addMembers` did.
#[derive(SimpleObject)]
pub struct AddMembersPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any. `field` holds the place in `personIds`.
    user_errors: Vec<UserErrorObject>,
}

/// What `removeMember` did.
#[derive(SimpleObject)]
pub struct RemoveMemberPayload {
    /// The group as it is now.
    group: Option<GroupObject>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `joinGroup` did.
#[derive(SimpleObject)]
pub struct JoinGroupPayload {
    /// The group the viewer is in now.
    group: Option<JoinedGroup>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// A group as somebody who is in it sees it: nothing of the others.
pub struct JoinedGroup(Joined);

/// A group as somebody who is in it sees it: nothing of the others.
#[Object]
impl JoinedGroup {
    /// Id of the group.
    async fn id(&self) -> ID {
        wire(self.0.group.id)
    }

    /// As the trainer calls it.
    async fn name(&self) -> &str {
        &self.0.group.name
    }

    /// Where it meets.
    async fn area(&self, ctx: &Context<'_>) -> async_graphql::Result<AreaObject> {
        area(ctx, self.0.group.area)
    }

    /// The viewer's first day in it.
    async fn joined_on(&self) -> Date {
        Date(self.0.joined_on)
    }
}

/// What a trainer changes about the own groups, and a learner joining one.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupMutation;

/// What a trainer changes about the own groups, and a learner joining one.
#[Object]
impl GroupMutation {
    /// Makes a group, with a code to join it. The same id with the same content again changes nothing; with other
    /// content it is a conflict.
    async fn create_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The group to make.")] input: CreateGroupInput,
    ) -> async_graphql::Result<CreateGroupPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match input.read() {
            Ok(new) => training.create_group(&trainer, new).await,
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(CreateGroupPayload { group, user_errors })
    }

    /// Names a group anew, and says its days and its language. The same again changes nothing.
    async fn update_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which group, and all that is to be said of it.")] input: UpdateGroupInput,
    ) -> async_graphql::Result<UpdateGroupPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let outcome = match group_of(&input.group_id) {
            Ok(id) => {
                let frame = Frame {
                    starts_on: input.starts_on.map(|Date(day)| day),
                    ends_on: input.ends_on.map(|Date(day)| day),
                    language: input.language,
                };
                let said = (input.name, frame);
                training.update_group(&trainer, id, said).await.map(|()| id)
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(UpdateGroupPayload { group, user_errors })
    }

    /// Adds people to a group. Who is in it already stays as she is.
    async fn add_members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and to which group.")] input: AddMembersInput,
    ) -> async_graphql::Result<AddMembersPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let read = || {
            Ok((
                group_of(&input.group_id)?,
                all_named(&input.person_ids, "personIds")?,
            ))
        };
        let outcome = match read() {
            Ok((id, persons)) => {
                let added = training.add_members(&trainer, id, persons).await;
                added.map(|()| id)
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(AddMembersPayload { group, user_errors })
    }

    /// Takes somebody out of a group. That she was in it, until when and why, stays known. Removing her again
    /// changes nothing.
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and from which group.")] input: RemoveMemberInput,
    ) -> async_graphql::Result<RemoveMemberPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let read = || {
            Ok((
                group_of(&input.group_id)?,
                named(&input.person_id, "personId")?,
            ))
        };
        let outcome = match read() {
            Ok((id, person)) => {
                let reason = input.reason.map(Into::into);
                let removed = training.remove_member(&trainer, id, person, reason).await;
                removed.map(|()| id)
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(RemoveMemberPayload { group, user_errors })
    }

    /// Moves somebody from one of the viewer's groups to another. Her time in the first, what she learned and which sessions
    /// she came to stay known. The same again changes nothing.
    async fn move_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, from which group, and to which.")] input: MoveMemberInput,
    ) -> async_graphql::Result<MoveMemberPayload> {
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let read = || {
            Ok((
                named::<GroupId>(&input.from_group_id, "fromGroupId")?,
                named::<GroupId>(&input.to_group_id, "toGroupId")?,
                named(&input.person_id, "personId")?,
            ))
        };
        let outcome = match read() {
            Ok((from, to, person)) => {
                let moved = training.move_member(&trainer, (from, to), person).await;
                moved.map(|()| to)
            }
            Err(error) => Err(error),
        };
        let (group, user_errors) = changed(ctx, &trainer, outcome).await?;
        Ok(MoveMemberPayload { group, user_errors })
    }

    /// Puts the viewer into the group of a code: its trainer sees the viewer's name and progress from then on.
    /// Joining again changes nothing.
    async fn join_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] input: JoinGroupInput,
    ) -> async_graphql::Result<JoinGroupPayload> {
        let (learner, training) = (viewer(ctx)?.learner(), ctx.data::<Training>()?);
        let address = ctx.data_opt::<ClientAddress>().copied();
        let joined = training
            .join_group(&learner, &input.join_code, address)
            .await;
        let (joined, user_errors) = split(ctx, joined)?;
        Ok(JoinGroupPayload {
            group: joined.map(JoinedGroup),
            user_errors,
        })
    }
}

/// What a payload shows of a changed group: fetched only when it is asked for.
pub(super) async fn changed(
    ctx: &Context<'_>,
    trainer: &Trainer,
    outcome: Outcome<GroupId>,
) -> async_graphql::Result<(Option<GroupObject>, Vec<UserErrorObject>)> {
    let (id, user_errors) = split(ctx, outcome)?;
    let look = ctx.look_ahead().field("group");
    let group = match id {
        Some(id) if look.exists() => {
            let runs = members_asked([look]);
            let roster = roster(ctx, trainer, id, &runs, Age::Now).await?;
            Some(GroupObject(roster))
        }
        _ => None,
    };
    Ok((group, user_errors))
}

pub(super) fn group_of(id: &ID) -> Outcome<GroupId> {
    named(id, "groupId")
}

/// Ids of a list, every malformed one named by its place.
pub(super) fn all_named<T: From<Uuid>>(ids: &[ID], field: &str) -> Outcome<Vec<T>> {
    let (mut found, mut errors) = (Vec::with_capacity(ids.len()), Vec::new());
    for (at, id) in ids.iter().enumerate() {
        match named(id, &format!("{field}.{at}")) {
            Ok(id) => found.push(id),
            Err(Error::User(more)) => errors.extend(more),
            Err(other) => return Err(other),
        }
    }
    if errors.is_empty() {
        Ok(found)
    } else {
        Err(Error::User(errors))
    }
}

impl CreateGroupInput {
    fn read(self) -> Outcome<NewGroup> {
        Ok(NewGroup {
            id: self.id.map(|id| named(&id, "id")).transpose()?,
            name: self.name,
            area: named(&self.area_id, "areaId")?,
            frame: Frame {
                starts_on: self.starts_on.map(|Date(day)| day),
                ends_on: self.ends_on.map(|Date(day)| day),
                language: self.language,
            },
        })
    }
}

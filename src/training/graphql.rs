//! Groups on the wire: what a trainer sees of the own groups and their members.

use async_graphql::{
    Context, ID, MergedObject, Object, SimpleObject,
    connection::{Connection, Edge},
};
use chrono::{DateTime, Utc};
use entity::ids::{AreaId, GroupId};

use super::{
    Training,
    join_code::JoinCode,
    roster::{Member, MemberPage, MembersAsked, Roster},
    screens::Age,
};
use crate::{
    areas::{Settled, graphql::AreaObject},
    auth::{capability::Trainer, graphql::viewer},
    content::graphql::LessonObject,
    error::Error,
    graphql::{
        date::Date,
        ids::{asked, wire},
        pages::PageSize,
        payload::graphql_error,
    },
};

mod assigning;
mod assignments;
mod care;
mod changes;
mod importing;
mod leading;
mod lesson_states;
mod matching;
mod merging;
mod place;
mod registering;
mod runs;
mod session_objects;
mod sessions;
mod worklist_objects;

pub use assigning::AssigningMutation;
pub use assignments::LearnerAssignment;
use assignments::{AssignmentObject, MemberAssignment};
pub use care::{CareMutation, CareQuery};
pub use changes::GroupMutation;
use changes::JoinedHow;
pub use importing::{ImportMutation, ImportSubscription};
use leading::CoTrainer;
pub use leading::LeadingMutation;
pub use lesson_states::LessonStates;
use matching::MatchingMutation;
pub use merging::MergingMutation;
pub use place::PlaceMutation;
pub use registering::RegisteringMutation;
pub use runs::{GroupCursor, MemberCursor};
use runs::{MEMBERS, everybody, members_asked, members_page};
use session_objects::{SESSIONS, SessionCursor, TrainingSessionConnection};
pub use sessions::SessionMutation;

/// The pages of groups.
const GROUPS: PageSize = PageSize {
    default: 20,
    maximum: 100,
};

/// A group of people who learn together, as its trainer sees it.
pub struct GroupObject(Roster);

impl GroupObject {
    /// A group as its trainer may see it.
    pub fn new(roster: Roster) -> Self {
        Self(roster)
    }
}

/// A group of people who learn together, as its trainer sees it.
#[Object(name = "Group")]
impl GroupObject {
    /// Id of the group.
    pub async fn id(&self) -> ID {
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

    /// What a learner types to join: eight digits and letters in two halves. Null when nobody can join by code.
    async fn join_code(&self) -> Option<String> {
        self.0.group.join_code.as_ref().map(ToString::to_string)
    }

    /// Its first day; null when it was not said.
    async fn starts_on(&self) -> Option<Date> {
        self.0.group.frame.starts_on.map(Date)
    }

    /// Its last day; null when it was not said. From the next on it is over, and its members stand on no worklist of all groups.
    async fn ends_on(&self) -> Option<Date> {
        self.0.group.frame.ends_on.map(Date)
    }

    /// BCP 47 tag of the language it learns in; null when it was not said.
    async fn language(&self) -> Option<&str> {
        self.0.group.frame.language.as_deref()
    }

    /// From when the code lets nobody in any more; `rotateJoinCode` renews it. Null for a code made before codes expired.
    async fn join_code_expires_at(&self) -> Option<DateTime<Utc>> {
        self.0.group.join_code_expires_at
    }

    /// The code as a picture to show or print: an SVG document with a QR code that `joinGroup` takes as it is scanned.
    #[graphql(complexity = 20)]
    async fn join_code_qr(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        let code = self.0.group.join_code.as_ref();
        let picture = code.map(JoinCode::picture).transpose();
        picture.map_err(|error| graphql_error(ctx, &error))
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.group.created_at
    }

    /// Who is in it, by given name in Vietnamese order.
    #[graphql(
        complexity = "first.map_or(MEMBERS.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 50 by default, at most 200.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<GroupMemberConnection> {
        let run = members_page(first, after.as_deref())?;
        let fetched = |roster: &Roster| {
            let mut runs = roster.members.iter();
            let found = runs.find(|(asked, _)| *asked == run);
            found.map(|(asked, page)| connection(asked, page))
        };
        if let Some(ready) = fetched(&self.0) {
            return Ok(ready);
        }
        let asked = std::slice::from_ref(&run);
        let roster = roster(ctx, &trainer(ctx)?, self.0.group.id, asked, Age::Now).await?;
        Ok(fetched(&roster).unwrap_or_else(|| Connection::new(false, false)))
    }

    /// What the group is to learn, in the order of the curriculum; then what single members are to learn.
    #[graphql(complexity = "5 * child_complexity")]
    async fn assignments(&self) -> Vec<AssignmentObject> {
        let counts = self.0.counts();
        let assignments = self.0.assignments.iter();
        assignments
            .filter_map(|assignment| {
                let counts = counts.as_ref();
                let counts = counts.map(|all| all.get(&assignment.id).copied().unwrap_or_default());
                AssignmentObject::of(self.0.group.id, assignment, &self.0.catalogue, counts)
            })
            .collect()
    }

    /// Its sessions, newest first: planned, held, or both.
    #[graphql(
        complexity = "first.map_or(SESSIONS.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 10 by default, at most 50.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<TrainingSessionConnection> {
        let page = SESSIONS.page::<SessionCursor>(first, after.as_deref())?;
        let after = page.after.map(|cursor| cursor.0);
        let (trainer, training) = (trainer(ctx)?, ctx.data::<Training>()?);
        let found = training
            .sessions(&trainer, &self.0, page.first, after)
            .await;
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        Ok(session_objects::connection(found, after.is_some()))
    }

    /// Who leads it beside the trainer who made it.
    #[graphql(complexity = "3 * child_complexity")]
    async fn co_trainers(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CoTrainer>> {
        let found = ctx.data::<Training>()?.co_trainers(&self.0).await;
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        Ok(found.into_iter().map(CoTrainer::of).collect())
    }

    /// The published lessons that the whole group is to learn, in the order of the curriculum.
    #[graphql(complexity = "20 * child_complexity")]
    async fn lessons(&self) -> Vec<LessonObject> {
        let lessons = self.0.lessons();
        lessons
            .filter_map(|lesson| LessonObject::new(&self.0.catalogue, lesson))
            .collect()
    }
}

/// A member of a group as the trainer sees her: nothing of her children.
#[derive(Clone, Debug, SimpleObject)]
pub struct GroupMember {
    /// Id of the membership.
    #[graphql(owned)]
    pub id: ID,
    /// Who.
    person: GroupPerson,
    /// First day in the group.
    joined_on: Date,
    /// How she came into it; null where it was not kept yet.
    joined_how: Option<JoinedHow>,
    /// How far each lesson is, in the order of the group's `lessons`.
    lesson_states: LessonStates,
    /// How many of the group's `lessons` are completed.
    completed_count: i32,
    /// How far each assignment of the group is, and then each of her own. What asks nothing of her is left out.
    assignments: Vec<MemberAssignment>,
    /// Last sign of learning, of any lesson; null for somebody who has not begun.
    last_activity_at: Option<DateTime<Utc>>,
}

/// A person as a trainer sees her.
#[derive(Clone, Debug, SimpleObject)]
pub struct GroupPerson {
    /// Id of the person.
    id: ID,
    /// As the person writes it.
    full_name: String,
}

impl GroupMember {
    /// A member as the trainer may see her.
    pub fn of(member: &Member) -> Self {
        Self {
            id: wire(member.id),
            person: GroupPerson {
                id: wire(member.place.person),
                full_name: member.full_name.clone(),
            },
            joined_on: Date(member.joined_on),
            joined_how: member.joined_how.map(Into::into),
            lesson_states: LessonStates(member.statuses.clone()),
            completed_count: i32::try_from(member.completed_count()).unwrap_or(i32::MAX),
            assignments: member.standings.iter().map(MemberAssignment::of).collect(),
            last_activity_at: member.last_activity_at,
        }
    }
}

/// Members in pages.
pub type GroupMemberConnection = Connection<MemberCursor, GroupMember>;

/// Groups in pages.
pub type GroupConnection = Connection<GroupCursor, GroupObject>;

fn connection(asked: &MembersAsked, page: &MemberPage) -> GroupMemberConnection {
    let mut connection = Connection::new(asked.after.is_some(), page.has_more);
    let edge =
        |member: &Member| Edge::new(MemberCursor(member.place.clone()), GroupMember::of(member));
    connection.edges = page.members.iter().map(edge).collect();
    connection
}

/// The viewer as a trainer.
///
/// # Errors
/// `UNAUTHENTICATED` for a visitor, `FORBIDDEN` without that standing.
pub fn trainer(ctx: &Context<'_>) -> async_graphql::Result<Trainer> {
    viewer(ctx)?
        .trainer()
        .map_err(|error| graphql_error(ctx, &error))
}

fn area(ctx: &Context<'_>, id: AreaId) -> async_graphql::Result<AreaObject> {
    let areas = ctx.data::<Training>()?.areas();
    let id = match areas.settled(id) {
        Settled::In(area) => area,
        Settled::Waits(_) => id,
    };
    let found = AreaObject::today(areas, id);
    found.ok_or_else(|| graphql_error(ctx, &Error::NotFound))
}

async fn roster(
    ctx: &Context<'_>,
    trainer: &Trainer,
    id: GroupId,
    asked: &[MembersAsked],
    age: Age,
) -> async_graphql::Result<Roster> {
    let found = ctx.data::<Training>()?.group(trainer, id, asked, age).await;
    found.map_err(|error| graphql_error(ctx, &error))
}

/// What a trainer may ask.
#[derive(MergedObject, Default)]
pub struct TrainingQuery(GroupQuery, CareQuery);

/// What a trainer may do, and a learner joining a group.
#[derive(MergedObject, Default)]
pub struct TrainingMutation(
    GroupMutation,
    AssigningMutation,
    ImportMutation,
    LeadingMutation,
    RegisteringMutation,
    MatchingMutation,
    MergingMutation,
    SessionMutation,
    CareMutation,
);

/// What a trainer may ask about the own groups.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupQuery;

/// What a trainer may ask about the own groups.
#[Object]
impl GroupQuery {
    /// One of the viewer's groups. NOT_FOUND for every other.
    async fn group(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the group.")] id: ID,
    ) -> async_graphql::Result<Option<GroupObject>> {
        let trainer = trainer(ctx)?;
        let id = asked::<GroupId>(&id).ok_or_else(|| graphql_error(ctx, &Error::NotFound))?;
        let runs = members_asked([ctx.look_ahead()]);
        let found = roster(ctx, &trainer, id, &runs, Age::Recent).await?;
        Ok(Some(GroupObject(found)))
    }

    /// The viewer's groups, newest first.
    #[graphql(
        complexity = "first.map_or(GROUPS.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<Option<GroupConnection>> {
        let trainer = trainer(ctx)?;
        let page = GROUPS.page::<GroupCursor>(first, after.as_deref())?;
        let look = ctx.look_ahead();
        let runs = members_asked([look.field("nodes"), look.field("edges").field("node")]);
        let after = page.after.map(|cursor| cursor.0);
        let training = ctx.data::<Training>()?;
        let found = training.groups(&trainer, page.first, after, &runs).await;
        let found = found.map_err(|error| graphql_error(ctx, &error))?;
        let mut connection = Connection::new(after.is_some(), found.has_more);
        let edge = |roster: Roster| Edge::new(GroupCursor(roster.place()), GroupObject(roster));
        connection.edges = found.groups.into_iter().map(edge).collect();
        Ok(Some(connection))
    }
}

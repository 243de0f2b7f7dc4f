//! What is assigned and how far people are with it, on the wire: to the trainer, and to the learner herself.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ids::{GroupId, LessonId};

use super::{everybody, roster, trainer};
use crate::{
    content::{
        Catalogue,
        graphql::{LessonObject, ModuleObject},
    },
    graphql::{date::Date, ids::wire},
    learning::graphql::progress_id,
    training::{
        assigned::{Assignment, Counts, Standing, State},
        own::Own,
        screens::Age,
    },
};

/// How far somebody is with an assignment. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "State")]
pub enum AssignmentState {
    /// Nothing of it was begun, and there is time left.
    NotStarted,
    /// Something of it was begun, and there is time left.
    OnTheWay,
    /// The last day has passed, and something is left.
    Late,
    /// Everything of it is done.
    Done,
    /// The trainer excused her, and she has not done it.
    Excused,
}

/// How many members are how far with an assignment.
#[derive(Clone, Copy, Debug, Default, SimpleObject)]
pub struct AssignmentCounts {
    /// Members who have begun nothing of it, with time left.
    not_started: i32,
    /// Members who have begun, with time left.
    on_the_way: i32,
    /// Members who have not finished by the last day.
    late: i32,
    /// Members who have done everything.
    done: i32,
    /// Members who were excused and have not done it.
    excused: i32,
}

impl AssignmentCounts {
    fn of(counts: Counts) -> Self {
        let count = |people: usize| i32::try_from(people).unwrap_or(i32::MAX);
        Self {
            not_started: count(counts.not_started),
            on_the_way: count(counts.on_the_way),
            late: count(counts.late),
            done: count(counts.done),
            excused: count(counts.excused),
        }
    }
}

/// A lesson that an assignment asks for.
#[derive(SimpleObject)]
pub struct AssignedLesson {
    /// The lesson.
    lesson: LessonObject,
    /// Number of the release that was in force when it was assigned: completing that or a later one counts. Null where
    /// it was assigned before releases were kept: then any counts.
    release_number: Option<i32>,
}

fn published(catalogue: &Arc<Catalogue>, id: LessonId) -> Option<LessonObject> {
    LessonObject::new(catalogue, catalogue.lesson(id)?)
}

fn lessons(assignment: &Assignment, catalogue: &Arc<Catalogue>) -> Vec<AssignedLesson> {
    let number = |release| i32::try_from(catalogue.release(release)?.number).ok();
    let asked = assignment.asked(catalogue).into_iter();
    asked
        .filter_map(|asked| {
            Some(AssignedLesson {
                lesson: published(catalogue, asked.lesson)?,
                release_number: asked.release.and_then(number),
            })
        })
        .collect()
}

/// A module or a lesson that a group, or one person of it, is to learn.
pub struct AssignmentObject {
    group: GroupId,
    assignment: Assignment,
    module: ModuleObject,
    catalogue: Arc<Catalogue>,
    counts: Option<Counts>,
}

impl AssignmentObject {
    /// Absent when nothing of the module is published any more. `counts` is absent when not everybody was fetched.
    pub(super) fn of(
        group: GroupId,
        assignment: &Assignment,
        catalogue: &Arc<Catalogue>,
        counts: Option<Counts>,
    ) -> Option<Self> {
        let module = catalogue.module(assignment.module)?;
        Some(Self {
            group,
            module: ModuleObject::new(catalogue, module)?,
            assignment: assignment.clone(),
            catalogue: Arc::clone(catalogue),
            counts,
        })
    }
}

/// A module or a lesson that a group, or one person of it, is to learn.
#[Object(name = "Assignment")]
impl AssignmentObject {
    /// Id of the assignment.
    async fn id(&self) -> ID {
        wire(self.assignment.id)
    }

    /// What to learn, or the module of the lesson.
    async fn module(&self) -> &ModuleObject {
        &self.module
    }

    /// The one lesson to learn; null for the whole module.
    async fn lesson(&self) -> Option<LessonObject> {
        published(&self.catalogue, self.assignment.lesson?)
    }

    /// Id of the one member who is to learn it; null for the whole group.
    async fn person_id(&self) -> Option<ID> {
        self.assignment.person.map(wire)
    }

    /// Last day.
    async fn due_on(&self) -> Date {
        Date(self.assignment.due_on)
    }

    /// When it was first assigned.
    async fn assigned_at(&self) -> DateTime<Utc> {
        self.assignment.assigned_at
    }

    /// What the trainer wrote to it; its members read it.
    async fn note(&self) -> Option<&str> {
        self.assignment.note.as_deref()
    }

    /// The lessons it asks for, each with the release that was in force when it was assigned. Those no longer published
    /// are asked of nobody.
    #[graphql(complexity = "5 * child_complexity")]
    async fn lessons(&self) -> Vec<AssignedLesson> {
        lessons(&self.assignment, &self.catalogue)
    }

    /// How many members are how far today. A member of whom it asks nothing is in no count.
    #[graphql(complexity = "10 + child_complexity")]
    async fn counts(&self, ctx: &Context<'_>) -> async_graphql::Result<AssignmentCounts> {
        if let Some(counts) = self.counts {
            return Ok(AssignmentCounts::of(counts));
        }
        let whole = roster(ctx, &trainer(ctx)?, self.group, &everybody(), Age::Now).await?;
        let counts = whole.counts().unwrap_or_default();
        let own = counts.get(&self.assignment.id).copied();
        Ok(AssignmentCounts::of(own.unwrap_or_default()))
    }
}

/// How far a member is with an assignment.
#[derive(Clone, Debug, SimpleObject)]
pub struct MemberAssignment {
    /// Id of the assignment, as in the group's `assignments`.
    assignment_id: ID,
    /// How far, today.
    state: AssignmentState,
    /// How many lessons of it are done.
    completed_count: i32,
    /// How many lessons it asks of her: those for staff only of staff.
    lesson_count: i32,
    /// Why she is excused, if she is.
    excuse: Option<String>,
}

impl MemberAssignment {
    pub(super) fn of(standing: &Standing) -> Self {
        let count = |lessons: usize| i32::try_from(lessons).unwrap_or(i32::MAX);
        Self {
            assignment_id: wire(standing.assignment),
            state: standing.state.into(),
            completed_count: count(standing.done),
            lesson_count: count(standing.asked),
            excuse: standing.excuse.clone(),
        }
    }
}

/// What is assigned to the viewer, herself or with a group she is in.
pub struct LearnerAssignment {
    own: Own,
    module: ModuleObject,
    catalogue: Arc<Catalogue>,
}

impl LearnerAssignment {
    /// Absent when nothing of it can be learned any more.
    pub fn of(own: &Own, catalogue: &Arc<Catalogue>) -> Option<Self> {
        let module = catalogue.module(own.assigned.assignment.module)?;
        Some(Self {
            module: ModuleObject::new(catalogue, module)?,
            own: own.clone(),
            catalogue: Arc::clone(catalogue),
        })
    }
}

/// What is assigned to the viewer, herself or with a group she is in.
#[Object]
impl LearnerAssignment {
    /// Identity: of this assignment to the viewer.
    pub async fn id(&self) -> ID {
        progress_id(self.own.person, self.own.assigned.assignment.id)
    }

    /// Id of the assignment.
    async fn assignment_id(&self) -> ID {
        wire(self.own.assigned.assignment.id)
    }

    /// As the trainer calls the group.
    async fn group_name(&self) -> &str {
        &self.own.assigned.group_name
    }

    /// What to learn, or the module of the lesson.
    async fn module(&self) -> &ModuleObject {
        &self.module
    }

    /// The one lesson to learn; null for the whole module.
    async fn lesson(&self) -> Option<LessonObject> {
        published(&self.catalogue, self.own.assigned.assignment.lesson?)
    }

    /// Last day.
    async fn due_on(&self) -> Date {
        Date(self.own.assigned.assignment.due_on)
    }

    /// When it was first assigned.
    async fn assigned_at(&self) -> DateTime<Utc> {
        self.own.assigned.assignment.assigned_at
    }

    /// What the trainer wrote to it.
    async fn note(&self) -> Option<&str> {
        self.own.assigned.assignment.note.as_deref()
    }

    /// The lessons it asks for, each with the release that was in force when it was assigned.
    #[graphql(complexity = "5 * child_complexity")]
    async fn lessons(&self) -> Vec<AssignedLesson> {
        lessons(&self.own.assigned.assignment, &self.catalogue)
    }

    /// How far the viewer is today. It turns LATE with the day after `dueOn`, without a change.
    async fn state(&self) -> AssignmentState {
        self.own.standing.state.into()
    }

    /// How many lessons of it are done.
    async fn completed_count(&self) -> i32 {
        i32::try_from(self.own.standing.done).unwrap_or(i32::MAX)
    }

    /// How many lessons it asks of the viewer.
    async fn lesson_count(&self) -> i32 {
        i32::try_from(self.own.standing.asked).unwrap_or(i32::MAX)
    }

    /// Why the trainer excused the viewer, if she did.
    async fn excuse(&self) -> Option<&str> {
        self.own.standing.excuse.as_deref()
    }
}

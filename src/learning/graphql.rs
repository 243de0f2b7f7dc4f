//! Learning on the wire: progress, the path, and events coming in.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use entity::ids::{ChildId, LessonId, PersonId};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::{
    Learning,
    merge::{self, LessonState},
    path::{Step, Why},
    store::Record,
};
use crate::{
    auth::graphql::{viewer, visitor_or_viewer},
    content::{Content, graphql::LessonObject},
    error::{Error, UserError, UserErrorCode},
    graphql::{
        context::language,
        date::Date,
        ids::{asked, wire},
        pages::{PageSize, Position},
        payload::graphql_error,
    },
    messages,
};

mod attempts;
mod devices;
mod inbox;
mod intake;
mod module;

pub use attempts::{QuizAttempt, attempts};
pub use devices::DeviceQuery;
pub use inbox::{InboxMutation, InboxQuery};
pub use intake::LearningMutation;
pub use module::{ModuleProgress, ModuleStatus};

/// How far a lesson is. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "merge::Status")]
pub enum LessonStatus {
    /// Never opened.
    NotStarted,
    /// Opened, or read in part.
    InProgress,
    /// Finished on the phone, or attended in person.
    Completed,
}

/// How a completion is known. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Evidence {
    /// The learner finished it on a phone.
    OnPhone,
    /// A trainer recorded attendance.
    InPerson,
}

/// How practice is known. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PracticeEvidence {
    /// The caregiver says so.
    Ticked,
    /// A trainer saw it done.
    Observed,
}

/// The viewer's own record, read at most once in a request.
#[derive(Default)]
pub struct OwnRecord(OnceCell<Option<Arc<Record>>>);

/// The viewer's own record; nothing for a visitor.
///
/// # Errors
/// When the database does not answer.
pub async fn own_record(ctx: &Context<'_>) -> async_graphql::Result<Option<Arc<Record>>> {
    let Some(viewer) = visitor_or_viewer(ctx) else {
        return Ok(None);
    };
    let learning = ctx.data::<Learning>()?;
    let read = || async {
        learning
            .record_of(&viewer.learner())
            .await
            .map(|record| record.map(Arc::new))
    };
    let record = match ctx.data_opt::<OwnRecord>() {
        Some(OwnRecord(cell)) => cell.get_or_try_init(read).await.cloned(),
        None => read().await,
    };
    record.map_err(|error| graphql_error(ctx, &error))
}

/// The id of what one person has done of one thing: UUIDv5 of the thing's id in the namespace of the person's.
pub fn progress_id(person: PersonId, of: impl Into<Uuid>) -> ID {
    wire(Uuid::new_v5(&person.0, of.into().as_bytes()))
}

/// What a person has done of a lesson.
pub struct LessonProgress {
    person: PersonId,
    lesson: LessonId,
    state: LessonState,
}

impl LessonProgress {
    /// Of a lesson in a record.
    pub fn of(record: &Record, lesson: LessonId) -> Self {
        let state = record
            .state
            .lessons
            .get(&lesson)
            .cloned()
            .unwrap_or_default();
        Self {
            person: record.person,
            lesson,
            state,
        }
    }
}

impl LessonProgress {
    fn known<T>(&self, all: [(merge::Evidence, T); 2]) -> Vec<T> {
        let known = all.into_iter().filter(|(bit, _)| self.state.has(*bit));
        known.map(|(_, shown)| shown).collect()
    }
}

/// What a person has done of a lesson.
#[Object]
impl LessonProgress {
    /// Id of this person's progress with this lesson.
    pub async fn id(&self) -> ID {
        progress_id(self.person, self.lesson)
    }

    /// The lesson; null once it is no longer published.
    async fn lesson(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<LessonObject>> {
        Ok(LessonObject::of(ctx.data::<Content>()?, self.lesson))
    }

    /// How far it is.
    async fn status(&self) -> LessonStatus {
        self.state.status().into()
    }

    /// Per cent read, the most ever: 0 to 100.
    async fn percent(&self) -> i32 {
        self.state.percent.into()
    }

    /// First opened or attended.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.state.started_at
    }

    /// First finished.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.state.completed.as_ref().map(|completed| completed.at)
    }

    /// How the completion is known.
    async fn evidence(&self) -> Vec<Evidence> {
        let all = [
            (merge::Evidence::OnPhone, Evidence::OnPhone),
            (merge::Evidence::InPerson, Evidence::InPerson),
        ];
        self.known(all)
    }

    /// First practised at home, or seen done by a trainer.
    async fn practised_at(&self) -> Option<DateTime<Utc>> {
        self.state.practised_at
    }

    /// How the practice is known: told by PRACTISED_AT_HOME and OBSERVED_BY_TRAINER events.
    async fn practice_evidence(&self) -> Vec<PracticeEvidence> {
        let all = [
            (merge::Evidence::Ticked, PracticeEvidence::Ticked),
            (merge::Evidence::Observed, PracticeEvidence::Observed),
        ];
        self.known(all)
    }

    /// Last sign of activity.
    async fn last_activity_at(&self) -> Option<DateTime<Utc>> {
        self.state.last_activity_at
    }
}

/// A lesson to learn next, with the reason for it.
pub struct PathStep(Step);

/// A lesson to learn next, with the reason for it.
#[Object]
impl PathStep {
    /// The lesson.
    async fn lesson(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<LessonObject>> {
        Ok(LessonObject::of(ctx.data::<Content>()?, self.0.lesson))
    }

    /// Id of the child it is for; null for a lesson for staff, and for one that is only assigned.
    async fn child_id(&self) -> Option<ID> {
        self.0.child.map(wire)
    }

    /// The last day, when it was assigned in one of the viewer's groups.
    async fn due_on(&self) -> Option<Date> {
        self.0.due_on.map(Date)
    }

    /// What the trainer wrote who assigned it, if something.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Why this lesson, in the language of the request.
    async fn reason(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let language = language(ctx);
        let catalogue = ctx.data::<Content>()?.catalogue();
        let said = |key, name: &'static str, value: String| {
            UserError::new(UserErrorCode::Invalid, "", key)
                .with(name, value)
                .text(language)
        };
        let why = match self.0.why {
            Why::ChildIs(months) => said("path-child-age", "months", months.to_string()),
            Why::ChildIsExpected => messages::text(language, "path-child-expected"),
            Why::FitsAnyAge => messages::text(language, "path-child-any"),
            Why::ChildBornEarlyIs(months) => {
                said("path-child-corrected-age", "months", months.to_string())
            }
            Why::ForStaff => messages::text(language, "path-staff"),
            Why::OnlyAssigned => String::new(),
        };
        let due = match self.0.due_on {
            Some(due) => said("path-assigned", "due", due.format("%d/%m/%Y").to_string()),
            None => String::new(),
        };
        let after = match self.0.after.and_then(|after| catalogue.lesson(after)) {
            Some(lesson) => said("path-after", "lesson", lesson.code.to_string()),
            None => messages::text(language, "path-never-started"),
        };
        let parts = [due, why, after]
            .into_iter()
            .filter(|part| !part.is_empty());
        Ok(parts.collect::<Vec<_>>().join(" "))
    }
}

/// What to learn.
#[derive(Default)]
pub struct LearningQuery;

const STEPS: PageSize = PageSize {
    default: 10,
    maximum: 100,
};

#[Object]
impl LearningQuery {
    /// The next lessons, each with its reason: for one child, or for the whole household and the viewer's work.
    async fn learning_path(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "One of the viewer's children; the whole household by default")] child_id: Option<ID>,
        #[graphql(desc = "How many: 10 by default, 100 at most")] first: Option<i32>,
    ) -> async_graphql::Result<Vec<PathStep>> {
        viewer(ctx)?;
        let first = STEPS.page::<Position>(first, None)?.first;
        let Some(record) = own_record(ctx).await? else {
            return Ok(Vec::new());
        };
        let child: Option<ChildId> = match &child_id {
            None => None,
            Some(id) => {
                let known = asked::<ChildId>(id)
                    .filter(|id| record.facts.children.iter().any(|child| child.id == *id));
                Some(known.ok_or_else(|| graphql_error(ctx, &Error::NotFound))?)
            }
        };
        let steps = ctx.data::<Learning>()?.path(&record, child).await;
        let steps = steps.map_err(|error| graphql_error(ctx, &error))?;
        Ok(steps.into_iter().take(first).map(PathStep).collect())
    }
}

//! Learning on the wire: progress, the path, and events coming in.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ids::{ChildId, LessonId, ModuleId};
use tokio::sync::OnceCell;

use super::{
    Learning, Receipt,
    event::Happened,
    intake::{Outcome, Upload},
    merge::{self, LessonState},
    path::{self, Step, Why},
    store::Record,
};
use crate::{
    auth::graphql::{viewer, visitor_or_viewer},
    clock::Clock,
    content::{
        Catalogue, Content,
        applicability::{self, Learner},
        graphql::LessonObject,
    },
    error::{Error, UserError, UserErrorCode},
    graphql::{
        context::language,
        ids::{asked, wire},
        pages::{PageSize, Position},
        payload::{UserErrorObject, graphql_error, split},
    },
    messages,
};

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
#[graphql(remote = "merge::Evidence")]
pub enum Evidence {
    /// The learner finished it on a phone.
    OnPhone,
    /// A trainer recorded attendance.
    InPerson,
}

/// How far a module is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ModuleStatus {
    /// No lesson of it applies to this family: neither required nor credited.
    NotApplicable,
    /// Nothing of it is begun.
    NotStarted,
    /// Some of it is done.
    InProgress,
    /// Every applicable lesson is finished.
    Completed,
    /// And its quiz is passed.
    Demonstrated,
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

/// What a person has done of a lesson.
pub struct LessonProgress {
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
        Self { lesson, state }
    }
}

/// What a person has done of a lesson.
#[Object]
impl LessonProgress {
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
        let all = [merge::Evidence::OnPhone, merge::Evidence::InPerson];
        all.into_iter()
            .filter(|evidence| self.state.has(*evidence))
            .map(Into::into)
            .collect()
    }

    /// Last sign of activity.
    async fn last_activity_at(&self) -> Option<DateTime<Utc>> {
        self.state.last_activity_at
    }
}

/// What a person has done of a module.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct ModuleProgress {
    /// How far it is.
    status: ModuleStatus,
    /// Lessons of it that apply to this family today.
    applicable_count: i32,
    /// Of these, finished ones.
    completed_count: i32,
    /// Questions right in the best attempt at its quiz; null before the first attempt.
    quiz_best_score: Option<i32>,
    /// Whether its quiz was ever passed.
    quiz_passed: bool,
}

impl ModuleProgress {
    /// Of a module in a record, with the lessons that apply on a day.
    pub fn of(
        record: &Record,
        catalogue: &Catalogue,
        module: ModuleId,
        today: chrono::NaiveDate,
    ) -> Self {
        let here = record
            .facts
            .children
            .iter()
            .filter(|child| child.is_here(today));
        let children: Vec<_> = here.map(super::applies::ChildFacts::for_lessons).collect();
        let mut lessons = applicability::applicable_lessons(
            catalogue,
            &[module],
            Learner::Caregiver(&children),
            today,
        );
        if record.facts.is_staff {
            lessons.extend(applicability::applicable_lessons(
                catalogue,
                &[module],
                Learner::Staff,
                today,
            ));
        }
        let mut lessons: Vec<LessonId> = lessons.into_iter().map(|lesson| lesson.id).collect();
        lessons.sort();
        lessons.dedup();
        let state = |lesson: &LessonId| {
            record
                .state
                .lessons
                .get(lesson)
                .map(LessonState::status)
                .unwrap_or_default()
        };
        let completed = lessons
            .iter()
            .filter(|lesson| state(lesson) == merge::Status::Completed)
            .count();
        let begun = lessons
            .iter()
            .any(|lesson| state(lesson) != merge::Status::NotStarted);
        let quiz = record.state.quizzes.get(&module);
        let passed = quiz.is_some_and(|quiz| !quiz.passed_on.is_empty());
        let status = match (lessons.len(), completed) {
            (0, _) => ModuleStatus::NotApplicable,
            (all, done) if done == all && passed => ModuleStatus::Demonstrated,
            (all, done) if done == all => ModuleStatus::Completed,
            _ if begun || quiz.is_some() => ModuleStatus::InProgress,
            _ => ModuleStatus::NotStarted,
        };
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Self {
            status,
            applicable_count: count(lessons.len()),
            completed_count: count(completed),
            quiz_best_score: quiz.map(|quiz| quiz.best_score.into()),
            quiz_passed: passed,
        }
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

    /// Id of the child it is for; null for a lesson for staff.
    async fn child_id(&self) -> Option<ID> {
        self.0.child.map(wire)
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
            Why::ForStaff => messages::text(language, "path-staff"),
        };
        let after = match self.0.after.and_then(|after| catalogue.lesson(after)) {
            Some(lesson) => said("path-after", "lesson", lesson.code.to_string()),
            None => messages::text(language, "path-never-started"),
        };
        Ok(format!("{why} {after}"))
    }
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ReceiptOutcome {
    /// It is stored and counts.
    Accepted,
    /// It was stored before: nothing changed.
    Duplicate,
    /// It is kept aside until the cause is mended; it does not count yet.
    Quarantined,
    /// It was not kept.
    Rejected,
}

/// The answer to one event of an upload.
#[derive(Clone, Debug, SimpleObject)]
pub struct EventReceipt {
    /// Id of the event as it was sent.
    event_id: String,
    /// What became of it.
    outcome: ReceiptOutcome,
    /// Why, for programs; null when it is stored. More codes may be added.
    code: Option<String>,
    /// Why and how to mend it, for people; null when it is stored.
    message: Option<String>,
    /// Whether sending the same event again later can help.
    retryable: bool,
}

impl EventReceipt {
    fn of(ctx: &Context<'_>, receipt: Receipt) -> Self {
        let (outcome, trouble) = match receipt.outcome {
            Outcome::Accepted => (ReceiptOutcome::Accepted, None),
            Outcome::Duplicate => (ReceiptOutcome::Duplicate, None),
            Outcome::Quarantined(trouble) => (ReceiptOutcome::Quarantined, Some(trouble)),
            Outcome::Rejected(trouble) => (ReceiptOutcome::Rejected, Some(trouble)),
        };
        Self {
            event_id: receipt.event_id,
            outcome,
            code: trouble.map(|trouble| trouble.code().to_owned()),
            message: trouble.map(|trouble| messages::text(language(ctx), trouble.message())),
            retryable: outcome == ReceiptOutcome::Quarantined,
        }
    }
}

/// An attempt at a quiz.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct QuizAttempt {
    /// Questions answered right.
    score: i32,
    /// Questions in the quiz.
    out_of: i32,
    /// Whether the pass mark was reached.
    passed: bool,
}

/// A finished lesson.
#[derive(Debug, InputObject)]
pub struct CompleteLessonInput {
    /// A UUID made by the app: sending the same again changes nothing.
    event_id: String,
    /// The lesson.
    lesson_id: String,
    /// The release that was learned; the published one by default.
    release_id: Option<String>,
    /// Who learned, for a trainer recording for a member of her group; the person signed in by default.
    person_id: Option<String>,
    /// When, RFC 3339; now by default.
    occurred_at: Option<String>,
}

/// Answers to the quiz of a module.
#[derive(Debug, InputObject)]
pub struct SubmitQuizInput {
    /// A UUID made by the app: sending the same again changes nothing.
    event_id: String,
    /// The module.
    module_id: String,
    /// Who answered, for a trainer recording for a member of her group; the person signed in by default.
    person_id: Option<String>,
    /// The answers; a question left out counts as wrong.
    answers: Vec<AnswerInput>,
    /// When, RFC 3339; now by default.
    occurred_at: Option<String>,
}

/// The answer to one question.
#[derive(Debug, InputObject)]
pub struct AnswerInput {
    /// The question.
    question_id: String,
    /// The options chosen.
    option_ids: Vec<String>,
}

/// Learning events from a phone, at most 500.
#[derive(Debug, InputObject)]
pub struct UploadLearningEventsInput {
    /// The device, as the app names it.
    device_id: Option<String>,
    /// The events, in any order.
    events: Vec<LearningEventInput>,
}

/// One learning event. Fields are text where text may be wrong, so that a broken event is refused by itself.
#[derive(Debug, InputObject)]
pub struct LearningEventInput {
    /// A UUID made by the app: sending the same again changes nothing.
    id: String,
    /// Who learned; the person signed in by default.
    person_id: Option<String>,
    /// OPENED, PROGRESSED, COMPLETED, QUIZ_ANSWERED, PRACTISED_AT_HOME, VOIDED; by a trainer also
    /// ATTENDED_IN_PERSON and OBSERVED_BY_TRAINER. A kind unknown here is kept aside.
    kind: String,
    /// The lesson it is about.
    lesson_id: Option<String>,
    /// The module whose quiz was answered.
    module_id: Option<String>,
    /// The release of the lesson; the published one by default.
    release_id: Option<String>,
    /// When, RFC 3339, by the device's clock.
    occurred_at: String,
    /// Milliseconds the device's clock was behind the server's, as the app measured it.
    clock_offset_ms: Option<i32>,
    /// Minutes spent.
    minutes: Option<i32>,
    /// Per cent read, for PROGRESSED.
    percent: Option<i32>,
    /// Answers, for QUIZ_ANSWERED.
    answers: Option<Vec<AnswerInput>>,
    /// The event taken back, for VOIDED.
    target_event_id: Option<String>,
}

fn answers(answers: Vec<AnswerInput>) -> Vec<(String, Vec<String>)> {
    answers
        .into_iter()
        .map(|answer| (answer.question_id, answer.option_ids))
        .collect()
}

impl From<LearningEventInput> for Upload {
    fn from(event: LearningEventInput) -> Self {
        Self {
            id: event.id,
            person: event.person_id,
            kind: event.kind,
            lesson: event.lesson_id,
            module: event.module_id,
            release: event.release_id,
            occurred_at: Some(event.occurred_at),
            clock_offset_ms: event.clock_offset_ms,
            minutes: event.minutes,
            percent: event.percent,
            answers: event.answers.map(answers),
            target: event.target_event_id,
        }
    }
}

/// The answer to `completeLesson`.
#[derive(SimpleObject)]
pub struct CompleteLessonPayload {
    /// The lesson as it is now.
    lesson_progress: Option<LessonProgress>,
    /// Its module as it is now.
    module_progress: Option<ModuleProgress>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// The answer to `submitQuiz`.
#[derive(SimpleObject)]
pub struct SubmitQuizPayload {
    /// This attempt.
    attempt: Option<QuizAttempt>,
    /// The module as it is now.
    module_progress: Option<ModuleProgress>,
    /// What to mend; nothing was written then.
    user_errors: Vec<UserErrorObject>,
}

/// The answer to `uploadLearningEvents`.
#[derive(SimpleObject)]
pub struct UploadLearningEventsPayload {
    /// One receipt an event, in the order sent.
    receipts: Vec<EventReceipt>,
    /// What to mend in the upload as a whole; nothing was written then.
    user_errors: Vec<UserErrorObject>,
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
        let catalogue = ctx.data::<Content>()?.catalogue();
        let today = ctx.data::<Clock>()?.today();
        let steps = path::path(&record.state, &record.facts, &catalogue, child, today);
        Ok(steps.into_iter().take(first).map(PathStep).collect())
    }
}

/// Learning.
#[derive(Default)]
pub struct LearningMutation;

#[Object]
impl LearningMutation {
    /// Records that a lesson was finished. Sending the same event again changes nothing.
    async fn complete_lesson(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The finished lesson")] input: CompleteLessonInput,
    ) -> async_graphql::Result<CompleteLessonPayload> {
        let learner = viewer(ctx)?.learner();
        let upload = Upload {
            id: input.event_id,
            person: input.person_id,
            kind: "COMPLETED".to_owned(),
            lesson: Some(input.lesson_id),
            release: input.release_id,
            occurred_at: input.occurred_at,
            ..Upload::default()
        };
        let outcome = ctx.data::<Learning>()?.record(&learner, upload).await;
        let (done, user_errors) = split(ctx, outcome)?;
        let lesson = done.as_ref().and_then(|(_, event)| event.happened.lesson());
        let catalogue = ctx.data::<Content>()?.catalogue();
        let module = lesson
            .and_then(|lesson| catalogue.lesson(lesson))
            .map(|lesson| lesson.module);
        Ok(CompleteLessonPayload {
            lesson_progress: done
                .as_ref()
                .zip(lesson)
                .map(|((record, _), lesson)| LessonProgress::of(record, lesson)),
            module_progress: module_progress(ctx, done.as_ref().map(|(record, _)| record), module)?,
            user_errors,
        })
    }

    /// Marks the answers to a module's quiz and records the attempt. Sending the same event again changes nothing.
    async fn submit_quiz(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answers")] input: SubmitQuizInput,
    ) -> async_graphql::Result<SubmitQuizPayload> {
        let learner = viewer(ctx)?.learner();
        let upload = Upload {
            id: input.event_id,
            person: input.person_id,
            kind: "QUIZ_ANSWERED".to_owned(),
            module: Some(input.module_id),
            answers: Some(answers(input.answers)),
            occurred_at: input.occurred_at,
            ..Upload::default()
        };
        let outcome = ctx.data::<Learning>()?.record(&learner, upload).await;
        let (done, user_errors) = split(ctx, outcome)?;
        let attempt = done.as_ref().and_then(|(_, event)| match event.happened {
            Happened::QuizAnswered {
                score,
                out_of,
                passed,
                ..
            } => Some(QuizAttempt {
                score: score.into(),
                out_of: out_of.into(),
                passed,
            }),
            _ => None,
        });
        let module = done.as_ref().and_then(|(_, event)| event.happened.module());
        Ok(SubmitQuizPayload {
            attempt,
            module_progress: module_progress(ctx, done.as_ref().map(|(record, _)| record), module)?,
            user_errors,
        })
    }

    /// Takes in what a phone has collected. Each event is answered by a receipt; a broken one never blocks the others.
    async fn upload_learning_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The events")] input: UploadLearningEventsInput,
    ) -> async_graphql::Result<UploadLearningEventsPayload> {
        let learner = viewer(ctx)?.learner();
        let uploads = input.events.into_iter().map(Upload::from).collect();
        let outcome = ctx
            .data::<Learning>()?
            .upload(&learner, input.device_id, uploads)
            .await;
        let (receipts, user_errors) = split(ctx, outcome)?;
        let receipts = receipts.unwrap_or_default();
        Ok(UploadLearningEventsPayload {
            receipts: receipts
                .into_iter()
                .map(|receipt| EventReceipt::of(ctx, receipt))
                .collect(),
            user_errors,
        })
    }
}

fn module_progress(
    ctx: &Context<'_>,
    record: Option<&Record>,
    module: Option<ModuleId>,
) -> async_graphql::Result<Option<ModuleProgress>> {
    let catalogue = ctx.data::<Content>()?.catalogue();
    let today = ctx.data::<Clock>()?.today();
    Ok(record
        .zip(module)
        .map(|(record, module)| ModuleProgress::of(record, &catalogue, module, today)))
}

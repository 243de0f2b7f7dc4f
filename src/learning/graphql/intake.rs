//! Events coming in over the wire: what apps send and what each is answered.

use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use entity::ids::ModuleId;

use super::{LessonProgress, ModuleProgress, QuizAttempt};
use crate::{
    auth::graphql::viewer,
    clock::Clock,
    content::Content,
    graphql::{
        context::language,
        payload::{UserErrorObject, split},
    },
    learning::{
        Learning,
        devices::Sender,
        intake::{Outcome, Trouble, Upload},
        store::Record,
    },
    messages,
};

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
    /// Whether sending the same event again later can help. It never harms.
    retryable: bool,
}

impl EventReceipt {
    /// The receipt of an event.
    pub(super) fn of(ctx: &Context<'_>, event_id: String, outcome: Outcome) -> Self {
        let (outcome, trouble) = match outcome {
            Outcome::Accepted => (ReceiptOutcome::Accepted, None),
            Outcome::Duplicate => (ReceiptOutcome::Duplicate, None),
            Outcome::Quarantined(trouble) => (ReceiptOutcome::Quarantined, Some(trouble)),
            Outcome::Rejected(trouble) => (ReceiptOutcome::Rejected, Some(trouble)),
        };
        Self {
            event_id,
            outcome,
            code: trouble.map(|trouble| trouble.code().to_owned()),
            message: trouble.map(|trouble| messages::text(language(ctx), trouble.message())),
            retryable: trouble.is_some_and(Trouble::may_pass),
        }
    }
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
    /// The device, as the app names it: text made by the app on first start, at most 64 characters. With it the device is
    /// listed in `devices`, and `deviceDigest` proves what has arrived.
    device_id: Option<String>,
    /// What people call the device, such as "Điện thoại của mẹ"; as told last when left out.
    device_label: Option<String>,
    /// Version of the app; as told last when left out.
    app_version: Option<String>,
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
        let attempt = done.as_ref().and_then(|(_, event)| QuizAttempt::of(event));
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
        let sender = Sender {
            device: input.device_id,
            label: input.device_label,
            app_version: input.app_version,
        };
        let uploads = input.events.into_iter().map(Upload::from).collect();
        let outcome = ctx
            .data::<Learning>()?
            .upload(&learner, sender, uploads)
            .await;
        let (receipts, user_errors) = split(ctx, outcome)?;
        let receipts = receipts.unwrap_or_default();
        Ok(UploadLearningEventsPayload {
            receipts: receipts
                .into_iter()
                .map(|receipt| EventReceipt::of(ctx, receipt.event_id, receipt.outcome))
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

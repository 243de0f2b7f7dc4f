//! Attempts at quizzes on the wire: what was right and why, once it was answered.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use entity::ids::{ModuleId, QuestionId};

use crate::{
    auth::graphql::visitor_or_viewer,
    content::{Content, catalogue::Question},
    graphql::{context::language_or, ids::wire, payload::graphql_error},
    learning::{
        Learning,
        event::{Answer, Event, Happened},
    },
};

/// An attempt at a quiz.
#[derive(Clone, Debug)]
pub struct QuizAttempt {
    at: DateTime<Utc>,
    module: ModuleId,
    score: u8,
    out_of: u8,
    passed: bool,
    answers: Vec<Answer>,
}

impl QuizAttempt {
    /// The attempt that an event is, if it is one.
    pub(super) fn of(event: &Event) -> Option<Self> {
        match &event.happened {
            Happened::QuizAnswered {
                module,
                score,
                out_of,
                passed,
                answers,
            } => Some(Self {
                at: event.occurred_at,
                module: *module,
                score: *score,
                out_of: *out_of,
                passed: *passed,
                answers: answers.clone(),
            }),
            _ => None,
        }
    }
}

/// The viewer's attempts at a module's quiz, newest first; none for a visitor.
///
/// # Errors
/// When the database does not answer.
pub async fn attempts(ctx: &Context<'_>, module: ModuleId) -> Result<Vec<QuizAttempt>> {
    let Some(viewer) = visitor_or_viewer(ctx) else {
        return Ok(Vec::new());
    };
    let learning = ctx.data::<Learning>()?;
    let found = learning.attempts(&viewer.learner(), module).await;
    let found = found.map_err(|error| graphql_error(ctx, &error))?;
    Ok(found.iter().filter_map(QuizAttempt::of).collect())
}

/// An attempt at a quiz. Every attempt is kept; the best score counts.
#[Object]
impl QuizAttempt {
    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Questions answered right.
    async fn score(&self) -> i32 {
        self.score.into()
    }

    /// Questions in the quiz.
    async fn out_of(&self) -> i32 {
        self.out_of.into()
    }

    /// Whether the pass mark was reached.
    async fn passed(&self) -> bool {
        self.passed
    }

    /// What was answered, question by question, with explanations.
    #[graphql(complexity = "3 * child_complexity")]
    async fn answers(&self) -> Vec<GivenAnswer> {
        let given = self.answers.iter().map(|answer| GivenAnswer {
            module: self.module,
            passed: self.passed,
            answer: answer.clone(),
        });
        given.collect()
    }
}

/// An answer that was given.
#[derive(Clone, Debug)]
pub struct GivenAnswer {
    module: ModuleId,
    passed: bool,
    answer: Answer,
}

impl GivenAnswer {
    /// The question as it is asked now, if it still is, given to `tell`.
    fn question<T>(
        &self,
        ctx: &Context<'_>,
        tell: impl FnOnce(&Question) -> T,
    ) -> Result<Option<T>> {
        let catalogue = ctx.data::<Content>()?.catalogue();
        let found = catalogue.question(self.answer.question);
        let asked = found.filter(|(module, _)| module.id == self.module);
        Ok(asked.map(|(_, question)| tell(question)))
    }
}

/// An answer that was given, and what can be learned from it.
#[Object]
impl GivenAnswer {
    /// Id of the question.
    async fn question_id(&self) -> ID {
        let question: QuestionId = self.answer.question;
        wire(question)
    }

    /// Ids of the options chosen.
    async fn option_ids(&self) -> Vec<ID> {
        self.answer.options.iter().map(|id| wire(*id)).collect()
    }

    /// Whether it is right; null when the question is no longer asked.
    async fn right(&self, ctx: &Context<'_>) -> Result<Option<bool>> {
        self.question(ctx, |question| question.is_right(&self.answer.options))
    }

    /// Ids of the right options, of an order in the right one; null until the attempt passed, so that the quiz can still be
    /// learned from.
    async fn right_option_ids(&self, ctx: &Context<'_>) -> Result<Option<Vec<ID>>> {
        if !self.passed {
            return Ok(None);
        }
        self.question(ctx, |question| question.right_choices().map(wire).collect())
    }

    /// Why the right answer is right; null when nobody has written it.
    async fn explanation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Result<Option<String>> {
        let language = language_or(ctx, language.as_deref()).tag();
        let said = self.question(ctx, |question| {
            let said = question.explanations.served(language)?;
            Some(said.said.to_string())
        })?;
        Ok(said.flatten())
    }
}

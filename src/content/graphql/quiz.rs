//! The quiz of a module, as anyone may ask for it: never which answers are right.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use entity::question::{QuestionKind as Stored, QuestionShape};

use super::tag;
use crate::{
    content::{
        catalogue::{Choice, Module, Question},
        shuffle::shuffle,
    },
    graphql::ids::wire,
    learning::graphql::{QuizAttempt, attempts},
};

/// How a question is answered. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum QuestionKind {
    /// With exactly one option.
    Single,
    /// With every right option and no wrong one.
    Multiple,
    /// With every option, in the right order.
    Order,
    /// With exactly one option, each of them a picture.
    PictureChoice,
}

/// The longest seed, in characters.
const LONGEST_SEED: usize = 100;

/// The quiz of a module.
pub struct QuizObject {
    module: Arc<Module>,
    seed: Option<String>,
}

impl QuizObject {
    /// The quiz of a module; absent when it asks nothing.
    pub fn new(module: &Arc<Module>) -> Option<Self> {
        (!module.questions.is_empty()).then(|| Self {
            module: Arc::clone(module),
            seed: None,
        })
    }

    /// In the order that a seed gives.
    pub fn shuffled(self, seed: Option<String>) -> Self {
        let seed = seed.map(|seed| seed.chars().take(LONGEST_SEED).collect());
        Self { seed, ..self }
    }
}

/// The quiz of a module.
#[Object(name = "Quiz")]
impl QuizObject {
    /// How many questions are to be answered rightly.
    async fn pass_mark(&self) -> u16 {
        self.module.pass_mark
    }

    /// The questions: as written, or shuffled by the seed.
    #[graphql(complexity = "3 * child_complexity")]
    async fn questions(&self) -> Vec<QuestionObject<'_>> {
        let seed = self.seed.as_deref();
        let mut questions: Vec<&Question> = self.module.questions.iter().collect();
        if let Some(seed) = seed {
            shuffle(&mut questions, seed, |question| question.id.0);
        }
        let shown = questions.into_iter();
        shown
            .map(|question| QuestionObject { question, seed })
            .collect()
    }

    /// The viewer's attempts, newest first, at most 50; none for a visitor.
    #[graphql(complexity = "10 * child_complexity")]
    async fn attempts(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<QuizAttempt>> {
        attempts(ctx, self.module.id).await
    }
}

/// A question of a quiz.
pub struct QuestionObject<'a> {
    question: &'a Question,
    seed: Option<&'a str>,
}

/// A question of a quiz.
#[Object(name = "QuizQuestion")]
impl QuestionObject<'_> {
    /// Identity of the question.
    async fn id(&self) -> ID {
        wire(self.question.id)
    }

    /// Its code, such as HC1-Q1.
    async fn code(&self) -> &str {
        &self.question.code
    }

    /// How it is answered.
    async fn kind(&self) -> QuestionKind {
        match (self.question.shape, self.question.kind) {
            (Some(QuestionShape::Order), _) => QuestionKind::Order,
            (Some(QuestionShape::PictureChoice), _) => QuestionKind::PictureChoice,
            (None, Stored::Single) => QuestionKind::Single,
            (None, Stored::Multiple) => QuestionKind::Multiple,
        }
    }

    /// What it asks: in the language asked for, else Vietnamese, else any.
    async fn text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let said = self.question.texts.served(tag(ctx, &language));
        said.map_or(&*self.question.code, |text| text.said)
    }

    /// What can be chosen: as written, or shuffled by the seed. What is to be put in order is always shuffled.
    #[graphql(complexity = "3 * child_complexity")]
    async fn options(&self) -> Vec<ChoiceObject<'_>> {
        let mut choices: Vec<&Choice> = self.question.choices.iter().collect();
        let always = (self.question.shape == Some(QuestionShape::Order)).then_some("");
        if let Some(seed) = self.seed.or(always) {
            shuffle(&mut choices, seed, |choice| choice.id.0);
        }
        choices.into_iter().map(ChoiceObject).collect()
    }
}

/// What can be chosen as an answer.
pub struct ChoiceObject<'a>(&'a Choice);

/// What can be chosen as an answer.
#[Object(name = "QuizOption")]
impl ChoiceObject<'_> {
    /// Identity of the option.
    async fn id(&self) -> ID {
        wire(self.0.id)
    }

    /// What it says: in the language asked for, else Vietnamese, else any.
    async fn text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> Option<&str> {
        let said = self.0.texts.served(tag(ctx, &language))?;
        Some(said.said)
    }

    /// Address of the picture that stands for it; what it says is then the alternative text.
    async fn picture(&self) -> Option<&str> {
        self.0.picture.as_deref()
    }
}

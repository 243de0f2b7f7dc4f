//! The quiz of a module, as anyone may ask for it: never which answers are right.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::tag;
use crate::{
    content::catalogue::{Choice, Module, Question},
    graphql::ids::wire,
};

/// How many answers a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::question::QuestionKind")]
pub enum QuestionKind {
    /// Exactly one.
    Single,
    /// Every right one and no wrong one.
    Multiple,
}

/// The quiz of a module.
pub struct QuizObject(Arc<Module>);

impl QuizObject {
    /// The quiz of a module; absent when it asks nothing.
    pub fn new(module: &Arc<Module>) -> Option<Self> {
        (!module.questions.is_empty()).then(|| Self(Arc::clone(module)))
    }
}

/// The quiz of a module.
#[Object(name = "Quiz")]
impl QuizObject {
    /// How many questions are to be answered rightly.
    async fn pass_mark(&self) -> u16 {
        self.0.pass_mark
    }

    /// The questions in order.
    #[graphql(complexity = "3 * child_complexity")]
    async fn questions(&self) -> Vec<QuestionObject<'_>> {
        self.0.questions.iter().map(QuestionObject).collect()
    }
}

/// A question of a quiz.
pub struct QuestionObject<'a>(&'a Question);

/// A question of a quiz.
#[Object(name = "QuizQuestion")]
impl QuestionObject<'_> {
    /// Identity of the question.
    async fn id(&self) -> ID {
        wire(self.0.id)
    }

    /// Its code, such as HC1-Q1.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// How many answers it takes.
    async fn kind(&self) -> QuestionKind {
        self.0.kind.into()
    }

    /// What it asks: in the language asked for, else Vietnamese, else any.
    async fn text(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "BCP 47 tag; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let said = self.0.texts.served(tag(ctx, &language));
        said.map_or(&*self.0.code, |text| text.said)
    }

    /// What can be chosen, in order.
    #[graphql(complexity = "3 * child_complexity")]
    async fn options(&self) -> Vec<ChoiceObject<'_>> {
        self.0.choices.iter().map(ChoiceObject).collect()
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
}

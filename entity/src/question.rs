//! Quiz questions.

use sea_orm::entity::prelude::*;

use crate::ids::{ModuleId, QuestionId};

/// How many answers a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum QuestionKind {
    /// Exactly one.
    #[sea_orm(string_value = "SINGLE")]
    Single,
    /// Every right one and no wrong one.
    #[sea_orm(string_value = "MULTIPLE")]
    Multiple,
}

/// How a question is asked, where it is more than choosing among sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum QuestionShape {
    /// The answers are to be put in order: theirs is the right one. Takes every answer.
    #[sea_orm(string_value = "ORDER")]
    Order,
    /// The answers are pictures.
    #[sea_orm(string_value = "PICTURE_CHOICE")]
    PictureChoice,
}

/// A question.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "question")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub question_id: QuestionId,
    /// The module whose quiz asks it.
    pub module_id: ModuleId,
    /// For example `HC1-Q1`.
    pub code: String,
    /// Place in the quiz, from 0.
    pub position: i32,
    /// How many answers to choose.
    pub kind: QuestionKind,
    /// How it is asked; among sentences when absent.
    pub shape: Option<QuestionShape>,
}

impl ActiveModelBehavior for ActiveModel {}

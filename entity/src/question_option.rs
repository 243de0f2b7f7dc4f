//! Answers a question offers.

use sea_orm::entity::prelude::*;

use crate::ids::{OptionId, QuestionId};

/// An answer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "question_option")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub option_id: OptionId,
    /// The question.
    pub question_id: QuestionId,
    /// Place among the answers, from 0.
    pub position: i32,
    /// Whether it is right. Never leaves the server.
    pub correct: bool,
    /// Address of the picture that stands for it.
    pub picture: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

//! What a question asks, by language.

use sea_orm::entity::prelude::*;

use crate::ids::QuestionId;

/// A question in one language.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "question_text")]
pub struct Model {
    /// The question.
    #[sea_orm(primary_key, auto_increment = false)]
    pub question_id: QuestionId,
    /// BCP 47 tag, for example `vi`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// What it asks.
    pub text: String,
    /// Why the right answer is right, shown after answering.
    pub explanation: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

//! Kinds of disability a lesson is for. A lesson without a row is for every child.

use sea_orm::entity::prelude::*;

use crate::disability::Disability;
use crate::ids::LessonId;

/// A lesson is for children with a kind of disability.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_disability")]
pub struct Model {
    /// The lesson.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lesson_id: LessonId,
    /// The kind.
    #[sea_orm(primary_key, auto_increment = false)]
    pub disability: Disability,
}

impl ActiveModelBehavior for ActiveModel {}

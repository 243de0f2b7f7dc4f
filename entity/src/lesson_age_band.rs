//! Ages a lesson is for.

use sea_orm::entity::prelude::*;

use crate::ids::LessonId;

/// A lesson is for an age band.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_age_band")]
pub struct Model {
    /// The lesson.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lesson_id: LessonId,
    /// The band.
    #[sea_orm(primary_key, auto_increment = false)]
    pub age_band: String,
}

impl ActiveModelBehavior for ActiveModel {}

//! Lessons: what stays the same from release to release.

use sea_orm::entity::prelude::*;

use crate::ids::{LessonId, ModuleId};

/// Whom a lesson is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum LessonAudience {
    /// Parents and caregivers.
    #[sea_orm(string_value = "CAREGIVER")]
    Caregiver,
    /// Staff and collaborators.
    #[sea_orm(string_value = "STAFF")]
    Staff,
    /// Caregivers and staff.
    #[sea_orm(string_value = "BOTH")]
    Both,
}

/// A lesson.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lesson_id: LessonId,
    /// The module it belongs to.
    pub module_id: ModuleId,
    /// For example `HC1.1`.
    pub code: String,
    /// Place in its module, from 0.
    pub position: i32,
    /// Whom it is for.
    pub audience: LessonAudience,
    /// How long it takes.
    pub minutes: i32,
}

impl ActiveModelBehavior for ActiveModel {}

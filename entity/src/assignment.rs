//! A module or a lesson that a group, or one person of it, is to learn by a day.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AssignmentId, GroupId, LessonId, ModuleId, PersonId};

/// One assignment. At most one of a module, or of a lesson, to a group or to one person of it stands at a time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub assignment_id: AssignmentId,
    /// Which group.
    pub group_id: GroupId,
    /// What to learn, or the module of the lesson.
    pub module_id: ModuleId,
    /// Last day.
    pub due_on: Date,
    /// The trainer who set the due day that stands.
    pub assigned_by: AccountId,
    /// When it was first assigned.
    pub assigned_at: DateTimeUtc,
    /// When it was taken back; stands when absent.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// The one lesson to learn; the whole module when absent.
    pub lesson_id: Option<LessonId>,
    /// The one member who is to learn it; the whole group when absent.
    pub person_id: Option<PersonId>,
    /// What the trainer wrote to it.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// The releases in force when it was assigned, a JSON list of ids: what is to be learned. Absent where it was
    /// assigned before releases were kept: then whatever the module has now.
    #[sea_orm(column_type = "Text", nullable)]
    pub releases: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

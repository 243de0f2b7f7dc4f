//! Who need not learn what was assigned, and why.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AssignmentExcuseId, AssignmentId, PersonId};

/// One excuse. At most one of a person from an assignment stands at a time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment_excuse")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub assignment_excuse_id: AssignmentExcuseId,
    /// From what.
    pub assignment_id: AssignmentId,
    /// Who.
    pub person_id: PersonId,
    /// Why, in the trainer's words.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who excused her.
    pub excused_by: AccountId,
    /// When.
    pub excused_at: DateTimeUtc,
    /// When it was taken back; stands when absent.
    pub taken_back_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

//! A module that a group is to learn by a day.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AssignmentId, GroupId, ModuleId};

/// One assignment. At most one of a module in a group stands at a time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assignment")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub assignment_id: AssignmentId,
    /// Which group.
    pub group_id: GroupId,
    /// What to learn.
    pub module_id: ModuleId,
    /// Last day.
    pub due_on: Date,
    /// The trainer who set the due day that stands.
    pub assigned_by: AccountId,
    /// When it was first assigned.
    pub assigned_at: DateTimeUtc,
    /// When it was taken back; stands when absent.
    pub withdrawn_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

//! What was decided about a draft, step by step.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, DraftStepId, ReleaseId};

/// What happened to a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DraftStepKind {
    /// It was begun.
    #[sea_orm(string_value = "OPENED")]
    Opened,
    /// It was given to a reviewer.
    #[sea_orm(string_value = "SUBMITTED")]
    Submitted,
    /// It was given back to be written on.
    #[sea_orm(string_value = "RETURNED")]
    Returned,
    /// A professional signed it.
    #[sea_orm(string_value = "APPROVED")]
    Approved,
    /// It became a release.
    #[sea_orm(string_value = "PUBLISHED")]
    Published,
    /// It was given up.
    #[sea_orm(string_value = "DISCARDED")]
    Discarded,
}

/// One step. Never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lesson_draft_step")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub step_id: DraftStepId,
    /// The draft.
    pub draft_id: ReleaseId,
    /// The draft's revision that it made: the order of the steps.
    pub revision: i32,
    /// What happened.
    pub kind: DraftStepKind,
    /// What was said with it.
    pub comment: Option<String>,
    /// The editor.
    pub taken_by: AccountId,
    /// When.
    pub taken_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

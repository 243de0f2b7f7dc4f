//! A meeting of a group: as planned, or only what its records tell.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, GroupId, TrainingSessionId};

/// One session. What happened in it is in `session_record`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "training_session")]
pub struct Model {
    /// Made by the client or by us, or worked out from the group and the day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub session_id: TrainingSessionId,
    /// Whose.
    pub group_id: GroupId,
    /// The day it is held.
    pub held_on: Date,
    /// When it is planned to begin; it was not planned when absent.
    pub starts_at: Option<DateTimeUtc>,
    /// What it is planned to be about.
    #[sea_orm(column_type = "Text", nullable)]
    pub topic: Option<String>,
    /// Where it is planned to be.
    #[sea_orm(column_type = "Text", nullable)]
    pub place: Option<String>,
    /// The lessons planned, as JSON.
    #[sea_orm(column_type = "Text")]
    pub lessons: String,
    /// Who planned it last.
    pub planned_by: Option<AccountId>,
}

impl ActiveModelBehavior for ActiveModel {}

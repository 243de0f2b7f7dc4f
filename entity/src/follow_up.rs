//! What came of a trainer's call or visit to somebody on the worklist.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, FollowUpId, GroupId, PersonId};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum FollowUpOutcome {
    /// Spoken to.
    #[sea_orm(string_value = "REACHED")]
    Reached,
    /// Nobody answered.
    #[sea_orm(string_value = "NO_ANSWER")]
    NoAnswer,
    /// Says that she goes on.
    #[sea_orm(string_value = "WILL_CONTINUE")]
    WillContinue,
    /// Left the group.
    #[sea_orm(string_value = "LEFT")]
    Left,
}

/// One follow-up.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub follow_up_id: FollowUpId,
    /// In which group.
    pub group_id: GroupId,
    /// Whom.
    pub person_id: PersonId,
    /// The trainer.
    pub account_id: AccountId,
    /// What came of it.
    pub outcome: FollowUpOutcome,
    /// What the trainer noted.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// The day of it.
    pub made_on: Date,
    /// The first day on which she is on the list again.
    pub quiet_until: Date,
    /// When the server first had it.
    pub received_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

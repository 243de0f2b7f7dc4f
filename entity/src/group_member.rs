//! Who is, or was, in a group.

use sea_orm::entity::prelude::*;

use crate::ids::{GroupId, GroupMemberId, PersonId};

/// Why somebody left a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum LeftReason {
    /// Finished what the group set out to learn.
    #[sea_orm(string_value = "FINISHED")]
    Finished,
    /// Moved away.
    #[sea_orm(string_value = "MOVED_AWAY")]
    MovedAway,
    /// Asked to leave.
    #[sea_orm(string_value = "ASKED_TO_LEAVE")]
    AskedToLeave,
    /// Should not have been added.
    #[sea_orm(string_value = "ADDED_BY_MISTAKE")]
    AddedByMistake,
    /// Anything else.
    #[sea_orm(string_value = "OTHER")]
    Other,
}

/// One run of days of a person in a group: `[joined_on, left_on)`. At most one of them is open.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "group_member")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_member_id: GroupMemberId,
    /// Which group.
    pub group_id: GroupId,
    /// Who.
    pub person_id: PersonId,
    /// First day.
    pub joined_on: Date,
    /// First day no more; a member now when absent.
    pub left_on: Option<Date>,
    /// Why the person left, if told.
    pub left_reason: Option<LeftReason>,
    /// The group's revision at which the membership, or what the member has learned, last changed.
    pub revision: i64,
    /// Revision of the person's record that the group has noted.
    pub learned_revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}

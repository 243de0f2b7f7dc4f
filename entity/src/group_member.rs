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

/// How somebody came into a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum JoinedHow {
    /// A trainer added her.
    #[sea_orm(string_value = "ADDED")]
    Added,
    /// She joined by the code.
    #[sea_orm(string_value = "CODE")]
    Code,
    /// A trainer recorded her into the group.
    #[sea_orm(string_value = "REGISTERED")]
    Registered,
    /// She was in a file that was imported.
    #[sea_orm(string_value = "IMPORTED")]
    Imported,
    /// A trainer moved her from another group.
    #[sea_orm(string_value = "MOVED")]
    Moved,
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
    /// How the person came; absent where it was not kept yet.
    pub joined_how: Option<JoinedHow>,
    /// The group she was moved to, if she was.
    pub moved_to: Option<GroupId>,
    /// The group's revision at which the membership, or what the member has learned, last changed.
    pub revision: i64,
    /// Revision of the person's record that the group has noted.
    pub learned_revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! A trainer's group of people who learn together.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AreaId, GroupId};

/// One group.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "training_group")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: GroupId,
    /// Where it meets.
    pub area_id: AreaId,
    /// As the trainer calls it, NFC.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Whose group it is.
    pub trainer_account_id: AccountId,
    /// What a learner types to join, without separators; nobody can join by code when absent.
    #[sea_orm(column_type = "Text", nullable)]
    pub join_code: Option<String>,
    /// From when the code lets nobody in. One without it was made before codes expired, and does until it is renewed.
    pub join_code_expires_at: Option<DateTimeUtc>,
    /// Its first day, if it was said.
    pub starts_on: Option<Date>,
    /// Its last day, if it was said.
    pub ends_on: Option<Date>,
    /// BCP 47 tag of the language it learns in, if it was said.
    #[sea_orm(column_type = "Text", nullable)]
    pub language: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was put away; in use when absent.
    pub archived_at: Option<DateTimeUtc>,
    /// Grows with every change of what its trainer sees of it: the counter behind the cursor of delta sync.
    pub revision: i64,
    /// The revision at which its name or what it is to learn last changed: every member is shown anew then.
    pub shape_revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}

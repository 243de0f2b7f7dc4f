//! A child: has no account, is represented by caregivers, and anything about it may be withheld.

use sea_orm::entity::prelude::*;

use crate::ids::ChildId;

/// Sex of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Sex {
    /// A girl.
    #[sea_orm(string_value = "FEMALE")]
    Female,
    /// A boy.
    #[sea_orm(string_value = "MALE")]
    Male,
}

/// One child.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "child")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_id: ChildId,
    /// The bucket of the caregiver who recorded the child.
    pub bucket: i32,
    /// What the family calls the child.
    #[sea_orm(column_type = "Text", nullable)]
    pub nickname: Option<String>,
    /// First day of the month of birth.
    pub born_month: Option<Date>,
    /// First day of the month the birth is expected in; never beside `born_month`.
    pub due_month: Option<Date>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Weeks born before term, 0-17.
    pub premature_weeks: Option<i32>,
    /// When recorded.
    pub recorded_on: Date,
    /// When the caregiver removed the child; still there when absent.
    pub removed_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

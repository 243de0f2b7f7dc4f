//! Since when a person is counted as caregiver or staff.

use sea_orm::entity::prelude::*;

use crate::ids::PersonId;

/// Which indicators a person is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Audience {
    /// Cares for at least one child.
    #[sea_orm(string_value = "CAREGIVER")]
    Caregiver,
    /// Counted by staff indicators.
    #[sea_orm(string_value = "STAFF")]
    Staff,
}

/// One run of days in one audience: `[from_on, to_on)`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person_audience")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// As what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub audience: Audience,
    /// First day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_on: Date,
    /// First day no more; open when absent.
    pub to_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

//! Who cares for which child, since when.

use sea_orm::entity::prelude::*;

use crate::ids::{ChildId, PersonId};

/// One run of days of care: `[from_on, to_on)`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "caregiving")]
pub struct Model {
    /// The caregiver.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The child.
    #[sea_orm(primary_key, auto_increment = false)]
    pub child_id: ChildId,
    /// The child's bucket.
    pub bucket: i32,
    /// First day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_on: Date,
    /// First day no more; open when absent.
    pub to_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

//! Where a person lives: the commune of that time, and the atom counted.

use sea_orm::entity::prelude::*;

use crate::ids::{AreaId, AtomId, PersonId, ResidenceId};

/// One run of days in one commune: `[from_on, to_on)`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "residence")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub residence_id: ResidenceId,
    /// Who.
    pub person_id: PersonId,
    /// The person's bucket.
    pub bucket: i32,
    /// The commune as it was on `from_on`.
    pub area_id: AreaId,
    /// The piece counted.
    pub atom_id: AtomId,
    /// First day.
    pub from_on: Date,
    /// First day no more; open when absent.
    pub to_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

//! Atoms: the smallest pieces counted, so that a figure can be asked for the areas of any date.

use sea_orm::entity::prelude::*;

use crate::ids::{AreaId, AtomId};

/// A commune (its root atom, with the same id), or the part of a split commune that went to one successor.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "atom")]
pub struct Model {
    /// The atom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub atom_id: AtomId,
    /// The commune it is, or became, part of.
    pub area_id: AreaId,
    /// The atom it is a part of; absent for the root atom of a commune.
    pub parent_atom_id: Option<AtomId>,
}

impl ActiveModelBehavior for ActiveModel {}

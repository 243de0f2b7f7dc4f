//! How many people an indicator counts in an atom today.

use sea_orm::entity::prelude::*;

use crate::ids::{AtomId, IndicatorId};

/// One atom on one indicator.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_present")]
pub struct Model {
    /// On which indicator.
    #[sea_orm(primary_key, auto_increment = false)]
    pub indicator_id: IndicatorId,
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub atom_id: AtomId,
    /// How many, of what is folded.
    pub total: i64,
}

impl ActiveModelBehavior for ActiveModel {}

//! Which atoms are shown only together, from which month until which.

use sea_orm::entity::prelude::*;

use crate::ids::{AtomId, PoolId};

/// One atom in one pool.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "disclosure_membership")]
pub struct Model {
    /// The family of indicators the pool protects.
    #[sea_orm(primary_key, auto_increment = false)]
    pub family: String,
    /// The atom.
    #[sea_orm(primary_key, auto_increment = false)]
    pub atom_id: AtomId,
    /// First month of membership, as its first day; the earliest date where it holds for all dates before.
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_month: Date,
    /// First month no longer in the pool.
    pub until_month: Option<Date>,
    /// The pool.
    pub pool_id: PoolId,
}

impl ActiveModelBehavior for ActiveModel {}

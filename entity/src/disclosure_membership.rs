//! Which atoms are shown only together, from which month until which.

use sea_orm::entity::prelude::*;

use crate::ids::AtomId;

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
    /// First month of membership, as its first day; 1900-01-01 where it always was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_month: Date,
    /// First month no longer in the pool.
    pub until_month: Option<Date>,
    /// The pool, numbered within the family.
    pub pool_number: i64,
    /// The month of the evaluation by which the atom joined, as its first day.
    pub joined_month: Date,
}

impl ActiveModelBehavior for ActiveModel {}

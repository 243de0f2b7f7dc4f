//! How far counts of databases older than a count have been made up.

use sea_orm::entity::prelude::*;

use crate::ids::PersonId;

/// One count being made up.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "coverage_backfill")]
pub struct Model {
    /// What is counted: `CHILDREN`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub count: String,
    /// The last person looked at, in the order of ids; absent before the first.
    pub after_person_id: Option<PersonId>,
    /// Whether everybody has been looked at.
    pub is_done: bool,
}

impl ActiveModelBehavior for ActiveModel {}

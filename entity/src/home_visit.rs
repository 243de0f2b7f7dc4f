//! A trainer's visit to a family. For the trainer and the family only.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, HomeVisitId, PersonId};

/// One visit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "home_visit")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub home_visit_id: HomeVisitId,
    /// Whose home.
    pub person_id: PersonId,
    /// The trainer.
    pub account_id: AccountId,
    /// The day of it.
    pub visited_on: Date,
    /// What for.
    #[sea_orm(column_type = "Text")]
    pub purpose: String,
    /// What was practised.
    #[sea_orm(column_type = "Text", nullable)]
    pub practised: Option<String>,
    /// The lessons whose skills the trainer saw, as JSON.
    #[sea_orm(column_type = "Text")]
    pub observed: String,
    /// What to do next.
    #[sea_orm(column_type = "Text", nullable)]
    pub next_step: Option<String>,
    /// When the server first had it.
    pub received_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

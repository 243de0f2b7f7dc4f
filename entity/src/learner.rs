//! What one person has learned, folded from the events: one row to read a screen from. A cache; `check` rebuilds it.

use sea_orm::entity::prelude::*;

use crate::ids::PersonId;

/// One person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learner")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// Where the family's rows live when the database is spread.
    pub bucket: i32,
    /// Grows with every change: the counter behind the cursor of delta sync.
    pub revision: i64,
    /// Lessons and quizzes, as JSON.
    #[sea_orm(column_type = "Text")]
    pub state: String,
    /// What decides which lessons apply, copied from the household, as JSON.
    #[sea_orm(column_type = "Text")]
    pub household: String,
    /// Days on which tiers were reached, by indicator, as JSON.
    #[sea_orm(column_type = "Text")]
    pub tiers: String,
    /// Days on which tiers were reached for single children, by child and indicator, as JSON.
    #[sea_orm(column_type = "Text")]
    pub child_tiers: String,
    /// The revision at which each thing last changed, as JSON: what delta sync pages through.
    #[sea_orm(column_type = "Text")]
    pub changes: String,
    /// Last sign of activity.
    pub last_activity_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

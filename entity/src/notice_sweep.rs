//! How far a daily sweep has come, so that another server, or this one after a restart, goes on there.

use sea_orm::entity::prelude::*;

/// One sweep.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice_sweep")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The day it is of.
    pub on_day: Date,
    /// Up to whom it has come, in the order of ids.
    pub after_id: Option<Uuid>,
    /// When it was through.
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

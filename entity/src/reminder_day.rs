//! Which reminder a person gets on a day: one at most, whoever sends it.

use sea_orm::entity::prelude::*;

use crate::ids::{NoticeId, PersonId};

/// One day of one person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reminder_day")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// The day in Viet Nam.
    #[sea_orm(primary_key, auto_increment = false)]
    pub on_day: Date,
    /// The reminder that has it.
    pub notice_id: NoticeId,
}

impl ActiveModelBehavior for ActiveModel {}

//! What an account may do on an area, and when.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AreaId, StandingId};

/// Kinds of standing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum StandingKind {
    /// Runs groups.
    #[sea_orm(string_value = "TRAINER")]
    Trainer,
    /// Sees counts and reports.
    #[sea_orm(string_value = "SUPERVISOR")]
    Supervisor,
    /// Writes and publishes lessons.
    #[sea_orm(string_value = "EDITOR")]
    Editor,
    /// Grants standings.
    #[sea_orm(string_value = "ADMINISTRATOR")]
    Administrator,
}

/// One standing, valid over `[from_on, to_on)`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "standing")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub standing_id: StandingId,
    /// Whose.
    pub account_id: AccountId,
    /// What for.
    pub kind: StandingKind,
    /// Where, and below.
    pub area_id: AreaId,
    /// First day.
    pub from_on: Date,
    /// First day no more; open when absent.
    pub to_on: Option<Date>,
    /// The administrator who granted it; none when granted on the command line.
    pub granted_by: Option<AccountId>,
}

impl ActiveModelBehavior for ActiveModel {}

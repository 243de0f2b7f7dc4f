//! The denominator register: dated, sourced values; never overwritten, each change is a later version.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AreaId, DenominatorId, IndicatorId};

/// How sure a value is, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum DenominatorStatus {
    /// Estimated.
    #[sea_orm(string_value = "ESTIMATE")]
    Estimate,
    /// Counted on a local list.
    #[sea_orm(string_value = "ROSTER")]
    Roster,
    /// Published or confirmed by an authority.
    #[sea_orm(string_value = "OFFICIAL")]
    Official,
}

/// One version of one value.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "denominator")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub denominator_id: DenominatorId,
    /// The area counted.
    pub area_id: AreaId,
    /// The indicator whose population it is.
    pub indicator_id: IndicatorId,
    /// First day it speaks for.
    pub period_from: Date,
    /// Last day it speaks for.
    pub period_to: Date,
    /// How sure it is.
    pub status: DenominatorStatus,
    /// From 1, per area, indicator, period and status.
    pub version: i32,
    /// How many.
    pub value: i64,
    /// Where the value comes from.
    pub source: String,
    /// Who entered it; absent for an import at the command line.
    pub entered_by: Option<AccountId>,
    /// When it was entered.
    pub entered_at: DateTimeUtc,
    /// Why this value applies although others were entered for the same period; absent unless a conflict was settled.
    pub settled_because: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

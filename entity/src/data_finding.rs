//! Findings about the quality of data: what does not fit together, whose it is to explain, and how far that has come.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AreaId, FindingId, IndicatorId};

/// What does not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum FindingKind {
    /// More were reached than belong to the population.
    #[sea_orm(string_value = "OVER_100")]
    Over100,
    /// A population or reported number changed suddenly from one period to the next.
    #[sea_orm(string_value = "JUMP")]
    Jump,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum FindingState {
    /// Nobody has looked at it.
    #[sea_orm(string_value = "OPEN")]
    Open,
    /// Somebody has taken it.
    #[sea_orm(string_value = "ACKNOWLEDGED")]
    Acknowledged,
    /// It is as it is, for a reason given.
    #[sea_orm(string_value = "EXPLAINED")]
    Explained,
    /// It is no longer so.
    #[sea_orm(string_value = "RESOLVED")]
    Resolved,
}

/// A finding. It holds no numbers: those leave through disclosure control alone.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_finding")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub finding_id: FindingId,
    /// What does not fit together.
    pub kind: FindingKind,
    /// In which area.
    pub area_id: AreaId,
    /// On which indicator.
    pub indicator_id: IndicatorId,
    /// First day of the period it is about.
    pub period_from: Date,
    /// When it was found, or found again.
    pub raised_at: DateTimeUtc,
    /// How far it has come.
    pub state: FindingState,
    /// Who has taken it; until then it is everybody's who supervises the area.
    pub owner_id: Option<AccountId>,
    /// What was said of it.
    pub note: Option<String>,
    /// When its state last changed.
    pub changed_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

//! Reports of areas for periods, and the states they go through.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, AreaId, ReportId};

/// Where a report is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum ReportState {
    /// Being put together; nothing is frozen.
    #[sea_orm(string_value = "DRAFT")]
    Draft,
    /// Frozen and with the area above.
    #[sea_orm(string_value = "SUBMITTED")]
    Submitted,
    /// Sent back with comments.
    #[sea_orm(string_value = "RETURNED")]
    Returned,
    /// Accepted by the area above.
    #[sea_orm(string_value = "ACCEPTED")]
    Accepted,
    /// Carried upward in a report of the area above, or accepted with nothing above.
    #[sea_orm(string_value = "LOCKED")]
    Locked,
}

/// One report.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub report_id: ReportId,
    /// Whose report.
    pub area_id: AreaId,
    /// For example `MONTH-2026-10`.
    #[sea_orm(column_type = "Text")]
    pub period_code: String,
    /// First day of the period.
    pub period_from: Date,
    /// Last day of the period: the day the figures are of.
    pub period_to: Date,
    /// Last day on which it is in time.
    pub due_on: Date,
    /// Where it is on its way.
    pub state: ReportState,
    /// Number of its latest frozen version; 0 before the first.
    pub version_number: i32,
    /// Who began it.
    pub drafted_by: AccountId,
    /// When it was begun.
    pub drafted_at: DateTimeUtc,
    /// Who submitted it last.
    pub submitted_by: Option<AccountId>,
    /// When it was submitted last.
    pub submitted_at: Option<DateTimeUtc>,
    /// When it was submitted first.
    pub first_submitted_at: Option<DateTimeUtc>,
    /// Who returned or accepted it last.
    pub decided_by: Option<AccountId>,
    /// When it was returned or accepted last.
    pub decided_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

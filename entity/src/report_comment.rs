//! What was said when a report was returned.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, ReportCommentId, ReportId};

/// One remark.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_comment")]
pub struct Model {
    /// Made by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub comment_id: ReportCommentId,
    /// On which report.
    pub report_id: ReportId,
    /// On which of its versions.
    pub version_number: i32,
    /// Place among those said at once, from 0.
    pub position: i32,
    /// Code of the indicator it is about; the whole report when absent.
    #[sea_orm(column_type = "Text", nullable)]
    pub indicator: Option<String>,
    /// What was said, NFC.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// Who said it.
    pub said_by: AccountId,
    /// When.
    pub said_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

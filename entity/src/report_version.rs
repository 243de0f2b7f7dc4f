//! Frozen versions of reports: rows are added, never changed.

use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, ReportId, ReportVersionId};

/// Why a version was frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum VersionKind {
    /// The report was submitted.
    #[sea_orm(string_value = "SUBMISSION")]
    Submission,
    /// Later data changed what was accepted.
    #[sea_orm(string_value = "RESTATEMENT")]
    Restatement,
}

/// One version.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_version")]
pub struct Model {
    /// Made by the client or by us.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version_id: ReportVersionId,
    /// Of which report.
    pub report_id: ReportId,
    /// From 1, per report.
    pub number: i32,
    /// Why it was frozen.
    pub kind: VersionKind,
    /// Who froze it.
    pub frozen_by: AccountId,
    /// When it was frozen.
    pub frozen_at: DateTimeUtc,
    /// The published form, in canonical bytes.
    #[sea_orm(column_type = "Text")]
    pub published: String,
    /// SHA-256 of `published`, in hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub sha256: String,
}

impl ActiveModelBehavior for ActiveModel {}

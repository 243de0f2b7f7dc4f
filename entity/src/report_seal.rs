//! What stands behind the commitments of a frozen report: exact values and their keys. They stay inside.

use sea_orm::entity::prelude::*;

use crate::ids::{AreaId, ReportVersionId};

/// A random key. Never printed.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct SealKey(pub String);

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(secret)")
    }
}

/// One value.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report_seal")]
pub struct Model {
    /// In which version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version_id: ReportVersionId,
    /// Of which area.
    #[sea_orm(primary_key, auto_increment = false)]
    pub area_id: AreaId,
    /// On which indicator, by its code.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub indicator: String,
    /// `REGISTERED`, `POPULATION`, or a tier.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub measure: String,
    /// 32 random bytes in hexadecimal.
    pub key: SealKey,
    /// People; absent where nobody knew the number.
    pub value: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

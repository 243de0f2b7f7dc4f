//! Counters have a version, so that servers may keep what they read of them until it changes.

use sea_orm_migration::prelude::*;

use crate::columns::long;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut version = long("counters_version");
        version.default(0);
        let mut wider = Table::alter();
        wider.table("coverage_fold").add_column(version);
        manager.alter_table(wider).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut narrower = Table::alter();
        narrower
            .table("coverage_fold")
            .drop_column("counters_version");
        manager.alter_table(narrower).await
    }
}

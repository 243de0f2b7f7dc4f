//! Codes to join a group expire.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let wider = Table::alter()
            .table("training_group")
            .add_column(instant_null("join_code_expires_at"))
            .to_owned();
        manager.alter_table(wider).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let narrower = Table::alter()
            .table("training_group")
            .drop_column("join_code_expires_at")
            .to_owned();
        manager.alter_table(narrower).await
    }
}

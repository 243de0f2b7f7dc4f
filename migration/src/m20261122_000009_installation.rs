//! What this database is for, so that a demo is never served as the real thing.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("installation")
            .col(whole("installation_id").primary_key())
            .col(text("purpose"))
            .check(Check::named(
                "ck_installation_one_row",
                Expr::col("installation_id").eq(1),
            ))
            .check(one_of(
                "ck_installation_purpose",
                "purpose",
                &["DEMO", "PRODUCTION"],
            ))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("installation").to_owned())
            .await
    }
}

//! Programmes have an edition, so that servers on one database notice each other's targets.

use sea_orm_migration::prelude::*;

use crate::columns::{long, whole};

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("programme_edition")
            .col(whole("edition_id").primary_key())
            .col(long("edition"))
            .check(Check::named(
                "ck_programme_edition_one_row",
                Expr::col("edition_id").eq(1),
            ))
            .to_owned();
        manager.create_table(table).await?;
        let row = Query::insert()
            .into_table("programme_edition")
            .columns(["edition_id", "edition"])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(row).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("programme_edition").to_owned();
        manager.drop_table(table).await
    }
}

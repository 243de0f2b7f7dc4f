//! What an administrator's change of areas did, so that it can be taken back, and the edition of all areas.

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
        let edition = Table::create()
            .table("area_edition")
            .col(whole("edition_id").primary_key())
            .col(long("edition"))
            .check(Check::named(
                "ck_area_edition_one_row",
                Expr::col("edition_id").eq(1),
            ))
            .to_owned();
        manager.create_table(edition).await?;
        let row = Query::insert()
            .into_table("area_edition")
            .columns(["edition_id", "edition"])
            .values_panic([1.into(), 0.into()])
            .to_owned();
        manager.execute(row).await?;
        let applied = Table::create()
            .table("area_change_applied")
            .col(id("area_change_id"))
            .col(id("applied_by"))
            .col(instant("applied_at"))
            .col(text("kept"))
            .primary_key(
                Index::create()
                    .name("pk_area_change_applied")
                    .col("area_change_id"),
            )
            .foreign_key(&mut belongs(
                "area_change_applied",
                "area_change_id",
                "area_change",
            ))
            .foreign_key(&mut reference(
                "fk_area_change_applied_account",
                ("area_change_applied", "applied_by"),
                ("account", "account_id"),
            ))
            .to_owned();
        manager.create_table(applied).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["area_change_applied", "area_edition"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

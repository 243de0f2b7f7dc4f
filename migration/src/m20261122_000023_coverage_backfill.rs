//! How far counts of databases older than a count have been made up: children, who are counted since an earlier step.

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
        let mut count = text("count");
        count.primary_key();
        let table = Table::create()
            .table("coverage_backfill")
            .col(count)
            .col(id_null("after_person_id"))
            .col(yes_no("is_done"))
            .to_owned();
        manager.create_table(table).await?;
        let first = Query::insert()
            .into_table("coverage_backfill")
            .columns(["count", "is_done"])
            .values_panic(["CHILDREN".into(), false.into()])
            .to_owned();
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("coverage_backfill").to_owned())
            .await
    }
}

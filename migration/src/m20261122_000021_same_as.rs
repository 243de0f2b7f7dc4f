//! Duplicates: two records of one person, merged by an administrator and undoable.

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
        manager.create_table(same_as()).await?;
        let standing = Index::create()
            .name("uq_same_as_standing")
            .table("same_as")
            .col("person_id")
            .and_where(Expr::col("undone_at").is_null())
            .unique()
            .to_owned();
        manager.create_index(standing).await?;
        let by_canonical = Index::create()
            .name("ix_same_as_canonical")
            .table("same_as")
            .col("canonical_id")
            .to_owned();
        manager.create_index(by_canonical).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("same_as").to_owned())
            .await
    }
}

fn same_as() -> TableCreateStatement {
    let account = ("account", "account_id");
    Table::create()
        .table("same_as")
        .col(id("same_as_id"))
        .col(id("person_id"))
        .col(id("canonical_id"))
        .col(id("merged_by"))
        .col(instant("merged_at"))
        .col(id_null("undone_by"))
        .col(instant_null("undone_at"))
        .primary_key(Index::create().name("pk_same_as").col("same_as_id"))
        .foreign_key(&mut belongs("same_as", "person_id", "person"))
        .foreign_key(&mut reference(
            "fk_same_as_canonical",
            ("same_as", "canonical_id"),
            ("person", "person_id"),
        ))
        .foreign_key(&mut reference(
            "fk_same_as_merged_by",
            ("same_as", "merged_by"),
            account,
        ))
        .foreign_key(&mut reference(
            "fk_same_as_undone_by",
            ("same_as", "undone_by"),
            account,
        ))
        .check(Check::named(
            "ck_same_as_two",
            Expr::col("person_id").ne(Expr::col("canonical_id")),
        ))
        .to_owned()
}

//! Requests for a new password, and the keys that every server of an installation shares.

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
        manager.create_table(password_reset()).await?;
        let of_account = Index::create()
            .name("ix_password_reset_account")
            .table("password_reset")
            .col("account_id")
            .to_owned();
        manager.create_index(of_account).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("password_reset").to_owned())
            .await
    }
}

fn bytes(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.binary().not_null();
    column
}

fn password_reset() -> TableCreateStatement {
    Table::create()
        .table("password_reset")
        .col(id("reset_id"))
        .col(id_null("account_id"))
        .col(bytes("code_hash"))
        .col(id_null("issued_by"))
        .col(instant("asked_at"))
        .col(instant("expires_at"))
        .col(whole("tries"))
        .col(instant_null("told_at"))
        .col(instant_null("used_at"))
        .primary_key(Index::create().name("pk_password_reset").col("reset_id"))
        .foreign_key(&mut belongs("password_reset", "account_id", "account"))
        .foreign_key(&mut reference(
            "fk_password_reset_issued_by",
            ("password_reset", "issued_by"),
            ("account", "account_id"),
        ))
        .to_owned()
}

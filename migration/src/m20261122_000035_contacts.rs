//! Where people can be reached beside the telephone: e-mail addresses, and devices that take push notices.

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
        manager.create_table(email_contact()).await?;
        manager.create_table(push_token()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["push_token", "email_contact"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn email_contact() -> TableCreateStatement {
    let mut hash = ColumnDef::new("code_hash");
    hash.binary().not_null();
    Table::create()
        .table("email_contact")
        .col(id("person_id"))
        .col(whole("bucket"))
        .col(id("email_contact_id"))
        .col(text("email"))
        .col(hash)
        .col(whole("tries"))
        .col(instant("told_at"))
        .col(instant_null("verified_at"))
        .primary_key(Index::create().name("pk_email_contact").col("person_id"))
        .foreign_key(&mut belongs("email_contact", "person_id", "person"))
        .to_owned()
}

fn push_token() -> TableCreateStatement {
    Table::create()
        .table("push_token")
        .col(id("account_id"))
        .col(text("device"))
        .col(text("token"))
        .col(id("family_id"))
        .col(instant("registered_at"))
        .primary_key(
            Index::create()
                .name("pk_push_token")
                .col("account_id")
                .col("device"),
        )
        .index(
            Index::create()
                .name("uq_push_token_token")
                .col("token")
                .unique(),
        )
        .foreign_key(&mut belongs("push_token", "account_id", "account"))
        .to_owned()
}

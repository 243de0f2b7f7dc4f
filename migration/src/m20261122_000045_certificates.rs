//! Certificates: who reached what a programme asks, with a code by which anyone can check it.

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
        manager.create_table(certificate()).await?;
        // One for each programme; withdrawn ones of people who were erased name nobody, and may be many.
        let one = Index::create()
            .name("uq_certificate_person")
            .table("certificate")
            .unique()
            .col("bucket")
            .col("person_id")
            .col("programme_id")
            .and_where(Expr::col("withdrawn_at").is_null())
            .to_owned();
        manager.create_index(one).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("certificate").to_owned())
            .await
    }
}

fn certificate() -> TableCreateStatement {
    Table::create()
        .table("certificate")
        .col(id("certificate_id").primary_key())
        .col(whole("bucket"))
        .col(id("person_id"))
        .col(id("programme_id"))
        .col(text("code"))
        .col(day("reached_on"))
        .col(instant("issued_at"))
        .col(instant_null("withdrawn_at"))
        .index(
            Index::create()
                .name("uq_certificate_code")
                .col("code")
                .unique(),
        )
        .foreign_key(&mut belongs("certificate", "person_id", "person"))
        .foreign_key(&mut belongs("certificate", "programme_id", "programme"))
        .to_owned()
}

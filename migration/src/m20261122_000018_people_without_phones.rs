//! People without phones: what tells them apart, and the codes with which they make their accounts later.

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
        manager.create_table(person_particulars()).await?;
        manager.create_table(claim_code()).await?;
        let by_name = Index::create()
            .name("ix_person_particulars_name")
            .table("person_particulars")
            .col("name_fold")
            .to_owned();
        manager.create_index(by_name).await?;
        let live = Index::create()
            .name("uq_claim_code_live")
            .table("claim_code")
            .col("person_id")
            .and_where(
                Expr::col("used_at")
                    .is_null()
                    .and(Expr::col("replaced_at").is_null()),
            )
            .unique()
            .to_owned();
        manager.create_index(live).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["claim_code", "person_particulars"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn person_particulars() -> TableCreateStatement {
    Table::create()
        .table("person_particulars")
        .col(id("person_id"))
        .col(whole("bucket"))
        .col(text("name_fold"))
        .col(whole_null("birth_year"))
        .col(text_null("phone"))
        .primary_key(
            Index::create()
                .name("pk_person_particulars")
                .col("person_id"),
        )
        .foreign_key(&mut belongs("person_particulars", "person_id", "person"))
        .to_owned()
}

fn claim_code() -> TableCreateStatement {
    let mut hash = ColumnDef::new("code_hash");
    hash.binary().not_null();
    Table::create()
        .table("claim_code")
        .col(id("claim_id"))
        .col(id("person_id"))
        .col(whole("bucket"))
        .col(hash)
        .col(id("created_by"))
        .col(instant("created_at"))
        .col(instant("expires_at"))
        .col(instant_null("used_at"))
        .col(instant_null("replaced_at"))
        .primary_key(Index::create().name("pk_claim_code").col("claim_id"))
        .index(
            Index::create()
                .name("uq_claim_code_hash")
                .col("code_hash")
                .unique(),
        )
        .foreign_key(&mut belongs("claim_code", "person_id", "person"))
        .foreign_key(&mut reference(
            "fk_claim_code_created_by",
            ("claim_code", "created_by"),
            ("account", "account_id"),
        ))
        .to_owned()
}

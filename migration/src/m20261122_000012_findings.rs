//! Findings about the quality of data.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs, day, id, id_null, instant, one_of, text, text_null};

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // `owner_id` has no foreign key: an account may be erased, what it said of a finding stays.
        let table = Table::create()
            .table("data_finding")
            .col(id("finding_id"))
            .col(text("kind"))
            .col(id("area_id"))
            .col(id("indicator_id"))
            .col(day("period_from"))
            .col(instant("raised_at"))
            .col(text("state"))
            .col(id_null("owner_id"))
            .col(text_null("note"))
            .col(instant("changed_at"))
            .primary_key(Index::create().name("pk_data_finding").col("finding_id"))
            .index(
                Index::create()
                    .unique()
                    .name("uq_data_finding_matter")
                    .col("area_id")
                    .col("indicator_id")
                    .col("period_from")
                    .col("kind"),
            )
            .foreign_key(&mut belongs("data_finding", "area_id", "area"))
            .foreign_key(&mut belongs("data_finding", "indicator_id", "indicator"))
            .check(one_of(
                "ck_data_finding_kind",
                "kind",
                &["OVER_100", "JUMP"],
            ))
            .check(one_of(
                "ck_data_finding_state",
                "state",
                &["OPEN", "ACKNOWLEDGED", "EXPLAINED", "RESOLVED"],
            ))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("data_finding").to_owned())
            .await
    }
}

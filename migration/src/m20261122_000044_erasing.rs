//! What stays when somebody's data are erased: sums that name nobody, and marks by which old copies are known again.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const MEASURES: [&str; 6] = [
    "POPULATION",
    "REACHED",
    "COMPLETED",
    "DEMONSTRATED",
    "RETAINED",
    "PRACTISED",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(coverage_erased()).await?;
        manager.create_table(erased_mark()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["erased_mark", "coverage_erased"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// By how much everybody who was erased changed the counts of an atom on a day: one sum for all of them.
fn coverage_erased() -> TableCreateStatement {
    Table::create()
        .table("coverage_erased")
        .col(id("atom_id"))
        .col(id("indicator_id"))
        .col(text("measure"))
        .col(day("on_day"))
        .col(long("total"))
        .primary_key(
            Index::create()
                .name("pk_coverage_erased")
                .col("atom_id")
                .col("indicator_id")
                .col("measure")
                .col("on_day"),
        )
        .check(one_of("ck_coverage_erased_measure", "measure", &MEASURES))
        .to_owned()
}

/// Half of the SHA-256 of an id that was erased. It leads back to nobody; whoever sends the id again is recognised.
fn erased_mark() -> TableCreateStatement {
    Table::create()
        .table("erased_mark")
        .col(id("mark").primary_key())
        .to_owned()
}

//! Groups have days and a language.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const ADDED: [&str; 3] = ["starts_on", "ends_on", "language"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One at a time: SQLite adds no two columns at once.
        for column in [
            day_null("starts_on"),
            day_null("ends_on"),
            text_null("language"),
        ] {
            let wider = Table::alter()
                .table("training_group")
                .add_column(column)
                .to_owned();
            manager.alter_table(wider).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ADDED {
            let narrower = Table::alter()
                .table("training_group")
                .drop_column(column)
                .to_owned();
            manager.alter_table(narrower).await?;
        }
        Ok(())
    }
}

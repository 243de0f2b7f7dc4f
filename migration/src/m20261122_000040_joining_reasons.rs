//! How people came into a group, and where they were moved to.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// New columns of `group_member`. The group moved to has no foreign key: SQLite could not take such a column back.
fn columns() -> [ColumnDef; 2] {
    let mut how = text_null("joined_how");
    how.extra(
        "CONSTRAINT ck_group_member_joined_how CHECK \
         (joined_how IN ('ADDED', 'CODE', 'REGISTERED', 'IMPORTED', 'MOVED'))",
    );
    [how, id_null("moved_to")]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in columns() {
            let wider = Table::alter()
                .table("group_member")
                .add_column(column)
                .to_owned();
            manager.alter_table(wider).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["joined_how", "moved_to"] {
            let narrower = Table::alter()
                .table("group_member")
                .drop_column(column)
                .to_owned();
            manager.alter_table(narrower).await?;
        }
        Ok(())
    }
}

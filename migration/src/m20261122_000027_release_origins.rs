//! Where a release comes from and when it ended: who published and retired it, why learners see it again, and of which
//! source text a translation was made. Events are found by lesson.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("lesson_release", text_null("source_language")),
        ("lesson_release", text_null("refresher_reasons")),
        ("lesson_release", id_null("published_by")),
        ("lesson_release", id_null("signed_by")),
        ("lesson_release", instant_null("retired_at")),
        ("lesson_release", id_null("retired_by")),
        ("lesson_release", text_null("retired_reason")),
        ("lesson_variant", text_null("source_sha256")),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            manager
                .alter_table(Table::alter().table(table).add_column(column).to_owned())
                .await?;
        }
        let by_lesson = Index::create()
            .name("ix_learning_event_lesson")
            .table("learning_event")
            .col("lesson_id")
            .col("person_id")
            .and_where(Expr::col("lesson_id").is_not_null())
            .to_owned();
        manager.create_index(by_lesson).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_lesson = Index::drop()
            .name("ix_learning_event_lesson")
            .table("learning_event")
            .to_owned();
        manager.drop_index(by_lesson).await?;
        for (table, column) in columns().into_iter().rev() {
            let name = column.get_column_name().to_owned();
            manager
                .alter_table(
                    Table::alter()
                        .table(table)
                        .drop_column(Alias::new(name))
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }
}

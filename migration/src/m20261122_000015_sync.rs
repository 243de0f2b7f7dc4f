//! Sync: what changed when, devices, and what became of events set aside.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// What is known of an event set aside once somebody has dealt with it.
fn settled() -> [ColumnDef; 4] {
    [
        text_null("mended"),
        instant_null("settled_at"),
        text_null("settled_as"),
        id_null("settled_by"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut changes = text("changes");
        changes.default("{}");
        manager
            .alter_table(
                Table::alter()
                    .table("learner")
                    .add_column(changes)
                    .to_owned(),
            )
            .await?;
        for column in settled() {
            manager
                .alter_table(
                    Table::alter()
                        .table("quarantined_event")
                        .add_column(column)
                        .to_owned(),
                )
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("ix_quarantined_event_uploader")
                    .table("quarantined_event")
                    .col("uploader_account_id")
                    .col("received_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_learning_event_device")
                    .table("learning_event")
                    .col("actor_account_id")
                    .col("device")
                    .and_where(Expr::col("device").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager.create_table(device()).await?;
        manager.create_table(content_change()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["content_change", "device"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        for (index, table) in [
            ("ix_learning_event_device", "learning_event"),
            ("ix_quarantined_event_uploader", "quarantined_event"),
        ] {
            manager
                .drop_index(Index::drop().name(index).table(table).to_owned())
                .await?;
        }
        for (table, column) in [
            ("quarantined_event", "settled_by"),
            ("quarantined_event", "settled_as"),
            ("quarantined_event", "settled_at"),
            ("quarantined_event", "mended"),
            ("learner", "changes"),
        ] {
            manager
                .alter_table(Table::alter().table(table).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn device() -> TableCreateStatement {
    Table::create()
        .table("device")
        .col(id("account_id"))
        .col(text("device"))
        .col(text_null("label"))
        .col(text_null("app_version"))
        .col(instant("first_seen_at"))
        .col(instant("last_sync_at"))
        .primary_key(
            Index::create()
                .name("pk_device")
                .col("account_id")
                .col("device"),
        )
        .foreign_key(&mut reference(
            "fk_device_account",
            ("device", "account_id"),
            ("account", "account_id"),
        ))
        .to_owned()
}

fn content_change() -> TableCreateStatement {
    Table::create()
        .table("content_change")
        .col(text("kind"))
        .col(id("subject_id"))
        .col(long("revision"))
        .primary_key(
            Index::create()
                .name("pk_content_change")
                .col("kind")
                .col("subject_id"),
        )
        .check(one_of(
            "ck_content_change_kind",
            "kind",
            &["COUNTER", "DOMAIN", "LESSON", "MODULE"],
        ))
        .to_owned()
}

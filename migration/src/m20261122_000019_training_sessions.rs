//! Sessions of groups: who leads them, what was planned, and what each trainer recorded.

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
        for table in [
            group_trainer(),
            training_session(),
            session_record(),
            session_tick(),
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, column) in [
            ("ix_group_trainer_account", "group_trainer", "account_id"),
            ("ix_training_session_group", "training_session", "group_id"),
            ("ix_session_record_session", "session_record", "session_id"),
            ("ix_session_tick_person", "session_tick", "person_id"),
        ] {
            let index = Index::create()
                .name(name)
                .table(table)
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "session_tick",
            "session_record",
            "training_session",
            "group_trainer",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn group_trainer() -> TableCreateStatement {
    Table::create()
        .table("group_trainer")
        .col(id("group_id"))
        .col(id("account_id"))
        .col(instant("added_at"))
        .col(instant_null("removed_at"))
        .primary_key(
            Index::create()
                .name("pk_group_trainer")
                .col("group_id")
                .col("account_id"),
        )
        .foreign_key(&mut belongs("group_trainer", "group_id", "training_group"))
        .foreign_key(&mut belongs("group_trainer", "account_id", "account"))
        .to_owned()
}

fn training_session() -> TableCreateStatement {
    Table::create()
        .table("training_session")
        .col(id("session_id"))
        .col(id("group_id"))
        .col(day("held_on"))
        .col(instant_null("starts_at"))
        .col(text_null("topic"))
        .col(text_null("place"))
        .col(text("lessons"))
        .col(id_null("planned_by"))
        .primary_key(
            Index::create()
                .name("pk_training_session")
                .col("session_id"),
        )
        .foreign_key(&mut belongs(
            "training_session",
            "group_id",
            "training_group",
        ))
        .foreign_key(&mut reference(
            "fk_training_session_planned_by",
            ("training_session", "planned_by"),
            ("account", "account_id"),
        ))
        .to_owned()
}

fn session_record() -> TableCreateStatement {
    Table::create()
        .table("session_record")
        .col(id("record_id"))
        .col(id("session_id"))
        .col(id("recorded_by"))
        .col(instant("held_at"))
        .col(instant("received_at"))
        .col(text_null("topic"))
        .col(text_null("place"))
        .col(text("lessons"))
        .col(text("fingerprint"))
        .primary_key(Index::create().name("pk_session_record").col("record_id"))
        .foreign_key(&mut belongs(
            "session_record",
            "session_id",
            "training_session",
        ))
        .foreign_key(&mut reference(
            "fk_session_record_recorded_by",
            ("session_record", "recorded_by"),
            ("account", "account_id"),
        ))
        .to_owned()
}

fn session_tick() -> TableCreateStatement {
    Table::create()
        .table("session_tick")
        .col(id("record_id"))
        .col(id("person_id"))
        .col(yes_no("attended"))
        .col(text("observed"))
        .col(instant_null("corrected_at"))
        .col(id_null("corrected_by"))
        .col(text_null("correction"))
        .primary_key(
            Index::create()
                .name("pk_session_tick")
                .col("record_id")
                .col("person_id"),
        )
        .foreign_key(&mut belongs("session_tick", "record_id", "session_record"))
        .foreign_key(&mut belongs("session_tick", "person_id", "person"))
        .foreign_key(&mut reference(
            "fk_session_tick_corrected_by",
            ("session_tick", "corrected_by"),
            ("account", "account_id"),
        ))
        .to_owned()
}

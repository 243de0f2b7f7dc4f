//! Learning: events, the state folded from them, tiers reached, and events set aside.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const KINDS: [&str; 8] = [
    "OPENED",
    "PROGRESSED",
    "COMPLETED",
    "ATTENDED_IN_PERSON",
    "PRACTISED_AT_HOME",
    "OBSERVED_BY_TRAINER",
    "QUIZ_ANSWERED",
    "VOIDED",
];
const TIERS: [&str; 5] = [
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
        manager.create_table(learner()).await?;
        manager.create_table(learning_event()).await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_learning_event_person")
                    .table("learning_event")
                    .col("person_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_learning_event_target")
                    .table("learning_event")
                    .col("target_event_id")
                    .and_where(Expr::col("target_event_id").is_not_null())
                    .to_owned(),
            )
            .await?;
        manager.create_table(tier_reached()).await?;
        manager.create_table(quarantined_event()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "quarantined_event",
            "tier_reached",
            "learning_event",
            "learner",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn learner() -> TableCreateStatement {
    Table::create()
        .table("learner")
        .col(id("person_id").primary_key())
        .col(whole("bucket"))
        .col(long("revision"))
        .col(text("state"))
        .col(text("household"))
        .col(text("tiers"))
        .col(instant_null("last_activity_at"))
        .foreign_key(&mut reference(
            "fk_learner_person",
            ("learner", "person_id"),
            ("person", "person_id"),
        ))
        .to_owned()
}

fn learning_event() -> TableCreateStatement {
    Table::create()
        .table("learning_event")
        .col(id("event_id").primary_key())
        .col(whole("bucket"))
        .col(id("person_id"))
        .col(id("actor_account_id"))
        .col(text_null("device"))
        .col(text("kind"))
        .col(id_null("lesson_id"))
        .col(id_null("module_id"))
        .col(id_null("release_id"))
        .col(id_null("child_id"))
        .col(id_null("target_event_id"))
        .col(text("payload"))
        .col(text("fingerprint"))
        .col(instant("occurred_at"))
        .col(instant("claimed_at"))
        .col({
            let mut column = ColumnDef::new("clock_offset_ms");
            column.big_integer().null();
            column
        })
        .col(yes_no("clamped"))
        .col(instant("received_at"))
        .foreign_key(&mut reference(
            "fk_learning_event_person",
            ("learning_event", "person_id"),
            ("person", "person_id"),
        ))
        .check(one_of("ck_learning_event_kind", "kind", &KINDS))
        .to_owned()
}

fn tier_reached() -> TableCreateStatement {
    Table::create()
        .table("tier_reached")
        .col(id("person_id"))
        .col(whole("bucket"))
        .col(id("indicator_id"))
        .col(text("tier"))
        .col(day("reached_on"))
        .col(text("required"))
        .col(whole("rule_version"))
        .primary_key(
            Index::create()
                .name("pk_tier_reached")
                .col("person_id")
                .col("indicator_id")
                .col("tier"),
        )
        .foreign_key(&mut reference(
            "fk_tier_reached_person",
            ("tier_reached", "person_id"),
            ("person", "person_id"),
        ))
        .foreign_key(&mut reference(
            "fk_tier_reached_indicator",
            ("tier_reached", "indicator_id"),
            ("indicator", "indicator_id"),
        ))
        .check(one_of("ck_tier_reached_tier", "tier", &TIERS))
        .to_owned()
}

fn quarantined_event() -> TableCreateStatement {
    Table::create()
        .table("quarantined_event")
        .col(id("event_id").primary_key())
        .col(id("uploader_account_id"))
        .col(text_null("device"))
        .col(text("body"))
        .col(text("fingerprint"))
        .col(text("reason"))
        .col(instant("received_at"))
        .to_owned()
}

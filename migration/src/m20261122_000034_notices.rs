//! Notices, their outbox, what people wish of them, and how far the daily sweeps have come.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const KINDS: [&str; 17] = [
    "UNFINISHED_LESSON",
    "DUE_SOON",
    "RECHECK_DUE",
    "NEW_LESSONS",
    "REPORT_DUE",
    "REPORT_LATE",
    "ANNOUNCEMENT",
    "NUDGE_FIRST_LESSON",
    "NUDGE_CONTINUE",
    "NUDGE_DUE",
    "NUDGE_CHECK",
    "NUDGE_SESSION",
    "NUDGE_SYNC",
    "RESET_CODE",
    "RESET_ASKED",
    "PASSWORD_CHANGED",
    "EMAIL_CODE",
];
const CLASSES: [&str; 3] = ["REMINDER", "MESSAGE", "SECURITY"];
const STATES: [&str; 4] = ["QUEUED", "SENT", "FAILED", "SUPPRESSED"];
const CHANNELS: [&str; 4] = ["LOG", "PUSH", "EMAIL", "WEBHOOK"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            announcement(),
            notice(),
            delivery(),
            reminder_day(),
            notice_preference(),
            notice_sweep(),
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            (
                "ix_announcement_group",
                "announcement",
                ["group_id", "created_at"],
            ),
            ("ix_notice_person", "notice", ["person_id", "created_at"]),
            (
                "ix_notice_announcement",
                "notice",
                ["announcement_id", "notice_id"],
            ),
            (
                "ix_notice_created_by",
                "notice",
                ["created_by", "created_at"],
            ),
            ("ix_delivery_person", "delivery", ["person_id", "state"]),
        ] {
            let index = Index::create()
                .name(name)
                .table(table)
                .col(columns[0])
                .col(columns[1])
                .to_owned();
            manager.create_index(index).await?;
        }
        // What waits is few rows among many.
        let waiting = Index::create()
            .name("ix_delivery_waiting")
            .table("delivery")
            .col("not_before")
            .and_where(Expr::col("state").eq("QUEUED"))
            .to_owned();
        manager.create_index(waiting).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "notice_sweep",
            "notice_preference",
            "reminder_day",
            "delivery",
            "notice",
            "announcement",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn announcement() -> TableCreateStatement {
    Table::create()
        .table("announcement")
        .col(id("announcement_id"))
        .col(id("group_id"))
        .col(id("account_id"))
        .col(text("body"))
        .col(instant("created_at"))
        .col(instant("expires_at"))
        .primary_key(
            Index::create()
                .name("pk_announcement")
                .col("announcement_id"),
        )
        .foreign_key(&mut belongs("announcement", "group_id", "training_group"))
        .foreign_key(&mut belongs("announcement", "account_id", "account"))
        .to_owned()
}

fn notice() -> TableCreateStatement {
    Table::create()
        .table("notice")
        .col(id("notice_id"))
        .col(id("person_id"))
        .col(whole("bucket"))
        .col(text("kind"))
        .col(text("dedupe_key"))
        .col(text("arguments"))
        .col(id_null("announcement_id"))
        .col(id_null("created_by"))
        .col(instant("created_at"))
        .col(instant("expires_at"))
        .col(instant_null("read_at"))
        .col(long("revision"))
        .primary_key(Index::create().name("pk_notice").col("notice_id"))
        .index(
            Index::create()
                .name("uq_notice_dedupe_key")
                .col("dedupe_key")
                .unique(),
        )
        .foreign_key(&mut belongs("notice", "person_id", "person"))
        .foreign_key(&mut belongs("notice", "announcement_id", "announcement"))
        .foreign_key(&mut reference(
            "fk_notice_created_by",
            ("notice", "created_by"),
            ("account", "account_id"),
        ))
        .check(one_of("ck_notice_kind", "kind", &KINDS))
        .to_owned()
}

fn delivery() -> TableCreateStatement {
    Table::create()
        .table("delivery")
        .col(id("notice_id"))
        .col(id("person_id"))
        .col(whole("bucket"))
        .col(text("class"))
        .col(text("state"))
        .col(text_null("channel"))
        .col(text_null("reason"))
        .col(whole("attempts"))
        .col(instant("not_before"))
        .col(id_null("lease_id"))
        .col(instant_null("leased_until"))
        .col(instant_null("finished_at"))
        .primary_key(Index::create().name("pk_delivery").col("notice_id"))
        .foreign_key(&mut belongs("delivery", "notice_id", "notice"))
        .foreign_key(&mut belongs("delivery", "person_id", "person"))
        .check(one_of("ck_delivery_class", "class", &CLASSES))
        .check(one_of("ck_delivery_state", "state", &STATES))
        .check(one_of("ck_delivery_channel", "channel", &CHANNELS))
        .to_owned()
}

fn reminder_day() -> TableCreateStatement {
    Table::create()
        .table("reminder_day")
        .col(id("person_id"))
        .col(day("on_day"))
        .col(id("notice_id"))
        .primary_key(
            Index::create()
                .name("pk_reminder_day")
                .col("person_id")
                .col("on_day"),
        )
        .foreign_key(&mut belongs("reminder_day", "person_id", "person"))
        .foreign_key(&mut belongs("reminder_day", "notice_id", "notice"))
        .to_owned()
}

fn notice_preference() -> TableCreateStatement {
    let minute = |constraint: &'static str, column: &'static str| {
        Check::named(constraint, Expr::col(column).between(0, 1439))
    };
    Table::create()
        .table("notice_preference")
        .col(id("person_id"))
        .col(whole("bucket"))
        .col(instant_null("reminders_muted_at"))
        .col(instant_null("messages_muted_at"))
        .col(whole_null("quiet_from"))
        .col(whole_null("quiet_until"))
        .col(text_null("language"))
        .col(instant("changed_at"))
        .primary_key(
            Index::create()
                .name("pk_notice_preference")
                .col("person_id"),
        )
        .foreign_key(&mut belongs("notice_preference", "person_id", "person"))
        .check(minute("ck_notice_preference_quiet_from", "quiet_from"))
        .check(minute("ck_notice_preference_quiet_until", "quiet_until"))
        .check(one_of(
            "ck_notice_preference_language",
            "language",
            &["vi", "en"],
        ))
        .to_owned()
}

fn notice_sweep() -> TableCreateStatement {
    Table::create()
        .table("notice_sweep")
        .col(text("name"))
        .col(day("on_day"))
        .col(id_null("after_id"))
        .col(instant_null("finished_at"))
        .primary_key(Index::create().name("pk_notice_sweep").col("name"))
        .to_owned()
}

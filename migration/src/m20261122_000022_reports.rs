//! Reports that go upward: their states, what was frozen, what is kept closed, and what was said on returning them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const STATES: [&str; 5] = ["DRAFT", "SUBMITTED", "RETURNED", "ACCEPTED", "LOCKED"];
const KINDS: [&str; 2] = ["SUBMISSION", "RESTATEMENT"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [report(), report_version(), report_seal(), report_comment()] {
            manager.create_table(table).await?;
        }
        for (name, table, column) in [
            ("ix_report_period", "report", "period_code"),
            ("ix_report_comment_report", "report_comment", "report_id"),
            // The newest event received is asked for whenever a report is frozen.
            (
                "ix_learning_event_received",
                "learning_event",
                "received_at",
            ),
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
        let index = Index::drop()
            .name("ix_learning_event_received")
            .table("learning_event")
            .to_owned();
        manager.drop_index(index).await?;
        for table in ["report_comment", "report_seal", "report_version", "report"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn by_account(from: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    reference("", (from, column), ("account", "account_id"))
        .name(format!("fk_{from}_{column}"))
        .to_owned()
}

/// One report of one area for one period.
fn report() -> TableCreateStatement {
    Table::create()
        .table("report")
        .col(id("report_id"))
        .col(id("area_id"))
        .col(text("period_code"))
        .col(day("period_from"))
        .col(day("period_to"))
        .col(day("due_on"))
        .col(text("state"))
        .col(whole("version_number"))
        .col(id("drafted_by"))
        .col(instant("drafted_at"))
        .col(id_null("submitted_by"))
        .col(instant_null("submitted_at"))
        .col(instant_null("first_submitted_at"))
        .col(id_null("decided_by"))
        .col(instant_null("decided_at"))
        .primary_key(Index::create().name("pk_report").col("report_id"))
        .index(
            Index::create()
                .name("uq_report_area_period")
                .col("area_id")
                .col("period_code")
                .unique(),
        )
        .foreign_key(&mut belongs("report", "area_id", "area"))
        .foreign_key(&mut by_account("report", "drafted_by"))
        .foreign_key(&mut by_account("report", "submitted_by"))
        .foreign_key(&mut by_account("report", "decided_by"))
        .check(one_of("ck_report_state", "state", &STATES))
        .to_owned()
}

/// One frozen version. Rows are added, never changed.
fn report_version() -> TableCreateStatement {
    Table::create()
        .table("report_version")
        .col(id("version_id"))
        .col(id("report_id"))
        .col(whole("number"))
        .col(text("kind"))
        .col(id("frozen_by"))
        .col(instant("frozen_at"))
        .col(text("published"))
        .col(text("sha256"))
        .primary_key(Index::create().name("pk_report_version").col("version_id"))
        .index(
            Index::create()
                .name("uq_report_version_number")
                .col("report_id")
                .col("number")
                .unique(),
        )
        .foreign_key(&mut belongs("report_version", "report_id", "report"))
        .foreign_key(&mut by_account("report_version", "frozen_by"))
        .check(one_of("ck_report_version_kind", "kind", &KINDS))
        .to_owned()
}

/// The exact value behind one commitment, and its key.
fn report_seal() -> TableCreateStatement {
    let mut value = ColumnDef::new("value");
    value.big_integer().null();
    Table::create()
        .table("report_seal")
        .col(id("version_id"))
        .col(id("area_id"))
        .col(text("indicator"))
        .col(text("measure"))
        .col(text("key"))
        .col(value)
        .primary_key(
            Index::create()
                .name("pk_report_seal")
                .col("version_id")
                .col("area_id")
                .col("indicator")
                .col("measure"),
        )
        .foreign_key(&mut belongs("report_seal", "version_id", "report_version"))
        .foreign_key(&mut belongs("report_seal", "area_id", "area"))
        .to_owned()
}

/// Why a version was returned, indicator by indicator.
fn report_comment() -> TableCreateStatement {
    Table::create()
        .table("report_comment")
        .col(id("comment_id"))
        .col(id("report_id"))
        .col(whole("version_number"))
        .col(whole("position"))
        .col(text_null("indicator"))
        .col(text("body"))
        .col(id("said_by"))
        .col(instant("said_at"))
        .primary_key(Index::create().name("pk_report_comment").col("comment_id"))
        .foreign_key(&mut belongs("report_comment", "report_id", "report"))
        .foreign_key(&mut by_account("report_comment", "said_by"))
        .to_owned()
}

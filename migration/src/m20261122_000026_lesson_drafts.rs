//! Drafts of lessons: their texts, who wrote them, and what was decided about them.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const STATES: [&str; 4] = ["DRAFT", "IN_REVIEW", "PUBLISHED", "DISCARDED"];
const STEPS: [&str; 6] = [
    "OPENED",
    "SUBMITTED",
    "RETURNED",
    "APPROVED",
    "PUBLISHED",
    "DISCARDED",
];
const MODALITIES: [&str; 6] = [
    "TEXT",
    "AUDIO",
    "VIDEO",
    "SIGN_VIDEO",
    "EASY_READ",
    "PICTURE",
];
const RULES: [&str; 4] = ["OPENED", "MINUTES", "QUIZ_SCORE", "TRAINER_CONFIRMS"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [draft(), draft_text(), draft_author(), draft_step()] {
            manager.create_table(table).await?;
        }
        let one_open = Index::create()
            .unique()
            .name("uq_lesson_draft_open")
            .table("lesson_draft")
            .col("lesson_id")
            .and_where(Expr::col("closed_at").is_null())
            .to_owned();
        manager.create_index(one_open).await?;
        for (name, table, column) in [
            ("ix_lesson_draft_changed", "lesson_draft", "changed_at"),
            (
                "ix_lesson_draft_step_draft",
                "lesson_draft_step",
                "draft_id",
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
        for table in [
            "lesson_draft_step",
            "lesson_draft_author",
            "lesson_draft_text",
            "lesson_draft",
        ] {
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

/// A draft's id becomes the id of the release it is published as.
fn draft() -> TableCreateStatement {
    let open = Expr::col("state").is_in(["DRAFT", "IN_REVIEW"]);
    Table::create()
        .table("lesson_draft")
        .col(id("draft_id"))
        .col(id("lesson_id"))
        .col(text("state"))
        .col(whole("revision"))
        .col(id_null("based_on"))
        .col(text("audience"))
        .col(whole("minutes"))
        .col(text("age_bands"))
        .col(text("disabilities"))
        .col(text("source_language"))
        .col(text("completion_rule"))
        .col(whole_null("completion_value"))
        .col(text("licence"))
        .col(text("source"))
        .col(id("opened_by"))
        .col(instant("opened_at"))
        .col(instant("changed_at"))
        .col(instant_null("submitted_at"))
        .col(text_null("reviewed_by"))
        .col(day_null("reviewed_on"))
        .col(id_null("approved_by"))
        .col(instant_null("approved_at"))
        .col(instant_null("closed_at"))
        .primary_key(Index::create().name("pk_lesson_draft").col("draft_id"))
        .foreign_key(&mut belongs("lesson_draft", "lesson_id", "lesson"))
        .foreign_key(&mut reference(
            "fk_lesson_draft_based_on",
            ("lesson_draft", "based_on"),
            ("lesson_release", "release_id"),
        ))
        .foreign_key(&mut by_account("lesson_draft", "opened_by"))
        .foreign_key(&mut by_account("lesson_draft", "approved_by"))
        .check(one_of("ck_lesson_draft_state", "state", &STATES))
        .check(one_of(
            "ck_lesson_draft_audience",
            "audience",
            &["CAREGIVER", "STAFF", "BOTH"],
        ))
        .check(one_of(
            "ck_lesson_draft_completion_rule",
            "completion_rule",
            &RULES,
        ))
        .check(Check::named(
            "ck_lesson_draft_closed",
            open.eq(Expr::col("closed_at").is_null()),
        ))
        .check(Check::named(
            "ck_lesson_draft_review",
            Expr::col("reviewed_by")
                .is_null()
                .eq(Expr::col("approved_at").is_null()),
        ))
        .to_owned()
}

fn draft_text() -> TableCreateStatement {
    Table::create()
        .table("lesson_draft_text")
        .col(id("draft_id"))
        .col(text("language"))
        .col(text("modality"))
        .col(text("title"))
        .col(text("summary"))
        .col(text("body"))
        .col(text_null("source_sha256"))
        .col(instant("changed_at"))
        .primary_key(
            Index::create()
                .name("pk_lesson_draft_text")
                .col("draft_id")
                .col("language")
                .col("modality"),
        )
        .foreign_key(&mut belongs(
            "lesson_draft_text",
            "draft_id",
            "lesson_draft",
        ))
        .check(one_of(
            "ck_lesson_draft_text_modality",
            "modality",
            &MODALITIES,
        ))
        .to_owned()
}

/// Who wrote a draft, and therefore may not approve it.
fn draft_author() -> TableCreateStatement {
    Table::create()
        .table("lesson_draft_author")
        .col(id("draft_id"))
        .col(id("account_id"))
        .primary_key(
            Index::create()
                .name("pk_lesson_draft_author")
                .col("draft_id")
                .col("account_id"),
        )
        .foreign_key(&mut belongs(
            "lesson_draft_author",
            "draft_id",
            "lesson_draft",
        ))
        .foreign_key(&mut by_account("lesson_draft_author", "account_id"))
        .to_owned()
}

fn draft_step() -> TableCreateStatement {
    Table::create()
        .table("lesson_draft_step")
        .col(id("step_id"))
        .col(id("draft_id"))
        .col(whole("revision"))
        .col(text("kind"))
        .col(text_null("comment"))
        .col(id("taken_by"))
        .col(instant("taken_at"))
        .primary_key(Index::create().name("pk_lesson_draft_step").col("step_id"))
        .foreign_key(&mut belongs(
            "lesson_draft_step",
            "draft_id",
            "lesson_draft",
        ))
        .foreign_key(&mut by_account("lesson_draft_step", "taken_by"))
        .check(one_of("ck_lesson_draft_step_kind", "kind", &STEPS))
        .to_owned()
}

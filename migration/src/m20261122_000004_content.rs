//! Domains, modules, lessons, releases, variants and quizzes.

use sea_orm_migration::prelude::*;

use crate::columns::{
    belongs, day_null, id, instant_null, one_of, text, text_null, whole, whole_null, yes_no,
};

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        domains_and_modules(manager).await?;
        lessons(manager).await?;
        releases(manager).await?;
        quizzes(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES.iter().rev() {
            manager
                .drop_table(Table::drop().table(*table).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// In the order they are made.
const TABLES: &[&str] = &[
    "domain",
    "domain_text",
    "module",
    "module_text",
    "module_counts_for",
    "module_core_for",
    "age_band",
    "lesson",
    "lesson_age_band",
    "lesson_disability",
    "lesson_release",
    "lesson_variant",
    "question",
    "question_text",
    "question_option",
    "option_text",
];

/// Domains and modules, their texts, and what the curriculum says modules count for.
async fn domains_and_modules(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("domain")
        .col(id("domain_id"))
        .col(text("code"))
        .col(whole("position"))
        .primary_key(Index::create().name("pk_domain").col("domain_id"))
        .index(Index::create().unique().name("uq_domain_code").col("code"))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("domain_text")
        .col(id("domain_id"))
        .col(text("language"))
        .col(text("title"))
        .col(text("summary"))
        .primary_key(
            Index::create()
                .name("pk_domain_text")
                .col("domain_id")
                .col("language"),
        )
        .foreign_key(&mut belongs("domain_text", "domain_id", "domain"))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("module")
        .col(id("module_id"))
        .col(id("domain_id"))
        .col(text("code"))
        .col(whole("position"))
        .col(whole("pass_mark"))
        .primary_key(Index::create().name("pk_module").col("module_id"))
        .index(Index::create().unique().name("uq_module_code").col("code"))
        .foreign_key(&mut belongs("module", "domain_id", "domain"))
        .check(Check::named(
            "ck_module_pass_mark",
            Expr::col("pass_mark").gte(0),
        ))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("module_text")
        .col(id("module_id"))
        .col(text("language"))
        .col(text("title"))
        .col(text("summary"))
        .col(text("competency"))
        .primary_key(
            Index::create()
                .name("pk_module_text")
                .col("module_id")
                .col("language"),
        )
        .foreign_key(&mut belongs("module_text", "module_id", "module"))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("module_counts_for")
        .col(id("module_id"))
        .col(text("indicator_code"))
        .primary_key(
            Index::create()
                .name("pk_module_counts_for")
                .col("module_id")
                .col("indicator_code"),
        )
        .foreign_key(&mut belongs("module_counts_for", "module_id", "module"))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("module_core_for")
        .col(id("module_id"))
        .col(text("programme_code"))
        .primary_key(
            Index::create()
                .name("pk_module_core_for")
                .col("module_id")
                .col("programme_code"),
        )
        .foreign_key(&mut belongs("module_core_for", "module_id", "module"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// Lessons, and whom they are for.
async fn lessons(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("age_band")
        .col(text("age_band"))
        .col(whole_null("from_month"))
        .col(whole("to_month_exclusive"))
        .col(text("label_vi"))
        .col(text("label_en"))
        .primary_key(Index::create().name("pk_age_band").col("age_band"))
        .check(Check::named(
            "ck_age_band_order",
            Expr::col("from_month")
                .is_null()
                .or(Expr::col("from_month").lt(Expr::col("to_month_exclusive"))),
        ))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("lesson")
        .col(id("lesson_id"))
        .col(id("module_id"))
        .col(text("code"))
        .col(whole("position"))
        .col(text("audience"))
        .col(whole("minutes"))
        .primary_key(Index::create().name("pk_lesson").col("lesson_id"))
        .index(Index::create().unique().name("uq_lesson_code").col("code"))
        .foreign_key(&mut belongs("lesson", "module_id", "module"))
        .check(one_of(
            "ck_lesson_audience",
            "audience",
            &["CAREGIVER", "STAFF", "BOTH"],
        ))
        .check(Check::named(
            "ck_lesson_minutes",
            Expr::col("minutes").gt(0),
        ))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("lesson_age_band")
        .col(id("lesson_id"))
        .col(text("age_band"))
        .primary_key(
            Index::create()
                .name("pk_lesson_age_band")
                .col("lesson_id")
                .col("age_band"),
        )
        .foreign_key(&mut belongs("lesson_age_band", "lesson_id", "lesson"))
        .foreign_key(&mut belongs("lesson_age_band", "age_band", "age_band"))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("lesson_disability")
        .col(id("lesson_id"))
        .col(text("disability"))
        .primary_key(
            Index::create()
                .name("pk_lesson_disability")
                .col("lesson_id")
                .col("disability"),
        )
        .foreign_key(&mut belongs("lesson_disability", "lesson_id", "lesson"))
        .check(one_of(
            "ck_lesson_disability_disability",
            "disability",
            &[
                "MOBILITY",
                "HEARING_SPEECH",
                "VISION",
                "NEURO_MENTAL",
                "INTELLECTUAL",
                "OTHER",
            ],
        ))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// Releases of lessons and their variants.
async fn releases(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("lesson_release")
        .col(id("release_id"))
        .col(id("lesson_id"))
        .col(whole("number"))
        .col(text("state"))
        .col(text("completion_rule"))
        .col(whole_null("completion_value"))
        .col(yes_no("refresher_required"))
        .col(text("licence"))
        .col(text("source"))
        .col(text_null("reviewed_by"))
        .col(day_null("reviewed_on"))
        .col(instant_null("published_at"))
        .primary_key(Index::create().name("pk_lesson_release").col("release_id"))
        .index(
            Index::create()
                .unique()
                .name("uq_lesson_release_number")
                .col("lesson_id")
                .col("number"),
        )
        .foreign_key(&mut belongs("lesson_release", "lesson_id", "lesson"))
        .check(one_of(
            "ck_lesson_release_state",
            "state",
            &["DRAFT", "IN_REVIEW", "PUBLISHED", "RETIRED"],
        ))
        .check(one_of(
            "ck_lesson_release_completion_rule",
            "completion_rule",
            &["OPENED", "MINUTES", "QUIZ_SCORE", "TRAINER_CONFIRMS"],
        ))
        .check(Check::named(
            "ck_lesson_release_number",
            Expr::col("number").gte(1),
        ))
        .check(Check::named(
            "ck_lesson_release_completion_value",
            Expr::col("completion_rule")
                .is_in(["MINUTES", "QUIZ_SCORE"])
                .eq(Expr::col("completion_value").is_not_null()),
        ))
        .check(Check::named(
            "ck_lesson_release_review",
            Expr::col("reviewed_by")
                .is_null()
                .eq(Expr::col("reviewed_on").is_null()),
        ))
        .check(Check::named(
            "ck_lesson_release_published",
            Expr::col("state")
                .ne("PUBLISHED")
                .or(Expr::col("published_at").is_not_null()),
        ))
        .to_owned();
    manager.create_table(table).await?;
    let one_published = Index::create()
        .unique()
        .name("uq_lesson_release_published")
        .table("lesson_release")
        .col("lesson_id")
        .and_where(Expr::col("state").eq("PUBLISHED"))
        .to_owned();
    manager.create_index(one_published).await?;
    let table = Table::create()
        .table("lesson_variant")
        .col(id("release_id"))
        .col(text("language"))
        .col(text("modality"))
        .col(text("title"))
        .col(text("summary"))
        .col(text("body"))
        .col(whole("bytes"))
        .col(text("sha256"))
        .primary_key(
            Index::create()
                .name("pk_lesson_variant")
                .col("release_id")
                .col("language")
                .col("modality"),
        )
        .foreign_key(&mut belongs(
            "lesson_variant",
            "release_id",
            "lesson_release",
        ))
        .check(one_of(
            "ck_lesson_variant_modality",
            "modality",
            &[
                "TEXT",
                "AUDIO",
                "VIDEO",
                "SIGN_VIDEO",
                "EASY_READ",
                "PICTURE",
            ],
        ))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// Quizzes of modules.
async fn quizzes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("question")
        .col(id("question_id"))
        .col(id("module_id"))
        .col(text("code"))
        .col(whole("position"))
        .col(text("kind"))
        .primary_key(Index::create().name("pk_question").col("question_id"))
        .index(
            Index::create()
                .unique()
                .name("uq_question_code")
                .col("code"),
        )
        .foreign_key(&mut belongs("question", "module_id", "module"))
        .check(one_of("ck_question_kind", "kind", &["SINGLE", "MULTIPLE"]))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("question_text")
        .col(id("question_id"))
        .col(text("language"))
        .col(text("text"))
        .primary_key(
            Index::create()
                .name("pk_question_text")
                .col("question_id")
                .col("language"),
        )
        .foreign_key(&mut belongs("question_text", "question_id", "question"))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("question_option")
        .col(id("option_id"))
        .col(id("question_id"))
        .col(whole("position"))
        .col(yes_no("correct"))
        .primary_key(Index::create().name("pk_question_option").col("option_id"))
        .foreign_key(&mut belongs("question_option", "question_id", "question"))
        .to_owned();
    manager.create_table(table).await?;
    let by_question = Index::create()
        .name("ix_question_option_question")
        .table("question_option")
        .col("question_id")
        .to_owned();
    manager.create_index(by_question).await?;
    let table = Table::create()
        .table("option_text")
        .col(id("option_id"))
        .col(text("language"))
        .col(text("text"))
        .primary_key(
            Index::create()
                .name("pk_option_text")
                .col("option_id")
                .col("language"),
        )
        .foreign_key(&mut belongs("option_text", "option_id", "question_option"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

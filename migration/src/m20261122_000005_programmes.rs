//! Programmes, phases, indicators, core sets, targets and the denominator register.

use sea_orm_migration::prelude::*;

use crate::columns::{
    belongs, day, id, id_null, instant, long, one_of, reference, text, text_null, whole,
    whole_null, yes_no,
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
        programmes(manager).await?;
        targets(manager).await?;
        register(manager).await
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
    "programme",
    "phase",
    "indicator",
    "indicator_module",
    "target",
    "denominator",
];

/// Programmes, their phases and indicators.
async fn programmes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("programme")
        .col(id("programme_id"))
        .col(text("code"))
        .col(text("decision"))
        .col(day("issued_on"))
        .col(text("issuer_vi"))
        .col(text("issuer_en"))
        .col(text("title_vi"))
        .col(text("title_en"))
        .col(text("population_vi"))
        .col(text("population_en"))
        .col(text("objective_vi"))
        .col(text("sources"))
        .col(yes_no("early_years_inclusive"))
        .primary_key(Index::create().name("pk_programme").col("programme_id"))
        .index(
            Index::create()
                .unique()
                .name("uq_programme_code")
                .col("code"),
        )
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("phase")
        .col(id("phase_id"))
        .col(id("programme_id"))
        .col(text("code"))
        .col(day("from_on"))
        .col(day("to_on"))
        .col(text("label_vi"))
        .primary_key(Index::create().name("pk_phase").col("phase_id"))
        .index(Index::create().unique().name("uq_phase_code").col("code"))
        .foreign_key(&mut belongs("phase", "programme_id", "programme"))
        .check(Check::named(
            "ck_phase_order",
            Expr::col("from_on").lte(Expr::col("to_on")),
        ))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("indicator")
        .col(id("indicator_id"))
        .col(id("programme_id"))
        .col(text("code"))
        .col(text("key"))
        .col(whole("position"))
        .col(text("name_vi"))
        .col(text("name_en"))
        .col(text("unit"))
        .col(text("numerator_en"))
        .col(text_null("denominator_en"))
        .col(id_null("parent_id"))
        .col(id_null("variant_of_id"))
        .col(text("family"))
        .col(text("computed"))
        .col(text_null("default_tier"))
        .col(whole_null("max_age_months"))
        .primary_key(Index::create().name("pk_indicator").col("indicator_id"))
        .index(
            Index::create()
                .unique()
                .name("uq_indicator_code")
                .col("code"),
        )
        .foreign_key(&mut belongs("indicator", "programme_id", "programme"))
        .foreign_key(&mut reference(
            "fk_indicator_parent",
            ("indicator", "parent_id"),
            ("indicator", "indicator_id"),
        ))
        .foreign_key(&mut reference(
            "fk_indicator_variant_of",
            ("indicator", "variant_of_id"),
            ("indicator", "indicator_id"),
        ))
        .check(one_of(
            "ck_indicator_computed",
            "computed",
            &["CAREGIVER", "STAFF", "CHILD", "UNION", "REPORTED"],
        ))
        .check(one_of(
            "ck_indicator_default_tier",
            "default_tier",
            &[
                "REACHED",
                "COMPLETED",
                "DEMONSTRATED",
                "RETAINED",
                "PRACTISED",
            ],
        ))
        .check(Check::named(
            "ck_indicator_tier",
            Expr::col("computed")
                .eq("REPORTED")
                .eq(Expr::col("default_tier").is_null()),
        ))
        .to_owned();
    manager.create_table(table).await?;
    let table = Table::create()
        .table("indicator_module")
        .col(id("indicator_id"))
        .col(id("module_id"))
        .primary_key(
            Index::create()
                .name("pk_indicator_module")
                .col("indicator_id")
                .col("module_id"),
        )
        .foreign_key(&mut belongs(
            "indicator_module",
            "indicator_id",
            "indicator",
        ))
        .foreign_key(&mut belongs("indicator_module", "module_id", "module"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// Targets of areas.
async fn targets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("target")
        .col(id("target_id"))
        .col(text("code"))
        .col(id("programme_id"))
        .col(id("phase_id"))
        .col(id("indicator_id"))
        .col(id("area_id"))
        .col(text("kind"))
        .col(whole_null("percent"))
        .col(text("unit_level"))
        .col(text("wording_vi"))
        .col(text("source_file"))
        .col(
            ColumnDef::new("deviates_from_national")
                .boolean()
                .null()
                .to_owned(),
        )
        .col(text_null("note"))
        .primary_key(Index::create().name("pk_target").col("target_id"))
        .index(Index::create().unique().name("uq_target_code").col("code"))
        .index(
            Index::create()
                .unique()
                .name("uq_target_scope")
                .col("phase_id")
                .col("indicator_id")
                .col("area_id"),
        )
        .foreign_key(&mut belongs("target", "programme_id", "programme"))
        .foreign_key(&mut belongs("target", "phase_id", "phase"))
        .foreign_key(&mut belongs("target", "indicator_id", "indicator"))
        .foreign_key(&mut belongs("target", "area_id", "area"))
        .check(one_of("ck_target_kind", "kind", &["PERCENT", "MILESTONE"]))
        .check(Check::named(
            "ck_target_percent",
            Expr::col("kind")
                .eq("PERCENT")
                .eq(Expr::col("percent").is_not_null()),
        ))
        .check(Check::named(
            "ck_target_percent_range",
            Expr::col("percent").between(0, 100),
        ))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

/// The denominator register. `entered_by` has no foreign key: an account may be erased, its entry stays.
async fn register(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("denominator")
        .col(id("denominator_id"))
        .col(id("area_id"))
        .col(id("indicator_id"))
        .col(day("period_from"))
        .col(day("period_to"))
        .col(text("status"))
        .col(whole("version"))
        .col(long("value"))
        .col(text("source"))
        .col(id_null("entered_by"))
        .col(instant("entered_at"))
        .primary_key(Index::create().name("pk_denominator").col("denominator_id"))
        .index(
            Index::create()
                .unique()
                .name("uq_denominator_version")
                .col("area_id")
                .col("indicator_id")
                .col("period_from")
                .col("period_to")
                .col("status")
                .col("version"),
        )
        .foreign_key(&mut belongs("denominator", "area_id", "area"))
        .foreign_key(&mut belongs("denominator", "indicator_id", "indicator"))
        .check(one_of(
            "ck_denominator_status",
            "status",
            &["ESTIMATE", "ROSTER", "OFFICIAL"],
        ))
        .check(Check::named(
            "ck_denominator_order",
            Expr::col("period_from").lte(Expr::col("period_to")),
        ))
        .check(Check::named(
            "ck_denominator_value",
            Expr::col("value").gte(0),
        ))
        .check(Check::named(
            "ck_denominator_version",
            Expr::col("version").gte(1),
        ))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

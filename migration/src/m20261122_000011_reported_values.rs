//! Values that areas report, the plans behind targets with their history, and how conflicts of the register were settled.

use sea_orm_migration::prelude::*;

use crate::columns::{
    belongs, day, day_null, id, id_null, instant, instant_null, one_of, text, text_null, whole,
    whole_null,
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
        let mut milestone = text_null("milestone");
        milestone.check(one_of("ck_target_milestone", "milestone", MILESTONES));
        for column in [
            milestone,
            text_null("decision"),
            day_null("decided_on"),
            id_null("set_by"),
        ] {
            add(manager, "target", column).await?;
        }
        add(manager, "denominator", text_null("settled_because")).await?;
        target_versions(manager).await?;
        reported_values(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["reported_value", "target_version"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        for (table, column) in [
            ("denominator", "settled_because"),
            ("target", "set_by"),
            ("target", "decided_on"),
            ("target", "decision"),
            ("target", "milestone"),
        ] {
            let mut change = Table::alter();
            change.table(table).drop_column(column);
            manager.alter_table(change).await?;
        }
        Ok(())
    }
}

/// The steps of a milestone.
const MILESTONES: &[&str] = &["NONE", "PILOTING", "EVALUATED", "REPLICATED"];

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    let mut change = Table::alter();
    change.table(table).add_column(column);
    manager.alter_table(change).await
}

/// What each target said. `set_by` has no foreign key: an account may be erased, what it set stays.
async fn target_versions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("target_version")
        .col(id("target_id"))
        .col(whole("version"))
        .col(text("kind"))
        .col(whole_null("percent"))
        .col(text_null("milestone"))
        .col(text("unit_level"))
        .col(text("wording_vi"))
        .col(text("source_file"))
        .col(text_null("decision"))
        .col(day_null("decided_on"))
        .col(id_null("set_by"))
        .col(instant_null("set_at"))
        .primary_key(
            Index::create()
                .name("pk_target_version")
                .col("target_id")
                .col("version"),
        )
        .foreign_key(&mut belongs("target_version", "target_id", "target"))
        .check(one_of(
            "ck_target_version_kind",
            "kind",
            &["PERCENT", "MILESTONE"],
        ))
        .check(one_of(
            "ck_target_version_milestone",
            "milestone",
            MILESTONES,
        ))
        .check(Check::named(
            "ck_target_version_percent_range",
            Expr::col("percent").between(0, 100),
        ))
        .check(Check::named(
            "ck_target_version_version",
            Expr::col("version").gte(1),
        ))
        .to_owned();
    manager.create_table(table).await
}

/// What areas report. Accounts have no foreign keys: one may be erased, what it entered stays.
async fn reported_values(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let long_null = |name| {
        let mut column = ColumnDef::new(name);
        column.big_integer().null();
        column
    };
    let mut in_place = ColumnDef::new("in_place");
    in_place.boolean().null();
    let table = Table::create()
        .table("reported_value")
        .col(id("reported_value_id"))
        .col(id("area_id"))
        .col(id("indicator_id"))
        .col(day("period_from"))
        .col(day_null("period_to"))
        .col(whole("version"))
        .col(long_null("numerator"))
        .col(long_null("denominator"))
        .col(in_place)
        .col(text_null("milestone"))
        .col(text("source"))
        .col(text_null("document"))
        .col(id("entered_by"))
        .col(instant("entered_at"))
        .col(text_null("verdict"))
        .col(id_null("verified_by"))
        .col(instant_null("verified_at"))
        .col(text_null("comment"))
        .primary_key(
            Index::create()
                .name("pk_reported_value")
                .col("reported_value_id"),
        )
        .index(
            Index::create()
                .unique()
                .name("uq_reported_value_version")
                .col("area_id")
                .col("indicator_id")
                .col("period_from")
                .col("version"),
        )
        .foreign_key(&mut belongs("reported_value", "area_id", "area"))
        .foreign_key(&mut belongs("reported_value", "indicator_id", "indicator"))
        .check(one_of(
            "ck_reported_value_milestone",
            "milestone",
            MILESTONES,
        ))
        .check(one_of(
            "ck_reported_value_verdict",
            "verdict",
            &["VERIFIED", "RETURNED"],
        ))
        .check(Check::named(
            "ck_reported_value_verified",
            Expr::col("verdict")
                .is_null()
                .eq(Expr::col("verified_by").is_null()),
        ))
        .check(Check::named(
            "ck_reported_value_order",
            Expr::col("period_to").gte(Expr::col("period_from")),
        ))
        .check(Check::named(
            "ck_reported_value_numerator",
            Expr::col("numerator").gte(0),
        ))
        .check(Check::named(
            "ck_reported_value_denominator",
            Expr::col("denominator").gte(0),
        ))
        .check(Check::named(
            "ck_reported_value_version",
            Expr::col("version").gte(1),
        ))
        .to_owned();
    manager.create_table(table).await
}

//! Children counted: what caregivers reached for single children, and from when until when each child is counted.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

const TIERS: [&str; 5] = [
    "REACHED",
    "COMPLETED",
    "DEMONSTRATED",
    "RETAINED",
    "PRACTISED",
];
const MEASURES: [&str; 6] = [
    "POPULATION",
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
        let mut child_tiers = text("child_tiers");
        child_tiers.default("{}");
        let learner = Table::alter()
            .table("learner")
            .add_column(child_tiers)
            .to_owned();
        manager.alter_table(learner).await?;
        manager.create_table(child_tier_reached()).await?;
        manager.create_table(coverage_child_interval()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["coverage_child_interval", "child_tier_reached"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        let learner = Table::alter()
            .table("learner")
            .drop_column("child_tiers")
            .to_owned();
        manager.alter_table(learner).await
    }
}

fn child_tier_reached() -> TableCreateStatement {
    let table = "child_tier_reached";
    Table::create()
        .table(table)
        .col(id("person_id"))
        .col(id("child_id"))
        .col(id("indicator_id"))
        .col(text("tier"))
        .col(whole("bucket"))
        .col(day("reached_on"))
        .col(text("required"))
        .col(whole("rule_version"))
        .primary_key(
            Index::create()
                .name("pk_child_tier_reached")
                .col("person_id")
                .col("child_id")
                .col("indicator_id")
                .col("tier"),
        )
        .foreign_key(&mut belongs(table, "person_id", "person"))
        .foreign_key(&mut belongs(table, "child_id", "child"))
        .foreign_key(&mut belongs(table, "indicator_id", "indicator"))
        .check(one_of("ck_child_tier_reached_tier", "tier", &TIERS))
        .to_owned()
}

fn coverage_child_interval() -> TableCreateStatement {
    let table = "coverage_child_interval";
    Table::create()
        .table(table)
        .col(id("child_id"))
        .col(whole("bucket"))
        .col(id("indicator_id"))
        .col(text("measure"))
        .col(id("atom_id"))
        .col(day("enter_on"))
        .col(day_null("leave_on"))
        .primary_key(
            Index::create()
                .name("pk_coverage_child_interval")
                .col("child_id")
                .col("indicator_id")
                .col("measure")
                .col("atom_id")
                .col("enter_on"),
        )
        .foreign_key(&mut belongs(table, "child_id", "child"))
        .check(one_of(
            "ck_coverage_child_interval_measure",
            "measure",
            &MEASURES,
        ))
        .check(Check::named(
            "ck_coverage_child_interval_days",
            Expr::col("leave_on")
                .is_null()
                .or(Expr::col("leave_on").gt(Expr::col("enter_on"))),
        ))
        .to_owned()
}

//! Coverage: who is counted from when until when, what is not yet folded, the counters, and the pools.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

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
        manager.create_table(coverage_interval()).await?;
        manager.create_table(coverage_delta()).await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_coverage_delta_on_day")
                    .table("coverage_delta")
                    .col("on_day")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(counter(
                "coverage_month",
                "pk_coverage_month",
                "month",
                "ck_coverage_month_measure",
            ))
            .await?;
        manager
            .create_table(counter(
                "coverage_day",
                "pk_coverage_day",
                "on_day",
                "ck_coverage_day_measure",
            ))
            .await?;
        manager.create_table(coverage_fold()).await?;
        let row = Query::insert()
            .into_table("coverage_fold")
            .columns([
                "fold_id",
                "populations_version",
                "pools_version",
                "pools_judged_for",
                "folded_at",
            ])
            .values_panic([
                Expr::val(1),
                Expr::val(0),
                Expr::val(0),
                Expr::cust("'1900-01-01'"),
                Expr::cust("'1900-01-01T00:00:00+00:00'"),
            ])
            .to_owned();
        manager.execute(row).await?;
        manager.create_table(disclosure_membership()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "disclosure_membership",
            "coverage_fold",
            "coverage_day",
            "coverage_month",
            "coverage_delta",
            "coverage_interval",
        ];
        for table in tables {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn coverage_interval() -> TableCreateStatement {
    Table::create()
        .table("coverage_interval")
        .col(id("person_id"))
        .col(whole("bucket"))
        .col(id("indicator_id"))
        .col(text("measure"))
        .col(id("atom_id"))
        .col(day("enter_on"))
        .col(day_null("leave_on"))
        .primary_key(
            Index::create()
                .name("pk_coverage_interval")
                .col("person_id")
                .col("indicator_id")
                .col("measure")
                .col("atom_id")
                .col("enter_on"),
        )
        .foreign_key(&mut reference(
            "fk_coverage_interval_person",
            ("coverage_interval", "person_id"),
            ("person", "person_id"),
        ))
        .foreign_key(&mut reference(
            "fk_coverage_interval_indicator",
            ("coverage_interval", "indicator_id"),
            ("indicator", "indicator_id"),
        ))
        .check(one_of("ck_coverage_interval_measure", "measure", &MEASURES))
        .check(Check::named(
            "ck_coverage_interval_days",
            Expr::col("leave_on")
                .is_null()
                .or(Expr::col("leave_on").gt(Expr::col("enter_on"))),
        ))
        .to_owned()
}

fn coverage_delta() -> TableCreateStatement {
    Table::create()
        .table("coverage_delta")
        .col(id("delta_id").primary_key())
        .col(id("atom_id"))
        .col(id("indicator_id"))
        .col(text("measure"))
        .col(day("on_day"))
        .col(whole("delta"))
        .check(one_of("ck_coverage_delta_measure", "measure", &MEASURES))
        .to_owned()
}

/// `coverage_month.total` is the count at the end of the month; `coverage_day.total` what the days of the
/// month up to that one changed. Only months and days with a change have a row.
fn counter(
    table: &'static str,
    key: &'static str,
    period: &'static str,
    check: &'static str,
) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(id("place_id"))
        .col(id("indicator_id"))
        .col(text("measure"))
        .col(day(period))
        .col(long("total"))
        .primary_key(
            Index::create()
                .name(key)
                .col("place_id")
                .col("indicator_id")
                .col("measure")
                .col(period),
        )
        .check(one_of(check, "measure", &MEASURES))
        .to_owned()
}

/// One row: who folds locks it, and readers learn from it which pools are in force.
fn coverage_fold() -> TableCreateStatement {
    Table::create()
        .table("coverage_fold")
        .col(whole("fold_id").primary_key())
        .col(long("populations_version"))
        .col(long("pools_version"))
        .col(day("pools_judged_for"))
        .col(instant("folded_at"))
        .check(Check::named(
            "ck_coverage_fold_one_row",
            Expr::col("fold_id").eq(1),
        ))
        .to_owned()
}

fn disclosure_membership() -> TableCreateStatement {
    Table::create()
        .table("disclosure_membership")
        .col(text("family"))
        .col(id("atom_id"))
        .col(long("pool_number"))
        .col(day("from_month"))
        .col(day_null("until_month"))
        .col(day("joined_month"))
        .primary_key(
            Index::create()
                .name("pk_disclosure_membership")
                .col("family")
                .col("atom_id")
                .col("from_month"),
        )
        .to_owned()
}

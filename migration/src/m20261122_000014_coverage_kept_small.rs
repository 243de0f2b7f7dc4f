//! Coverage kept small: present populations, when they last changed, what arrived late, and finding people of a place.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// This step.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(coverage_present()).await?;
        manager.create_table(coverage_population_change()).await?;
        manager.create_table(coverage_late()).await?;
        manager.get_connection().execute_unprepared(PRESENT).await?;
        for (name, table) in PLACES {
            let index = Index::create()
                .name(name)
                .table(table)
                .col("indicator_id")
                .col("atom_id")
                .and_where(Expr::col("measure").eq("POPULATION"))
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in PLACES {
            let index = Index::drop().name(name).table(table).to_owned();
            manager.drop_index(index).await?;
        }
        for table in [
            "coverage_late",
            "coverage_population_change",
            "coverage_present",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// What is folded by now: of each atom the count at the end of the last month that changed it.
const PRESENT: &str = "INSERT INTO coverage_present (indicator_id, atom_id, total) \
     SELECT m.indicator_id, m.place_id, m.total FROM coverage_month m JOIN atom a ON a.atom_id = m.place_id \
     WHERE m.measure = 'POPULATION' AND m.month = (SELECT MAX(n.month) FROM coverage_month n \
       WHERE n.place_id = m.place_id AND n.indicator_id = m.indicator_id AND n.measure = m.measure)";

const PLACES: [(&str, &str); 2] = [
    ("ix_coverage_interval_place", "coverage_interval"),
    (
        "ix_coverage_child_interval_place",
        "coverage_child_interval",
    ),
];

/// The population of each atom today: one row, so that judging pools never reads history.
fn coverage_present() -> TableCreateStatement {
    Table::create()
        .table("coverage_present")
        .col(id("indicator_id"))
        .col(id("atom_id"))
        .col(long("total"))
        .primary_key(
            Index::create()
                .name("pk_coverage_present")
                .col("indicator_id")
                .col("atom_id"),
        )
        .to_owned()
}

/// The last version of the populations that changed a month, so that what was worked out for earlier months stays good.
fn coverage_population_change() -> TableCreateStatement {
    Table::create()
        .table("coverage_population_change")
        .col(day("month").primary_key())
        .col(long("version"))
        .to_owned()
}

/// Changes of a count in one month that were recorded in a later one.
fn coverage_late() -> TableCreateStatement {
    Table::create()
        .table("coverage_late")
        .col(id("place_id"))
        .col(id("indicator_id"))
        .col(text("measure"))
        .col(day("month"))
        .col(day("recorded_month"))
        .col(long("changes"))
        .primary_key(
            Index::create()
                .name("pk_coverage_late")
                .col("place_id")
                .col("indicator_id")
                .col("measure")
                .col("recorded_month")
                .col("month"),
        )
        .to_owned()
}

//! Areas: life spans, dated names, codes and parents, changes with their edges, and atoms.

use sea_orm_migration::prelude::*;

use crate::columns::{day, day_null, id, id_null, one_of, reference, text, whole};

/// Makes the tables of areas.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000001_areas"
    }
}

/// Newest first, so that dropping in this order breaks no reference.
const TABLES: [&str; 7] = [
    "atom",
    "area_change_edge",
    "area_change",
    "area_parent",
    "area_code",
    "area_name",
    "area",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(area()).await?;
        manager.create_table(area_name()).await?;
        manager.create_table(area_code()).await?;
        manager.create_table(area_parent()).await?;
        manager.create_table(area_change()).await?;
        manager.create_table(area_change_edge()).await?;
        manager.create_table(atom()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn area() -> TableCreateStatement {
    Table::create()
        .table("area")
        .col(id("area_id"))
        .col(text("level"))
        .col(day_null("valid_from"))
        .col(day_null("valid_to"))
        .primary_key(Index::create().name("pk_area").col("area_id"))
        .check(one_of(
            "ck_area_level",
            "level",
            &["COUNTRY", "PROVINCE", "DISTRICT", "COMMUNE"],
        ))
        .check(in_order("ck_area_life"))
        .to_owned()
}

fn area_name() -> TableCreateStatement {
    dated("area_name")
        .col(text("name"))
        .col(text("name_folded"))
        .col(ColumnDef::new("sort_key").binary().not_null())
        .col(text("unit_type"))
        .primary_key(&mut key("pk_area_name"))
        .foreign_key(&mut reference(
            "fk_area_name_area",
            ("area_name", "area_id"),
            ("area", "area_id"),
        ))
        .check(in_order("ck_area_name_life"))
        .check(one_of(
            "ck_area_name_unit_type",
            "unit_type",
            &[
                "COUNTRY",
                "PROVINCE",
                "CITY",
                "URBAN_DISTRICT",
                "RURAL_DISTRICT",
                "TOWN",
                "WARD",
                "COMMUNE",
                "TOWNSHIP",
                "SPECIAL_ZONE",
            ],
        ))
        .to_owned()
}

fn area_code() -> TableCreateStatement {
    dated("area_code")
        .col(text("code"))
        .primary_key(&mut key("pk_area_code"))
        .foreign_key(&mut reference(
            "fk_area_code_area",
            ("area_code", "area_id"),
            ("area", "area_id"),
        ))
        .check(in_order("ck_area_code_life"))
        .to_owned()
}

fn area_parent() -> TableCreateStatement {
    dated("area_parent")
        .col(id("parent_id"))
        .primary_key(&mut key("pk_area_parent"))
        .foreign_key(&mut reference(
            "fk_area_parent_area",
            ("area_parent", "area_id"),
            ("area", "area_id"),
        ))
        .foreign_key(&mut reference(
            "fk_area_parent_parent",
            ("area_parent", "parent_id"),
            ("area", "area_id"),
        ))
        .check(in_order("ck_area_parent_life"))
        .check(Check::named(
            "ck_area_parent_other",
            Expr::col("area_id").ne(Expr::col("parent_id")),
        ))
        .to_owned()
}

fn area_change() -> TableCreateStatement {
    Table::create()
        .table("area_change")
        .col(id("area_change_id"))
        .col(text("decision"))
        .col(day("effective_on"))
        .col(text("kind"))
        .primary_key(Index::create().name("pk_area_change").col("area_change_id"))
        .index(
            Index::create()
                .name("uq_area_change_decision")
                .unique()
                .col("decision")
                .col("effective_on")
                .col("kind"),
        )
        .check(one_of(
            "ck_area_change_kind",
            "kind",
            &[
                "RENAMED",
                "RETYPED",
                "MERGED",
                "SPLIT",
                "PART_TRANSFERRED",
                "LEVEL_ABOLISHED",
                "BECAME_SPECIAL_ZONE",
            ],
        ))
        .to_owned()
}

fn area_change_edge() -> TableCreateStatement {
    Table::create()
        .table("area_change_edge")
        .col(id("area_change_id"))
        .col(id("from_area_id"))
        .col(id("to_area_id"))
        .col(ColumnDef::new("share").double().null())
        .primary_key(
            Index::create()
                .name("pk_area_change_edge")
                .col("area_change_id")
                .col("from_area_id")
                .col("to_area_id"),
        )
        .foreign_key(&mut reference(
            "fk_area_change_edge_change",
            ("area_change_edge", "area_change_id"),
            ("area_change", "area_change_id"),
        ))
        .foreign_key(&mut reference(
            "fk_area_change_edge_from",
            ("area_change_edge", "from_area_id"),
            ("area", "area_id"),
        ))
        .foreign_key(&mut reference(
            "fk_area_change_edge_to",
            ("area_change_edge", "to_area_id"),
            ("area", "area_id"),
        ))
        .check(Check::named(
            "ck_area_change_edge_share",
            Expr::col("share")
                .is_null()
                .or(Expr::col("share").gt(0).and(Expr::col("share").lte(1))),
        ))
        .to_owned()
}

fn atom() -> TableCreateStatement {
    Table::create()
        .table("atom")
        .col(id("atom_id"))
        .col(id("area_id"))
        .col(id_null("parent_atom_id"))
        .primary_key(Index::create().name("pk_atom").col("atom_id"))
        .index(
            Index::create()
                .name("uq_atom_place")
                .unique()
                .col("area_id")
                .col("parent_atom_id"),
        )
        .foreign_key(&mut reference(
            "fk_atom_area",
            ("atom", "area_id"),
            ("area", "area_id"),
        ))
        .foreign_key(&mut reference(
            "fk_atom_parent",
            ("atom", "parent_atom_id"),
            ("atom", "atom_id"),
        ))
        .to_owned()
}

/// A table of facts about areas, each true for a time; `position` counts an area's facts from the oldest.
fn dated(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(id("area_id"))
        .col(whole("position"))
        .col(day_null("valid_from"))
        .col(day_null("valid_to"))
        .to_owned()
}

fn key(name: &'static str) -> IndexCreateStatement {
    Index::create()
        .name(name)
        .col("area_id")
        .col("position")
        .to_owned()
}

fn in_order(constraint: &'static str) -> Check {
    Check::named(
        constraint,
        Expr::col("valid_from").lte(Expr::col("valid_to")),
    )
}

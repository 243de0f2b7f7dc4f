//! Compound indicators have elements: each is reported apart, and a target says which it asks for.

use sea_orm_migration::prelude::*;

use crate::columns::{belongs, id, one_of, text, text_null, whole};

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("indicator_element")
            .col(id("indicator_id"))
            .col(text("code"))
            .col(whole("position"))
            .col(text("name_vi"))
            .col(text("name_en"))
            .primary_key(
                Index::create()
                    .name("pk_indicator_element")
                    .col("indicator_id")
                    .col("code"),
            )
            .foreign_key(&mut belongs(
                "indicator_element",
                "indicator_id",
                "indicator",
            ))
            .to_owned();
        manager.create_table(table).await?;
        for (table, constraint) in RULED {
            add(manager, table, text_null("elements")).await?;
            let mut rule = text("elements_rule");
            rule.default("ALL");
            rule.check(one_of(constraint, "elements_rule", &["ALL", "ANY"]));
            add(manager, table, rule).await?;
        }
        add(manager, "reported_value", text_null("elements")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        remove(manager, "reported_value", "elements").await?;
        for (table, _) in RULED {
            remove(manager, table, "elements_rule").await?;
            remove(manager, table, "elements").await?;
        }
        let table = Table::drop().table("indicator_element").to_owned();
        manager.drop_table(table).await
    }
}

/// What says which elements are asked for.
const RULED: [(&str, &str); 2] = [
    ("target", "ck_target_elements_rule"),
    ("target_version", "ck_target_version_elements_rule"),
];

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    let mut change = Table::alter();
    change.table(table).add_column(column);
    manager.alter_table(change).await
}

async fn remove(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let mut change = Table::alter();
    change.table(table).drop_column(column);
    manager.alter_table(change).await
}

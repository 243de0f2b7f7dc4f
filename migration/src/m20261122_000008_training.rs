//! Training: groups, who is in them, and what they are to learn.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const REASONS: [&str; 5] = [
    "FINISHED",
    "MOVED_AWAY",
    "ASKED_TO_LEAVE",
    "ADDED_BY_MISTAKE",
    "OTHER",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [training_group(), group_member(), assignment()] {
            manager.create_table(table).await?;
        }
        for (name, table, column) in [
            (
                "ix_training_group_trainer",
                "training_group",
                "trainer_account_id",
            ),
            ("ix_group_member_person", "group_member", "person_id"),
        ] {
            let index = Index::create()
                .name(name)
                .table(table)
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        for (name, table, column, ended) in [
            (
                "uq_group_member_active",
                "group_member",
                "person_id",
                "left_on",
            ),
            (
                "uq_assignment_active",
                "assignment",
                "module_id",
                "withdrawn_at",
            ),
        ] {
            let index = Index::create()
                .name(name)
                .table(table)
                .col("group_id")
                .col(column)
                .and_where(Expr::col(ended).is_null())
                .unique()
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["assignment", "group_member", "training_group"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn training_group() -> TableCreateStatement {
    Table::create()
        .table("training_group")
        .col(id("group_id"))
        .col(id("area_id"))
        .col(text("name"))
        .col(id("trainer_account_id"))
        .col(text_null("join_code"))
        .col(instant("created_at"))
        .col(instant_null("archived_at"))
        .primary_key(Index::create().name("pk_training_group").col("group_id"))
        .index(
            Index::create()
                .name("uq_training_group_join_code")
                .col("join_code")
                .unique(),
        )
        .foreign_key(&mut belongs("training_group", "area_id", "area"))
        .foreign_key(&mut reference(
            "fk_training_group_trainer_account",
            ("training_group", "trainer_account_id"),
            ("account", "account_id"),
        ))
        .to_owned()
}

/// A person who left and came back has two rows.
fn group_member() -> TableCreateStatement {
    let forwards = Expr::col("left_on").gte(Expr::col("joined_on"));
    Table::create()
        .table("group_member")
        .col(id("group_member_id"))
        .col(id("group_id"))
        .col(id("person_id"))
        .col(day("joined_on"))
        .col(day_null("left_on"))
        .col(text_null("left_reason"))
        .primary_key(
            Index::create()
                .name("pk_group_member")
                .col("group_member_id"),
        )
        .foreign_key(&mut belongs("group_member", "group_id", "training_group"))
        .foreign_key(&mut belongs("group_member", "person_id", "person"))
        .check(one_of("ck_group_member_reason", "left_reason", &REASONS))
        .check(Check::named(
            "ck_group_member_days",
            Expr::col("left_on").is_null().or(forwards),
        ))
        .to_owned()
}

fn assignment() -> TableCreateStatement {
    Table::create()
        .table("assignment")
        .col(id("assignment_id"))
        .col(id("group_id"))
        .col(id("module_id"))
        .col(day("due_on"))
        .col(id("assigned_by"))
        .col(instant("assigned_at"))
        .col(instant_null("withdrawn_at"))
        .primary_key(Index::create().name("pk_assignment").col("assignment_id"))
        .foreign_key(&mut belongs("assignment", "group_id", "training_group"))
        .foreign_key(&mut belongs("assignment", "module_id", "module"))
        .foreign_key(&mut reference(
            "fk_assignment_assigned_by",
            ("assignment", "assigned_by"),
            ("account", "account_id"),
        ))
        .to_owned()
}

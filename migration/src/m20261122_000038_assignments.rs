//! Assignments: single lessons too, to one person too, with the releases they pin and a note; and who is excused.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// New columns of `assignment`. The lesson and the person have no foreign keys: SQLite could not take such columns back.
const IDS: [&str; 2] = ["lesson_id", "person_id"];
const TEXTS: [&str; 2] = ["note", "releases"];

/// One assignment of a thing to a person, or to the whole group, stands at a time.
const ACTIVE: &str = "CREATE UNIQUE INDEX uq_assignment_active ON assignment \
    (group_id, module_id, COALESCE(lesson_id, module_id), COALESCE(person_id, group_id)) \
    WHERE withdrawn_at IS NULL";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = IDS.map(id_null).into_iter().chain(TEXTS.map(text_null));
        for column in columns {
            let wider = Table::alter()
                .table("assignment")
                .add_column(column)
                .to_owned();
            manager.alter_table(wider).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared("DROP INDEX uq_assignment_active")
            .await?;
        db.execute_unprepared(ACTIVE).await?;
        manager.create_table(assignment_excuse()).await?;
        let live = Index::create()
            .name("uq_assignment_excuse_live")
            .table("assignment_excuse")
            .col("assignment_id")
            .col("person_id")
            .and_where(Expr::col("taken_back_at").is_null())
            .unique()
            .to_owned();
        manager.create_index(live).await
    }

    /// What only the new columns can say goes: the tables before knew whole modules for whole groups.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("assignment_excuse").to_owned())
            .await?;
        let db = manager.get_connection();
        db.execute_unprepared("DROP INDEX uq_assignment_active")
            .await?;
        db.execute_unprepared(
            "DELETE FROM assignment WHERE lesson_id IS NOT NULL OR person_id IS NOT NULL",
        )
        .await?;
        for column in IDS.into_iter().chain(TEXTS) {
            let narrower = Table::alter()
                .table("assignment")
                .drop_column(column)
                .to_owned();
            manager.alter_table(narrower).await?;
        }
        let before = Index::create()
            .name("uq_assignment_active")
            .table("assignment")
            .col("group_id")
            .col("module_id")
            .and_where(Expr::col("withdrawn_at").is_null())
            .unique()
            .to_owned();
        manager.create_index(before).await
    }
}

fn assignment_excuse() -> TableCreateStatement {
    Table::create()
        .table("assignment_excuse")
        .col(id("assignment_excuse_id"))
        .col(id("assignment_id"))
        .col(id("person_id"))
        .col(text("reason"))
        .col(id("excused_by"))
        .col(instant("excused_at"))
        .col(instant_null("taken_back_at"))
        .primary_key(
            Index::create()
                .name("pk_assignment_excuse")
                .col("assignment_excuse_id"),
        )
        .foreign_key(&mut belongs(
            "assignment_excuse",
            "assignment_id",
            "assignment",
        ))
        .foreign_key(&mut belongs("assignment_excuse", "person_id", "person"))
        .foreign_key(&mut reference(
            "fk_assignment_excuse_excused_by",
            ("assignment_excuse", "excused_by"),
            ("account", "account_id"),
        ))
        .to_owned()
}

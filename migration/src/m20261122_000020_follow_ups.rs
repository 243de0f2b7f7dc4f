//! What a trainer does for one person: follow-ups and home visits.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

const OUTCOMES: [&str; 4] = ["REACHED", "NO_ANSWER", "WILL_CONTINUE", "LEFT"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(follow_up()).await?;
        manager.create_table(home_visit()).await?;
        for (name, table, column) in [
            ("ix_follow_up_group", "follow_up", "group_id"),
            ("ix_home_visit_person", "home_visit", "person_id"),
        ] {
            let index = Index::create()
                .name(name)
                .table(table)
                .col(column)
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["home_visit", "follow_up"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn follow_up() -> TableCreateStatement {
    Table::create()
        .table("follow_up")
        .col(id("follow_up_id"))
        .col(id("group_id"))
        .col(id("person_id"))
        .col(id("account_id"))
        .col(text("outcome"))
        .col(text_null("note"))
        .col(day("made_on"))
        .col(day("quiet_until"))
        .col(instant("received_at"))
        .primary_key(Index::create().name("pk_follow_up").col("follow_up_id"))
        .foreign_key(&mut belongs("follow_up", "group_id", "training_group"))
        .foreign_key(&mut belongs("follow_up", "person_id", "person"))
        .foreign_key(&mut belongs("follow_up", "account_id", "account"))
        .check(one_of("ck_follow_up_outcome", "outcome", &OUTCOMES))
        .to_owned()
}

fn home_visit() -> TableCreateStatement {
    Table::create()
        .table("home_visit")
        .col(id("home_visit_id"))
        .col(id("person_id"))
        .col(id("account_id"))
        .col(day("visited_on"))
        .col(text("purpose"))
        .col(text_null("practised"))
        .col(text("observed"))
        .col(text_null("next_step"))
        .col(instant("received_at"))
        .primary_key(Index::create().name("pk_home_visit").col("home_visit_id"))
        .foreign_key(&mut belongs("home_visit", "person_id", "person"))
        .foreign_key(&mut belongs("home_visit", "account_id", "account"))
        .to_owned()
}

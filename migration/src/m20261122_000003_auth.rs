//! Accounts, signed-in devices, standings, guesses at passwords, and who looked at whom.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// Newest last; dropped in reverse.
const TABLES: [&str; 6] = [
    "account",
    "account_login",
    "session",
    "standing",
    "sign_in_attempt",
    "audit_log",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            account(),
            account_login(),
            session(),
            standing(),
            sign_in_attempt(),
            audit_log(),
        ] {
            manager.create_table(table).await?;
        }
        for (name, table, column) in [
            ("ix_session_family", "session", "family_id"),
            ("ix_session_account", "session", "account_id"),
            ("ix_standing_account", "standing", "account_id"),
            ("ix_standing_area", "standing", "area_id"),
            ("ix_audit_log_account", "audit_log", "account_id"),
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
        for table in TABLES.into_iter().rev() {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// A SHA-256 digest.
fn digest(name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.blob().not_null();
    column
}

fn unique(name: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(name).col(column).unique().to_owned()
}

fn account() -> TableCreateStatement {
    Table::create()
        .table("account")
        .col(id("account_id"))
        .col(id("person_id"))
        .col(text("password_hash"))
        .col(text("state"))
        .col(instant("created_at"))
        .primary_key(Index::create().name("pk_account").col("account_id"))
        .index(&mut unique("uq_account_person", "person_id"))
        .foreign_key(&mut reference(
            "fk_account_person",
            ("account", "person_id"),
            ("person", "person_id"),
        ))
        .check(one_of("ck_account_state", "state", &["ACTIVE", "DISABLED"]))
        .to_owned()
}

/// In its own table, so that it stays unique by itself if accounts are ever divided by bucket.
fn account_login() -> TableCreateStatement {
    Table::create()
        .table("account_login")
        .col(text("login"))
        .col(id("account_id"))
        .primary_key(Index::create().name("pk_account_login").col("login"))
        .index(&mut unique("uq_account_login_account", "account_id"))
        .foreign_key(&mut reference(
            "fk_account_login_account",
            ("account_login", "account_id"),
            ("account", "account_id"),
        ))
        .to_owned()
}

/// One row per token pair; a family is one signed-in device. `parent_id` is unique: a pair has one successor.
fn session() -> TableCreateStatement {
    Table::create()
        .table("session")
        .col(id("session_id"))
        .col(id("account_id"))
        .col(id("family_id"))
        .col(id_null("parent_id"))
        .col(text_null("device_label"))
        .col(digest("access_hash"))
        .col(instant("access_expires_at"))
        .col(instant_null("access_used_at"))
        .col(digest("refresh_hash"))
        .col(instant("refresh_expires_at"))
        .col(instant("created_at"))
        .col(instant_null("used_at"))
        .col(instant_null("revoked_at"))
        .col(digest("successor_salt"))
        .primary_key(Index::create().name("pk_session").col("session_id"))
        .index(&mut unique("uq_session_parent", "parent_id"))
        .index(&mut unique("uq_session_access_hash", "access_hash"))
        .index(&mut unique("uq_session_refresh_hash", "refresh_hash"))
        .foreign_key(&mut reference(
            "fk_session_account",
            ("session", "account_id"),
            ("account", "account_id"),
        ))
        .to_owned()
}

fn standing() -> TableCreateStatement {
    let forwards = Expr::col("to_on").gte(Expr::col("from_on"));
    Table::create()
        .table("standing")
        .col(id("standing_id"))
        .col(id("account_id"))
        .col(text("kind"))
        .col(id("area_id"))
        .col(day("from_on"))
        .col(day_null("to_on"))
        .col(id_null("granted_by"))
        .primary_key(Index::create().name("pk_standing").col("standing_id"))
        .foreign_key(&mut reference(
            "fk_standing_account",
            ("standing", "account_id"),
            ("account", "account_id"),
        ))
        .foreign_key(&mut reference(
            "fk_standing_area",
            ("standing", "area_id"),
            ("area", "area_id"),
        ))
        .foreign_key(&mut reference(
            "fk_standing_granted_by",
            ("standing", "granted_by"),
            ("account", "account_id"),
        ))
        .check(one_of(
            "ck_standing_kind",
            "kind",
            &["TRAINER", "SUPERVISOR", "EDITOR", "ADMINISTRATOR"],
        ))
        .check(Check::named(
            "ck_standing_days",
            Expr::col("to_on").is_null().or(forwards),
        ))
        .to_owned()
}

/// Wrong passwords of one login name in one clock hour. Logins are hashed: people mistype passwords there.
fn sign_in_attempt() -> TableCreateStatement {
    Table::create()
        .table("sign_in_attempt")
        .col(digest("login_hash"))
        .col(yes_no("known_device"))
        .col(instant("window_at"))
        .col(whole("guesses"))
        .primary_key(
            Index::create()
                .name("pk_sign_in_attempt")
                .col("login_hash")
                .col("known_device")
                .col("window_at"),
        )
        .to_owned()
}

/// No foreign keys: the record outlives what it speaks of.
fn audit_log() -> TableCreateStatement {
    Table::create()
        .table("audit_log")
        .col(id("audit_id"))
        .col(id("account_id"))
        .col(text("operation"))
        .col(text("subjects"))
        .col(instant("at"))
        .primary_key(Index::create().name("pk_audit_log").col("audit_id"))
        .to_owned()
}

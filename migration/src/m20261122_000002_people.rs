//! Persons, where they lived and when, their children and what they consented to.

use sea_orm_migration::prelude::*;

use crate::columns::*;

/// The step.
#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

/// Newest last; dropped in reverse.
const TABLES: [&str; 7] = [
    "person",
    "person_audience",
    "residence",
    "child",
    "caregiving",
    "child_disability",
    "consent",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            person(),
            person_audience(),
            residence(),
            child(),
            caregiving(),
            child_disability(),
            consent(),
        ] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
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

/// The immutable number (0-1023) that keeps the rows of one family together if tables are ever divided.
fn bucket() -> ColumnDef {
    whole("bucket")
}

fn bucket_range(constraint: &'static str) -> Check {
    Check::named(constraint, Expr::col("bucket").between(0, 1023))
}

/// A half-open run of days may be empty, but never runs backwards.
fn forwards(constraint: &'static str, from: &'static str, to: &'static str) -> Check {
    let ordered = Expr::col(to).gte(Expr::col(from));
    Check::named(constraint, Expr::col(to).is_null().or(ordered))
}

fn person() -> TableCreateStatement {
    Table::create()
        .table("person")
        .col(id("person_id"))
        .col(bucket())
        .col(text("full_name"))
        .col(text("name_sort_key"))
        .col(yes_no("exclude_from_reporting"))
        .col(instant("created_at"))
        .primary_key(Index::create().name("pk_person").col("person_id"))
        .check(bucket_range("ck_person_bucket"))
        .to_owned()
}

fn person_audience() -> TableCreateStatement {
    Table::create()
        .table("person_audience")
        .col(id("person_id"))
        .col(bucket())
        .col(text("audience"))
        .col(day("from_on"))
        .col(day_null("to_on"))
        .primary_key(
            Index::create()
                .name("pk_person_audience")
                .col("person_id")
                .col("audience")
                .col("from_on"),
        )
        .foreign_key(&mut reference(
            "fk_person_audience_person",
            ("person_audience", "person_id"),
            ("person", "person_id"),
        ))
        .check(one_of(
            "ck_person_audience_audience",
            "audience",
            &["CAREGIVER", "STAFF"],
        ))
        .check(bucket_range("ck_person_audience_bucket"))
        .check(forwards("ck_person_audience_days", "from_on", "to_on"))
        .to_owned()
}

fn residence() -> TableCreateStatement {
    Table::create()
        .table("residence")
        .col(id("residence_id"))
        .col(id("person_id"))
        .col(bucket())
        .col(id("area_id"))
        .col(id("atom_id"))
        .col(day("from_on"))
        .col(day_null("to_on"))
        .primary_key(Index::create().name("pk_residence").col("residence_id"))
        .foreign_key(&mut reference(
            "fk_residence_person",
            ("residence", "person_id"),
            ("person", "person_id"),
        ))
        .foreign_key(&mut reference(
            "fk_residence_area",
            ("residence", "area_id"),
            ("area", "area_id"),
        ))
        .foreign_key(&mut reference(
            "fk_residence_atom",
            ("residence", "atom_id"),
            ("atom", "atom_id"),
        ))
        .check(bucket_range("ck_residence_bucket"))
        .check(forwards("ck_residence_days", "from_on", "to_on"))
        .to_owned()
}

fn child() -> TableCreateStatement {
    let one_month = Expr::col("born_month")
        .is_null()
        .or(Expr::col("due_month").is_null());
    Table::create()
        .table("child")
        .col(id("child_id"))
        .col(bucket())
        .col(text_null("nickname"))
        .col(day_null("born_month"))
        .col(day_null("due_month"))
        .col(text_null("sex"))
        .col(whole_null("premature_weeks"))
        .col(day("recorded_on"))
        .col(day_null("removed_on"))
        .primary_key(Index::create().name("pk_child").col("child_id"))
        .check(bucket_range("ck_child_bucket"))
        .check(one_of("ck_child_sex", "sex", &["FEMALE", "MALE"]))
        .check(Check::named("ck_child_month", one_month))
        .check(Check::named(
            "ck_child_premature_weeks",
            Expr::col("premature_weeks").between(0, 17),
        ))
        .check(forwards("ck_child_days", "recorded_on", "removed_on"))
        .to_owned()
}

fn caregiving() -> TableCreateStatement {
    Table::create()
        .table("caregiving")
        .col(id("person_id"))
        .col(id("child_id"))
        .col(bucket())
        .col(day("from_on"))
        .col(day_null("to_on"))
        .primary_key(
            Index::create()
                .name("pk_caregiving")
                .col("person_id")
                .col("child_id")
                .col("from_on"),
        )
        .foreign_key(&mut reference(
            "fk_caregiving_person",
            ("caregiving", "person_id"),
            ("person", "person_id"),
        ))
        .foreign_key(&mut reference(
            "fk_caregiving_child",
            ("caregiving", "child_id"),
            ("child", "child_id"),
        ))
        .check(bucket_range("ck_caregiving_bucket"))
        .check(forwards("ck_caregiving_days", "from_on", "to_on"))
        .to_owned()
}

fn child_disability() -> TableCreateStatement {
    Table::create()
        .table("child_disability")
        .col(id("child_disability_id"))
        .col(id("child_id"))
        .col(bucket())
        .col(text_null("disability"))
        .col(text_null("degree"))
        .col(text("basis"))
        .col(day("recorded_on"))
        .col(day_null("removed_on"))
        .primary_key(
            Index::create()
                .name("pk_child_disability")
                .col("child_disability_id"),
        )
        .foreign_key(&mut reference(
            "fk_child_disability_child",
            ("child_disability", "child_id"),
            ("child", "child_id"),
        ))
        .check(one_of(
            "ck_child_disability_disability",
            "disability",
            &[
                "MOBILITY",
                "HEARING_SPEECH",
                "VISION",
                "NEURO_MENTAL",
                "INTELLECTUAL",
                "OTHER",
            ],
        ))
        .check(one_of(
            "ck_child_disability_degree",
            "degree",
            &["EXTREMELY_SEVERE", "SEVERE", "MILD"],
        ))
        .check(one_of(
            "ck_child_disability_basis",
            "basis",
            &["CERTIFICATE", "SCREENING", "CONCERN", "UNKNOWN"],
        ))
        .check(bucket_range("ck_child_disability_bucket"))
        .check(forwards(
            "ck_child_disability_days",
            "recorded_on",
            "removed_on",
        ))
        .to_owned()
}

/// `given_by` names the account that entered the consent. It has no foreign key: accounts come in a later
/// step and may be erased, while the proof of consent stays.
fn consent() -> TableCreateStatement {
    Table::create()
        .table("consent")
        .col(id("consent_id"))
        .col(id("person_id"))
        .col(bucket())
        .col(text("purpose"))
        .col(text("text_version"))
        .col(text("text_hash"))
        .col(text("language"))
        .col(text("channel"))
        .col(id_null("given_by"))
        .col(instant("given_at"))
        .col(instant_null("withdrawn_at"))
        .primary_key(Index::create().name("pk_consent").col("consent_id"))
        .foreign_key(&mut reference(
            "fk_consent_person",
            ("consent", "person_id"),
            ("person", "person_id"),
        ))
        .check(one_of(
            "ck_consent_purpose",
            "purpose",
            &[
                "LEARNING_RECORD",
                "CHILD_PROFILE",
                "DISABILITY_DATA",
                "STATISTICS",
                "REFERRAL",
            ],
        ))
        .check(one_of(
            "ck_consent_channel",
            "channel",
            &["APP", "PAPER", "PHONE"],
        ))
        .check(bucket_range("ck_consent_bucket"))
        .check(forwards("ck_consent_times", "given_at", "withdrawn_at"))
        .to_owned()
}

/// A person lives in one place, cares for a child once and has one valid consent per purpose at a time.
fn indexes() -> Vec<IndexCreateStatement> {
    let open =
        |name: &'static str, table: &'static str, columns: &[&'static str], end: &'static str| {
            let mut index = Index::create();
            index.name(name).table(table).unique().col("bucket");
            for column in columns {
                index.col(*column);
            }
            index.and_where(Expr::col(end).is_null()).to_owned()
        };
    let plain = |name: &'static str, table: &'static str, column: &'static str| {
        Index::create()
            .name(name)
            .table(table)
            .col(column)
            .to_owned()
    };
    vec![
        open("uq_residence_open", "residence", &["person_id"], "to_on"),
        open(
            "uq_caregiving_open",
            "caregiving",
            &["person_id", "child_id"],
            "to_on",
        ),
        open(
            "uq_consent_valid",
            "consent",
            &["person_id", "purpose"],
            "withdrawn_at",
        ),
        plain("ix_residence_person", "residence", "person_id"),
        plain("ix_caregiving_child", "caregiving", "child_id"),
        plain("ix_child_disability_child", "child_disability", "child_id"),
        plain("ix_consent_person", "consent", "person_id"),
    ]
}

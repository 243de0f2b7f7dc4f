//! Every column of every table is classed in `privacy.toml`: nobody adds a place for personal data unawares.

use std::collections::{BTreeMap, BTreeSet};

use config::{Config, File, FileFormat};

use crate::{app::on_both, tables::columns};

/// How much a column gives away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Anyone may see it: areas, programmes, lessons, and what says nothing about a person.
    Public,
    /// About a person: who they are, where they live, what they did, and every id that leads to them.
    Personal,
    /// Personal, and harmful when known: disability, health, a child's birth, reasons to be left out of reports.
    Sensitive,
    /// Opens a door: password and token hashes. Never leaves the server, in no export and no log.
    Secret,
}

pub type Classes = BTreeMap<String, BTreeMap<String, Class>>;

pub fn classes() -> Classes {
    let text = include_str!("privacy.toml");
    Config::builder()
        .add_source(File::from_str(text, FileFormat::Toml))
        .build()
        .expect("privacy.toml is TOML")
        .try_deserialize()
        .expect("privacy.toml has a table per table, and a class per column")
}

#[tokio::test]
async fn every_column_is_classed_and_nothing_else() {
    let classed: BTreeSet<String> = classes()
        .iter()
        .flat_map(|(table, columns)| {
            columns
                .keys()
                .map(move |column| format!("{table}.{column}"))
        })
        .collect();
    on_both(async |app| {
        let there = columns(&app.db).await;
        let lines = |of: &BTreeSet<String>, without: &BTreeSet<String>| -> String {
            of.difference(without).map(|column| format!("\n    {column}")).collect()
        };
        assert!(
            there == classed,
            "mend tests/api/privacy.toml\n  class these as public, personal, sensitive or secret:{}\n  \
             take out these, which no table has:{}",
            lines(&there, &classed),
            lines(&classed, &there),
        );
    })
    .await;
}

#[test]
fn what_opens_a_door_is_secret() {
    for (table, columns) in classes() {
        for (column, class) in columns {
            let opens = ["password", "access_hash", "refresh_hash", "token", "salt"]
                .iter()
                .any(|word| column.contains(word));
            assert!(
                !opens || class == Class::Secret,
                "{table}.{column} is classed {class:?}: it opens a door, so it is secret"
            );
        }
    }
}

#[test]
fn what_tells_of_a_childs_health_or_birth_is_sensitive() {
    for (table, columns) in classes() {
        for (column, class) in columns {
            let telling = ["born_", "due_month", "premature_", "degree", "basis"]
                .iter()
                .any(|word| column.starts_with(word));
            let of_a_child = table.starts_with("child");
            assert!(
                !(telling && of_a_child) || class == Class::Sensitive,
                "{table}.{column} is classed {class:?}: it tells of a child's health or birth, so it is sensitive"
            );
        }
    }
}

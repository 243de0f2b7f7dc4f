//! How Vun's tables came to be: one reversible step per file, never importing `entity`.
//!
//! Invariant: a step is never edited once released; a later step changes what it made.

use sea_orm_migration::prelude::*;

pub mod columns;
mod m20261122_000001_areas;
mod m20261122_000002_people;
mod m20261122_000003_auth;
mod m20261122_000006_learning;
mod m20261122_000007_coverage;

/// Every step, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_areas::Migration),
            Box::new(m20261122_000002_people::Migration),
            Box::new(m20261122_000003_auth::Migration),
            Box::new(m20261122_000006_learning::Migration),
            Box::new(m20261122_000007_coverage::Migration),
        ]
    }
}

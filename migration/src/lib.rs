//! How Vun's tables came to be: one reversible step per file, never importing `entity`.
//!
//! Invariant: a step is never edited once released; a later step changes what it made.

use sea_orm_migration::prelude::*;

pub mod columns;

/// Every step, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![]
    }
}

//! How Vun's tables came to be: one reversible step per file, never importing `entity`.
//!
//! Invariant: a step is never edited once released; a later step changes what it made.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseConnection};

pub mod columns;
pub mod lease;
mod m20261122_000001_areas;
mod m20261122_000002_people;
mod m20261122_000003_auth;
mod m20261122_000004_content;
mod m20261122_000005_programmes;
mod m20261122_000006_learning;
mod m20261122_000007_coverage;
mod m20261122_000008_training;
mod m20261122_000009_installation;
mod m20261122_000010_area_changes;
mod m20261122_000011_reported_values;
mod m20261122_000012_findings;
mod m20261122_000013_children_counted;
mod m20261122_000014_coverage_kept_small;
mod m20261122_000015_sync;
mod m20261122_000016_group_revisions;
mod m20261122_000017_quiz_kinds;
mod m20261122_000018_people_without_phones;
mod m20261122_000019_training_sessions;
mod m20261122_000020_follow_ups;
mod m20261122_000021_same_as;
mod m20261122_000022_reports;
mod m20261122_000023_coverage_backfill;
mod m20261122_000026_lesson_drafts;
mod m20261122_000027_release_origins;
mod m20261122_000030_media;
mod m20261122_000034_notices;
mod m20261122_000035_contacts;
mod m20261122_000036_password_resets;
mod m20261122_000038_assignments;
mod m20261122_000039_join_code_expiry;
mod m20261122_000040_joining_reasons;
mod m20261122_000044_erasing;
mod m20261122_000045_certificates;
mod m20261122_000047_group_frames;
mod m20261122_000048_elements;
mod m20261122_000049_programme_edition;
mod m20261122_000050_counters_version;
mod m20261122_000051_lookups;

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
            Box::new(m20261122_000004_content::Migration),
            Box::new(m20261122_000005_programmes::Migration),
            Box::new(m20261122_000006_learning::Migration),
            Box::new(m20261122_000007_coverage::Migration),
            Box::new(m20261122_000008_training::Migration),
            Box::new(m20261122_000009_installation::Migration),
            Box::new(m20261122_000010_area_changes::Migration),
            Box::new(m20261122_000011_reported_values::Migration),
            Box::new(m20261122_000012_findings::Migration),
            Box::new(m20261122_000013_children_counted::Migration),
            Box::new(m20261122_000014_coverage_kept_small::Migration),
            Box::new(m20261122_000015_sync::Migration),
            Box::new(m20261122_000016_group_revisions::Migration),
            Box::new(m20261122_000017_quiz_kinds::Migration),
            Box::new(m20261122_000018_people_without_phones::Migration),
            Box::new(m20261122_000019_training_sessions::Migration),
            Box::new(m20261122_000020_follow_ups::Migration),
            Box::new(m20261122_000021_same_as::Migration),
            Box::new(m20261122_000022_reports::Migration),
            Box::new(m20261122_000023_coverage_backfill::Migration),
            Box::new(m20261122_000026_lesson_drafts::Migration),
            Box::new(m20261122_000027_release_origins::Migration),
            Box::new(m20261122_000030_media::Migration),
            Box::new(m20261122_000034_notices::Migration),
            Box::new(m20261122_000035_contacts::Migration),
            Box::new(m20261122_000036_password_resets::Migration),
            Box::new(m20261122_000038_assignments::Migration),
            Box::new(m20261122_000039_join_code_expiry::Migration),
            Box::new(m20261122_000040_joining_reasons::Migration),
            Box::new(m20261122_000044_erasing::Migration),
            Box::new(m20261122_000045_certificates::Migration),
            Box::new(m20261122_000047_group_frames::Migration),
            Box::new(m20261122_000048_elements::Migration),
            Box::new(m20261122_000049_programme_edition::Migration),
            Box::new(m20261122_000050_counters_version::Migration),
            Box::new(m20261122_000051_lookups::Migration),
        ]
    }
}

/// Takes every step that was not taken yet; several servers may ask at once.
///
/// # Errors
/// As [`lease::up`].
pub async fn up(db: &DatabaseConnection) -> Result<(), DbErr> {
    lease::up::<Migrator>(db, None).await
}

/// Every step by name, and whether it was taken.
///
/// # Errors
/// When the database does not answer.
pub async fn status(db: &DatabaseConnection) -> Result<Vec<(String, bool)>, DbErr> {
    let waiting = Migrator::get_pending_migrations(db).await?;
    let taken = |name: &str| waiting.iter().all(|waiting| waiting.name() != name);
    let steps = Migrator::get_migration_files();
    Ok(steps
        .iter()
        .map(|step| (step.name().to_owned(), taken(step.name())))
        .collect())
}

/// Takes back the last `steps` steps.
///
/// # Errors
/// As [`lease::down`].
pub async fn down(db: &DatabaseConnection, steps: u32) -> Result<(), DbErr> {
    lease::down::<Migrator>(db, Some(steps)).await
}

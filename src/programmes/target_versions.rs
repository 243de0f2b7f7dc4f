//! The history of targets: what each said before, and who set it so.

use chrono::{DateTime, Utc};
use entity::{target, target_version};

use super::rulebook::Rows;

/// The versions that a change of a target adds: what it said before if that was never written down, and what it says now.
pub fn versions_after(
    versions: &[target_version::Model],
    before: Option<&target::Model>,
    after: &target::Model,
    now: DateTime<Utc>,
) -> Vec<target_version::Model> {
    let mut next = versions.iter().map(|row| row.version).max().unwrap_or(0) + 1;
    let mut added = Vec::new();
    if let (Some(before), true) = (before, versions.is_empty()) {
        added.push(version(before, next, None));
        next += 1;
    }
    added.push(version(after, next, Some(now)));
    added
}

/// The versions that an import of targets adds: of those that are there and change.
pub fn versions_of_import(
    current: &Rows,
    put: &[target::Model],
    now: DateTime<Utc>,
) -> Vec<target_version::Model> {
    let mut added = Vec::new();
    for after in put {
        let mut there = current.targets.iter();
        let before = there.find(|row| row.target_id == after.target_id);
        if before.is_some() {
            let versions = current.target_versions.iter();
            let versions = versions.filter(|row| row.target_id == after.target_id);
            let versions: Vec<_> = versions.cloned().collect();
            added.extend(versions_after(&versions, before, after, now));
        }
    }
    added
}

fn version(
    row: &target::Model,
    version: i32,
    set_at: Option<DateTime<Utc>>,
) -> target_version::Model {
    target_version::Model {
        target_id: row.target_id,
        version,
        kind: row.kind,
        percent: row.percent,
        milestone: row.milestone,
        elements: row.elements.clone(),
        elements_rule: row.elements_rule,
        unit_level: row.unit_level.clone(),
        wording_vi: row.wording_vi.clone(),
        source_file: row.source_file.clone(),
        decision: row.decision.clone(),
        decided_on: row.decided_on,
        set_by: row.set_by,
        set_at,
    }
}

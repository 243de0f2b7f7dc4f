//! Looking an installation over: what is well, what is not, and what to do about it.

use std::time::Duration;

use chrono::Utc;

use super::{backup::sqlite_file, connect, say};
use crate::{
    clock::Clock,
    config::Settings,
    db::Db,
    error::Result,
    installation::{self, Purpose},
};

/// Changes of counts that may wait to be folded; the server folds every few seconds.
const BACKLOG: i64 = 50_000;
/// How far the database's clock may be from this machine's.
const CLOCKS_APART: Duration = Duration::from_secs(5);
/// Space below which a disk is said to be full.
const ROOM_BYTES: u64 = 1024 * 1024 * 1024;

/// One thing looked at.
struct Finding {
    well: bool,
    what: String,
}

fn well(what: impl Into<String>) -> Finding {
    Finding {
        well: true,
        what: what.into(),
    }
}

fn ill(what: impl Into<String>) -> Finding {
    Finding {
        well: false,
        what: what.into(),
    }
}

/// Looks everything over and says it, line by line. Answers whether all is well. Nothing is changed.
pub(super) async fn look_over(settings: &Settings) -> Result<bool> {
    let mut findings = vec![well("settings: every one is known and in range")];
    if let Some(file) = sqlite_file(settings).filter(|file| !file.exists()) {
        findings.push(ill(format!(
            "database: there is no {}: `vun migrate up` makes it",
            file.display()
        )));
        return tell(&findings);
    }
    match connect(settings).await {
        Err(cause) => {
            let mut deepest: &dyn std::error::Error = &cause;
            while let Some(deeper) = deepest.source() {
                deepest = deeper;
            }
            findings.push(ill(format!(
                "database: does not answer ({deepest}): check VUN_DATABASE_URL, and that it runs"
            )));
        }
        Ok(db) => {
            findings.push(well("database: answers"));
            examine(&db, settings, &mut findings).await?;
            db.close().await?;
        }
    }
    tell(&findings)
}

async fn examine(db: &Db, settings: &Settings, findings: &mut Vec<Finding>) -> Result<()> {
    if installation::count_tables(db).await? == 0 {
        findings.push(ill("tables: none: `vun migrate up` makes them"));
        return Ok(());
    }
    let waiting: Vec<String> = migration::status(db.write())
        .await?
        .into_iter()
        .filter_map(|(name, taken)| (!taken).then_some(name))
        .collect();
    findings.push(match waiting.first() {
        None => well("tables: every step is taken"),
        Some(first) => ill(format!(
            "tables: {} steps wait, first {first}: `vun migrate up` takes them",
            waiting.len()
        )),
    });
    if !waiting.is_empty() {
        return Ok(());
    }
    let faults = installation::faults(db).await?;
    findings.push(match faults.first() {
        None => well("integrity: nothing is damaged"),
        Some(first) => ill(format!(
            "integrity: {first}: restore the last copy (`vun restore`) and keep this one for looking into"
        )),
    });
    let purpose = installation::purpose(db).await?;
    if purpose == Some(Purpose::Demo) {
        findings.push(ill("purpose: made by `vun demo`: its passwords are public"));
    }
    let clock = Clock::machine();
    let before = clock.now();
    let theirs = installation::clock_of(db).await?;
    let apart = (theirs.unwrap_or(before) - before).abs();
    let apart = apart.to_std().unwrap_or_default();
    findings.push(if apart <= CLOCKS_APART {
        well("clock: the database's and this machine's agree")
    } else {
        ill(format!(
            "clock: the database's is {} seconds away from this machine's: set both by a time server",
            apart.as_secs()
        ))
    });
    let newest = installation::newest_event(db).await?;
    if newest
        .is_some_and(|newest: chrono::DateTime<Utc>| newest > before + chrono::Duration::minutes(5))
    {
        findings.push(ill(
            "clock: events were received in the future: this machine's clock was, or is, wrong",
        ));
    }
    let waiting = installation::count_unfolded(db, clock.today()).await?;
    findings.push(if waiting <= BACKLOG {
        well(format!("counters: {waiting} changes wait to be folded"))
    } else {
        ill(format!(
            "counters: {waiting} changes wait to be folded: is the server running? reads grow slow"
        ))
    });
    if let Some(file) = sqlite_file(settings) {
        findings.push(room(&file)?);
    }
    Ok(())
}

/// Space on the disk of a file, asked of the system's own `df`.
fn room(file: &std::path::Path) -> Result<Finding> {
    let asked = std::process::Command::new("df")
        .arg("-Pk")
        .arg(file)
        .output();
    let Some(free) = asked
        .ok()
        .and_then(|told| free_bytes(&String::from_utf8_lossy(&told.stdout)))
    else {
        return Ok(ill("disk: the system does not say how much space is left"));
    };
    let size = std::fs::metadata(file)
        .map(|found| found.len())
        .unwrap_or_default();
    // A copy is as large as the database itself.
    let wanted = ROOM_BYTES.max(size);
    let mebibytes = free / 1024 / 1024;
    Ok(if free >= wanted {
        well(format!("disk: {mebibytes} MiB free"))
    } else {
        ill(format!(
            "disk: {mebibytes} MiB free: less than a copy of the database, or than 1 GiB, needs"
        ))
    })
}

/// The free bytes that `df -Pk` tells: the fourth column of its last line, in kibibytes.
fn free_bytes(told: &str) -> Option<u64> {
    let line = told.lines().nth(1)?;
    let free: u64 = line.split_whitespace().nth(3)?.parse().ok()?;
    free.checked_mul(1024)
}

fn tell(findings: &[Finding]) -> Result<bool> {
    for finding in findings {
        let sign = if finding.well { "well" } else { "ILL " };
        say(&format!("{sign}  {}", finding.what))?;
    }
    Ok(findings.iter().all(|finding| finding.well))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_read_from_what_the_system_tells() {
        let told = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 1000 400 600 40% /\n";
        assert_eq!(free_bytes(told), Some(600 * 1024));
        assert_eq!(free_bytes("nonsense"), None);
    }
}

//! Copies of the whole database: taken while the server writes, and put back into an empty place.
//!
//! SQLite copies itself into one file at one instant. For PostgreSQL its own programs `pg_dump` and `pg_restore` are
//! called: they are part of every installation of it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
};

use secrecy::ExposeSecret as _;

use super::{connect, say};
use crate::{
    config::Settings,
    db::Db,
    error::{Error, Result},
    installation,
};

/// Writes a copy of the database to a file that does not exist yet.
pub(super) async fn backup(settings: &Settings, file: &Path) -> Result<()> {
    if file.exists() {
        return Err(refused(file, "is there already: name a new file"));
    }
    // Under another name until it is whole, so that a copy that broke off is never taken for one.
    let unfinished = beside(file, "unfinished");
    remove(&unfinished)?;
    let db = connect(settings).await?;
    match sqlite_file(settings) {
        Some(_) => installation::copy_into(&db, &unfinished).await?,
        None => {
            let arguments = [
                OsStr::new("--format=custom"),
                OsStr::new("--no-owner"),
                OsStr::new("--file"),
                unfinished.as_os_str(),
            ];
            call("pg_dump", settings, "--dbname", &arguments)?;
        }
    }
    db.close().await?;
    keep(&unfinished)?;
    std::fs::rename(&unfinished, file).map_err(|cause| refused(file, &cause.to_string()))?;
    let bytes = std::fs::metadata(file)
        .map(|found| found.len())
        .unwrap_or_default();
    say(&format!("{}: {bytes} bytes", file.display()))
}

/// Puts a copy into the database of the settings, which must hold nothing.
pub(super) async fn restore(settings: &Settings, file: &Path) -> Result<()> {
    if !file.is_file() {
        return Err(refused(file, "is no file"));
    }
    match sqlite_file(settings) {
        Some(place) => {
            if place.exists() {
                return Err(refused(
                    &place,
                    "is there already: move it away first, or set another VUN_DATABASE_URL",
                ));
            }
            let unfinished = beside(&place, "unfinished");
            let copied = std::fs::copy(file, &unfinished);
            copied.map_err(|cause| refused(&unfinished, &cause.to_string()))?;
            keep(&unfinished)?;
            let fault = fault_of(settings, &unfinished).await;
            for rest in ["unfinished-wal", "unfinished-shm"] {
                remove(&beside(&place, rest))?;
            }
            if let Some(fault) = fault {
                remove(&unfinished)?;
                return Err(refused(file, &fault));
            }
            std::fs::rename(&unfinished, &place)
                .map_err(|cause| refused(&place, &cause.to_string()))?;
        }
        None => {
            let db = connect(settings).await?;
            let tables = installation::count_tables(&db).await?;
            db.close().await?;
            if tables > 0 {
                return Err(Error::internal(
                    "the database holds tables already: make an empty one, and name it in VUN_DATABASE_URL",
                ));
            }
            let arguments = [
                OsStr::new("--no-owner"),
                OsStr::new("--exit-on-error"),
                OsStr::new("--single-transaction"),
                file.as_os_str(),
            ];
            call("pg_restore", settings, "--dbname", &arguments)?;
        }
    }
    let db: Db = connect(settings).await?;
    let waiting = migration::status(db.write()).await?;
    let waiting = waiting.iter().filter(|(_, taken)| !taken).count();
    db.close().await?;
    say(&format!(
        "restored; {waiting} steps of `vun migrate up` wait. `vun check` recomputes every figure."
    ))
}

/// What is wrong with a copy of a SQLite database, if anything.
async fn fault_of(settings: &Settings, copy: &Path) -> Option<String> {
    let there = Settings {
        database_url: format!("sqlite://{}", copy.display()).into(),
        ..settings.clone()
    };
    let looked = async {
        let db = connect(&there).await?;
        let faults = installation::faults(&db).await;
        db.close().await?;
        faults
    };
    match looked.await {
        Ok(faults) => faults.into_iter().next(),
        Err(cause) => {
            tracing::debug!(?cause, "a copy that cannot be read");
            Some("is no copy of a database".to_owned())
        }
    }
}

/// The file of a SQLite database; none for PostgreSQL.
pub(super) fn sqlite_file(settings: &Settings) -> Option<PathBuf> {
    let url = settings.database_url.expose_secret();
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))?;
    Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn refused(file: &Path, why: &str) -> Error {
    Error::internal(format!("{}: {why}", file.display()))
}

fn remove(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(refused(file, &cause.to_string()))
        }
        _ => Ok(()),
    }
}

/// A copy holds what the database holds: nobody else on the machine may read it, and it survives a power cut.
fn keep(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let own = std::fs::Permissions::from_mode(0o600);
    let kept = std::fs::set_permissions(file, own)
        .and_then(|()| std::fs::File::open(file))
        .and_then(|file| file.sync_all());
    kept.map_err(|cause| refused(file, &cause.to_string()))
}

/// Calls a program of PostgreSQL's. The password goes by the environment, where other users of the machine cannot read it.
fn call(program: &str, settings: &Settings, named: &str, arguments: &[&OsStr]) -> Result<()> {
    let url = settings.database_url.expose_secret();
    let (shown, password) = without_password(url);
    let mut command = std::process::Command::new(program);
    command
        .arg(named)
        .arg(shown)
        .args(arguments)
        .stdin(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let ended = command.status().map_err(|cause| {
        Error::internal(format!(
            "{program} could not be started ({cause}): install PostgreSQL's client programs of the server's version or newer"
        ))
    })?;
    if ended.success() {
        Ok(())
    } else {
        Err(Error::internal(format!(
            "{program} ended with {ended}; what it said stands above"
        )))
    }
}

/// An address without its password, and the password.
fn without_password(url: &str) -> (String, Option<String>) {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let (user, place) = rest.split_once('@')?;
        let (user, password) = user.split_once(':')?;
        Some((format!("{scheme}://{user}@{place}"), unescaped(password)))
    });
    match parts {
        Some((shown, password)) => (shown, Some(password)),
        None => (url.to_owned(), None),
    }
}

/// A password as it is, where the address had to write some of its characters as `%XX`.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let escaped = after.split_at_checked(2).filter(|_| *byte == b'%');
        let value = escaped.and_then(|(digits, after)| {
            let digits = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        match value {
            Some((value, after)) => {
                bytes.push(value);
                rest = after;
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_the_address() {
        let (shown, password) = without_password("postgres://vun:a%40b%3A1@db:5432/vun");
        assert_eq!(shown, "postgres://vun@db:5432/vun");
        assert_eq!(password.as_deref(), Some("a@b:1"));
        let socket = "postgres://vun@localhost/vun";
        assert_eq!(without_password(socket), (socket.to_owned(), None));
        assert_eq!(unescaped("100%"), "100%");
    }

    #[test]
    fn the_file_of_a_sqlite_address_is_found() {
        let at = |url: &str| {
            let settings = Settings {
                database_url: url.into(),
                ..Settings::default()
            };
            sqlite_file(&settings)
        };
        assert_eq!(at("sqlite://vun.db"), Some("vun.db".into()));
        assert_eq!(
            at("sqlite:///var/lib/vun.db?mode=rwc"),
            Some("/var/lib/vun.db".into())
        );
        assert_eq!(at("postgres://vun@localhost/vun"), None);
    }
}

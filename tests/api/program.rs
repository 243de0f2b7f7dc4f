//! The program itself, as an operator runs it.

use std::{ffi::OsString, process::Command};

use secrecy::ExposeSecret;
use vun::config::DatabaseSettings;

/// Where it is: the one built with the tests, or the one named by `VUN_TEST_PROGRAM`, which may be built for release.
pub fn program() -> OsString {
    std::env::var_os("VUN_TEST_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_vun").into())
}

/// Runs the program on a database; whether it ended well, and all it said.
pub async fn vun(settings: &DatabaseSettings, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .env("VUN_DATABASE_URL", settings.url.expose_secret());
    let ended = tokio::task::spawn_blocking(move || command.output()).await;
    let told = ended.expect("it ran").expect("it started");
    let said = [told.stdout, told.stderr].concat();
    (
        told.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

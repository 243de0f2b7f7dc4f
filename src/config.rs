//! Settings: environment over file over defaults. Unknown or invalid settings refuse to start; secrets never print.

use std::{net::SocketAddr, path::Path};

use secrecy::SecretString;
use serde::Deserialize;

/// Everything that can be set. Each is `VUN_<NAME>` in the environment, or a key of the TOML file named by `VUN_CONFIG`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where the data lives: `sqlite://file` or `postgres://…`.
    pub database_url: SecretString,
    /// A read-only copy of a PostgreSQL database for reads that may be a moment old.
    pub database_replica_url: Option<SecretString>,
    /// Connections to PostgreSQL; about twice the cores plus one.
    pub database_connections: u32,
    /// Reading connections to a SQLite file.
    pub sqlite_readers: u32,
    /// Address the API listens on.
    pub listen: SocketAddr,
    /// Address of `/metrics`, never public; none when unset.
    pub metrics_listen: Option<SocketAddr>,
    /// How many proxies of ours stand in front: the client's address is that many hops from the right.
    pub trusted_hops: usize,
    /// Whether the schema answers introspection queries.
    pub introspection: bool,
    /// Address that the code on a certificate leads to; the code is appended. Without it, a phone reads the code alone.
    pub certificate_url: Option<String>,
    /// Seconds after which PostgreSQL gives a statement up.
    pub statement_seconds: u16,
    /// Seconds between two foldings of the coverage ledger into its counters.
    pub fold_seconds: u64,
    /// Populations from 1 to this number less one are shown only pooled with others.
    pub disclosure_threshold: u64,
    /// Per cent by which a population may change from one period to the next before that is a finding.
    pub jump_percent: u32,
}

/// Variables the program reads elsewhere, which must not be taken for misspelt settings.
const NOT_SETTINGS: [&str; 2] = ["VUN_CONFIG", "VUN_PASSWORD"];

impl Default for Settings {
    fn default() -> Self {
        Self {
            database_url: "sqlite://vun.db".into(),
            database_replica_url: None,
            database_connections: 5,
            sqlite_readers: 4,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: None,
            trusted_hops: 0,
            introspection: false,
            certificate_url: None,
            statement_seconds: 5,
            fold_seconds: 2,
            disclosure_threshold: 5,
            jump_percent: 50,
        }
    }
}

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite://…` or `postgres://…`.
    pub url: SecretString,
    /// Replica for reads, PostgreSQL only.
    pub replica_url: Option<SecretString>,
    /// Connections to PostgreSQL.
    pub connections: u32,
    /// Reading connections to SQLite.
    pub read_connections: u32,
    /// Seconds after which PostgreSQL gives a statement up.
    pub statement_seconds: u16,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// When the file cannot be read, a name is unknown, or a value has the wrong form or range; the message names it.
    pub fn read(file: Option<&Path>) -> Result<Self, config::ConfigError> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file));
        }
        let environment = config::Environment::with_prefix("VUN")
            .try_parsing(true)
            .source(Some(
                std::env::vars()
                    // Not settings: where the file is, a new account's password, and what the tests need.
                    .filter(|(name, _)| {
                        !NOT_SETTINGS.contains(&name.as_str()) && !name.starts_with("VUN_TEST_")
                    })
                    .collect(),
            ));
        let settings: Self = builder.add_source(environment).build()?.try_deserialize()?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), config::ConfigError> {
        let refuse = |text: &str| Err(config::ConfigError::Message(text.to_owned()));
        let url = secrecy::ExposeSecret::expose_secret(&self.database_url);
        if !["sqlite:", "postgres:", "postgresql:"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return refuse("VUN_DATABASE_URL must begin with sqlite: or postgres:");
        }
        if self.database_connections == 0 || self.sqlite_readers == 0 {
            return refuse("VUN_DATABASE_CONNECTIONS and VUN_SQLITE_READERS must be at least 1");
        }
        let address = self.certificate_url.as_deref().unwrap_or("https://");
        if !address.starts_with("https://") && !address.starts_with("http://") {
            return refuse("VUN_CERTIFICATE_URL must begin with https:// or http://");
        }
        if self.statement_seconds == 0 {
            return refuse(
                "VUN_STATEMENT_SECONDS must be at least 1: 0 would let a statement run for ever",
            );
        }
        if self.disclosure_threshold < 2 {
            return refuse("VUN_DISCLOSURE_THRESHOLD must be at least 2: 1 would protect nobody");
        }
        Ok(())
    }

    /// The part that [`crate::db::Db::connect`] needs.
    pub fn database(&self) -> DatabaseSettings {
        DatabaseSettings {
            url: self.database_url.clone(),
            replica_url: self.database_replica_url.clone(),
            connections: self.database_connections,
            read_connections: self.sqlite_readers,
            statement_seconds: self.statement_seconds,
        }
    }
}

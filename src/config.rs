//! Settings: environment over file over defaults. Unknown or invalid settings refuse to start; secrets never print.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

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
    /// Where media and offline packages are kept: a folder, or `s3://bucket/prefix`.
    pub media: String,
    /// The most bytes one sound or film may have.
    pub media_bytes: u32,
    /// Where phones fetch files from when that is not this server: `https://cdn.example/files`.
    pub files_url: Option<String>,
    /// Where `s3://` is: `https://host` of the store; Amazon's own when unset.
    pub s3_endpoint: Option<String>,
    /// Region of the store.
    pub s3_region: String,
    /// Key id of the store.
    pub s3_key_id: Option<String>,
    /// Secret of the store.
    pub s3_secret: Option<SecretString>,
    /// Per cent by which a population may change from one period to the next before that is a finding.
    pub jump_percent: u32,
    /// Address at which people reach this installation, such as `https://vun.example.vn`: links in notices begin with it, and
    /// there are none when unset.
    pub public_url: Option<String>,
    /// Hours in Viet Nam in which nothing rings, for who wishes nothing else.
    pub quiet_hours: String,
    /// Words of the periods whose reports are due from every area that has a supervisor, with commas between.
    pub report_periods: String,
    /// Relay for e-mails, with user and password: `smtps://…`, or `smtp://…?tls=required`; no e-mails when unset.
    pub smtp_url: Option<SecretString>,
    /// Who e-mails are from: needed with `smtp_url`.
    pub mail_from: Option<String>,
    /// Gateway for text messages; none when unset.
    pub webhook_url: Option<String>,
    /// Key that requests to the gateway are signed with: needed with `webhook_url`.
    pub webhook_key: Option<SecretString>,
    /// File of the service account for push notices; none when unset.
    pub fcm_account: Option<PathBuf>,
    /// Where push notices are sent.
    pub fcm_url: String,
    /// Seconds a relay, gateway or push service may take to answer.
    pub channel_seconds: u64,
}

/// Variables the program reads elsewhere, which must not be taken for misspelt settings.
const NOT_SETTINGS: [&str; 2] = ["VUN_CONFIG", "VUN_PASSWORD"];

/// The largest size the API can say.
const LARGEST_MEDIA_BYTES: u32 = 2_147_483_647;

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
            media: "media".to_owned(),
            media_bytes: 100 * 1024 * 1024,
            files_url: None,
            s3_endpoint: None,
            s3_region: "us-east-1".to_owned(),
            s3_key_id: None,
            s3_secret: None,
            disclosure_threshold: 5,
            jump_percent: 50,
            public_url: None,
            quiet_hours: "21:00-07:00".to_owned(),
            report_periods: "QUARTER,YEAR".to_owned(),
            smtp_url: None,
            mail_from: None,
            webhook_url: None,
            webhook_key: None,
            fcm_account: None,
            fcm_url: "https://fcm.googleapis.com".to_owned(),
            channel_seconds: 10,
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
        if self.media_bytes > LARGEST_MEDIA_BYTES {
            return refuse("VUN_MEDIA_BYTES must be at most 2147483647");
        }
        if self.media.is_empty() {
            return refuse("VUN_MEDIA must name a folder, or s3://bucket/prefix");
        }
        if self.media.starts_with("s3://") && (self.s3_key_id.is_none() || self.s3_secret.is_none())
        {
            return refuse("VUN_MEDIA on s3:// needs VUN_S3_KEY_ID and VUN_S3_SECRET");
        }
        if self.disclosure_threshold < 2 {
            return refuse("VUN_DISCLOSURE_THRESHOLD must be at least 2: 1 would protect nobody");
        }
        if !(1..=60).contains(&self.channel_seconds) {
            return refuse("VUN_CHANNEL_SECONDS must be between 1 and 60");
        }
        let plain = |url: &str| {
            (url.starts_with("https://") || url.starts_with("http://"))
                && !url.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        if self.public_url.as_deref().is_some_and(|url| !plain(url)) {
            return refuse("VUN_PUBLIC_URL must begin with https:// or http://");
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

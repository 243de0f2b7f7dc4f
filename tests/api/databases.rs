//! A fresh database for every test, copied from one template per engine that is built once per process.

use std::{
    any::Any,
    fs,
    io::Write,
    panic,
    path::Path,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use tempfile::TempDir;
use vun::{config::DatabaseSettings, db::Db};

use crate::{app::prepare, postgres::Cluster};

/// The database engine a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What a fresh database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Nothing, not even tables.
    Nothing,
    /// The tables and what the product ships: what [`prepare`] made.
    Shipped,
}

/// A database of one test's own.
pub struct Fresh {
    pub settings: DatabaseSettings,
    place: Place,
}

enum Place {
    File(#[expect(dead_code, reason = "deleted when dropped")] TempDir),
    Database(String),
}

/// Why a template could not be built, told again to every test that needs it.
type Built<T> = Result<T, String>;

static CLUSTER: LazyLock<Built<Option<Cluster>>> = LazyLock::new(|| {
    let cluster = panic::catch_unwind(Cluster::start).map_err(|panic| told(&*panic))?;
    if cluster.is_none() {
        match std::env::var("VUN_TEST_POSTGRES").as_deref() {
            Err(_) => {
                // Not `eprintln!`, which the test runner shows only when the test fails.
                let _ = writeln!(
                    std::io::stderr(),
                    "PostgreSQL binaries not found: running on SQLite alone"
                );
            }
            Ok("required") => {
                return Err(
                    "VUN_TEST_POSTGRES=required, and no PostgreSQL binaries were found on the path, \
                     in /usr/lib/postgresql or by pg_config"
                        .to_owned(),
                );
            }
            Ok(other) => {
                return Err(format!(
                    "VUN_TEST_POSTGRES is `required` or unset, not `{other}`"
                ));
            }
        }
    }
    Ok(cluster)
});

static SQLITE_TEMPLATE: LazyLock<Built<Vec<u8>>> = LazyLock::new(|| {
    apart(async || {
        let directory = TempDir::new().expect("a temporary directory");
        let file = directory.path().join("template.db");
        let settings = sqlite_settings(&file);
        let db = Db::connect(&settings).await.expect("a new SQLite file");
        prepare(&db).await;
        db.write()
            .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .expect("everything in one file");
        db.close().await.expect("closed");
        fs::read(&file).expect("the template")
    })
});

static POSTGRES_TEMPLATE: LazyLock<Built<&'static str>> = LazyLock::new(|| {
    apart(async || {
        let name = "vun_template";
        administer(&format!("CREATE DATABASE {name}")).await;
        let db = Db::connect(&postgres_settings(name))
            .await
            .expect("a new PostgreSQL database");
        prepare(&db).await;
        db.close().await.expect("closed");
        // Every copy of a template first writes out what is still in memory: do it once.
        administer("CHECKPOINT").await;
        name
    })
});

/// The engines of this machine: SQLite, and PostgreSQL where it is installed.
pub fn engines() -> Vec<Engine> {
    match cluster() {
        Some(_) => vec![Engine::Sqlite, Engine::Postgres],
        None => vec![Engine::Sqlite],
    }
}

impl Fresh {
    /// Makes a database for one test.
    pub async fn make(engine: Engine, contents: Contents) -> Self {
        match engine {
            Engine::Sqlite => {
                let directory = TempDir::new().expect("a temporary directory");
                let file = directory.path().join("vun.db");
                if contents == Contents::Shipped {
                    fs::write(&file, good(&SQLITE_TEMPLATE)).expect("a copy of the template");
                }
                Self {
                    settings: sqlite_settings(&file),
                    place: Place::File(directory),
                }
            }
            Engine::Postgres => {
                static MADE: AtomicU32 = AtomicU32::new(0);
                let name = format!("vun_test_{}", MADE.fetch_add(1, Ordering::Relaxed));
                let template = match contents {
                    Contents::Nothing => "template0",
                    Contents::Shipped => good(&POSTGRES_TEMPLATE),
                };
                // Copying files is the faster strategy when nothing is synced to disk: for 20 MB 36 ms instead of 80.
                let strategy = match postgres_version().await {
                    15.. => " STRATEGY FILE_COPY",
                    _ => "",
                };
                administer(&format!(
                    "CREATE DATABASE {name} TEMPLATE {template}{strategy}"
                ))
                .await;
                Self {
                    settings: postgres_settings(&name),
                    place: Place::Database(name),
                }
            }
        }
    }

    /// Closes what the test opened and deletes the database.
    pub async fn discard(self, db: Db) {
        // A connection that a failed test never gave back must not hold up the others: the deadline is for it.
        let closed = tokio::time::timeout(Duration::from_secs(5), db.close()).await;
        if let Place::Database(name) = &self.place {
            administer(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
        closed
            .expect("every connection given back within five seconds of the test's end")
            .expect("closed");
    }
}

fn cluster() -> Option<&'static Cluster> {
    good(&CLUSTER).as_ref()
}

fn sqlite_settings(file: &Path) -> DatabaseSettings {
    DatabaseSettings {
        url: format!("sqlite://{}", file.display()).into(),
        replica_url: None,
        connections: 5,
        read_connections: 4,
        // Tests share two cores with their own compiler: being slow is no failure.
        statement_seconds: 60,
    }
}

fn postgres_settings(database: &str) -> DatabaseSettings {
    let cluster = cluster().expect("asked only where there is one");
    DatabaseSettings {
        url: cluster.url(database).into(),
        replica_url: None,
        connections: 5,
        read_connections: 4,
        // Tests share two cores with their own compiler: being slow is no failure.
        statement_seconds: 60,
    }
}

/// Runs one statement beside all tests' databases, on a connection of its own: each test has its own runtime, and
/// a connection cannot outlive the runtime it was opened on.
async fn administer(statement: &str) {
    let db = maintenance().await;
    db.execute_unprepared(statement)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    db.close().await.expect("closed");
}

async fn postgres_version() -> u32 {
    static VERSION: AtomicU32 = AtomicU32::new(0);
    if VERSION.load(Ordering::Relaxed) == 0 {
        let db = maintenance().await;
        let row = db
            .query_one_raw(sea_orm::Statement::from_string(
                sea_orm::DbBackend::Postgres,
                "SELECT current_setting('server_version_num')::int / 10000 AS version",
            ))
            .await
            .expect("an answer")
            .expect("a row");
        let version: i32 = row.try_get("", "version").expect("a number");
        VERSION.store(version.unsigned_abs(), Ordering::Relaxed);
        db.close().await.expect("closed");
    }
    VERSION.load(Ordering::Relaxed)
}

async fn maintenance() -> sea_orm::DatabaseConnection {
    let mut options = ConnectOptions::new(
        cluster()
            .expect("asked only where there is one")
            .url("postgres"),
    );
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options)
        .await
        .expect("the cluster answers")
}

/// Runs work on a thread and a runtime of its own, so that what it builds belongs to no single test.
fn apart<T: Send>(work: impl AsyncFnOnce() -> T + Send) -> Built<T> {
    thread::scope(|scope| {
        let runtime = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime")
        };
        scope
            .spawn(move || runtime().block_on(work()))
            .join()
            .map_err(|panic| told(&*panic))
    })
}

fn good<T>(built: &'static Built<T>) -> &'static T {
    match built {
        Ok(built) => built,
        Err(cause) => panic!("{cause}"),
    }
}

fn told(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without words").to_owned()
}

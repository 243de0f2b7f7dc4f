//! What can be asked of the program on the command line. The work is in the features; here it is only called.

mod account;
mod backup;
mod demo;
mod doctor;
mod import;
mod programme;
mod serve;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::{
    app::App,
    clock::Clock,
    config::Settings,
    db::Db,
    error::{Error, Result},
    messages::Language,
    telemetry,
};

/// Vun: a GraphQL backend for caregivers who learn. Settings come from VUN_… in the environment.
#[derive(Debug, Parser)]
#[command(name = "vun", version)]
pub struct Arguments {
    /// A TOML file of settings; the environment overrides it.
    #[arg(long, env = "VUN_CONFIG", global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a database with sample families, prints how to sign in, and serves it on this machine only.
    Demo,
    /// Serves the API.
    Serve {
        /// Serves even a database made by `demo`.
        #[arg(long)]
        allow_demo: bool,
    },
    /// Changes the tables.
    #[command(subcommand)]
    Migrate(Migrate),
    /// Prints the GraphQL schema.
    Schema,
    /// Loads a file: all of it or nothing. Loading the same file again changes nothing.
    Import(import::Import),
    /// Changes settings of programmes.
    #[command(subcommand)]
    Programme(programme::Programme),
    /// Makes accounts, grants standings, disables accounts.
    #[command(subcommand)]
    Account(account::Account),
    /// Makes a new key that signs offline packages. Packages signed before stay good.
    PackageKey {
        /// The keys before it are in wrong hands: nothing they signed is to be trusted.
        #[arg(long)]
        revoke: bool,
    },
    /// Recomputes every state, ledger and counter from the events, and the hashes of frozen reports; exit code 1 if one
    /// differs.
    Check,
    /// Writes a copy of the whole database to a new file, while the server goes on.
    Backup {
        /// The file: for SQLite a database, for PostgreSQL an archive of `pg_dump`.
        file: PathBuf,
    },
    /// Puts a copy back, into a database that holds nothing.
    Restore {
        /// What `vun backup` wrote.
        file: PathBuf,
    },
    /// Looks the installation over and says what to mend; exit code 1 if there is anything. Changes nothing.
    Doctor,
    /// Fills an empty database with an invented population, for measuring.
    Generate(crate::generate::Generate),
}

#[derive(Debug, Subcommand)]
enum Migrate {
    /// Takes every step that was not taken yet.
    Up,
    /// Takes back the last steps.
    Down {
        /// How many.
        #[arg(default_value_t = 1)]
        steps: u32,
    },
    /// Says which steps were taken.
    Status,
}

impl Arguments {
    /// Whether a person reads the output, rather than a machine.
    pub fn prints_lines(&self) -> bool {
        !matches!(self.command, Command::Serve { .. })
    }
}

/// The whole program: reads the command line and does what it asks.
///
/// It is no `async fn`, whose body would be compiled where it is awaited, with all that it calls: in the program once more.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    telemetry::start(arguments.prints_lines());
    let done = tokio::runtime::Runtime::new()
        .map_err(Error::internal)
        .and_then(|runtime| runtime.block_on(run(arguments)));
    done.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

/// Does what was asked.
async fn run(arguments: Arguments) -> Result<ExitCode> {
    // One provider of cryptography for every TLS connection of the process; it is only refused where it is set already.
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::debug!("a provider of cryptography was set before");
    }
    let settings = Settings::read(arguments.config.as_deref()).map_err(Error::internal)?;
    match arguments.command {
        Command::Schema => say(&crate::graphql::schema::definition())?,
        Command::Demo => demo::run(settings).await?,
        Command::Serve { allow_demo } => serve::run(settings, allow_demo).await?,
        Command::Migrate(step) => migrate(&connect(&settings).await?, step).await?,
        Command::Import(import) => import::run(&open(&settings).await?, import).await?,
        Command::Programme(programme) => {
            programme::run(&open(&settings).await?, programme).await?;
        }
        Command::Account(account) => account::run(&open(&settings).await?, account).await?,
        Command::PackageKey { revoke } => {
            let key = open(&settings).await?.packages.new_key(revoke).await?;
            say(&format!("packages are signed with key {} now", key.id))?;
        }
        Command::Check => return check(&open(&settings).await?).await,
        Command::Backup { file } => backup::backup(&settings, &file).await?,
        Command::Restore { file } => backup::restore(&settings, &file).await?,
        Command::Doctor => {
            if !doctor::look_over(&settings).await? {
                return Ok(ExitCode::FAILURE);
            }
        }
        Command::Generate(generate) => {
            let app = open(&settings).await?;
            app.load_shipped().await?;
            say(&crate::generate::run(&app, generate).await?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Says on standard error what went wrong, and how to mend it where the person can.
fn complain(error: &Error) {
    let mut lines = match error {
        Error::User(errors) => errors
            .iter()
            .map(|error| match error.field.join(" ").as_str() {
                "" => error.text(Language::English),
                // Of a file: `rows 3 C`, as the spreadsheet shows them.
                field => format!("{field}: {}", error.text(Language::English)),
            })
            .collect(),
        // For the operator what it comes from says more than that it is internal.
        Error::Internal(_) if std::error::Error::source(error).is_some() => Vec::new(),
        other => vec![other.to_string()],
    };
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        lines.push(deeper.to_string());
        cause = deeper.source();
    }
    let _written = writeln!(std::io::stderr(), "vun: {}", lines.join("\nvun: "));
}

async fn connect(settings: &Settings) -> Result<Db> {
    Db::connect(&settings.database()).await
}

/// The features on a database whose tables are up to date.
async fn open(settings: &Settings) -> Result<App> {
    let db = connect(settings).await?;
    migration::up(db.write()).await?;
    App::open(db, Clock::machine(), settings).await
}

async fn migrate(db: &Db, step: Migrate) -> Result<()> {
    match step {
        Migrate::Up => migration::up(db.write()).await?,
        Migrate::Down { steps } => migration::down(db.write(), steps).await?,
        Migrate::Status => {
            for (name, taken) in migration::status(db.write()).await? {
                say(&format!(
                    "{} {name}",
                    if taken { "taken  " } else { "waiting" }
                ))?;
            }
        }
    }
    Ok(())
}

async fn check(app: &App) -> Result<ExitCode> {
    let (people, differences) = app.coverage.check(&app.learning).await?;
    for difference in &differences {
        say(&format!(
            "{}\n  expected {}\n  found    {}",
            difference.what, difference.expected, difference.found
        ))?;
    }
    say(&format!(
        "{people} people checked, {} differences",
        differences.len()
    ))?;
    let (versions, faults) = app.reports.check().await?;
    for fault in &faults {
        say(&format!("version {}: {}", fault.version, fault.what))?;
    }
    say(&format!(
        "{versions} frozen reports checked, {} faults",
        faults.len()
    ))?;
    Ok(if differences.is_empty() && faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A line for the person at the terminal.
fn say(line: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{line}").map_err(Error::internal)
}

fn read_file(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|cause| Error::internal(format!("{}: {cause}", path.display())))
}

//! Measures works of a server, four of them against a limit, interleaved, on a generated database: see benches/README.md.

mod client;
mod limit;
mod machine;
mod measure;
mod report;
mod works;

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use clap::{Parser, Subcommand};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};
use tokio::time::{Instant, sleep};

use self::{
    client::{Connection, Request},
    measure::Side,
    report::Report,
    works::{Caller, Plan, Work},
};

/// What went wrong.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
struct Arguments {
    /// Given by `cargo bench`; means nothing here.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Starts server and limit, measures both in turns, and prints a table.
    Run(Run),
    /// Serves the limit: `run` starts this by itself.
    Limit {
        /// The database.
        #[arg(long)]
        database: String,
        /// Connections to it.
        #[arg(long)]
        connections: u32,
        /// Where to listen.
        #[arg(long)]
        listen: String,
    },
}

#[derive(Clone, Debug, clap::Args)]
struct Run {
    /// A database filled by `vun generate`.
    #[arg(long)]
    database: String,
    /// The file that `vun generate --tokens` wrote.
    #[arg(long)]
    tokens: PathBuf,
    /// The server's program, built for release.
    #[arg(long, default_value = "target/release/vun")]
    server: PathBuf,
    /// Connections that ask at the same time.
    #[arg(long, default_value_t = 32)]
    connections: u64,
    /// Connections of server and limit to the database.
    #[arg(long, default_value_t = 5)]
    pool: u32,
    /// Seconds of each stretch.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Rounds; each has a stretch of every work on both sides.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Works to measure: w1 to w4 by default, `province` and `sync` besides.
    #[arg(long, value_delimiter = ',', default_values_t = Vec::<WorkName>::new())]
    works: Vec<WorkName>,
}

/// A program of ours that is ended with us.
struct Started {
    child: Child,
    address: SocketAddr,
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _buried = self.child.wait();
    }
}

fn free_address() -> Result<SocketAddr, Trouble> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

async fn until_ready(address: SocketAddr, path: &str) -> Result<(), Trouble> {
    let given_up = Instant::now() + Duration::from_secs(60);
    loop {
        if let Ok(mut connection) = Connection::open(address).await
            && let Ok((200, _)) = connection.ask(&Request::get(path)).await
        {
            return Ok(());
        }
        if Instant::now() > given_up {
            return Err(format!("nothing answers at http://{address}{path}").into());
        }
        sleep(Duration::from_millis(1)).await;
    }
}

fn start_server(run: &Run) -> Result<Started, Trouble> {
    let address = free_address()?;
    let child = Command::new(&run.server)
        .args(["serve", "--allow-demo"])
        .env("VUN_DATABASE_URL", &run.database)
        .env("VUN_DATABASE_CONNECTIONS", run.pool.to_string())
        .env("VUN_LISTEN", address.to_string())
        .env("RUST_LOG", "error")
        .stdout(Stdio::null())
        .spawn()?;
    Ok(Started { child, address })
}

fn start_limit(run: &Run) -> Result<Started, Trouble> {
    let address = free_address()?;
    let child = Command::new(std::env::current_exe()?)
        .args([
            "limit",
            "--database",
            &run.database,
            "--connections",
            &run.pool.to_string(),
        ])
        .args(["--listen", &address.to_string()])
        .spawn()?;
    Ok(Started { child, address })
}

/// The database beside the measured ones: who its first process is, and how many statements it has counted.
struct Beside(DatabaseConnection);

impl Beside {
    async fn open(url: &str) -> Result<Self, Trouble> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        Ok(Self(Database::connect(options).await?))
    }

    async fn number(&self, sql: &str) -> Option<i64> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        self.0
            .query_one_raw(statement)
            .await
            .ok()??
            .try_get_by_index(0)
            .ok()
    }

    async fn postmaster(&self) -> Option<u32> {
        if self.0.get_database_backend() != DbBackend::Postgres {
            return None;
        }
        let backend = self.number("SELECT pg_backend_pid()::bigint").await?;
        machine::parent(u32::try_from(backend).ok()?)
    }

    /// Rows of tables and entries of indexes read so far. Servers tell of them up to a second later.
    async fn rows(&self) -> Option<i64> {
        if self.0.get_database_backend() != DbBackend::Postgres {
            return None;
        }
        sleep(Duration::from_millis(1_200)).await;
        self.number(
            "SELECT ((SELECT sum(seq_tup_read) FROM pg_stat_user_tables) \
             + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes))::bigint",
        )
        .await
    }

    async fn statements(&self) -> Option<i64> {
        self.number("SELECT sum(calls)::bigint FROM pg_stat_statements")
            .await
    }
}

async fn run(run: Run) -> Result<(), Trouble> {
    let beside = Beside::open(&run.database).await?;
    let plan = Arc::new(Plan::read(&beside.0).await?);
    let postmaster = beside.postmaster().await;
    let text = std::fs::read_to_string(&run.tokens)?;
    let callers: Result<Vec<Caller>, _> = text.lines().map(serde_json::from_str).collect();
    let mut callers = callers?;
    callers.sort_by(|one, other| one.standing.cmp(&other.standing));
    let callers: Arc<[Caller]> = callers.into();

    let mut starts = Vec::new();
    for _ in 0..3 {
        let began = Instant::now();
        let server = start_server(&run)?;
        until_ready(server.address, "/readyz").await?;
        starts.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let server = start_server(&run)?;
    until_ready(server.address, "/readyz").await?;
    sleep(Duration::from_secs(3)).await;
    let (idle, _) = machine::memory_of(server.child.id())?;
    let side = |started: &Started, is_limit| Side {
        address: started.address,
        process: started.child.id(),
        postmaster,
        is_limit,
    };
    let mut sides = vec![side(&server, false)];
    // SQLite has no limit here: its costs cannot be told from the server's.
    let limit = if postmaster.is_some() {
        Some(start_limit(&run)?)
    } else {
        None
    };
    if let Some(limit) = &limit {
        until_ready(limit.address, "/w3").await?;
        sides.push(side(limit, true));
    }

    let works: Vec<Work> = if run.works.is_empty() {
        Work::ALL.to_vec()
    } else {
        run.works.iter().map(|name| name.0).collect()
    };
    let mut report = Report::default();
    let time = Duration::from_secs_f64(run.seconds);
    // A round that is not counted: caches, prepared statements, pages of the database.
    for round in 0..=run.rounds {
        let time = if round == 0 {
            time.min(Duration::from_secs(2))
        } else {
            time
        };
        for work in &works {
            for side in sides
                .iter()
                .filter(|side| !side.is_limit || work.has_limit())
            {
                let rows = beside.rows().await;
                let before = beside.statements().await;
                let mut stretch =
                    measure::ask(*side, *work, run.connections, time, &callers, &plan).await?;
                let after = beside.statements().await;
                stretch.statements = before.zip(after).map(|(before, after)| after - before - 1);
                let read = beside.rows().await;
                stretch.rows = rows.zip(read).map(|(before, after)| after - before);
                if round > 0 {
                    report.add(*work, side.is_limit, stretch);
                }
            }
        }
    }
    let (busy, most) = machine::memory_of(server.child.id())?;
    report::say(&format!(
        "{} connections, {} rounds of {} s, pool of {}; load of the machine {}; lessons in W1 and W4: {}\n",
        run.connections,
        run.rounds,
        run.seconds,
        run.pool,
        machine::load(),
        plan.roster().count(),
    ))?;
    starts.sort_by(f64::total_cmp);
    report.print()?;
    report::say(&format!(
        "\nserver: start to ready {:.0} ms (median of {}), idle {idle:.1} MB, after the load {busy:.1} MB, at most {most:.1} MB\n",
        starts.get(starts.len() / 2).copied().unwrap_or_default(),
        starts.len(),
    ))
}

/// The name of a work on the command line.
#[derive(Clone, Copy, Debug)]
struct WorkName(Work);

impl std::str::FromStr for WorkName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        clap::ValueEnum::from_str(text, true).map(Self)
    }
}

impl std::fmt::Display for WorkName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// As the server has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Trouble> {
    match Arguments::parse().part {
        Part::Run(asked) => {
            // One thread, to leave the machine to those who are measured.
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(run(asked))
        }
        Part::Limit {
            database,
            connections,
            listen,
        } => {
            let served = async {
                let beside = Beside::open(&database).await?;
                let plan = Plan::read(&beside.0).await?;
                beside.0.close().await?;
                limit::serve(&database, connections, &listen, plan).await
            };
            tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()?
                .block_on(served)
        }
    }
}

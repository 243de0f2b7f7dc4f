//! An invented population of any size, for measuring: families with children, what they learned, and everything
//! that follows from it, as if it had been recorded day by day.
//!
//! Every row is made by the rules of the features (state folded, tiers judged, days counted), so `check` finds
//! nothing wrong with it. People are written in blocks, while the next block is made; only sums are kept.
//!
//! Invariant: a database that holds anybody is refused, so no invented person ever stands beside a real one.

mod accounts;
mod block;
mod counts;
mod family;
mod homes;
mod learned;
mod store;

use std::{io::Write as _, path::PathBuf, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use entity::coverage_present;

use self::{accounts::Accounts, block::Block, counts::Counts, family::Maker, homes::Homes};
use crate::{
    app::App,
    coverage::{
        ledger::{counters_of, present, spread},
        store::Delta,
    },
    error::{Error, Result},
    installation::{self, Purpose},
};

/// What to invent.
#[derive(clap::Args, Clone, Debug)]
pub struct Generate {
    /// Caregivers.
    #[arg(long, default_value_t = 10_000)]
    pub caregivers: u32,
    /// Learning events of each caregiver; one in thirty has more, because she finishes everything.
    #[arg(long, default_value_t = 10)]
    pub events_each: u32,
    /// The same seed on the same day gives the same people. Ids of accounts and tokens are always new.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Groups of 50 caregivers, each with a trainer of its own.
    #[arg(long, default_value_t = 20)]
    pub groups: u32,
    /// Caregivers with an account that is signed in.
    #[arg(long, default_value_t = 1_000)]
    pub accounts: u32,
    /// Writes the access tokens of the signed-in accounts to this file, a JSON object a line.
    #[arg(long)]
    pub tokens: Option<PathBuf>,
}

/// Caregivers made and written together.
const BLOCK: u32 = 2_000;
/// Series of counters written together.
const SERIES: usize = 500;
/// How far back the first of them was recorded.
const DAYS_BACK: i64 = 548;

/// Fills an empty database that has the shipped data; answers a line for the operator.
///
/// # Errors
/// When somebody is in the database, or it refuses a row. A run that failed leaves what it wrote: start again with
/// a new database.
pub async fn run(app: &App, generate: Generate) -> Result<String> {
    let started = app.clock.now();
    if store::holds_anybody(app.db.write()).await? {
        return Err(Error::internal(
            "this database already holds people: generate into a new one, and set VUN_DATABASE_URL to it",
        ));
    }
    // Invented people must never be served as real ones.
    installation::mark(&app.db, Purpose::Demo).await?;
    let homes = Homes::of(&app.areas.atlas(), app.clock.today(), generate.seed);
    let mut accounts = Accounts::plan(app, &generate, &homes).await?;
    let maker = Arc::new(Maker::new(
        app,
        &generate,
        homes,
        started - Duration::days(DAYS_BACK),
        &accounts,
    ));
    let mut counts = Counts::default();
    let (mut people, mut events) = (0, 0);
    let mut next = Some(make(&maker, 0));
    while let Some(making) = next.take() {
        let (block, following) = making.await.map_err(Error::internal)?;
        next = following.map(|first| make(&maker, first));
        people += block.people.len();
        events += block.events.len();
        counts.add(&block.counted)?;
        write(app, block).await?;
    }
    write(app, accounts.rows(app, &maker).await?).await?;
    write_counts(app, counts).await?;
    store::analyze(&app.db).await?;
    crate::coverage::store::counters_changed(app.db.write()).await?;
    app.coverage.fold().await?;
    if let Some(file) = &generate.tokens {
        let mut out = std::fs::File::create(file).map_err(Error::internal)?;
        out.write_all(accounts.tokens().as_bytes())
            .map_err(Error::internal)?;
    }
    let seconds = seconds_since(started, app.clock.now());
    let rate = if seconds > 0.0 {
        events as f64 / seconds
    } else {
        0.0
    };
    Ok(format!(
        "{people} caregivers with {events} events in {seconds:.1} s: {rate:.0} events a second"
    ))
}

type Making = tokio::task::JoinHandle<(Block, Option<u32>)>;

/// Makes the block that begins with a number, on a thread of its own; answers also the number of the next block.
fn make(maker: &Arc<Maker>, first: u32) -> Making {
    let maker = Arc::clone(maker);
    tokio::task::spawn_blocking(move || {
        let end = first.saturating_add(BLOCK).min(maker.caregivers);
        (
            maker.block(first..end),
            (end < maker.caregivers).then_some(end),
        )
    })
}

/// Writes rows: all of them or none on SQLite.
async fn write(app: &App, block: Block) -> Result<()> {
    if !store::wants_transaction(&app.db) {
        return block.write(&app.db, None).await;
    }
    let block = Arc::new(block);
    app.db
        .tx(move |tx| {
            let (db, block) = (app.db.clone(), Arc::clone(&block));
            Box::pin(async move { block.write(&db, Some(tx)).await })
        })
        .await
}

/// Writes the counters of one indicator and measure after the other, so that memory holds one of them.
async fn write_counts(app: &App, counts: Counts) -> Result<()> {
    let (atlas, today) = (app.areas.atlas(), app.clock.today());
    for deltas in counts.groups() {
        let (due, later): (Vec<_>, Vec<_>) =
            deltas.into_iter().partition(|delta| delta.on <= today);
        let mut counters = counters_of(spread(&atlas, &due)).into_iter();
        loop {
            let some: Vec<_> = counters.by_ref().take(SERIES).collect();
            if some.is_empty() {
                break;
            }
            let (months, days) = store::counter_rows(some);
            write(
                app,
                Block {
                    months,
                    days,
                    ..Block::default()
                },
            )
            .await?;
        }
        let present = present_rows(&due);
        let deltas = store::delta_rows(&later, || app.clock.id());
        write(
            app,
            Block {
                deltas,
                present,
                ..Block::default()
            },
        )
        .await?;
    }
    Ok(())
}

/// Today's populations after these changes.
fn present_rows(due: &[Delta]) -> Vec<coverage_present::Model> {
    let row = |((indicator_id, atom_id), total)| coverage_present::Model {
        indicator_id,
        atom_id,
        total,
    };
    present(due).into_iter().map(row).collect()
}

fn seconds_since(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).num_milliseconds() as f64 / 1000.0
}

//! Asking for some seconds over many connections, and what it cost.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    Trouble,
    client::Connection,
    machine,
    works::{Asker, Caller, Plan, Work},
};

/// One stretch of one work on one side.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    /// Microseconds of each request.
    pub times: Vec<u32>,
    /// Answers that were not what was asked for.
    pub failed: usize,
    /// Bytes of all answers.
    pub bytes: usize,
    /// Seconds it took.
    pub seconds: f64,
    /// Processor seconds of the process that answered.
    pub server: f64,
    /// Processor seconds of the database.
    pub database: f64,
    /// Statements, where the database counts them.
    pub statements: Option<i64>,
    /// Rows and entries of indexes that were read, where the database counts them.
    pub rows: Option<i64>,
    /// The first wrong answer.
    pub wrong: Option<String>,
}

impl Stretch {
    /// Requests answered.
    pub fn requests(&self) -> f64 {
        self.times.len().max(1) as f64
    }

    /// Processor milliseconds a request: of the server, of the database.
    pub fn cost(&self) -> (f64, f64) {
        (
            self.server * 1000.0 / self.requests(),
            self.database * 1000.0 / self.requests(),
        )
    }

    /// Milliseconds within which a share of the requests was answered.
    pub fn within(&self, share: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        let at = (times.len() as f64 * share) as usize;
        times
            .get(at.min(times.len().saturating_sub(1)))
            .map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

/// Who is measured.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its process.
    pub process: u32,
    /// The first process of PostgreSQL.
    pub postmaster: Option<u32>,
    /// Whether it is the limit.
    pub is_limit: bool,
}

/// Asks one side for some time.
///
/// # Errors
/// When it closes a connection.
pub async fn ask(
    side: Side,
    work: Work,
    connections: u64,
    time: Duration,
    callers: &Arc<[Caller]>,
    plan: &Arc<Plan>,
) -> Result<Stretch, Trouble> {
    let cpu = || {
        (
            machine::seconds_of(side.process),
            side.postmaster.map_or(0.0, machine::seconds_of_family),
        )
    };
    let seed = rand::random::<u64>();
    let mut open = Vec::new();
    for number in 0..connections {
        let asker = Asker::new(Arc::clone(callers), Arc::clone(plan), seed ^ number);
        open.push((Connection::open(side.address).await?, asker));
    }
    let (before, began) = (cpu(), Instant::now());
    let end = began + time;
    let tasks: Vec<_> = open
        .into_iter()
        .map(|(connection, asker)| tokio::spawn(one(connection, asker, work, side.is_limit, end)))
        .collect();
    let mut all = Stretch::default();
    for task in tasks {
        let part = task.await??;
        all.times.extend(part.times);
        all.failed += part.failed;
        all.bytes += part.bytes;
        all.wrong = all.wrong.or(part.wrong);
    }
    let after = cpu();
    all.seconds = began.elapsed().as_secs_f64();
    (all.server, all.database) = (after.0 - before.0, after.1 - before.1);
    Ok(all)
}

async fn one(
    mut connection: Connection,
    mut asker: Asker,
    work: Work,
    limit: bool,
    end: Instant,
) -> Result<Stretch, Trouble> {
    let mut part = Stretch::default();
    while Instant::now() < end {
        let request = asker.next(work, limit)?;
        let began = Instant::now();
        let (status, body) = connection.ask(&request).await?;
        part.times
            .push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        part.bytes += body.len();
        if status != 200 || !is_right(body, work, limit) {
            part.failed += 1;
            part.wrong
                .get_or_insert_with(|| String::from_utf8_lossy(body).chars().take(400).collect());
        }
    }
    Ok(part)
}

/// Whether an answer has what was asked for.
fn is_right(body: &[u8], work: Work, limit: bool) -> bool {
    let holds = |text: &str| body.windows(text.len()).any(|part| part == text.as_bytes());
    if limit {
        return body.starts_with(b"{\"data\":");
    }
    let wanted = match work {
        Work::W1 => "\"progress\":{",
        Work::W2 => "\"userErrors\":[]",
        Work::W3 | Work::Province => "\"children\":{",
        Work::Sync => "\"outcome\":\"ACCEPTED\"",
        Work::W4 => "\"lessonStates\":[",
    };
    let refused = [&b"\"REJECTED\""[..], b"\"QUARANTINED\""];
    let is_refused = |body: &[u8]| {
        refused
            .iter()
            .any(|word| body.windows(word.len()).any(|part| part == *word))
    };
    holds(wanted) && !is_refused(body) && !holds("\"errors\":[")
}

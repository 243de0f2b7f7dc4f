//! A server killed in the middle of its work, again and again: what was answered with a receipt is there
//! afterwards, once, and what was not can be sent again.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use rand::RngExt;
use sea_orm::{ConnectionTrait, Statement};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;
use vun::clock::Clock;

use crate::{
    app::{TestApp, on_both},
    given::PASSWORD,
    program::program,
};

/// Phones that send at once, each with an account of its own.
const PHONES: usize = 4;
/// Events of one upload.
const BATCH: usize = 20;
/// How often the server is killed on each engine, unless `VUN_TEST_KILLS` says otherwise.
const KILLS: usize = 5;
/// A busy machine is slow, not wrong: only a server that never comes back fails the test by this.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program as an operator runs it, on an address that stays the same from one start to the next.
struct Program {
    database: String,
    address: SocketAddr,
    running: Child,
}

impl Program {
    fn start(app: &TestApp) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("its address");
        drop(free);
        let database = app.settings.url.expose_secret().to_owned();
        let running = command(&database, address, "serve").spawn();
        let program = Self {
            running: running.expect("the program"),
            database,
            address,
        };
        program.wait();
        program
    }

    fn wait(&self) {
        let started = Instant::now();
        while !matches!(get(self.address, "/readyz"), Some(200)) {
            assert!(started.elapsed() < PATIENCE, "the server did not come back");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills it as the kernel does when memory runs out, and starts it anew; how long until it was ready.
    fn kill_and_start(&mut self) -> Duration {
        self.running.kill().expect("a process to kill");
        self.running.wait().expect("its end");
        let started = Instant::now();
        self.running = command(&self.database, self.address, "serve")
            .spawn()
            .expect("the program");
        self.wait();
        started.elapsed()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.running.kill().and_then(|()| self.running.wait());
    }
}

fn command(database: &str, address: SocketAddr, what: &str) -> Command {
    let mut command = Command::new(program());
    command
        .arg(what)
        .env("VUN_DATABASE_URL", database)
        .env("VUN_LISTEN", address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// One request on a connection of its own: status and body, or nothing when the line was cut.
fn exchange(address: SocketAddr, request: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let named = name.eq_ignore_ascii_case("content-length");
        named.then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    // An answer cut in the middle is no answer.
    if length != Some(body.len()) {
        return None;
    }
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body.to_owned()))
}

fn get(address: SocketAddr, path: &str) -> Option<u16> {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    exchange(address, &request).map(|(status, _)| status)
}

fn graphql(address: SocketAddr, token: &str, query: &str, variables: &Value) -> Option<Value> {
    let body = json!({ "query": query, "variables": variables }).to_string();
    let authorization = match token {
        "" => String::new(),
        token => format!("authorization: Bearer {token}\r\n"),
    };
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\naccept: application/json\r\n\
         content-type: application/json\r\n{authorization}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, answer) = exchange(address, &request)?;
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    // A server about to be ready, or with its hands full, says so and keeps nothing: the phone tries again.
    (status == 200 && answer.get("errors").is_none()).then_some(answer)
}

fn sign_up(address: SocketAddr, area: &str, phone: usize) -> String {
    let input = json!({
        "login": format!("killed-{phone}"), "password": PASSWORD, "fullName": "Người mẫu", "areaId": area,
        "audiences": ["CAREGIVER"], "consents": ["LEARNING_RECORD", "STATISTICS"],
    });
    let query =
        "mutation ($input: SignUpInput!) { signUp(input: $input) { session { accessToken } } }";
    let answer = graphql(address, "", query, &json!({ "input": input })).expect("an account");
    let token = answer.pointer("/data/signUp/session/accessToken");
    token.and_then(Value::as_str).expect("a token").to_owned()
}

/// What a phone knows: the events it has a receipt for, and how often it had to send something again.
#[derive(Default)]
struct Phone {
    acknowledged: BTreeSet<Uuid>,
    sent_again: usize,
}

/// Uploads as fast as it can until told to stop, and then until nothing is left without a receipt.
fn upload(
    address: SocketAddr,
    token: &str,
    lessons: &[String],
    stop: &AtomicBool,
    receipts: &AtomicUsize,
) -> Phone {
    let query = "mutation ($input: UploadLearningEventsInput!) { uploadLearningEvents(input: $input) { \
                 receipts { eventId outcome code } userErrors { code message } } }";
    let device = Uuid::now_v7().to_string();
    let mut phone = Phone::default();
    let mut random = rand::rng();
    while !stop.load(Ordering::Relaxed) {
        let events: Vec<Value> = (0..BATCH)
            .map(|_| {
                let lesson = lessons.get(random.random_range(0..lessons.len()));
                let kind = ["OPENED", "PROGRESSED", "COMPLETED"][random.random_range(0..3)];
                json!({ "id": Uuid::now_v7().to_string(), "kind": kind, "lessonId": lesson,
                        "occurredAt": Clock::machine().now().to_rfc3339(),
                        "percent": (kind == "PROGRESSED").then(|| random.random_range(1..100)) })
            })
            .collect();
        let variables = json!({ "input": { "deviceId": device, "events": events } });
        let started = Instant::now();
        let answer = loop {
            if let Some(answer) = graphql(address, token, query, &variables) {
                break answer;
            }
            assert!(started.elapsed() < PATIENCE, "no receipts came");
            phone.sent_again += 1;
            thread::sleep(Duration::from_millis(5));
        };
        let given = answer.pointer("/data/uploadLearningEvents/receipts");
        let given = given.and_then(Value::as_array).expect("receipts");
        assert_eq!(given.len(), BATCH, "{answer}");
        for receipt in given {
            let outcome = receipt["outcome"].as_str().expect("an outcome");
            assert!(["ACCEPTED", "DUPLICATE"].contains(&outcome), "{receipt}");
            let id = receipt["eventId"].as_str().expect("an id");
            assert!(phone.acknowledged.insert(id.parse().expect("a UUID")));
        }
        receipts.fetch_add(BATCH, Ordering::Relaxed);
    }
    phone
}

async fn stored(app: &TestApp) -> BTreeMap<Uuid, usize> {
    let read = "SELECT event_id FROM learning_event";
    let read = Statement::from_string(app.db.backend(), read);
    let rows = app
        .db
        .write()
        .query_all_raw(read)
        .await
        .expect("the events");
    let mut stored = BTreeMap::new();
    for row in rows {
        let id: Uuid = row.try_get_by_index(0).expect("an id");
        *stored.entry(id).or_default() += 1;
    }
    stored
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_with_a_receipt_outlives_kills_at_full_speed_and_none_counts_twice() {
    let kills =
        std::env::var("VUN_TEST_KILLS").map_or(KILLS, |text| text.parse().expect("a number"));
    on_both(async |app: TestApp| {
        let lessons: Vec<String> = app
            .graphql(None, "{ modules(first: 3) { nodes { lessons { id } } } }", json!({}))
            .await
            .data("modules.nodes")
            .as_array()
            .expect("modules")
            .iter()
            .flat_map(|module| module["lessons"].as_array().expect("lessons").iter())
            .map(|lesson| lesson["id"].as_str().expect("an id").to_owned())
            .collect();
        let mut program = Program::start(&app);
        let address = program.address;
        let ward = app.ward().0.to_string();
        let tokens: Vec<String> = (0..PHONES)
            .map(|phone| sign_up(address, &ward, phone))
            .collect();
        let (stop, receipts) = (AtomicBool::new(false), AtomicUsize::new(0));
        let mut longest = Duration::ZERO;
        let started = Instant::now();
        let phones: Vec<Phone> = thread::scope(|scope| {
            let uploads: Vec<_> = tokens
                .iter()
                .map(|token| scope.spawn(|| upload(address, token, &lessons, &stop, &receipts)))
                .collect();
            for _ in 0..kills {
                let before = receipts.load(Ordering::Relaxed);
                // Let some through first: a kill before any receipt shows nothing.
                while receipts.load(Ordering::Relaxed) < before + BATCH {
                    assert!(started.elapsed() < PATIENCE * 10, "no receipts came");
                    thread::sleep(Duration::from_millis(1));
                }
                thread::sleep(Duration::from_millis(rand::rng().random_range(0..200)));
                longest = longest.max(program.kill_and_start());
            }
            stop.store(true, Ordering::Relaxed);
            uploads.into_iter().map(|upload| upload.join().expect("a phone")).collect()
        });
        drop(program);

        let stored = stored(&app).await;
        let acknowledged: BTreeSet<Uuid> = phones
            .iter()
            .flat_map(|phone| phone.acknowledged.iter().copied())
            .collect();
        let lost: Vec<_> = acknowledged.iter().filter(|id| !stored.contains_key(id)).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        assert!(stored.values().all(|times| *times == 1));
        // Every upload was sent until it had its receipts, so nothing else can be there.
        assert_eq!(stored.len(), acknowledged.len());
        let sent_again: usize = phones.iter().map(|phone| phone.sent_again).sum();
        assert!(sent_again > 0, "no upload was cut: the kills came at the wrong moments");
        let checked = command(app.settings.url.expose_secret(), address, "check").status();
        assert!(checked.expect("the check ran").success(), "states and counters differ from the events");
        let _shown = writeln!(
            std::io::stdout(),
            "{:?}: {kills} kills, {} events with a receipt, lost 0, twice 0, {sent_again} sendings repeated, \
             ready again after at most {longest:?}",
            app.engine,
            acknowledged.len(),
        );
    })
    .await;
}

//! Measures search over a curriculum of ten thousand lessons, index alone and whole request: see benches/README.md.

#![expect(
    clippy::indexing_slicing,
    reason = "the curriculum it is made from is our own JSON"
)]

use std::{
    fs,
    io::{Write, stdout},
    path::Path,
    time::Instant,
};

use axum::{
    Router,
    body::Body,
    http::{Request, header},
};
use clap::Parser;
use http_body_util::BodyExt;
use rand::{SeedableRng, rngs::StdRng, seq::IndexedRandom};
use secrecy::SecretString;
use serde_json::{Value, json};
use tower::ServiceExt;
use vun::{
    app::App,
    clock::Clock,
    config::Settings,
    content::import::read,
    db::Db,
    http::{self, admission::Admission},
};

/// What went wrong.
type Trouble = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, Parser)]
struct Arguments {
    /// Given by `cargo bench`; means nothing here.
    #[arg(long, hide = true)]
    bench: bool,
    /// An empty database, such as `sqlite:///tmp/search.db`; it is filled.
    #[arg(long)]
    database: String,
    /// How many lessons.
    #[arg(long, default_value_t = 10_000)]
    lessons: usize,
    /// How often each of the fifty committed queries is asked.
    #[arg(long, default_value_t = 40)]
    rounds: usize,
}

/// One thread, so that the time this thread was on a processor is the time of all work, whatever else the machine does.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Trouble> {
    let arguments = Arguments::parse();
    let settings = Settings {
        database_url: SecretString::from(arguments.database),
        ..Settings::default()
    };
    let db = Db::connect(&settings.database()).await?;
    migration::up(db.write()).await?;
    let app = App::open(db, Clock::machine(), &settings).await?;
    let begun = Instant::now();
    app.content
        .import(curriculum(arguments.lessons)?, false)
        .await?;
    let filled = begun.elapsed();
    let (begun, busy) = (Instant::now(), on_processor()?);
    app.content.reload().await?;
    let (read, reading) = (begun.elapsed(), on_processor()? - busy);
    let catalogue = app.content.catalogue();
    writeln!(
        stdout(),
        "{} lessons on {:?}: filled in {:.1} s, read and indexed in {:.2} s ({:.2} s on a processor)",
        catalogue.lessons().len(),
        app.db.backend(),
        filled.as_secs_f64(),
        read.as_secs_f64(),
        reading / 1e9,
    )?;
    let queries = queries()?;
    let router = http::router(http::edge(&settings, &app, Admission::default())?);
    let (mut alone, mut whole, mut found) = (Vec::new(), Vec::new(), 0);
    let busy = on_processor()?;
    for _ in 0..arguments.rounds {
        for query in &queries {
            let begun = Instant::now();
            found += catalogue.search(query).len();
            alone.push(begun.elapsed().as_secs_f64() * 1e3);
            let begun = Instant::now();
            ask(&router, query).await?;
            whole.push(begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    // The system counts a thread's time in steps of milliseconds: of all searches together, never of one.
    let busy = (on_processor()? - busy) / 1e6;
    let asked = alone.len();
    writeln!(
        stdout(),
        "{asked} searches, {} lessons found on average, {:.2} ms of processor for both ways of each",
        found / asked.max(1),
        busy / asked.max(1) as f64,
    )?;
    for (name, mut times) in [("index alone", alone), ("whole request, ten titles", whole)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (times.len() as f64 * share) as usize;
            times.get(place).copied().unwrap_or_default()
        };
        let (p50, p99) = (at(0.5), at(0.99));
        writeln!(stdout(), "{name}: p50 {p50:.2} ms, p99 {p99:.2} ms")?;
    }
    Ok(())
}

/// Nanoseconds this thread has been on a processor.
fn on_processor() -> Result<f64, Trouble> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let first = text.split_whitespace().next().unwrap_or_default();
    Ok(first.parse()?)
}

/// The fifty queries of the committed snapshot.
fn queries() -> Result<Vec<String>, Trouble> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/snapshots/search.txt");
    let text = fs::read_to_string(path)?;
    let query = |line: &str| line.split_once(": ").map(|(query, _)| query.to_owned());
    Ok(text.lines().filter_map(query).collect())
}

async fn ask(router: &Router, query: &str) -> Result<(), Trouble> {
    let document = "query S($text: String!) { searchLessons(text: $text, first: 10) { nodes { code title } } }";
    let body = json!({ "query": document, "variables": { "text": query } });
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))?;
    let answer = router.clone().oneshot(request).await?;
    let body = answer.into_body().collect().await?.to_bytes();
    let answer: Value = serde_json::from_slice(&body)?;
    match answer.get("errors") {
        None => Ok(()),
        Some(errors) => Err(format!("{query}: {errors}").into()),
    }
}

/// The shipped curriculum again and again, each time with sections and titles mixed anew.
fn curriculum(lessons: usize) -> Result<vun::content::import::Curriculum, Trouble> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("curriculum");
    let text = fs::read_to_string(folder.join("curriculum.json"))?;
    let shipped: Value = serde_json::from_str(&text)?;
    let chance = &mut StdRng::seed_from_u64(1438);
    let of = |value: &Value, list: &str| value[list].as_array().cloned().unwrap_or_default();
    let all: Vec<Value> = of(&shipped, "domains")
        .iter()
        .flat_map(|domain| of(domain, "modules"))
        .flat_map(|module| of(&module, "lessons"))
        .collect();
    let mut domains = Vec::new();
    let mut bodies = std::collections::HashMap::new();
    let mut made = 0;
    for copy in 0.. {
        if made >= lessons {
            break;
        }
        for mut domain in of(&shipped, "domains") {
            let prefix = format!("L{copy}");
            let renamed =
                |code: &Value| json!(format!("{prefix}{}", code.as_str().unwrap_or_default()));
            domain["code"] = renamed(&domain["code"]);
            let mut modules = of(&domain, "modules");
            for module in &mut modules {
                module["code"] = renamed(&module["code"]);
                module["quiz"] = json!([]);
                module["pass_mark"] = json!(0);
                let mut kept = of(module, "lessons");
                kept.truncate(lessons - made);
                made += kept.len();
                for lesson in &mut kept {
                    lesson["code"] = renamed(&lesson["code"]);
                    let (one, other) = (any(&all, chance)?, any(&all, chance)?);
                    for language in ["vi", "en"] {
                        let name = format!("title_{language}");
                        let said = |lesson: &Value| {
                            let title = lesson.get(&name).and_then(Value::as_str);
                            title.unwrap_or_default().to_owned()
                        };
                        let title = format!("{}: {}", said(one), said(other));
                        let code = lesson["code"].as_str().unwrap_or_default();
                        let body = body(&folder, language, &title, &all, chance)?;
                        bodies.insert(format!("{code}.{language}.md"), body);
                        lesson[&name] = json!(title);
                    }
                }
                module["lessons"] = json!(kept);
            }
            domain["modules"] = json!(modules);
            domains.push(domain);
        }
    }
    let mut whole = shipped.clone();
    whole["domains"] = json!(domains);
    whole["coverage_rule"] = json!({});
    let body = |name: &str| {
        bodies
            .get(name)
            .cloned()
            .ok_or_else(|| "missing".to_owned())
    };
    read("curriculum.json", &whole.to_string(), &body).map_err(|faults| faults.to_string().into())
}

fn any<'v>(all: &'v [Value], chance: &mut StdRng) -> Result<&'v Value, Trouble> {
    all.choose(chance)
        .ok_or_else(|| "no lessons are shipped".into())
}

/// A title and five sections, each from another shipped lesson.
fn body(
    folder: &Path,
    language: &str,
    title: &str,
    all: &[Value],
    chance: &mut StdRng,
) -> Result<String, Trouble> {
    let mut body = format!("# {title}\n");
    for section in 1..=5 {
        let code = any(all, chance)?.get("code").and_then(Value::as_str);
        let code = code.unwrap_or_default();
        let text = fs::read_to_string(folder.join(format!("lessons/{code}.{language}.md")))?;
        let said = text.split("\n## ").nth(section).unwrap_or_default();
        body.push_str("\n## ");
        body.push_str(said.trim());
        body.push('\n');
    }
    Ok(body)
}

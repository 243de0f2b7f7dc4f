//! The product as a test sees it: a fresh database with what is shipped, a clock that stands still, and a count
//! of statements.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::Router;
use futures_util::FutureExt;
use serde_json::Value;
use uuid::Uuid;
use vun::{
    app::App,
    areas::{Areas, Atlas},
    clock::Clock,
    config::{DatabaseSettings, Settings},
    content::{Catalogue, Content},
    db::Db,
    http::{self, admission::Admission},
};

use crate::{
    databases::{Contents, Engine, Fresh, engines},
    plans::Plans,
    requests::{self, Answer},
};

/// One test's world.
pub struct TestApp {
    /// The test's own database.
    pub db: Db,
    /// How `db` was opened: to open it a second time, as another server would.
    pub settings: DatabaseSettings,
    /// Which engine this run is on.
    pub engine: Engine,
    /// Stands at nine in the morning of 22 November 2026 in Viet Nam until a test moves it.
    pub clock: Clock,
    product: Option<Product>,
    statements: Arc<AtomicUsize>,
}

/// What is opened on a database that has its tables; a [`TestApp`] has its fields.
pub struct Product {
    /// Where this product keeps media; made when something is kept.
    pub media_folder: PathBuf,
    /// The features, on the test's clock.
    pub app: App,
    /// What listens in production, without the listener.
    pub router: Router,
}

impl Product {
    /// Opens the features as the server does, with every setting's default.
    pub async fn open(db: &Db, clock: &Clock) -> Self {
        Self::open_with(db, clock, Self::settings()).await
    }

    fn settings() -> Settings {
        let media_folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("media-{}", Uuid::now_v7().simple()));
        Settings {
            media: media_folder.display().to_string(),
            ..Settings::default()
        }
    }

    /// [`Product::open`] on an untouched copy of the template. Its areas and curriculum are read once for all tests: reading
    /// them is more than half of opening.
    async fn open_shipped(db: &Db, clock: &Clock, engine: Engine) -> Self {
        static READ: [OnceLock<(Arc<Atlas>, Arc<Catalogue>)>; 2] =
            [OnceLock::new(), OnceLock::new()];
        let [sqlite, postgres] = &READ;
        let read = match engine {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        };
        let settings = Self::settings();
        let Some((atlas, catalogue)) = read.get() else {
            let product = Self::open_with(db, clock, settings).await;
            let app = &product.app;
            // Another test may have been first.
            let _ = read.set((app.areas.atlas(), app.content.catalogue()));
            return product;
        };
        let areas = Areas::of(db.clone(), clock.clone(), Arc::clone(atlas));
        let content = Content::of(db.clone(), clock.clone(), Arc::clone(catalogue));
        let on = (db.clone(), clock.clone());
        let app = App::open_on(areas, content, on, &settings).await;
        Self::of(app.expect("the features"), &settings)
    }

    /// [`Product::open`] with other settings.
    pub async fn open_with(db: &Db, clock: &Clock, settings: Settings) -> Self {
        let app = App::open(db.clone(), clock.clone(), &settings).await;
        Self::of(app.expect("the features"), &settings)
    }

    fn of(app: App, settings: &Settings) -> Self {
        let edge = http::edge(settings, &app, Admission::default()).expect("the edge");
        let pages = http::pages(settings, &app, Admission::default());
        Self {
            app,
            router: http::router_with(edge, pages),
            media_folder: PathBuf::from(&settings.media),
        }
    }
}

impl std::ops::Deref for TestApp {
    type Target = Product;

    fn deref(&self) -> &Product {
        let product = self.product.as_ref();
        product.expect("nothing is opened on an empty database: use `on_both`")
    }
}

/// Fills a template: what every test's database holds from the start.
pub async fn prepare(db: &Db) {
    migration::up(db.write()).await.expect("the tables");
    let product = Product::open(db, &clock()).await;
    let loaded = product.app.load_shipped().await;
    loaded.expect("what the product ships");
}

fn clock() -> Clock {
    Clock::set_to("2026-11-22T02:00:00Z".parse().expect("an instant"))
}

/// Runs a test on SQLite and then, where it is installed, on PostgreSQL, each time with a fresh database that
/// holds the tables and what the product ships.
pub async fn on_both(body: impl AsyncFn(TestApp)) {
    for engine in engines() {
        on(engine, Contents::Shipped, &body).await;
    }
}

/// [`on_both`] with a database that holds nothing, not even tables.
pub async fn on_both_empty(body: impl AsyncFn(TestApp)) {
    for engine in engines() {
        on(engine, Contents::Nothing, &body).await;
    }
}

async fn on(engine: Engine, contents: Contents, body: &impl AsyncFn(TestApp)) {
    let fresh = Fresh::make(engine, contents).await;
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&statements);
    let plans = Arc::new(Plans::default());
    let noted = Arc::clone(&plans);
    let listener = Arc::new(move |statement: &sea_orm::Statement| {
        counter.fetch_add(1, Ordering::Relaxed);
        noted.note(statement);
    });
    let db = Db::connect_counting(&fresh.settings, Some(listener))
        .await
        .unwrap_or_else(|error| panic!("{engine:?}: {error:?}"));
    let clock = clock();
    let product = match contents {
        Contents::Nothing => None,
        Contents::Shipped => Some(Product::open_shipped(&db, &clock, engine).await),
    };
    let media_folder = product.as_ref().map(|product| product.media_folder.clone());
    let audit = product
        .as_ref()
        .map(|product| product.app.auth.audit().clone());
    let app = TestApp {
        db: db.clone(),
        settings: fresh.settings.clone(),
        engine,
        clock,
        product,
        statements,
    };
    let outcome = AssertUnwindSafe(body(app)).catch_unwind().await;
    if let Err(panic) = outcome {
        eprintln!("the test failed on {engine:?}");
        resume_unwind(panic);
    }
    if let Some(folder) = media_folder.filter(|folder| folder.exists()) {
        std::fs::remove_dir_all(folder).expect("the test's media are removed");
    }
    if let Some(audit) = audit {
        audit.flush().await.expect("the audit log is written");
    }
    if engine == Engine::Sqlite {
        let faults = plans.faults(db.read()).await;
        assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    }
    fresh.discard(db).await;
}

impl TestApp {
    /// How many statements the database was sent while `work` ran.
    pub async fn statements_of<T>(&self, work: impl AsyncFnOnce() -> T) -> (T, usize) {
        let before = self.statements.load(Ordering::Relaxed);
        let answer = work().await;
        (answer, self.statements.load(Ordering::Relaxed) - before)
    }

    /// Sends a GraphQL document as the holder of `token`, or as a visitor.
    pub async fn graphql(&self, token: Option<&str>, document: &str, variables: Value) -> Answer {
        requests::graphql(&self.router, token, document, variables).await
    }
}

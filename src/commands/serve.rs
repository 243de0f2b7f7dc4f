//! Serving: the listeners, what runs beside them, and stopping.

use std::time::Duration;

use tokio::{net::TcpListener, sync::watch};

use crate::{
    app::App,
    clock::Clock,
    config::Settings,
    error::{Error, Result},
    http::{
        self,
        admission::Admission,
        server::{ServerSettings, serve, stop_signal},
    },
    installation::{self, Purpose},
};

/// Requests answered at once, and large uploads among them; more are told to come back.
const REQUESTS: (u32, u32) = (256, 32);
/// How long between two clearings of what has expired.
const CLEARING: Duration = Duration::from_secs(3600);

/// Serves a database, unless it was made for a demo.
pub(super) async fn run(settings: Settings, allow_demo: bool) -> Result<()> {
    let app = super::open(&settings).await?;
    if installation::purpose(&app.db).await? == Some(Purpose::Demo) && !allow_demo {
        return Err(Error::internal(
            "this database was made by `vun demo`: its passwords are public. \
             Use another VUN_DATABASE_URL, or --allow-demo if you know what you do",
        ));
    }
    installation::mark(&app.db, Purpose::Production).await?;
    listen(&settings, app).await
}

/// Serves until the process is asked to stop.
pub(super) async fn listen(settings: &Settings, app: App) -> Result<()> {
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|cause| Error::internal(format!("VUN_LISTEN {}: {cause}", settings.listen)))?;
    let (stop, stopped) = watch::channel(false);
    let admission = Admission::new(REQUESTS.0, REQUESTS.1);
    let pages = http::pages(settings, &app, admission.clone());
    let router = http::router_with(http::edge(settings, &app, admission.clone())?, pages);
    let beside = [
        tokio::spawn(keep_folding(
            app.clone(),
            settings.fold_seconds,
            stopped.clone(),
        )),
        tokio::spawn(keep_clearing(app.clone(), stopped.clone())),
    ];
    let metrics = settings
        .metrics_listen
        .map(|address| tokio::spawn(measures(address, stopped.clone())));
    tracing::info!(address = %settings.listen, "serving");
    let stopping = async {
        if let Err(error) = stop_signal().await {
            tracing::error!(%error, "signals cannot be heard");
        }
    };
    serve(
        listener,
        router,
        ServerSettings::default(),
        admission,
        stopping,
    )
    .await
    .map_err(Error::internal)?;
    let _all_gone = stop.send(true);
    for task in beside.into_iter().chain(metrics) {
        if let Err(error) = task.await {
            tracing::error!(%error, "a task beside the server failed");
        }
    }
    app.auth.audit().flush().await?;
    app.db.close().await
}

async fn keep_folding(app: App, seconds: u64, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(seconds.max(1)));
    loop {
        tokio::select! {
            _ = ticks.tick() => if let Err(error) = app.coverage.fold().await {
                tracing::error!(%error, "the ledger was not folded");
            },
            _ = stopped.changed() => return,
        }
    }
}

async fn keep_clearing(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(CLEARING);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                if let Err(error) = app.auth.forget_old().await {
                    tracing::error!(%error, "what has expired was not cleared");
                }
                if let Err(error) = app.coverage.examine(None).await {
                    tracing::error!(%error, "the data were not examined");
                }
            },
            _ = stopped.changed() => return,
        }
    }
}

async fn measures(address: std::net::SocketAddr, mut stopped: watch::Receiver<bool>) {
    let served = async {
        let handle = http::measures::install().map_err(Error::internal)?;
        let listener = TcpListener::bind(address).await.map_err(Error::internal)?;
        let router = http::measures::router(handle);
        let stopping = async move {
            let _changed = stopped.changed().await;
        };
        serve(
            listener,
            router,
            ServerSettings::default(),
            Admission::new(8, 1),
            stopping,
        )
        .await
        .map_err(Error::internal)
    };
    if let Err(error) = served.await {
        tracing::error!(%error, "no metrics");
    }
}

/// The features on a clock of their own: the demo records its history in the past.
pub(super) async fn open_at(settings: &Settings, app: &App, clock: Clock) -> Result<App> {
    App::open(app.db.clone(), clock, settings).await
}

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
/// How long between two looks at whether another server changed the curriculum.
const LOOKING: Duration = Duration::from_secs(2);
/// How long between two looks at what is to be sent.
const SENDING: Duration = Duration::from_secs(2);
/// How long between two looks at whether a daily sweep has work left.
const SWEEPING: Duration = Duration::from_secs(60);

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
        tokio::spawn(keep_up(app.clone(), stopped.clone())),
        tokio::spawn(keep_sending(app.clone(), stopped.clone())),
        tokio::spawn(keep_sweeping(app.clone(), stopped.clone())),
        tokio::spawn(make_up_counts(app.clone(), stopped.clone())),
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

/// Follows what editors publish and areas set on other servers.
async fn keep_up(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(LOOKING);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                if let Err(error) = app.content.catch_up().await {
                    tracing::error!(%error, "the curriculum was not read again");
                }
                if let Err(error) = app.programmes.catch_up().await {
                    tracing::error!(%error, "the programmes were not read again");
                }
            },
            _ = stopped.changed() => return,
        }
    }
}

/// Sends what is due, batch by batch. A batch that was begun is ended: the channels' patience bounds it.
async fn keep_sending(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(SENDING);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                if let Err(error) = app.notices.tell_resets().await {
                    tracing::error!(%error, "codes for new passwords were not handed on");
                }
                while !*stopped.borrow() {
                    match app.notices.send_due().await {
                        Ok(0) => break,
                        Ok(_) => {}
                        Err(error) => {
                            tracing::error!(%error, "notices were not sent");
                            break;
                        }
                    }
                }
            },
            _ = stopped.changed() => return,
        }
    }
}

/// Finds who needs a reminder, page by page.
async fn keep_sweeping(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(SWEEPING);
    loop {
        tokio::select! {
            _ = ticks.tick() => {
                while !*stopped.borrow() {
                    match app.notices.sweep().await {
                        Ok(true) => {}
                        Ok(false) => break,
                        Err(error) => {
                            tracing::error!(%error, "reminders were not worked out");
                            break;
                        }
                    }
                }
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
                if let Err(error) = app.media.forget_old().await {
                    tracing::error!(%error, "uploads never taken in were not cleared");
                }
                if let Err(error) = app.notices.forget_old().await {
                    tracing::error!(%error, "old notices were not deleted");
                }
                if let Err(error) = app.coverage.examine(None).await {
                    tracing::error!(%error, "the data were not examined");
                }
            },
            _ = stopped.changed() => return,
        }
    }
}

/// Counts what a database held before it was counted, a little at a time, so that requests are answered meanwhile.
async fn make_up_counts(app: App, stopped: watch::Receiver<bool>) {
    const PAGE: u64 = 100;
    while !*stopped.borrow() {
        match app.coverage.make_up_children(&app.learning, PAGE).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::error!(%error, "children were not counted; it goes on at the next start");
                return;
            }
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

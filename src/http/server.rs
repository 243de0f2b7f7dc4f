//! The loop that accepts connections, bounds them in number and time, and ends them gently.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::ServiceExt as _;

use super::{address::Peer, admission::Admission, stall::Stalling};

/// How long the loop rests when the system gives no more connections (no file descriptors left).
const REST: Duration = Duration::from_millis(100);

/// Bytes of a request's head, with room for a document in the query string.
const HEAD_BYTES: usize = 64 * 1024;

/// Settings of a listener.
#[derive(Debug, Clone, Copy)]
pub struct ServerSettings {
    /// Connections open at once; further ones wait in the system's queue.
    pub connections: usize,
    /// From the moment a connection may send a request to the end of its headers. Also ends idle connections.
    pub header_time: Duration,
    /// How long a client may take none of an answer's bytes.
    pub read_patience: Duration,
    /// From the signal to stop to the end of the last connection.
    pub grace: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            connections: 4_096,
            header_time: Duration::from_secs(10),
            read_patience: Duration::from_secs(10),
            grace: Duration::from_secs(18),
        }
    }
}

/// Serves `router` on `listener` until `shutdown` is ready; then takes no more connections, lets running requests
/// end, and returns after [`ServerSettings::grace`] at the latest.
///
/// Requests whose client has hung up are waited for as well: `admission` counts them.
///
/// HTTP/1.1 only: HTTP/2 ends where TLS does, at the proxy in front.
///
/// # Errors
/// None at present; a failing connection never ends the loop.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ServerSettings,
    admission: Admission,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(settings.connections));
    tokio::pin!(shutdown);
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &places) => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "no connection could be accepted");
                    tokio::time::sleep(REST).await;
                    continue;
                }
            },
        };
        let connection = Connection {
            stream,
            peer,
            router: router.clone(),
            settings,
            admission: admission.clone(),
        };
        tokio::spawn(connection.serve(place));
    }
    drop(listener);
    admission.close();
    let ending = async {
        let all = u32::try_from(settings.connections).unwrap_or(u32::MAX);
        // The semaphore is never closed, so that this only ends with all places free.
        let _ = places.acquire_many(all).await;
        admission.idle().await;
    };
    if tokio::time::timeout(settings.grace, ending).await.is_err() {
        tracing::warn!("requests were still running at the end of the grace period");
    }
    Ok(())
}

/// Ready when the process is asked to stop, by SIGTERM or from the keyboard.
///
/// # Errors
/// When the system refuses to tell of signals.
pub async fn stop_signal() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, place))
}

struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    settings: ServerSettings,
    admission: Admission,
}

impl Connection {
    async fn serve(self, place: OwnedSemaphorePermit) {
        let _place = place;
        let Self {
            stream,
            peer,
            router,
            settings,
            admission,
        } = self;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            router
                .clone()
                .oneshot(Request::from(request.map(axum::body::Body::new)))
        });
        let stream = TokioIo::new(Stalling::new(stream, settings.read_patience));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(settings.header_time)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(stream, service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = admission.closing() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            // Clients break off, time out and send nonsense; none of it is the operator's concern.
            tracing::debug!(%error, "a connection broke off");
        }
    }
}

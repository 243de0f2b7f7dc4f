//! How many requests are worked on at once; the rest is told to come back instead of waiting in memory.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::graphql::errors::{Code, Refusal};

/// Seconds after which a client that was turned away may come back.
const RETRY_AFTER: u32 = 1;

/// A place among the requests that are worked on, or among the large bodies that are held.
#[derive(Debug)]
pub struct Permit {
    _place: OwnedSemaphorePermit,
}

/// The places there are. Clones share them.
#[derive(Debug, Clone)]
pub struct Admission {
    requests: Arc<Semaphore>,
    request_count: u32,
    large_bodies: Arc<Semaphore>,
    sockets: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

/// Sockets open at once.
const SOCKETS: u32 = 1_024;

impl Admission {
    /// Places for `requests` worked on at once and for `large_bodies` held at once.
    ///
    /// A request takes its place when its body has arrived, so that slow clients do not take the place of others.
    #[must_use]
    pub fn new(requests: u32, large_bodies: u32) -> Self {
        let places = |count: u32| Arc::new(Semaphore::new(count as usize));
        Self {
            requests: places(requests),
            request_count: requests,
            large_bodies: places(large_bodies),
            sockets: places(SOCKETS),
            closing: watch::Sender::new(false),
        }
    }

    /// The same with places for so many sockets open at once; 1,024 by default.
    #[must_use]
    pub fn with_sockets(self, sockets: u32) -> Self {
        Self {
            sockets: Arc::new(Semaphore::new(sockets as usize)),
            ..self
        }
    }

    /// Takes a place for one request.
    ///
    /// # Errors
    /// 503 with `RATE_LIMITED` when there is none.
    pub fn enter(&self) -> Result<Permit, Refusal> {
        take(&self.requests)
    }

    /// Takes a place for one large body.
    ///
    /// # Errors
    /// 503 with `RATE_LIMITED` when there is none.
    pub fn hold_large_body(&self) -> Result<Permit, Refusal> {
        take(&self.large_bodies)
    }

    /// Takes a place for one socket.
    ///
    /// # Errors
    /// 503 with `RATE_LIMITED` when there is none.
    pub fn open_socket(&self) -> Result<Permit, Refusal> {
        take(&self.sockets)
    }

    /// Asks every socket to end.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Returns when sockets are to end.
    pub async fn closing(&self) {
        let mut closing = self.closing.subscribe();
        // The sender lives as long as `self`.
        let _ = closing.wait_for(|is_closing| *is_closing).await;
    }

    /// Returns when no request is worked on, including those whose client has hung up.
    pub async fn idle(&self) {
        // The semaphore is never closed, so that this only ends with all places free.
        let _ = self.requests.acquire_many(self.request_count).await;
    }
}

impl Default for Admission {
    fn default() -> Self {
        Self::new(256, 32)
    }
}

fn take(places: &Arc<Semaphore>) -> Result<Permit, Refusal> {
    match Arc::clone(places).try_acquire_owned() {
        Ok(place) => Ok(Permit { _place: place }),
        Err(_) => Err(Refusal::http(
            503,
            Code::RateLimited,
            "The server is busy. Try again after the time in Retry-After.",
        )
        .retry_after(RETRY_AFTER)),
    }
}

//! Live answers: one WebSocket that speaks graphql-transport-ws, from its first message to its last.
//!
//! The library runs the operations of a socket side by side and writes their messages. This file adds what it leaves open:
//! a time for the first message, the closing codes of the protocol, one running operation for each id, bounds on messages and
//! operations, errors as `error` messages, and a look at the token again and again, so that whoever is signed out or loses a
//! standing is out within five seconds.
//!
//! Every operation takes the same way as one sent by POST: documents, guard, viewer, masked errors.

mod talk;

use std::{sync::Arc, time::Duration};

use async_graphql::http::{WebSocket as Running, WebSocketProtocols as Protocols, WsMessage};
use axum::{
    extract::{
        FromRequestParts as _,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse as _, Response},
};
use futures_util::StreamExt as _;
use tokio::{
    sync::mpsc,
    time::{Instant, interval, sleep_until},
};

use self::talk::{Heard, Talk};
use super::{
    errors::{Code, Refusal},
    handler::Edge,
    live::Party,
};
use crate::http::admission::Permit;

/// The subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// How long nothing may be heard before the client is asked for a sign of life.
const SILENCE: Duration = Duration::from_secs(25);
/// How long nothing may be heard at all.
const LOST: Duration = Duration::from_secs(60);

/// How a socket ends: a code of the protocol and a reason of at most 123 bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending(pub u16, pub String);

impl Ending {
    fn new(code: u16, reason: &str) -> Self {
        Self(code, reason.to_owned())
    }
}

/// Whether a request asks for a socket.
#[must_use]
pub fn is_asked_for(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Answers a request for a socket.
///
/// # Errors
/// 400 for a broken handshake or another subprotocol, 403 for a page of another site, 503 when there are too many sockets.
pub async fn open(edge: &Arc<Edge>, mut parts: Parts) -> Result<Response, Refusal> {
    check_origin(&parts.headers)?;
    let offered = parts.headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offered = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    if !offered.any(|protocol| protocol.trim() == PROTOCOL) {
        return Err(bad_handshake(
            "Sockets speak graphql-transport-ws: name it in Sec-WebSocket-Protocol.",
        ));
    }
    let party = Party::of(edge, &parts)?;
    let place = edge.admission.open_socket()?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = upgrade.map_err(|rejection| {
        tracing::debug!(%rejection, "no socket");
        bad_handshake("The WebSocket handshake is not complete.")
    })?;
    let edge = Arc::clone(edge);
    let bytes = edge.limits.body_bytes;
    let upgraded = upgrade
        .protocols([PROTOCOL])
        .max_message_size(bytes)
        .max_frame_size(bytes)
        .on_upgrade(move |socket| serve(edge, socket, party, place));
    Ok(upgraded.into_response())
}

fn bad_handshake(message: &'static str) -> Refusal {
    Refusal::http(400, Code::BadUserInput, message)
}

/// Browsers say which page opens a socket and let any page open one: only our own may. Apps say nothing.
fn check_origin(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let from = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    match (from, host) {
        (Some((_, from)), Some(host)) if from.eq_ignore_ascii_case(host) => Ok(()),
        _ => Err(Refusal::http(
            StatusCode::FORBIDDEN.as_u16(),
            Code::Forbidden,
            "Sockets are not opened from pages of other sites.",
        )),
    }
}

/// Runs one socket to its end.
async fn serve(edge: Arc<Edge>, mut socket: WebSocket, party: Party, place: Permit) {
    let _place = place;
    let open = metrics::gauge!("vun_sockets");
    open.increment(1.0);
    let ending = converse(&edge, &mut socket, party).await;
    open.decrement(1.0);
    if let Some(Ending(code, reason)) = ending {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        if let Err(error) = socket.send(Message::Close(Some(frame))).await {
            tracing::debug!(%error, "a socket was gone before it was closed");
        }
    }
}

/// Talks until the client leaves, or gives the reason to close.
async fn converse(edge: &Arc<Edge>, socket: &mut WebSocket, party: Party) -> Option<Ending> {
    let party = Arc::new(party);
    let (pass, mut passed) = mpsc::unbounded_channel();
    let heard = futures_util::stream::poll_fn(move |cx| passed.poll_recv(cx));
    let executor = super::live::Executor::new(Arc::clone(edge), Arc::clone(&party));
    let greeted = (Arc::clone(edge), Arc::clone(&party));
    let running = Running::from_message_stream(executor, heard, Protocols::GraphQLWS)
        .on_connection_init(move |said| async move { greeted.1.greet(&greeted.0, &said).await });
    let mut running = std::pin::pin!(running);
    let mut talk = Talk::new(edge.limits.clone());
    let opened = Instant::now();
    let (mut heard_at, mut asked_at) = (opened, opened);
    let mut again = interval(edge.settings.look_time);
    let mut closing = std::pin::pin!(edge.admission.closing());
    loop {
        tokio::select! {
            // What runs comes first: so what was passed on is taken in before more is heard.
            biased;
            told = running.next() => match told? {
                WsMessage::Text(text) => {
                    let (told, stop) = talk.told(&text);
                    if let Some(stop) = stop {
                        let _ = pass.send(Ok(stop));
                    }
                    if let Some(told) = told {
                        socket.send(Message::text(told)).await.ok()?;
                    }
                }
                WsMessage::Close(1002, _) => return Some(Ending::new(4403, "Forbidden")),
                WsMessage::Close(code, reason) => return Some(Ending(code, reason)),
            },
            said = socket.recv() => {
                heard_at = Instant::now();
                let said = match said? {
                    Ok(Message::Text(text)) => talk.heard(&text),
                    Ok(Message::Binary(_)) => Heard::End(Ending::new(4400, "Messages are text.")),
                    Ok(Message::Close(_)) => return None,
                    Ok(Message::Ping(_) | Message::Pong(_)) => continue,
                    Err(error) => {
                        tracing::debug!(%error, "a socket broke off");
                        return Some(Ending::new(1009, "The message is too large or broken."));
                    }
                };
                match said {
                    Heard::Pass(message) => pass.send(Ok(*message)).ok()?,
                    Heard::Answer(text) => socket.send(Message::text(text)).await.ok()?,
                    Heard::Nothing => {}
                    Heard::End(ending) => return Some(ending),
                }
            }
            () = sleep_until(opened + edge.settings.greeting_time), if !talk.is_greeted() => {
                return Some(Ending::new(4408, "Connection initialisation timeout"));
            }
            _ = again.tick() => {
                if talk.is_greeted() && !party.is_still_welcome(edge).await {
                    return Some(Ending::new(4403, "Forbidden"));
                }
                if heard_at.elapsed() > LOST {
                    return Some(Ending::new(4408, "Nothing was heard for a minute."));
                }
                if heard_at.elapsed() > SILENCE && asked_at.elapsed() > SILENCE {
                    asked_at = Instant::now();
                    socket.send(Message::Ping(Vec::new().into())).await.ok()?;
                }
            }
            () = &mut closing => return Some(Ending::new(1001, "The server is stopping: connect again.")),
        }
    }
}

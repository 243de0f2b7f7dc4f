//! What may be said on a socket, and when: the rules of graphql-transport-ws that need no network to be checked.

use std::collections::HashSet;

use async_graphql::{Request, http::ClientMessage};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Ending;
use crate::graphql::{guard::check_json, limits::Limits, live::Waiting, wire::Call};

/// Operations that one socket may run at once.
pub const OPERATIONS: usize = 16;
/// Bytes of an operation's id.
const ID_BYTES: usize = 100;

/// What to do with a message.
pub enum Heard {
    /// Pass it on to what runs.
    Pass(Box<ClientMessage>),
    /// Answer it at once.
    Answer(String),
    /// Leave it.
    Nothing,
    /// Close the socket.
    End(Ending),
}

impl Heard {
    fn pass(message: ClientMessage) -> Self {
        Self::Pass(Box::new(message))
    }
}

/// What one socket has said so far.
#[derive(Debug)]
pub struct Talk {
    limits: Limits,
    is_greeted: bool,
    is_acknowledged: bool,
    running: HashSet<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    payload: Option<Value>,
}

impl Talk {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            is_greeted: false,
            is_acknowledged: false,
            running: HashSet::new(),
        }
    }

    /// Whether the client has introduced itself.
    pub fn is_greeted(&self) -> bool {
        self.is_greeted
    }

    /// A message of the client.
    pub fn heard(&mut self, text: &str) -> Heard {
        let said = match check_json(text.as_bytes(), &self.limits) {
            Ok(()) => serde_json::from_str::<Said>(text).ok(),
            Err(_refused) => None,
        };
        let Some(said) = said else {
            return invalid("A message is one JSON object with a type.");
        };
        let is_object = said.payload.as_ref().is_none_or(Value::is_object);
        match (said.kind.as_str(), said.id) {
            _ if !is_object => invalid("A payload is a JSON object."),
            ("connection_init", _) => {
                self.is_greeted = true;
                Heard::pass(ClientMessage::ConnectionInit {
                    payload: said.payload,
                })
            }
            ("ping", _) => Heard::pass(ClientMessage::Ping {
                payload: said.payload,
            }),
            ("pong", _) => Heard::Nothing,
            ("subscribe", Some(id)) => self.start(id, said.payload),
            ("complete", Some(id)) => match self.running.remove(&id) {
                true => Heard::pass(ClientMessage::Stop { id }),
                false => Heard::Nothing,
            },
            _ => invalid("Unknown message type, or no id."),
        }
    }

    fn start(&mut self, id: String, payload: Option<Value>) -> Heard {
        if !self.is_acknowledged {
            return Heard::End(Ending::new(4401, "Unauthorized"));
        }
        if id.is_empty() || id.len() > ID_BYTES {
            return invalid("An id has 1 to 100 bytes.");
        }
        if self.running.contains(&id) {
            let shown: String = id.chars().take(20).collect();
            let reason = format!("Subscriber for {shown} already exists");
            return Heard::End(Ending(4409, reason));
        }
        let call =
            payload.map(|payload| Call::from_body(payload.to_string().as_bytes(), &self.limits));
        let call = match call {
            Some(Ok(call)) => call,
            Some(Err(refusal)) => return invalid(&refusal.message),
            None => return invalid("A subscribe message has a payload."),
        };
        if self.running.len() >= OPERATIONS {
            let message = format!("A socket runs at most {OPERATIONS} operations at once.");
            let error = json!({ "message": message, "extensions": { "code": "LIMIT_EXCEEDED" } });
            let answer = json!({ "id": id, "type": "error", "payload": [error] });
            return Heard::Answer(answer.to_string());
        }
        self.running.insert(id.clone());
        Heard::pass(ClientMessage::Start {
            id,
            payload: Request::new("").data(Waiting::new(call)),
        })
    }

    /// What the client is told of a message of what runs, and what is to be stopped in return.
    pub fn told(&mut self, text: &str) -> (Option<String>, Option<ClientMessage>) {
        let Ok(mut said) = serde_json::from_str::<Said>(text) else {
            return (None, None);
        };
        match (said.kind.as_str(), said.id.take()) {
            ("connection_ack", _) => self.is_acknowledged = true,
            ("next", Some(id)) => {
                if !self.running.contains(&id) {
                    return (None, None);
                }
                let payload = said.payload.as_mut();
                let was_refused = payload
                    .as_ref()
                    .is_some_and(|payload| payload["data"].is_null());
                let errors = payload
                    .and_then(|payload| payload.get_mut("errors"))
                    .map(Value::take);
                if let (true, Some(errors)) = (was_refused, errors) {
                    self.running.remove(&id);
                    let told = json!({ "id": id, "type": "error", "payload": errors });
                    return (Some(told.to_string()), Some(ClientMessage::Stop { id }));
                }
            }
            // Said of what the client has ended, or what ended in an error: it is over already.
            ("complete", Some(id)) if !self.running.remove(&id) => return (None, None),
            _ => {}
        }
        (Some(text.to_owned()), None)
    }
}

/// A close frame's reason has room for 123 bytes.
fn invalid(reason: &str) -> Heard {
    let mut reason = reason.to_owned();
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason.truncate(end);
    Heard::End(Ending(4400, reason))
}

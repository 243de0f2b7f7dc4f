//! GraphQL over HTTP: one route, from the headers of a request to the bytes of its answer.
//!
//! - POST takes one JSON object; a GET is for queries only, by document id or by text, and changes nothing.
//! - No batches, no multipart, no compressed bodies: each would multiply what one request may cost.
//! - The status follows the GraphQL-over-HTTP specification; see [`Answer`].

use std::{
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{Request, parser::types::OperationType};
use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    answer::Answer,
    application::{Application, Caller, Language, invalid_token},
    body::{self, BodyRules},
    documents::Documents,
    errors::{Code, Refusal},
    execution,
    journal::Entry,
    limits::Limits,
    media::{Media, is_json},
    propagation::FieldTypes,
    socket,
    wire::Call,
};
use crate::http::{
    address,
    admission::{Admission, Permit},
    identity::RequestId,
};

/// Bytes of an access token that are looked at; ours are shorter.
const TOKEN_BYTES: usize = 512;

/// Everything the route needs; one for the life of the server.
pub struct Edge {
    pub(super) application: Arc<dyn Application>,
    pub(super) field_types: FieldTypes,
    pub(super) documents: Documents,
    pub(super) limits: Limits,
    pub(super) admission: Admission,
    pub(super) settings: EdgeSettings,
}

/// Settings of the route.
#[derive(Debug, Clone, Copy)]
pub struct EdgeSettings {
    /// From the start of execution to its end.
    pub deadline: Duration,
    /// From the end of a request's headers to the end of its body.
    pub body_time: Duration,
    /// From the opening of a socket to its first message.
    pub greeting_time: Duration,
    /// How often the token of a socket is looked at again.
    pub look_time: Duration,
    /// Proxies in front of the server whose `X-Forwarded-For` is believed.
    pub trusted_hops: usize,
    /// Whether anybody may ask for the schema and read its names in validation errors.
    pub public_schema: bool,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(10),
            body_time: Duration::from_secs(10),
            greeting_time: Duration::from_secs(10),
            look_time: Duration::from_secs(4),
            trusted_hops: 0,
            public_schema: false,
        }
    }
}

/// Answers one request to `/graphql`.
pub async fn graphql(State(edge): State<Arc<Edge>>, request: axum::extract::Request) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let request_id = RequestId::of(&parts.extensions);
    if socket::is_asked_for(&parts.headers) {
        let opened = socket::open(&edge, parts).await;
        return opened.unwrap_or_else(|refusal| {
            let answer = Answer::refused(&refusal, request_id, Media::Json);
            to_response(answer, &Method::GET)
        });
    }
    let mut entry = Entry::default();
    let accept = parts.headers.get_all(header::ACCEPT).iter();
    let media = Media::accepted(accept.map(|value| value.to_str().unwrap_or_default()));
    let outcome = match media {
        Some(media) => {
            edge.answer(&parts, body, request_id, media, &mut entry)
                .await
        }
        None => Err(Refusal::http(
            406,
            Code::BadUserInput,
            "Answers are application/graphql-response+json or application/json.",
        )),
    };
    let answer = outcome.unwrap_or_else(|refusal| {
        Answer::refused(&refusal, request_id, media.unwrap_or(Media::Json))
    });
    entry.write(request_id, &answer, started.elapsed());
    to_response(answer, &parts.method)
}

impl Edge {
    /// An edge before `application`. `documents` must have been made with the same `limits`.
    ///
    /// # Errors
    /// When the application's schema definition cannot be read.
    pub fn new(
        application: Arc<dyn Application>,
        documents: Documents,
        limits: Limits,
        admission: Admission,
        settings: EdgeSettings,
    ) -> Result<Self, async_graphql::parser::Error> {
        Ok(Self {
            field_types: FieldTypes::from_sdl(&application.sdl())?,
            application,
            documents,
            limits,
            admission,
            settings,
        })
    }

    /// Whether the application is ready; see [`Application::ready`].
    ///
    /// # Errors
    /// What is missing.
    pub async fn ready(&self) -> Result<(), String> {
        self.application.ready().await
    }

    async fn answer(
        &self,
        parts: &Parts,
        body: Body,
        request_id: Uuid,
        media: Media,
        entry: &mut Entry,
    ) -> Result<Answer, Refusal> {
        let received = self.receive(parts, body).await?;
        let permit = self.admission.enter()?;
        let found = self.documents.find(&received.call.source)?;
        entry.known_as.clone_from(&found.known_as);
        let operation = found
            .prepared
            .operation(received.call.operation_name.as_deref())?;
        check_kind(operation.kind, &parts.method)?;
        if received.bytes > self.limits.body_bytes && !operation.is_large {
            return Err(body::too_large(self.limits.body_bytes));
        }
        found
            .prepared
            .check_request(operation, &received.call.variables, &self.limits)?;
        entry.operation = Some(Arc::clone(operation));

        let mut request = Request::new("").variables(received.call.variables);
        request.operation_name.clone_from(&operation.name);
        request.set_parsed_query(found.prepared.document());
        if !self.settings.public_schema {
            request = request.disable_introspection();
        }
        let mut response = execution::execute(
            Arc::clone(&self.application),
            self.caller(parts, request_id)?,
            Arc::clone(operation),
            request,
            self.settings.deadline,
            (permit, received.permit),
        )
        .await?;
        self.field_types
            .propagate_nulls(&found.prepared, operation, &mut response);
        Ok(Answer::executed(
            response,
            request_id,
            media,
            &self.limits,
            self.settings.public_schema,
        ))
    }

    async fn receive(&self, parts: &Parts, body: Body) -> Result<Received, Refusal> {
        match parts.method {
            Method::POST => {
                check_content(&parts.headers)?;
                let rules = BodyRules {
                    ordinary_bytes: self.limits.body_bytes,
                    bytes: self.limits.large_body_bytes,
                    time: self.settings.body_time,
                    is_announced: parts.headers.contains_key(header::EXPECT),
                };
                let (body, permit) = body::read(body, rules, &self.admission).await?;
                Ok(Received {
                    call: Call::from_body(&body, &self.limits)?,
                    bytes: body.len(),
                    permit,
                })
            }
            Method::GET => {
                let Ok(Query(parameters)) = Query::try_from_uri(&parts.uri) else {
                    return Err(Refusal::http(
                        400,
                        Code::BadUserInput,
                        "The query string cannot be read, or has a parameter twice.",
                    ));
                };
                Ok(Received {
                    call: Call::from_parameters(parameters, &self.limits)?,
                    bytes: 0,
                    permit: None,
                })
            }
            _ => Err(not_allowed("Send a POST, or a GET for queries.")),
        }
    }

    pub(super) fn caller(&self, parts: &Parts, request_id: Uuid) -> Result<Caller, Refusal> {
        let language = parts
            .headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .map_or_else(Language::default, Language::preferred);
        Ok(Caller {
            request_id,
            token: bearer_token(&parts.headers)?,
            language,
            address: self.address(parts),
        })
    }

    fn address(&self, parts: &Parts) -> Option<IpAddr> {
        let forwarded: Vec<&str> = parts
            .headers
            .get_all(HeaderName::from_static("x-forwarded-for"))
            .iter()
            .map(|value| value.to_str().unwrap_or_default())
            .collect();
        address::of_client(
            address::Peer::of(&parts.extensions),
            &forwarded,
            self.settings.trusted_hops,
        )
    }
}

/// A request that has the right shape.
struct Received {
    call: Call,
    bytes: usize,
    permit: Option<Permit>,
}

fn check_content(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &HeaderValue| value.to_str().unwrap_or_default())
    };
    if !is_json(text(header::CONTENT_TYPE).unwrap_or_default()) {
        return Err(unsupported(
            "The body must be application/json in UTF-8, and say so.",
        ));
    }
    match text(header::CONTENT_ENCODING) {
        None | Some("identity") => Ok(()),
        Some(_) => Err(unsupported("The body must not be compressed.")),
    }
}

fn check_kind(kind: OperationType, method: &Method) -> Result<(), Refusal> {
    match kind {
        OperationType::Query => Ok(()),
        OperationType::Mutation if *method == Method::POST => Ok(()),
        OperationType::Mutation => Err(not_allowed("A mutation must be sent with POST.")),
        OperationType::Subscription => Err(Refusal::http(
            400,
            Code::BadUserInput,
            "Subscriptions come by a WebSocket on this path, in graphql-transport-ws.",
        )),
    }
}

/// The token of `Authorization: Bearer`; `None` without the header.
///
/// # Errors
/// 401 for any other content: a client that believes to be signed in must not be served as a visitor.
fn bearer_token(headers: &HeaderMap) -> Result<Option<SecretString>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, other) = (values.next(), values.next());
    let Some(value) = value else {
        return Ok(None);
    };
    let token = value.to_str().ok().and_then(bearer);
    match token.filter(|_| other.is_none()) {
        Some(token) => Ok(Some(token)),
        None => Err(invalid_token()),
    }
}

/// The token in `Bearer <token>`.
pub(super) fn bearer(text: &str) -> Option<SecretString> {
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim();
    let is_one =
        scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= TOKEN_BYTES;
    is_one.then(|| SecretString::from(token))
}

fn unsupported(message: &'static str) -> Refusal {
    Refusal::http(415, Code::BadUserInput, message)
}

fn not_allowed(message: &'static str) -> Refusal {
    Refusal::http(405, Code::BadUserInput, message)
}

fn to_response(answer: Answer, method: &Method) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static(answer.media.content_type());
    headers.insert(header::CONTENT_TYPE, content_type);
    if let Some(seconds) = answer.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    match status {
        StatusCode::UNAUTHORIZED => {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            let others = if *method == Method::GET {
                "POST"
            } else {
                "GET, POST"
            };
            headers.insert(header::ALLOW, HeaderValue::from_static(others));
        }
        _ => {}
    }
    response
}

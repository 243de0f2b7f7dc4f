//! The HTTP server: routes, what every answer carries, and the loop that accepts connections.

pub mod address;
pub mod admission;
mod downloads;
pub mod identity;
pub mod measures;
pub mod server;
mod stall;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use tower_http::{
    compression::{CompressionLayer, predicate::SizeAbove},
    sensitive_headers::SetSensitiveRequestHeadersLayer,
};
use uuid::Uuid;

use self::{
    admission::Admission,
    identity::{RequestId, identify},
};
use crate::{
    app::App,
    config::Settings,
    error::{Error, Result},
    graphql::{
        answer::Answer,
        documents::{Documents, Trust},
        errors::{Code, Refusal},
        handler::{Edge, EdgeSettings, graphql},
        limits::Limits,
        media::Media,
        schema::Product,
    },
};

/// Where the server listens when nobody says otherwise: reachable from this machine only.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// Bytes below which compressing an answer costs more than it saves.
const COMPRESSED_BYTES: u64 = 1024;

/// How long the readiness check may take; a monitor should learn of a lost database within three seconds.
const READINESS_TIME: Duration = Duration::from_secs(2);

/// What every answer says unless the route has said otherwise. `Strict-Transport-Security` is for whoever does TLS.
const SECURITY_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// The GraphQL route over the features, as the settings want it.
///
/// # Errors
/// When the schema cannot be read back from its own definition.
pub fn edge(settings: &Settings, app: &App, admission: Admission) -> Result<Arc<Edge>> {
    let limits = Limits::default();
    let edge_settings = EdgeSettings {
        trusted_hops: settings.trusted_hops,
        public_schema: settings.introspection,
        ..EdgeSettings::default()
    };
    let documents = Documents::new(limits.clone(), Trust::Off);
    let edge = Edge::new(
        Product::new(app.clone()),
        documents,
        limits,
        admission,
        edge_settings,
    );
    edge.map(Arc::new).map_err(Error::internal)
}

/// The routes of the public listener.
pub fn router(edge: Arc<Edge>) -> Router {
    let routes = Router::new()
        .route("/graphql", any(graphql))
        .route(
            "/reports/{report}/{version}/{file}",
            get(downloads::fetch).post(downloads::convert),
        )
        .route("/groups/{group}/{file}", get(downloads::of_group))
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .fallback(unknown_route)
        .with_state(edge);
    dress(routes)
}

/// Adds what every answer of this server carries: request id, security headers, compression, a mask over panics.
pub fn dress(routes: Router) -> Router {
    routes
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESSED_BYTES)))
        .layer(middleware::from_fn(secure))
        .layer(middleware::from_fn(identify))
        .layer(SetSensitiveRequestHeadersLayer::new([
            header::AUTHORIZATION,
            header::COOKIE,
        ]))
}

async fn alive() -> &'static str {
    "alive\n"
}

async fn ready(State(edge): State<Arc<Edge>>) -> Response {
    let check = tokio::time::timeout(READINESS_TIME, edge.ready());
    let reason = match check.await {
        Ok(Ok(())) => return "ready\n".into_response(),
        Ok(Err(reason)) => reason,
        Err(_) => "the check took too long".to_owned(),
    };
    tracing::warn!(reason, "not ready");
    (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
}

async fn unknown_route(request: Request) -> Response {
    let refusal = Refusal::http(
        404,
        Code::NotFound,
        "There is nothing here; the API is at /graphql.",
    );
    let id = RequestId::of(request.extensions());
    plain(StatusCode::NOT_FOUND, &refusal, id).into_response()
}

/// A refusal outside the GraphQL route, in the shape clients know from there.
fn plain(status: StatusCode, refusal: &Refusal, request_id: Uuid) -> impl IntoResponse + use<> {
    let answer = Answer::refused(refusal, request_id, Media::Json);
    (
        status,
        [(header::CONTENT_TYPE, answer.media.content_type())],
        answer.body,
    )
}

async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in SECURITY_HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

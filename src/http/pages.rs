//! The supervisors' pages on the public listener: a place among the requests worked on, a deadline, and a log line.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderName, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};

use super::{
    address::{self, Peer},
    admission::Admission,
    identity::RequestId,
};
use crate::{
    app::App,
    auth::rate::ClientAddress,
    config::Settings,
    dashboard::{Arrival, Dashboard, FORM_BYTES, Foundations, routes},
    messages::{self, Language},
};

/// From the end of a request's headers to the end of the work on it.
const DEADLINE: Duration = Duration::from_secs(25);

struct Gate {
    admission: Admission,
    trusted_hops: usize,
}

/// The supervisors' pages over the features, as the settings want them.
pub fn pages(settings: &Settings, app: &App, admission: Admission) -> Router {
    let foundations = Foundations {
        clock: app.clock.clone(),
        areas: app.areas.clone(),
        auth: app.auth.clone(),
        programmes: app.programmes.clone(),
        coverage: app.coverage.clone(),
        reports: app.reports.clone(),
    };
    let dashboard = Dashboard::new(foundations, settings.public_url.as_deref());
    let gate = Gate {
        admission,
        trusted_hops: settings.trusted_hops,
    };
    routes(dashboard)
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(from_fn_with_state(Arc::new(gate), pass))
}

async fn pass(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.extensions());
    let _place = match gate.admission.enter() {
        Ok(place) => place,
        Err(_no_place) => return busy(),
    };
    let forwarded = request
        .headers()
        .get_all(HeaderName::from_static("x-forwarded-for"));
    let forwarded: Vec<&str> = forwarded
        .iter()
        .map(|value| value.to_str().unwrap_or_default())
        .collect();
    let peer = Peer::of(request.extensions());
    let address = address::of_client(peer, &forwarded, gate.trusted_hops);
    let arrival = Arrival {
        address: address.map(ClientAddress),
        request: id,
    };
    request.extensions_mut().insert(arrival);
    let method = request.method().clone();
    let page = request.extensions().get::<MatchedPath>().cloned();
    let answered = tokio::time::timeout(DEADLINE, next.run(request)).await;
    let response = answered.unwrap_or_else(|_elapsed| busy());
    tracing::info!(
        request_id = %id,
        %method,
        page = page.as_ref().map_or("none", |page| page.as_str()),
        status = response.status().as_u16(),
        milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "page"
    );
    response
}

/// What a browser shows when there is no time for a page: words, in both languages.
fn busy() -> Response {
    let say = |language| messages::text(language, "dashboard-busy");
    let text = format!(
        "{}\n\n{}\n",
        say(Language::Vietnamese),
        say(Language::English)
    );
    let headers = [(header::RETRY_AFTER, "5")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, text).into_response()
}

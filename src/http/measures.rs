//! Metrics for Prometheus, on a listener of their own so that they are never public by accident.

use std::time::Duration;

use axum::{Router, extract::State, http::header, routing::get};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

/// Upper bounds of duration buckets in seconds, from a hot read to the deadline.
const SECONDS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// How often recorded durations are folded into their buckets when nobody reads them.
const UPKEEP: Duration = Duration::from_secs(10);

/// Starts recording for the whole process.
///
/// # Errors
/// When a recorder is installed already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .install_recorder()
}

/// The routes of the metrics listener.
pub fn router(handle: PrometheusHandle) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .with_state(handle)
}

/// Keeps the memory of unread durations bounded. Runs until dropped.
pub async fn upkeep(handle: PrometheusHandle) {
    let mut ticks = tokio::time::interval(UPKEEP);
    loop {
        ticks.tick().await;
        handle.run_upkeep();
    }
}

async fn metrics(State(handle): State<PrometheusHandle>) -> impl axum::response::IntoResponse {
    let text_format = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (text_format, handle.render())
}

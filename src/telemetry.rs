//! Logs: one JSON line for each thing worth knowing. Never names, phones, tokens or children.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging to standard error. `RUST_LOG` chooses what; by default warnings, and requests while serving.
pub fn start(readable: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| {
        EnvFilter::new("info,sqlx=warn,sea_orm=warn,sea_orm_migration=warn")
    });
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let started = if readable {
        registry.with(lines.compact()).try_init()
    } else {
        registry.with(lines.json()).try_init()
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was already started");
    }
}

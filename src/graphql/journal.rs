//! What is kept of a request: one line of the log and a few metrics, nothing that a client chose.

use std::{sync::Arc, time::Duration};

use metrics::{counter, histogram};
use uuid::Uuid;

use super::{answer::Answer, guard::Operation};

/// Root fields named in a log line; an operation of the app has one or two.
const NAMED_ROOT_FIELDS: usize = 3;

/// What became known of a request on its way.
#[derive(Debug, Default)]
pub struct Entry {
    /// The operation's name in the manifest.
    pub known_as: Option<Arc<str>>,
    /// The operation, if the document passed the guard.
    pub operation: Option<Arc<Operation>>,
}

impl Entry {
    /// Writes the entry.
    ///
    /// Invariant: variables, tokens, operation names of unknown documents and names that are not of the schema are
    /// never written: a client can put anything there, a person's name included. Metrics are labelled only with
    /// names of the manifest, because each new label is kept for ever.
    pub fn write(&self, request_id: Uuid, answer: &Answer, duration: Duration) {
        let codes: Vec<&str> = answer.codes.iter().map(|code| code.as_str()).collect();
        let operation = self.label(answer.was_executed);
        tracing::info!(
            %request_id,
            operation,
            is_trusted = self.known_as.is_some(),
            duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            codes = codes.join(","),
            status = answer.status,
            bytes = answer.body.len(),
            "graphql",
        );
        let operation = self.known_as.as_deref().unwrap_or("other").to_owned();
        histogram!("vun_graphql_seconds", "operation" => operation.clone())
            .record(duration.as_secs_f64());
        let code = codes.first().copied().unwrap_or("OK");
        counter!("vun_graphql_requests_total", "operation" => operation, "code" => code)
            .increment(1);
    }

    /// The name in the manifest, or else the root fields once the schema has confirmed them.
    fn label(&self, was_executed: bool) -> String {
        match (&self.known_as, &self.operation) {
            (Some(name), _) => name.to_string(),
            (None, Some(operation)) if was_executed => operation
                .root_fields
                .iter()
                .take(NAMED_ROOT_FIELDS)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(","),
            _ => "-".to_owned(),
        }
    }
}

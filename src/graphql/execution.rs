//! Execution in a task of its own, with a deadline.

use std::{sync::Arc, time::Duration};

use async_graphql::{Request, Response};
use tracing::Instrument as _;

use super::{
    application::{Application, Caller},
    errors::{Code, Refusal},
    guard::Operation,
};

/// Admits `caller` and executes `request` on the application's schema. `held` is dropped when the work ends.
///
/// Invariant: a client that hangs up does not stop the work, because the work is a task that nobody else owns. At
/// the deadline the work is dropped, and with it a transaction that is not committed.
///
/// # Errors
/// What [`Application::admit`] refuses, `TIMEOUT` with 503 at the deadline, `INTERNAL` with 500 after a panic.
pub async fn execute(
    application: Arc<dyn Application>,
    caller: Caller,
    operation: Arc<Operation>,
    mut request: Request,
    deadline: Duration,
    held: impl Send + 'static,
) -> Result<Response, Refusal> {
    let request_id = caller.request_id;
    let work = async move {
        let _held = held;
        request.data = application.admit(caller, &operation).await?;
        Ok(application.execute(request).await)
    };
    let span = tracing::info_span!("execute", %request_id);
    let task = tokio::spawn(tokio::time::timeout(deadline, work).instrument(span));
    match task.await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Refusal::http(
            503,
            Code::Timeout,
            "The request took too long and was stopped. Send the same request again.",
        )),
        Err(failure) => {
            tracing::error!(%request_id, is_panic = failure.is_panic(), "an execution broke off");
            Err(Refusal::http(
                500,
                Code::Internal,
                "The execution broke off.",
            ))
        }
    }
}

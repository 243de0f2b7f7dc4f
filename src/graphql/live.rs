//! The operations of a socket: the way each takes from its document to its answers.

use std::{
    any::TypeId,
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use async_graphql::{Data, Executor as Runs, Request, Response, parser::types::OperationType};
use futures_util::{FutureExt as _, StreamExt as _, stream, stream::BoxStream};
use hyper::http::request::Parts;
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use super::{
    application::{Caller, Seen},
    errors::{Code, Refusal, make_presentable},
    execution,
    handler::{Edge, bearer},
    wire::Call,
};
use crate::{http::identity::RequestId, messages::Language};

/// Who is at the other end of a socket.
pub struct Party {
    /// The token of the handshake, if it brought one.
    token: Option<SecretString>,
    language: Language,
    address: Option<IpAddr>,
    /// What the greeting made of it.
    greeted: OnceLock<Greeted>,
}

struct Greeted {
    token: Option<SecretString>,
    seen: Seen,
}

impl Party {
    /// Who opens a socket.
    ///
    /// # Errors
    /// For an `Authorization` header that is none.
    pub fn of(edge: &Edge, parts: &Parts) -> Result<Self, Refusal> {
        let caller = edge.caller(parts, RequestId::of(&parts.extensions))?;
        Ok(Self {
            token: caller.token,
            language: caller.language,
            address: caller.address,
            greeted: OnceLock::new(),
        })
    }

    /// Takes in the greeting: `{"authorization": "Bearer <accessToken>"}`, which browsers cannot send as a header. Without it
    /// the token of the handshake counts; without either, the client is a visitor.
    ///
    /// # Errors
    /// For a token that is not good.
    pub async fn greet(&self, edge: &Edge, said: &Value) -> async_graphql::Result<Data> {
        let mut said = said.as_object().into_iter().flatten();
        let header = said.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let token = match header {
            Some((_, value)) => Some(value.as_str().and_then(bearer).ok_or("Forbidden")?),
            None => self.token.clone(),
        };
        let seen = edge.application.see(token.as_ref()).await;
        let seen = seen.map_err(|_refused| "Forbidden")?;
        let _ = self.greeted.set(Greeted { token, seen });
        Ok(Data::default())
    }

    /// Whether the token is as good as it was. When that cannot be known now, the next look decides.
    pub async fn is_still_welcome(&self, edge: &Edge) -> bool {
        let Some(greeted) = self.greeted.get() else {
            return true;
        };
        match edge.application.see(greeted.token.as_ref()).await {
            Ok(seen) => seen == greeted.seen,
            Err(refusal) => refusal.code != Code::Unauthenticated,
        }
    }

    fn caller(&self) -> Caller {
        Caller {
            request_id: Uuid::now_v7(),
            token: self.greeted.get().and_then(|greeted| greeted.token.clone()),
            language: self.language,
            address: self.address,
        }
    }
}

/// A call on its way through the library to [`Executor`].
#[derive(Debug)]
pub struct Waiting(Mutex<Option<Call>>);

impl Waiting {
    /// Holds a call.
    #[must_use]
    pub fn new(call: Call) -> Self {
        Self(Mutex::new(Some(call)))
    }
}

/// Runs the operations of one socket.
#[derive(Clone)]
pub struct Executor {
    edge: Arc<Edge>,
    party: Arc<Party>,
}

impl Executor {
    /// Runs the operations of a party.
    #[must_use]
    pub fn new(edge: Arc<Edge>, party: Arc<Party>) -> Self {
        Self { edge, party }
    }
}

impl Runs for Executor {
    async fn execute(&self, request: Request) -> Response {
        let mut answers = self.execute_stream(request, None);
        answers.next().await.unwrap_or_default()
    }

    fn execute_stream(
        &self,
        request: Request,
        _: Option<Arc<Data>>,
    ) -> BoxStream<'static, Response> {
        let waiting = request.data.get(&TypeId::of::<Waiting>());
        let waiting = waiting.and_then(|data| data.downcast_ref::<Waiting>());
        let call = waiting.and_then(|Waiting(call)| {
            let mut call = call.lock().unwrap_or_else(PoisonError::into_inner);
            call.take()
        });
        let Self { edge, party } = self.clone();
        let caller = party.caller();
        let request_id = caller.request_id;
        let answers = async move {
            let call = call.ok_or_else(|| Refusal::bad_document("There is no operation."))?;
            edge.answers(call, caller).await
        };
        let answers = answers.map(move |answers| {
            answers.unwrap_or_else(|refusal: Refusal| {
                let error = refusal.to_error(request_id);
                stream::iter([Response::from_errors(vec![error])]).boxed()
            })
        });
        answers.flatten_stream().boxed()
    }
}

impl Edge {
    /// The answers to an operation: one for a query or a mutation, any number for a subscription.
    ///
    /// # Errors
    /// As for one sent by POST.
    async fn answers(
        self: Arc<Self>,
        call: Call,
        caller: Caller,
    ) -> Result<BoxStream<'static, Response>, Refusal> {
        let permit = self.admission.enter()?;
        let found = self.documents.find(&call.source)?;
        let operation = found.prepared.operation(call.operation_name.as_deref())?;
        let operation = Arc::clone(operation);
        found
            .prepared
            .check_request(&operation, &call.variables, &self.limits)?;
        let request_id = caller.request_id;
        let mut request = Request::new("").variables(call.variables);
        request.operation_name.clone_from(&operation.name);
        request.set_parsed_query(found.prepared.document());
        if !self.settings.public_schema {
            request = request.disable_introspection();
        }
        let answers = if operation.kind == OperationType::Subscription {
            // A subscription is no request that is worked on: it waits most of its life.
            drop(permit);
            request.data = self.application.admit(caller, &operation).await?;
            let answers = AssertUnwindSafe(self.application.subscribe(request)).catch_unwind();
            answers
                .map(move |answer| {
                    answer.unwrap_or_else(|_panic| {
                        tracing::error!(%request_id, "a subscription broke off");
                        let refusal = Refusal::http(500, Code::Internal, "It broke off.");
                        Response::from_errors(vec![refusal.to_error(request_id)])
                    })
                })
                .boxed()
        } else {
            let response = execution::execute(
                Arc::clone(&self.application),
                caller,
                Arc::clone(&operation),
                request,
                self.settings.deadline,
                permit,
            );
            stream::iter([response.await?]).boxed()
        };
        let presentable = move |mut answer: Response| {
            let prepared = &found.prepared;
            self.field_types
                .propagate_nulls(prepared, &operation, &mut answer);
            let public = self.settings.public_schema;
            let codes = make_presentable(&mut answer.errors, request_id, &self.limits, public);
            if !codes.is_empty() {
                tracing::info!(%request_id, ?codes, "an answer on a socket");
            }
            answer
        };
        Ok(answers.map(presentable).boxed())
    }
}

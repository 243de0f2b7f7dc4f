//! A small product behind the edge, and a client that speaks to it through the router in process.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    Context, Data, Error, ErrorExtensions as _, Object, Request, Response, Schema, Subscription,
};
use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, Bytes},
    http::{self, HeaderMap, StatusCode, header},
};
use futures_util::{Stream, stream, stream::BoxStream};
use http_body_util::BodyExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Notify;
use tower::ServiceExt as _;
use vun::{
    graphql::{
        application::{Application, Caller, Seen, invalid_token},
        documents::{Documents, Trust},
        errors::Refusal,
        guard::Operation,
        handler::{Edge, EdgeSettings},
        limits::Limits,
    },
    http::admission::Admission,
};

pub const GOOD_TOKEN: &str = "a-good-token";

/// What resolvers share with a test.
#[derive(Default)]
pub struct Traces {
    /// Mutations that ran to their end.
    pub effects: AtomicUsize,
    /// Told when `hold` has started.
    pub started: Notify,
    /// Lets `hold` end.
    pub release: Notify,
    /// Whether [`GOOD_TOKEN`] is good no longer.
    pub revoked: AtomicBool,
}

struct Viewer(String);

struct Node;

#[Object]
impl Node {
    async fn name(&self) -> &str {
        "a node"
    }
    async fn child(&self) -> Node {
        Node
    }
    async fn children(&self, first: Option<i32>) -> Vec<Node> {
        (0..first.unwrap_or(2)).map(|_| Node).collect()
    }
    async fn maybe(&self) -> Option<Node> {
        Some(Node)
    }
    async fn broken(&self) -> Result<i32, Error> {
        Err(Error::new("no such table: person"))
    }
    async fn maybe_broken(&self) -> Result<Option<i32>, Error> {
        Err(Error::new("no such table: person"))
    }
}

pub struct Query;

#[Object]
impl Query {
    async fn node(&self) -> Node {
        Node
    }
    async fn children(&self, first: Option<i32>) -> Vec<Node> {
        (0..first.unwrap_or(2)).map(|_| Node).collect()
    }
    async fn items(&self) -> Vec<Option<Node>> {
        vec![Some(Node), Some(Node)]
    }
    async fn echo(&self, text: Option<String>) -> Option<String> {
        text
    }
    async fn sum(&self, numbers: Vec<i32>) -> i64 {
        numbers.into_iter().map(i64::from).sum()
    }
    async fn viewer(&self, context: &Context<'_>) -> Option<String> {
        context.data_opt::<Viewer>().map(|viewer| viewer.0.clone())
    }
    async fn broken(&self) -> Result<Option<i32>, Error> {
        Err(Error::new("no such table: person"))
    }
    async fn forbidden(&self) -> Result<Option<i32>, Error> {
        Err(Error::new("Not for you.").extend_with(|_, e| e.set("code", "FORBIDDEN")))
    }
    async fn limited(&self) -> Result<Option<i32>, Error> {
        Err(Error::new("Later.").extend_with(|_, e| {
            e.set("code", "RATE_LIMITED");
            e.set("retryAfterSeconds", 30);
        }))
    }
    async fn panics(&self, numbers: Option<Vec<i32>>) -> i32 {
        numbers.expect("marked-secret")[0]
    }
    async fn sleeps(&self) -> i32 {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        1
    }
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn touch(&self, context: &Context<'_>) -> i32 {
        context
            .data_unchecked::<Arc<Traces>>()
            .effects
            .fetch_add(1, Ordering::SeqCst);
        1
    }
    async fn hold(&self, context: &Context<'_>) -> i32 {
        let traces = context.data_unchecked::<Arc<Traces>>();
        traces.started.notify_one();
        traces.release.notified().await;
        traces.effects.fetch_add(1, Ordering::SeqCst);
        1
    }
    async fn sign_in(&self, login: String) -> String {
        login
    }
    async fn upload_learning_events(&self, ids: Vec<String>) -> usize {
        ids.len()
    }
}

pub struct Live;

#[Subscription]
impl Live {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }
    async fn for_ever(&self) -> impl Stream<Item = i32> {
        stream::unfold(0, |at| async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((at, at + 1))
        })
    }
    async fn silent(&self) -> impl Stream<Item = i32> {
        stream::pending()
    }
    async fn refused(&self) -> Result<impl Stream<Item = i32> + use<>, Error> {
        let error = Error::new("Not for you.").extend_with(|_, e| e.set("code", "FORBIDDEN"));
        Err::<stream::Pending<i32>, _>(error)
    }
    async fn broken(&self) -> impl Stream<Item = Result<i32, Error>> {
        stream::iter([Err(Error::new("no such table: person"))])
    }
    async fn panics(&self) -> impl Stream<Item = i32> {
        stream::poll_fn(|_| panic!("marked-secret person"))
    }
}

struct Product {
    schema: Schema<Query, Mutation, Live>,
    traces: Arc<Traces>,
}

impl Product {
    fn knows(&self, token: &SecretString) -> bool {
        token.expose_secret() == GOOD_TOKEN && !self.traces.revoked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Application for Product {
    async fn admit(&self, caller: Caller, _: &Operation) -> Result<Data, Refusal> {
        let mut data = Data::default();
        match caller.token {
            None => {}
            Some(token) if self.knows(&token) => {
                data.insert(Viewer("somebody".to_owned()));
            }
            Some(_) => return Err(invalid_token()),
        }
        Ok(data)
    }
    async fn execute(&self, request: Request) -> Response {
        self.schema.execute(request).await
    }
    fn subscribe(&self, request: Request) -> BoxStream<'static, Response> {
        Box::pin(self.schema.execute_stream(request))
    }
    async fn see(&self, token: Option<&SecretString>) -> Result<Seen, Refusal> {
        match token {
            Some(token) if !self.knows(token) => Err(invalid_token()),
            Some(_) => Ok("somebody".to_owned()),
            None => Ok(Seen::default()),
        }
    }
    fn sdl(&self) -> String {
        self.schema.sdl()
    }
    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }
}

/// How the edge of a test differs from the default.
pub struct Setup {
    pub limits: Limits,
    pub settings: EdgeSettings,
    pub admission: Admission,
    pub trust: Trust,
    pub manifest: Option<String>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            settings: EdgeSettings {
                public_schema: true,
                ..EdgeSettings::default()
            },
            admission: Admission::default(),
            trust: Trust::Off,
            manifest: None,
        }
    }
}

#[derive(Clone)]
pub struct App {
    pub router: Router,
    pub traces: Arc<Traces>,
    pub admission: Admission,
}

pub fn app() -> App {
    app_with(Setup::default())
}

pub fn app_with(setup: Setup) -> App {
    let traces = Arc::new(Traces::default());
    let schema = Schema::build(Query, Mutation, Live)
        .data(Arc::clone(&traces))
        .disable_suggestions()
        .finish();
    let mut documents = Documents::new(setup.limits.clone(), setup.trust);
    if let Some(manifest) = setup.manifest {
        documents = documents.with_manifest(&manifest).unwrap();
    }
    let admission = setup.admission;
    let edge = Edge::new(
        Arc::new(Product {
            schema,
            traces: Arc::clone(&traces),
        }),
        documents,
        setup.limits,
        admission.clone(),
        setup.settings,
    )
    .unwrap();
    App {
        router: vun::http::router(Arc::new(edge)),
        traces,
        admission,
    }
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{error} in {}: {:?}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    /// The code of the first error; empty without one.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

pub fn post() -> http::request::Builder {
    http::Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/graphql-response+json")
}

pub fn document(text: &str) -> String {
    serde_json::json!({ "query": text }).to_string()
}

impl App {
    pub async fn send(&self, request: http::Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    pub async fn post(&self, body: impl Into<Body>) -> Reply {
        self.send(post().body(body.into()).unwrap()).await
    }

    pub async fn query(&self, text: &str) -> Reply {
        self.post(document(text)).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(http::Request::get(path).body(Body::empty()).unwrap())
            .await
    }
}

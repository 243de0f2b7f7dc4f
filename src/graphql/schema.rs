//! The schema: what every feature offers, put together, and the product behind the HTTP edge.

use std::sync::Arc;

use async_graphql::{Data, EmptySubscription, MergedObject, Request, Response, Schema as Built};
use secrecy::ExposeSecret;

use super::{
    application::{Application, Caller, GroupFile, MadeFile, ReportFile, invalid_token},
    changes::ChangeQuery,
    described::Root,
    errors::{Code, Refusal},
    guard::Operation,
    node::NodeQuery,
};
use crate::{
    app::App,
    areas::graphql::{AreaChangeMutation, AreaChangeQuery, AreaQuery},
    auth::{
        graphql::{AuthMutation, AuthQuery},
        rate::ClientAddress,
    },
    content::graphql::ContentQuery,
    coverage::graphql::{
        CoverageHistoryQuery, CoverageMutation, CoverageQuery, EnteredQuery, FindingMutation,
        FindingQuery, ReportedMutation,
    },
    error::Error,
    learning::graphql::{
        DeviceQuery, InboxMutation, InboxQuery, LearningMutation, LearningQuery, OwnRecord,
    },
    people::graphql::{PeopleMutation, PeopleQuery},
    programmes::graphql::{ProgrammeMutation, ProgrammeQuery},
    reports::graphql::{ReportMutation, ReportQuery},
    training::graphql::{PlaceMutation, TrainingMutation, TrainingQuery},
};

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    AreaQuery,
    ContentQuery,
    ProgrammeQuery,
    PeopleQuery,
    AuthQuery,
    LearningQuery,
    DeviceQuery,
    InboxQuery,
    TrainingQuery,
    CoverageQuery,
    AreaChangeQuery,
    CoverageHistoryQuery,
    NodeQuery,
    ChangeQuery,
    EnteredQuery,
    FindingQuery,
    ReportQuery,
);

/// Everything that can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AuthMutation,
    PeopleMutation,
    LearningMutation,
    InboxMutation,
    TrainingMutation,
    ProgrammeMutation,
    CoverageMutation,
    AreaChangeMutation,
    PlaceMutation,
    ReportedMutation,
    FindingMutation,
    ReportMutation,
);

/// The schema's type.
pub type Schema = Built<Root<Query>, Root<Mutation>, EmptySubscription>;

/// The schema without data: a pure function, the same for every server.
pub fn bare() -> async_graphql::SchemaBuilder<Root<Query>, Root<Mutation>, EmptySubscription> {
    Built::build(Root::default(), Root::default(), EmptySubscription).disable_suggestions()
}

/// The definition of the schema: the text of `schema.graphql`.
pub fn definition() -> String {
    bare().finish().sdl()
}

/// The schema over the features.
pub fn schema(app: &App) -> Schema {
    bare()
        .data(app.clock.clone())
        .data(app.areas.clone())
        .data(app.area_changes.clone())
        .data(app.people.clone())
        .data(app.auth.clone())
        .data(app.content.clone())
        .data(app.programmes.clone())
        .data(app.learning.clone())
        .data(app.training.clone())
        .data(app.coverage.clone())
        .data(app.reports.clone())
        .finish()
}

/// The product behind the edge.
pub struct Product {
    app: App,
    schema: Schema,
}

impl Product {
    /// Puts the schema over the features.
    pub fn new(app: App) -> Arc<Self> {
        let schema = schema(&app);
        Arc::new(Self { app, schema })
    }
}

/// What somebody with a stale token must still be able to do.
const WITHOUT_TOKEN: [&str; 5] = [
    "signUp",
    "claimPerson",
    "signIn",
    "refreshSession",
    "signOut",
];

#[async_trait::async_trait]
impl Application for Product {
    async fn admit(&self, caller: Caller, operation: &Operation) -> Result<Data, Refusal> {
        let needs_none = operation
            .root_fields
            .iter()
            .all(|field| WITHOUT_TOKEN.contains(&field.as_str()));
        let token = caller.token.as_ref().map(ExposeSecret::expose_secret);
        let viewer = match self.app.auth.viewer(token).await {
            Ok(viewer) => viewer,
            Err(Error::Unauthenticated) if needs_none => None,
            Err(Error::Unauthenticated) => return Err(invalid_token()),
            Err(error) => {
                tracing::error!(%error, request_id = %caller.request_id, "the viewer cannot be known");
                return Err(Refusal::http(
                    503,
                    Code::Timeout,
                    "The server is busy: send the same request again.",
                )
                .retry_after(1));
            }
        };
        let mut data = Data::default();
        data.insert(caller.language);
        data.insert(OwnRecord::default());
        if let Some(address) = caller.address {
            data.insert(ClientAddress(address));
        }
        if let Some(viewer) = viewer {
            data.insert(viewer);
        }
        Ok(data)
    }

    async fn execute(&self, request: Request) -> Response {
        self.schema.execute(request).await
    }

    async fn report_file(&self, caller: Caller, wanted: ReportFile) -> Result<MadeFile, Refusal> {
        super::files::report_file(&self.app, caller, wanted).await
    }

    async fn group_file(&self, caller: Caller, wanted: GroupFile) -> Result<MadeFile, Refusal> {
        super::files::group_file(&self.app, caller, wanted).await
    }

    fn sdl(&self) -> String {
        self.schema.sdl()
    }

    async fn ready(&self) -> Result<(), String> {
        self.app.db.ping().await.map_err(|error| error.to_string())
    }
}

//! The schema: what every feature offers, put together, and the product behind the HTTP edge.

use std::sync::Arc;

use async_graphql::{Data, MergedObject, MergedSubscription, Request, Response, Schema as Built};
use futures_util::stream::BoxStream;
use secrecy::{ExposeSecret, SecretString};

use super::{
    application::{
        Application, Caller, GroupFile, MadeFile, OffPage, OwnFile, ReportFile, Seen, Tapped,
        invalid_token,
    },
    changes::ChangeQuery,
    described::{LiveRoot, Root},
    errors::{Code, Refusal},
    guard::Operation,
    node::NodeQuery,
    watching::GroupSubscription,
};
use crate::{
    app::App,
    areas::graphql::{AreaChangeMutation, AreaChangeQuery, AreaQuery},
    auth::{
        graphql::{AuthMutation, AuthQuery, OwnDataMutation, ResetMutation, StaleToken},
        rate::ClientAddress,
    },
    content::{
        graphql::{ContentQuery, DraftQuery, EditorMutation, MediaMutation, MediaQuery},
        media::Media,
    },
    coverage::graphql::{
        CoverageHistoryQuery, CoverageMutation, CoverageQuery, EnteredQuery, FindingMutation,
        FindingQuery, ReportedMutation,
    },
    error::Error,
    learning::graphql::{
        CertificateMutation, CertificateQuery, DeviceQuery, InboxMutation, InboxQuery,
        LearningMutation, LearningQuery, OwnRecord, PackageQuery,
    },
    messages::Language,
    notices::graphql::{
        ContactMutation, MessagingMutation, MessagingQuery, NoticeMutation, NoticeQuery,
    },
    people::graphql::{PeopleMutation, PeopleQuery},
    programmes::graphql::{ProgrammeMutation, ProgrammeQuery},
    reports::graphql::{ReportMutation, ReportQuery, ReportSubscription},
    training::graphql::{ImportSubscription, PlaceMutation, TrainingMutation, TrainingQuery},
};

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    AreaQuery,
    ContentQuery,
    MediaQuery,
    ProgrammeQuery,
    PeopleQuery,
    AuthQuery,
    LearningQuery,
    PackageQuery,
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
    DraftQuery,
    NoticeQuery,
    MessagingQuery,
    CertificateQuery,
);

/// Everything that can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AuthMutation,
    PeopleMutation,
    LearningMutation,
    InboxMutation,
    MediaMutation,
    TrainingMutation,
    ProgrammeMutation,
    CoverageMutation,
    AreaChangeMutation,
    PlaceMutation,
    ReportedMutation,
    FindingMutation,
    ReportMutation,
    EditorMutation,
    ResetMutation,
    NoticeMutation,
    ContactMutation,
    MessagingMutation,
    OwnDataMutation,
    CertificateMutation,
);

/// Everything that can be watched.
#[derive(MergedSubscription, Default)]
pub struct Subscription(GroupSubscription, ReportSubscription, ImportSubscription);

/// The schema's type.
pub type Schema = Built<Root<Query>, Root<Mutation>, LiveRoot<Subscription>>;

/// The schema without data: a pure function, the same for every server.
pub fn bare() -> async_graphql::SchemaBuilder<Root<Query>, Root<Mutation>, LiveRoot<Subscription>> {
    Built::build(Root::default(), Root::default(), LiveRoot::default()).disable_suggestions()
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
        .data(app.media.clone())
        .data(app.programmes.clone())
        .data(app.learning.clone())
        .data(app.packages.clone())
        .data(app.training.clone())
        .data(app.coverage.clone())
        .data(app.reports.clone())
        .data(app.notices.clone())
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
const WITHOUT_TOKEN: [&str; 8] = [
    "signUp",
    "claimPerson",
    "signIn",
    "refreshSession",
    "signOut",
    "requestPasswordReset",
    "resetPassword",
    // Told by the old token that it is done.
    "eraseMyAccount",
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
        match (viewer, caller.token) {
            (Some(viewer), _) => data.insert(viewer),
            (None, Some(token)) => data.insert(StaleToken(token)),
            (None, None) => {}
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
        let token = token.map(ExposeSecret::expose_secret);
        match self.app.auth.viewer(token).await {
            Ok(Some(viewer)) => Ok(format!("{viewer:?}")),
            Ok(None) => Ok(Seen::default()),
            Err(Error::Unauthenticated) => Err(invalid_token()),
            Err(error) => {
                tracing::error!(%error, "the viewer of a socket cannot be known");
                Err(Refusal::http(503, Code::Timeout, "The server is busy."))
            }
        }
    }

    async fn report_file(&self, caller: Caller, wanted: ReportFile) -> Result<MadeFile, Refusal> {
        super::files::report_file(&self.app, caller, wanted).await
    }

    fn media(&self) -> Option<&Media> {
        Some(&self.app.media)
    }

    async fn package_keys(&self) -> Result<Option<String>, String> {
        let request = Request::new("{ packageKeys { id algorithm publicKey madeAt revokedAt } }");
        let answer = self.schema.execute(request).await;
        if answer.is_err() {
            return Err("the keys were not read".to_owned());
        }
        let text = serde_json::to_string(&answer.data).map_err(|cause| cause.to_string())?;
        Ok(Some(text))
    }

    async fn notices_off(
        &self,
        token: &str,
        tapped: Tapped,
        language: Language,
    ) -> Result<OffPage, Refusal> {
        super::files::notices_off(&self.app, token, tapped, language).await
    }

    async fn group_file(&self, caller: Caller, wanted: GroupFile) -> Result<MadeFile, Refusal> {
        super::files::group_file(&self.app, caller, wanted).await
    }

    async fn own_file(&self, caller: Caller, wanted: OwnFile) -> Result<MadeFile, Refusal> {
        super::files::own_file(&self.app, caller, wanted).await
    }

    fn sdl(&self) -> String {
        self.schema.sdl()
    }

    async fn ready(&self) -> Result<(), String> {
        self.app.db.ping().await.map_err(|error| error.to_string())
    }
}

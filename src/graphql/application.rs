//! What the edge needs from the product: who asks, the schema, and whether the server is ready.

use std::net::IpAddr;

use async_graphql::{Data, Request, Response};
use async_trait::async_trait;
use bytes::Bytes;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    errors::{Code, Refusal},
    guard::Operation,
};
pub use crate::messages::Language;

/// The product behind the edge.
///
/// The schema must be built with `disable_suggestions()`: they cost time for each unknown name and give the schema
/// away to those who guess.
#[async_trait]
pub trait Application: Send + Sync + 'static {
    /// Decides whether `caller` may execute `operation` at all, and makes what resolvers find in their context: the
    /// viewer, one data loader, the language.
    ///
    /// Called once for each request, after the document has passed the guard and before anything is executed.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` with 401 for a token that was sent and is not good ([`invalid_token`]), `RATE_LIMITED` with
    /// 429, or `INTERNAL` with 503 when the answer cannot be known now.
    async fn admit(&self, caller: Caller, operation: &Operation) -> Result<Data, Refusal>;

    /// Executes a request on the schema.
    async fn execute(&self, request: Request) -> Response;

    /// The definition of the schema.
    fn sdl(&self) -> String;

    /// Makes a file of a frozen report for `caller`, who needs the same standing as to read it.
    ///
    /// # Errors
    /// As [`Application::admit`]; 403 and 404 as the schema answers FORBIDDEN and NOT_FOUND, 422 for what can be mended
    /// in the body.
    async fn report_file(&self, _caller: Caller, _wanted: ReportFile) -> Result<MadeFile, Refusal> {
        Err(Refusal::http(404, Code::NotFound, "There is no such file."))
    }

    /// Makes a file of a group for `caller`, who needs to lead it.
    ///
    /// # Errors
    /// As [`Application::admit`]; 403 and 404 as the schema answers FORBIDDEN and NOT_FOUND.
    async fn group_file(&self, _caller: Caller, _wanted: GroupFile) -> Result<MadeFile, Refusal> {
        Err(Refusal::http(404, Code::NotFound, "There is no such file."))
    }

    /// Whether the database answers and has every migration.
    ///
    /// # Errors
    /// What is missing, for the operator's log; clients are only told that the server is not ready.
    async fn ready(&self) -> Result<(), String>;
}

/// Which file of which frozen report.
#[derive(Debug)]
pub struct ReportFile {
    /// The report, as the path names it.
    pub report: String,
    /// The version, as the path names it: its number, or `latest`.
    pub version: String,
    /// The file's name in the path.
    pub file: String,
    /// What was sent along.
    pub body: Option<Bytes>,
    /// Whether only to say what would be made.
    pub dry_run: bool,
}

/// Which file of which group.
#[derive(Debug)]
pub struct GroupFile {
    /// The group, as the path names it.
    pub group: String,
    /// The file's name in the path.
    pub file: String,
}

/// A file to hand out.
#[derive(Debug)]
pub struct MadeFile {
    /// Its media type.
    pub content_type: &'static str,
    /// What to call it: letters, digits, dots and dashes.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Who sends a request, as far as HTTP tells.
#[derive(Debug)]
pub struct Caller {
    /// The id of this request in answers and logs.
    pub request_id: Uuid,
    /// The token of `Authorization: Bearer`.
    pub token: Option<SecretString>,
    /// The language of messages.
    pub language: Language,
    /// The client's address: the peer, or what the trusted proxies say.
    pub address: Option<IpAddr>,
}

/// The refusal of a token that was sent and is not good.
#[must_use]
pub fn invalid_token() -> Refusal {
    Refusal::http(
        401,
        super::errors::Code::Unauthenticated,
        "The access token is not valid any more: refresh the session or sign in.",
    )
}

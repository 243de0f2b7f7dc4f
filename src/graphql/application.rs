//! What the edge needs from the product: who asks, the schema, and whether the server is ready.

use std::net::IpAddr;

use async_graphql::{Data, Request, Response};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use secrecy::SecretString;
use uuid::Uuid;

use super::{
    errors::{Code, Refusal},
    guard::Operation,
};
use crate::content::media::Media;
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

    /// Executes a subscription on the schema, until it ends or the answers are dropped.
    fn subscribe(&self, request: Request) -> BoxStream<'static, Response>;

    /// What a token stands for now; compared with what it stood for when a socket was opened.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for a token that is not good, another code when that cannot be known now.
    async fn see(&self, token: Option<&SecretString>) -> Result<Seen, Refusal>;

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

    /// Pictures, sounds, films and offline packages, if there are any.
    fn media(&self) -> Option<&Media> {
        None
    }

    /// The keys that sign offline packages, as JSON; nothing when there is no such thing.
    ///
    /// # Errors
    /// When they cannot be known now, for the operator's log.
    async fn package_keys(&self) -> Result<Option<String>, String> {
        Ok(None)
    }

    /// Shows what a link that turns notices off is about, or does what it says. Nobody needs to be signed in: who has the
    /// link was sent it.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn notices_off(&self, _token: &str, _: Tapped, _: Language) -> Result<OffPage, Refusal> {
        Err(Refusal::http(404, Code::NotFound, "There is no such page."))
    }

    /// Makes a file of a group for `caller`, who needs to lead it.
    ///
    /// # Errors
    /// As [`Application::admit`]; 403 and 404 as the schema answers FORBIDDEN and NOT_FOUND.
    async fn group_file(&self, _caller: Caller, _wanted: GroupFile) -> Result<MadeFile, Refusal> {
        Err(Refusal::http(404, Code::NotFound, "There is no such file."))
    }

    /// Makes a file that is `caller`'s own.
    ///
    /// # Errors
    /// As [`Application::admit`]; 401 without a token, 404 for what is not hers.
    async fn own_file(&self, _caller: Caller, _wanted: OwnFile) -> Result<MadeFile, Refusal> {
        Err(Refusal::http(404, Code::NotFound, "There is no such file."))
    }

    /// Whether the database answers and has every migration.
    ///
    /// # Errors
    /// What is missing, for the operator's log; clients are only told that the server is not ready.
    async fn ready(&self) -> Result<(), String>;
}

/// What a token stands for: whoever it is, and all she may do. Two that are equal allow the same.
pub type Seen = String;

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

/// Whether a link was only opened, or its question answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tapped {
    /// Opened: nothing changes.
    Opened,
    /// Answered.
    Confirmed,
}

/// A page that answers a link.
#[derive(Debug)]
pub struct OffPage {
    /// Whether the link was one of ours.
    pub known: bool,
    /// The page, in HTML.
    pub html: String,
}

/// Which file of which group.
#[derive(Debug)]
pub struct GroupFile {
    /// The group, as the path names it.
    pub group: String,
    /// The file's name in the path.
    pub file: String,
}

/// A file that somebody may have for herself.
#[derive(Debug)]
pub enum OwnFile {
    /// Everything held on her and her children.
    Data,
    /// The certificate that the path names.
    Certificate(String),
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

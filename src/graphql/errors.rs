//! Errors on their way out: a code on each, nothing internal, nothing of the request repeated at length.

use std::borrow::Cow;

use async_graphql::{ErrorExtensionValues, Pos, ServerError, Value};
use uuid::Uuid;

use super::limits::Limits;

/// What a client is told for a fault on our side; the request id leads an operator to the log.
const INTERNAL_MESSAGE: &str =
    "Something went wrong on our side. Try again later; if it stays, report the request id.";

/// What a client is told of an invalid document when the schema is not public.
const INVALID_DOCUMENT: &str = "The document is not valid for this schema.";

/// `extensions.code` of every top-level error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The request needs a sign-in, or its access token is no longer good.
    Unauthenticated,
    /// The viewer may know of the thing but not do this with it.
    Forbidden,
    /// There is no such thing, or the viewer may not know that there is.
    NotFound,
    /// The request is malformed; sending it again unchanged cannot help.
    BadUserInput,
    /// Too much at once; try again after the time given in `Retry-After`.
    RateLimited,
    /// The request is well formed but larger than a request may be.
    LimitExceeded,
    /// The work did not end in time.
    Timeout,
    /// A fault of the server.
    Internal,
}

impl Code {
    const ALL: [Self; 8] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::BadUserInput,
        Self::RateLimited,
        Self::LimitExceeded,
        Self::Timeout,
        Self::Internal,
    ];

    /// The code as clients read it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::RateLimited => "RATE_LIMITED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::Timeout => "TIMEOUT",
            Self::Internal => "INTERNAL",
        }
    }

    fn of(error: &ServerError) -> Option<Self> {
        match error.extensions.as_ref()?.get("code")? {
            Value::String(text) => Self::ALL.into_iter().find(|code| code.as_str() == text),
            _ => None,
        }
    }
}

/// Which HTTP status a [`Refusal`] is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalStatus {
    /// 400, or 200 for clients that only read `application/json`: the GraphQL request was well formed but its
    /// document or variables are wrong.
    ByMedia,
    /// This status whatever the client reads.
    Exactly(u16),
}

/// A request refused before execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The one code of the answer.
    pub code: Code,
    /// What is wrong and how to mend it; never a part of the request beyond a short name.
    pub message: Cow<'static, str>,
    /// Where in the document.
    pub locations: Vec<Pos>,
    /// The HTTP status.
    pub status: RefusalStatus,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u32>,
}

impl Refusal {
    /// Refuses the HTTP request itself with `status`.
    #[must_use]
    pub fn http(status: u16, code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            locations: Vec::new(),
            status: RefusalStatus::Exactly(status),
            retry_after: None,
        }
    }

    /// Refuses a document or its variables as wrong.
    #[must_use]
    pub fn bad_document(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status: RefusalStatus::ByMedia,
            ..Self::http(400, Code::BadUserInput, message)
        }
    }

    /// Refuses a document or its variables as larger than allowed.
    #[must_use]
    pub fn over_limit(message: impl Into<Cow<'static, str>>) -> Self {
        Self::http(400, Code::LimitExceeded, message)
    }

    /// Adds where in the document the fault is.
    #[must_use]
    pub fn at(mut self, position: Pos) -> Self {
        self.locations.push(position);
        self
    }

    /// Adds when to try again, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// The refusal as the one GraphQL error of an answer.
    #[must_use]
    pub fn to_error(&self, request_id: Uuid) -> ServerError {
        let message = match self.code {
            Code::Internal => INTERNAL_MESSAGE,
            _ => &self.message,
        };
        let mut error = ServerError::new(message, None);
        error.locations.clone_from(&self.locations);
        set_code(&mut error, self.code, request_id);
        error
    }
}

/// Puts the errors of an execution into the shape clients may see, and returns their codes without repetition.
///
/// - at most [`Limits::errors`] errors, each message at most [`Limits::message_bytes`];
/// - an error without a path comes from validation and is the client's; with `public_schema` off its text is
///   replaced, because it would confirm names of the schema one by one;
/// - an error of a resolver without a known code is a fault of ours and is masked.
#[must_use]
pub fn make_presentable(
    errors: &mut Vec<ServerError>,
    request_id: Uuid,
    limits: &Limits,
    public_schema: bool,
) -> Vec<Code> {
    errors.truncate(limits.errors);
    let mut codes: Vec<Code> = errors
        .iter_mut()
        .map(|error| {
            let code = Code::of(error).unwrap_or_else(|| code_of_uncoded(error));
            if code == Code::Internal {
                tracing::error!(%request_id, path = ?error.path, "a resolver failed");
                error.message = INTERNAL_MESSAGE.to_owned();
                error.extensions = None;
            } else if error.path.is_empty() && !public_schema {
                error.message = INVALID_DOCUMENT.to_owned();
            } else {
                drop_suggestion(&mut error.message);
                truncate(&mut error.message, limits.message_bytes);
            }
            error.source = None;
            set_code(error, code, request_id);
            code
        })
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The code of an error that names none: the library's own errors on input are the client's, the rest is ours.
fn code_of_uncoded(error: &ServerError) -> Code {
    let about_input = error.source.is_none()
        && ["Failed to parse \"", "Expected input type \""]
            .iter()
            .any(|start| error.message.starts_with(start));
    if error.path.is_empty() || about_input {
        Code::BadUserInput
    } else {
        Code::Internal
    }
}

fn set_code(error: &mut ServerError, code: Code, request_id: Uuid) {
    let extensions = error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code.as_str());
    if code == Code::Internal {
        extensions.set("requestId", request_id.to_string());
    }
}

/// Cuts the names the validator offers in place of an unknown one.
fn drop_suggestion(message: &mut String) {
    if let Some(start) = message.find(" Did you mean") {
        message.truncate(start);
    }
}

fn truncate(message: &mut String, bytes: usize) {
    if message.len() > bytes {
        let end = message.floor_char_boundary(bytes);
        message.truncate(end);
        message.push('…');
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::PathSegment;

    use super::*;

    fn presented(mut error: ServerError, public_schema: bool) -> (ServerError, Vec<Code>) {
        error.extensions.get_or_insert_default();
        let mut errors = vec![error];
        let codes = make_presentable(&mut errors, Uuid::nil(), &Limits::default(), public_schema);
        (errors.remove(0), codes)
    }

    fn in_a_resolver(message: &str) -> ServerError {
        ServerError::new(message, None).with_path(vec![PathSegment::Field("coverage".into())])
    }

    #[test]
    fn an_uncoded_resolver_error_is_masked() {
        let (error, codes) = presented(in_a_resolver("no such table: person"), true);
        assert_eq!(codes, [Code::Internal]);
        assert_eq!(error.message, INTERNAL_MESSAGE);
        assert!(
            error
                .extensions
                .is_some_and(|e| e.get("requestId").is_some())
        );
    }

    #[test]
    fn an_unknown_code_is_a_fault_of_ours() {
        let mut error = in_a_resolver("secret");
        error
            .extensions
            .get_or_insert_default()
            .set("code", "DATABASE_SAYS_NO");
        let (error, codes) = presented(error, true);
        assert_eq!(codes, [Code::Internal]);
        assert_eq!(error.message, INTERNAL_MESSAGE);
    }

    #[test]
    fn a_coded_error_keeps_its_words_and_other_extensions() {
        let mut error = in_a_resolver("Try again later.");
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", "RATE_LIMITED");
        extensions.set("retryAfterSeconds", 7);
        let (error, codes) = presented(error, true);
        assert_eq!(codes, [Code::RateLimited]);
        assert_eq!(error.message, "Try again later.");
        assert!(
            error
                .extensions
                .is_some_and(|e| e.get("retryAfterSeconds").is_some())
        );
    }

    #[test]
    fn input_errors_of_the_library_are_the_clients() {
        let (_, codes) = presented(in_a_resolver("Failed to parse \"Date\": no such day"), true);
        assert_eq!(codes, [Code::BadUserInput]);
    }

    #[test]
    fn suggestions_are_cut() {
        let (error, _) = presented(
            ServerError::new(
                "Unknown field \"a\" on type \"Q\". Did you mean \"b\"?",
                None,
            ),
            true,
        );
        assert_eq!(error.message, "Unknown field \"a\" on type \"Q\".");
    }

    #[test]
    fn a_private_schema_says_nothing_of_its_names() {
        let (error, codes) = presented(
            ServerError::new("Unknown field \"a\" on type \"Query\".", None),
            false,
        );
        assert_eq!(codes, [Code::BadUserInput]);
        assert_eq!(error.message, INVALID_DOCUMENT);
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let (error, _) = presented(ServerError::new("ế".repeat(5_000), None), true);
        assert!(error.message.len() <= Limits::default().message_bytes + '…'.len_utf8());
        assert!(error.message.ends_with('…'));
    }

    #[test]
    fn no_more_errors_than_the_limit_are_told() {
        let mut errors = vec![ServerError::new("x", None); 1_000];
        let _ = make_presentable(&mut errors, Uuid::nil(), &Limits::default(), true);
        assert_eq!(errors.len(), Limits::default().errors);
    }
}

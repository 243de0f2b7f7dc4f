//! What can go wrong, in two kinds: what the person asking can mend, and everything else.

use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use uuid::Uuid;

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation did not happen. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The person asking can mend it; shown as `userErrors`.
    #[error("refused: {0:?}")]
    User(Vec<UserError>),
    /// Nobody is signed in, or the token is no longer good.
    #[error("not signed in")]
    Unauthenticated,
    /// Signed in, but without the standing this needs. Only where the thing's existence is no secret.
    #[error("not allowed")]
    Forbidden,
    /// There is no such thing, or the person asking may not know that there is.
    #[error("not found")]
    NotFound,
    /// Too many tries; come back after this many seconds.
    #[error("too many requests")]
    RateLimited {
        /// Seconds until the next try can succeed.
        retry_after: u64,
    },
    /// The database could not be reached in time. Nothing was written; the same request can be sent again.
    #[error("the database is not available")]
    Unavailable(#[source] sea_orm::DbErr),
    /// Ours to mend. The text stays inside.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One thing to mend: a code for programs, a message for people, and the input field it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// For programs.
    pub code: UserErrorCode,
    /// Path of the field in `input`, outermost first; empty when no single field is at fault.
    pub field: Vec<String>,
    /// Key of the message in `src/messages/*.ftl`.
    pub message: &'static str,
    /// What the message names.
    pub arguments: Vec<(&'static str, String)>,
}

/// What kind of mending a [`UserError`] asks for. More kinds may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserErrorCode {
    /// The value has the wrong form, or is outside what is allowed.
    Invalid,
    /// Something is needed that was not given.
    Required,
    /// The value is taken by another.
    Taken,
    /// What it names does not exist, or is not for the person asking.
    NotFound,
    /// It names an area, lesson or period that is no longer open.
    Closed,
    /// It conflicts with what is already recorded.
    Conflict,
    /// The date lies in the future, or before it can have happened.
    DateOutOfRange,
    /// Several things fit: say which, for example with a date.
    Ambiguous,
    /// Too many at once.
    TooMany,
    /// A consent this needs was not given or was withdrawn.
    ConsentMissing,
    /// Login name or password is wrong.
    WrongCredentials,
}

impl UserError {
    /// A thing to mend about `input.<field>`; `field` may be a dotted path, or empty.
    pub fn new(code: UserErrorCode, field: &str, message: &'static str) -> Self {
        let field = field
            .split('.')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        Self {
            code,
            field,
            message,
            arguments: Vec::new(),
        }
    }

    /// Names something in the message.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }

    /// The message in a language.
    pub fn text(&self, language: crate::messages::Language) -> String {
        let arguments: HashMap<_, _> = self
            .arguments
            .iter()
            .map(|(name, value)| ((*name).into(), FluentValue::from(value.as_str())))
            .collect();
        crate::messages::text_with(language, self.message, &arguments)
    }
}

impl From<UserError> for Error {
    fn from(error: UserError) -> Self {
        Self::User(vec![error])
    }
}

impl Error {
    /// One thing to mend, as an error.
    pub fn user(code: UserErrorCode, field: &str, message: &'static str) -> Self {
        UserError::new(code, field, message).into()
    }

    /// Wraps what is ours to mend.
    pub fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        match error {
            sea_orm::DbErr::ConnectionAcquire(_) | sea_orm::DbErr::Conn(_) => {
                Self::Unavailable(error)
            }
            other => Self::Internal(Box::new(other)),
        }
    }
}

/// Reads an id from its text form. `field` names the input for the error.
///
/// # Errors
/// A [`UserErrorCode::Invalid`] naming the field when the text is not a UUID.
pub fn parse_id<T: From<Uuid>>(text: &str, field: &str) -> Result<T> {
    Uuid::try_parse(text).map(T::from).map_err(|cause| {
        tracing::debug!(%cause, "not an id");
        Error::user(UserErrorCode::Invalid, field, "id-invalid")
    })
}

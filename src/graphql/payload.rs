//! Answers of mutations: what the person can mend is data (`userErrors`); the rest is a top-level error with a code.

use async_graphql::{Context, Enum, ErrorExtensions, SimpleObject};

use crate::{
    error::{Error, Result, UserError},
    messages::Language,
};

use super::context::language;

/// Something in the input to mend. Nothing was written.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(name = "UserError")]
pub struct UserErrorObject {
    /// For programs.
    code: UserErrorCode,
    /// For people, in the language of the request.
    message: String,
    /// Path of the field inside `input`, outermost first; null when no single field is at fault.
    field: Option<Vec<String>>,
}

/// What kind of mending is asked for. More kinds may be added: treat an unknown one as INVALID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::error::UserErrorCode")]
pub enum UserErrorCode {
    /// The value has the wrong form, or is outside what is allowed.
    Invalid,
    /// Something is needed that was not given.
    Required,
    /// The value is taken by another.
    Taken,
    /// What it names does not exist, or is not for you.
    NotFound,
    /// It names something that is no longer open.
    Closed,
    /// It conflicts with what is already recorded.
    Conflict,
    /// The date lies in the future, or before it can have happened.
    DateOutOfRange,
    /// Several things fit: say which.
    Ambiguous,
    /// Too many at once.
    TooMany,
    /// A consent this needs was not given or was withdrawn.
    ConsentMissing,
    /// Login name or password is wrong.
    WrongCredentials,
}

/// Parts the outcome of an operation: the changed thing, or what to mend.
///
/// # Errors
/// Everything the person cannot mend, as a top-level error with a code.
pub fn split<T>(
    ctx: &Context<'_>,
    outcome: Result<T>,
) -> async_graphql::Result<(Option<T>, Vec<UserErrorObject>)> {
    match outcome {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::User(errors)) => Ok((None, user_errors(ctx, &errors))),
        Err(error) => Err(graphql_error(ctx, &error)),
    }
}

/// What to mend, in the language of the request.
pub fn user_errors(ctx: &Context<'_>, errors: &[UserError]) -> Vec<UserErrorObject> {
    let shown = |error: &UserError| UserErrorObject {
        code: error.code.into(),
        message: error.text(language(ctx)),
        field: (!error.field.is_empty()).then(|| error.field.clone()),
    };
    errors.iter().map(shown).collect()
}

/// An error as clients see it: a code and a sentence, never internal text.
pub fn graphql_error(ctx: &Context<'_>, error: &Error) -> async_graphql::Error {
    in_language(language(ctx), error)
}

/// [`graphql_error`] where the request is over and only its language is left.
pub fn in_language(language: Language, error: &Error) -> async_graphql::Error {
    let (code, message) = match error {
        Error::User(errors) => {
            let sentences: Vec<_> = errors.iter().map(|error| error.text(language)).collect();
            ("BAD_USER_INPUT", sentences.join(" "))
        }
        Error::Unauthenticated => (
            "UNAUTHENTICATED",
            crate::messages::text(language, "unauthenticated"),
        ),
        Error::Forbidden => ("FORBIDDEN", crate::messages::text(language, "forbidden")),
        Error::NotFound => ("NOT_FOUND", crate::messages::text(language, "not-found")),
        Error::RateLimited { .. } => (
            "RATE_LIMITED",
            crate::messages::text(language, "rate-limited"),
        ),
        Error::Unavailable(cause) => {
            tracing::error!(%cause, "database unavailable");
            ("TIMEOUT", crate::messages::text(language, "unavailable"))
        }
        Error::Internal(cause) => {
            tracing::error!(cause = format!("{cause:#}"), "internal error");
            ("INTERNAL", crate::messages::text(language, "internal"))
        }
    };
    let retry_after = match error {
        Error::RateLimited { retry_after } => Some(*retry_after),
        _ => None,
    };
    async_graphql::Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        if let Some(seconds) = retry_after {
            extensions.set("retryAfterSeconds", seconds);
        }
    })
}

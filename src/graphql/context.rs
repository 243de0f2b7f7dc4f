//! What a resolver may ask about the request: the language and the feature handles.

use async_graphql::Context;

use crate::messages::Language;

/// The language the answer should speak; Vietnamese when the request names none.
pub fn language(ctx: &Context<'_>) -> Language {
    ctx.data_opt::<Language>().copied().unwrap_or_default()
}

/// The language of an optional `language` argument: the argument, or else that of the request.
pub fn language_or(ctx: &Context<'_>, asked: Option<&str>) -> Language {
    asked
        .and_then(Language::of_tag)
        .unwrap_or_else(|| language(ctx))
}

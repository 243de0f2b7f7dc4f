//! Every limit a request meets at the edge, with its default.

use serde::Deserialize;

/// The limits of one request. All are inclusive: a request at the limit passes, one above is refused.
///
/// The defaults are several times what the app's own screens need; the point is that none of them can be
/// multiplied by another (aliases by fragments, fragments by fragments, pages by pages).
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request body for ordinary operations.
    pub body_bytes: usize,
    /// Bytes of a request body for an operation whose root fields are all in [`Limits::large_fields`].
    pub large_body_bytes: usize,
    /// Bytes of a document's text.
    pub query_bytes: usize,
    /// Lexical tokens of a document; bounds what the parser may allocate.
    pub tokens: usize,
    /// Open brackets at one place of a document, of any kind; bounds the parser's stack.
    pub brackets: usize,
    /// Bytes of one name or number in a document.
    pub name_bytes: usize,
    /// Operations in a document.
    pub operations: usize,
    /// Fragment definitions in a document.
    pub fragments: usize,
    /// Selections of all operations of a document once every fragment spread is expanded;
    /// `__typename`, spreads and inline fragments count.
    pub selections: usize,
    /// Selection sets inside one another once fragments are expanded; inline fragments and spreads count.
    pub selection_nesting: usize,
    /// Fields inside one another; fragments do not count.
    pub depth: usize,
    /// Fields inside one another under `__schema` or `__type`: tools unfold type references seven to nine deep.
    pub introspection_depth: usize,
    /// Aliases in a document.
    pub aliases: usize,
    /// Directives in a document.
    pub directives: usize,
    /// Variables an operation may define, and a request may send.
    pub variables: usize,
    /// Root fields of a query, fragments expanded.
    pub root_fields: usize,
    /// Root fields of a mutation, fragments expanded.
    pub root_mutations: usize,
    /// Root fields of which a request may hold one in all: sign-in and its like, where repeating is guessing.
    pub once_fields: Vec<String>,
    /// Root fields that may carry a large body and long lists.
    pub large_fields: Vec<String>,
    /// Items of one list in the input.
    pub list_items: usize,
    /// Items of one list in the input of [`Limits::large_fields`].
    pub large_list_items: usize,
    /// Lists and objects inside one another in the input.
    pub input_nesting: usize,
    /// Values an operation may ask for, where `first` and `last` multiply what is below them.
    pub cost: u64,
    /// Values introspection may ask for, by a rough estimate of how many types, fields and arguments a schema has.
    /// Types refer to each other in circles, so that each level would multiply the answer by the size of the
    /// schema; what tools ask for is about half of the default.
    pub introspection_cost: u64,
    /// Errors in one answer.
    pub errors: usize,
    /// Bytes of one error's message.
    pub message_bytes: usize,
}

impl Limits {
    /// Whether an operation with these root fields may carry a large body and long lists.
    #[must_use]
    pub fn are_large<'a>(&self, root_fields: impl IntoIterator<Item = &'a str>) -> bool {
        let mut root_fields = root_fields.into_iter().peekable();
        root_fields.peek().is_some()
            && root_fields.all(|field| self.large_fields.iter().any(|large| large == field))
    }
}

impl Default for Limits {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Self {
            body_bytes: 64 * 1024,
            large_body_bytes: 1024 * 1024,
            query_bytes: 20_000,
            tokens: 5_000,
            brackets: 40,
            name_bytes: 100,
            operations: 5,
            fragments: 20,
            selections: 2_000,
            selection_nesting: 30,
            depth: 10,
            introspection_depth: 16,
            aliases: 30,
            directives: 8,
            variables: 50,
            root_fields: 20,
            root_mutations: 10,
            once_fields: names(&[
                "signIn",
                "signUp",
                "refreshSession",
                "requestPasswordReset",
                "resetPassword",
            ]),
            large_fields: names(&["uploadLearningEvents", "importPersons"]),
            list_items: 250,
            large_list_items: 500,
            input_nesting: 12,
            cost: 20_000,
            introspection_cost: 400_000,
            errors: 10,
            message_bytes: 300,
        }
    }
}

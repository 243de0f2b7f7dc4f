//! Refuses documents that would cost too much, before anything expensive looks at them.
//!
//! Validation and execution by the library are not interruptible and expand fragments again and again, so a
//! short document can keep a core busy for minutes. The guard looks at a document in passes, each of which is
//! linear in what the pass before has bounded:
//!
//! 1. [`scan`]: bytes → brackets, tokens, name lengths. Protects the parser's stack and memory.
//! 2. the library's parser.
//! 3. [`tally`]: the document as written → counts of operations, fragments, aliases, directives, literal lists.
//! 4. [`expansion`]: sizes with fragments expanded, each fragment measured once; cycles and unknown fragments.
//! 5. [`walk`]: every operation expanded, now known to be small → depth, root fields, introspection, cost.
//!
//! Invariant: a [`Prepared`] document has passed all five. Only this file makes one.

mod expansion;
mod input;
mod scan;
mod tally;
mod walk;

use std::sync::Arc;

use async_graphql::{
    Variables,
    parser::{
        parse_query,
        types::{ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType},
    },
};

pub use self::{
    input::check_variables,
    scan::{check_json, check_length},
};
use super::{errors::Refusal, limits::Limits};

/// A parsed document that is small enough to validate and execute.
#[derive(Debug)]
pub struct Prepared {
    document: ExecutableDocument,
    operations: Vec<Arc<Operation>>,
}

/// What is known of one operation of a [`Prepared`] document before execution.
#[derive(Debug)]
pub struct Operation {
    /// Its name in the document; chosen by the client, so never a label of a metric by itself.
    pub name: Option<String>,
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// The fields it asks for at the root, fragments expanded, in order, with repetitions. Whether the schema
    /// has them is not known yet.
    pub root_fields: Vec<String>,
    /// Whether it may carry a large body and long lists.
    pub is_large: bool,
    /// Whether its cost depends on page sizes that come as variables.
    is_paged_by_variables: bool,
}

impl Prepared {
    /// Parses and measures `text`.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for what is no GraphQL document, `LIMIT_EXCEEDED` for what is too large.
    pub fn new(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        scan::check_text(text, limits)?;
        let document = parse_query(text).map_err(|error| syntax_error(&error))?;
        let is_any_large = document
            .operations
            .iter()
            .any(|(_, operation)| asks_for_large(&operation.node, limits));
        tally::check(&document, is_any_large, limits)?;
        expansion::check(&document, limits)?;
        let operations = document
            .operations
            .iter()
            .map(|(name, operation)| {
                let seen = walk::check(&document, &operation.node, None, limits)?;
                Ok(Arc::new(Operation {
                    name: name.map(ToString::to_string),
                    kind: operation.node.ty,
                    is_large: limits.are_large(seen.root_fields.iter().copied()),
                    root_fields: seen.root_fields.into_iter().map(str::to_owned).collect(),
                    is_paged_by_variables: seen.is_paged_by_variables,
                }))
            })
            .collect::<Result<_, Refusal>>()?;
        Ok(Self {
            document,
            operations,
        })
    }

    /// The operation to execute: the one named, or the only one.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when there is no such operation or none is named and there are several.
    pub fn operation(&self, name: Option<&str>) -> Result<&Arc<Operation>, Refusal> {
        match (name, self.operations.as_slice()) {
            (None, [only]) => Ok(only),
            (None, _) => Err(Refusal::bad_document(
                "The document has several operations: say which one in operationName.",
            )),
            (Some(name), operations) => operations
                .iter()
                .find(|operation| operation.name.as_deref() == Some(name))
                .ok_or_else(|| {
                    Refusal::bad_document(
                        "The document has no operation of the name in operationName.",
                    )
                }),
        }
    }

    /// Checks what can only be known with the variables of a request: that required ones are there, how long
    /// and deep they are, and the cost where page sizes are variables.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a missing variable, `LIMIT_EXCEEDED` for input that is too large.
    pub fn check_request(
        &self,
        operation: &Operation,
        variables: &Variables,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let Some(definition) = self.definition(operation) else {
            return Ok(());
        };
        check_variables(definition, variables, operation.is_large, limits)?;
        if operation.is_paged_by_variables {
            walk::check(&self.document, definition, Some(variables), limits)?;
        }
        Ok(())
    }

    /// A copy of the document for the executor, which consumes it.
    #[must_use]
    pub fn document(&self) -> ExecutableDocument {
        self.document.clone()
    }

    /// A fragment of the document.
    #[must_use]
    pub fn fragment(&self, name: &str) -> Option<&FragmentDefinition> {
        self.document
            .fragments
            .get(name)
            .map(|fragment| &fragment.node)
    }

    /// The definition of one of this document's operations.
    #[must_use]
    pub fn definition(&self, operation: &Operation) -> Option<&OperationDefinition> {
        self.document
            .operations
            .iter()
            .find(|(name, _)| name.map(|name| name.as_str()) == operation.name.as_deref())
            .map(|(_, definition)| &definition.node)
    }
}

/// Whether a root field written directly in the operation is one that takes long lists. Only used to choose the
/// limit for literal lists before fragments are known to be harmless.
fn asks_for_large(operation: &OperationDefinition, limits: &Limits) -> bool {
    use async_graphql::parser::types::Selection;
    limits.are_large(
        operation
            .selection_set
            .node
            .items
            .iter()
            .map(|item| match &item.node {
                Selection::Field(field) => field.node.name.node.as_str(),
                Selection::FragmentSpread(_) | Selection::InlineFragment(_) => "",
            }),
    )
}

/// The parser's own message quotes the line of the document at fault; ours says only where it is.
fn syntax_error(error: &async_graphql::parser::Error) -> Refusal {
    use async_graphql::parser::Error;
    let message = match error {
        Error::MultipleRoots { .. } | Error::MissingQueryRoot { .. } | Error::Syntax { .. } => {
            "The document is not valid GraphQL."
        }
        Error::MultipleOperations { .. } => {
            "An operation without a name must be the only operation of its document."
        }
        Error::OperationDuplicated { .. } => "Two operations of the document have the same name.",
        Error::FragmentDuplicated { .. } => "Two fragments of the document have the same name.",
        Error::MissingOperation => "The document has no operation.",
        Error::RecursionLimitExceeded => {
            return Refusal::over_limit("The document is nested too deep.");
        }
        _ => "The document is not valid GraphQL.",
    };
    error
        .positions()
        .take(2)
        .fold(Refusal::bad_document(message), Refusal::at)
}

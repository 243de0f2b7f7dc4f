//! Counts of a document as it is written, fragments not expanded.

use async_graphql::{
    Positioned,
    parser::types::{Directive, ExecutableDocument, Selection, SelectionSet},
};

use super::input::{check_constant, check_literal};
use crate::graphql::{errors::Refusal, limits::Limits};

/// Counts operations, fragments, variables, aliases and directives, and checks literal input.
///
/// # Errors
/// `LIMIT_EXCEEDED` above a limit.
pub fn check(
    document: &ExecutableDocument,
    is_any_large: bool,
    limits: &Limits,
) -> Result<(), Refusal> {
    at_most(
        document.operations.iter().count(),
        limits.operations,
        "operations",
    )?;
    at_most(document.fragments.len(), limits.fragments, "fragments")?;
    let mut tally = Tally {
        aliases: 0,
        directives: 0,
        list_items: if is_any_large {
            limits.large_list_items
        } else {
            limits.list_items
        },
        limits,
    };
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        at_most(
            operation.variable_definitions.len(),
            limits.variables,
            "variables",
        )?;
        for definition in &operation.variable_definitions {
            tally.directives(&definition.node.directives)?;
            if let Some(default) = &definition.node.default_value {
                check_constant(&default.node, tally.list_items, limits)?;
            }
        }
        tally.directives(&operation.directives)?;
        tally.selections(&operation.selection_set.node)?;
    }
    for fragment in document.fragments.values() {
        tally.directives(&fragment.node.directives)?;
        tally.selections(&fragment.node.selection_set.node)?;
    }
    Ok(())
}

struct Tally<'l> {
    aliases: usize,
    directives: usize,
    list_items: usize,
    limits: &'l Limits,
}

impl Tally<'_> {
    fn selections(&mut self, set: &SelectionSet) -> Result<(), Refusal> {
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            match &selection.node {
                Selection::Field(field) => {
                    if field.node.alias.is_some() {
                        self.aliases += 1;
                        at_most(self.aliases, self.limits.aliases, "aliases")?;
                    }
                    for (_, value) in &field.node.arguments {
                        check_literal(&value.node, self.list_items, self.limits)?;
                    }
                    self.selections(&field.node.selection_set.node)?;
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.node.selection_set.node)?;
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Refusal> {
        self.directives += directives.len();
        at_most(self.directives, self.limits.directives, "directives")?;
        for directive in directives {
            for (_, value) in &directive.node.arguments {
                check_literal(&value.node, self.list_items, self.limits)?;
            }
        }
        Ok(())
    }
}

fn at_most(count: usize, limit: usize, what: &str) -> Result<(), Refusal> {
    if count > limit {
        return Err(Refusal::over_limit(format!(
            "The document has more than {limit} {what}."
        )));
    }
    Ok(())
}

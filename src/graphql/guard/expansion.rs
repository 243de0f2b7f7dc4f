//! The size of a document once its fragments are expanded, without expanding them.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::graphql::{errors::Refusal, limits::Limits};

/// Checks that fragments exist and do not contain themselves, and that all operations together stay small when
/// expanded.
///
/// # Errors
/// `BAD_USER_INPUT` for an unknown fragment or a cycle, `LIMIT_EXCEEDED` for a document that is too large.
pub fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    let mut expansion = Expansion {
        document,
        measured: HashMap::new(),
        limits,
    };
    let mut selections = 0_usize;
    for (_, operation) in document.operations.iter() {
        let extent = expansion.of_set(&operation.node.selection_set.node, 1)?;
        selections = selections.saturating_add(extent.selections);
        expansion.check_selections(selections)?;
    }
    for name in document.fragments.keys() {
        let extent = expansion.of_fragment(name, 1)?;
        expansion.check_selections(extent.selections)?;
    }
    Ok(())
}

/// What a selection set amounts to when expanded.
#[derive(Clone, Copy)]
struct Extent {
    selections: usize,
    /// Selection sets inside one another, this one included.
    height: usize,
}

struct Expansion<'d> {
    document: &'d ExecutableDocument,
    /// `None` while a fragment is being measured: meeting it again then means a cycle.
    measured: HashMap<&'d str, Option<Extent>>,
    limits: &'d Limits,
}

impl<'d> Expansion<'d> {
    /// Measures `set`, which is the `level`th selection set from the root.
    ///
    /// Invariant: recursion is bounded by [`Limits::selection_nesting`], through fragments too.
    fn of_set(&mut self, set: &'d SelectionSet, level: usize) -> Result<Extent, Refusal> {
        self.check_nesting(level)?;
        let mut sum = Extent {
            selections: set.items.len(),
            height: 1,
        };
        for selection in &set.items {
            let inner = match &selection.node {
                Selection::Field(field) if field.node.selection_set.node.items.is_empty() => {
                    continue;
                }
                Selection::Field(field) => {
                    self.of_set(&field.node.selection_set.node, level + 1)?
                }
                Selection::InlineFragment(fragment) => {
                    self.of_set(&fragment.node.selection_set.node, level + 1)?
                }
                Selection::FragmentSpread(spread) => self
                    .of_fragment(&spread.node.fragment_name.node, level + 1)
                    .map_err(|refusal| refusal.at(spread.pos))?,
            };
            sum.selections = sum.selections.saturating_add(inner.selections);
            sum.height = sum.height.max(inner.height + 1);
        }
        Ok(sum)
    }

    fn of_fragment(&mut self, name: &str, level: usize) -> Result<Extent, Refusal> {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Err(Refusal::bad_document(
                "The document spreads a fragment that it does not define.",
            ));
        };
        match self.measured.get(name.as_str()) {
            Some(None) => {
                return Err(Refusal::bad_document(
                    "The document has a fragment that spreads itself.",
                ));
            }
            Some(Some(extent)) => {
                let extent = *extent;
                self.check_nesting(level + extent.height - 1)?;
                return Ok(extent);
            }
            None => {}
        }
        self.measured.insert(name, None);
        let extent = self.of_set(&fragment.node.selection_set.node, level)?;
        self.measured.insert(name, Some(extent));
        Ok(extent)
    }

    fn check_nesting(&self, level: usize) -> Result<(), Refusal> {
        if level > self.limits.selection_nesting {
            return Err(Refusal::over_limit(format!(
                "The document nests more than {} selection sets once its fragments are expanded.",
                self.limits.selection_nesting
            )));
        }
        Ok(())
    }

    fn check_selections(&self, selections: usize) -> Result<(), Refusal> {
        if selections > self.limits.selections {
            return Err(Refusal::over_limit(format!(
                "The document selects more than {} fields once its fragments are expanded: ask for less, or in several requests.",
                self.limits.selections
            )));
        }
        Ok(())
    }
}

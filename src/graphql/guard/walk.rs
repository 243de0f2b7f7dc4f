//! One operation with its fragments expanded: depth, root fields and cost.
//!
//! Invariant: called only for documents that `expansion` has found small and free of cycles, so that following
//! every spread is cheap.

use async_graphql::{
    Name, Pos, Value as ConstValue, Variables,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};
use async_graphql_value::Value;

use crate::graphql::{errors::Refusal, limits::Limits};

/// Arguments that say how many items a list will have.
const PAGE_SIZES: [&str; 2] = ["first", "last"];

/// Root fields through which a schema describes itself.
const INTROSPECTION_ROOTS: [&str; 2] = ["__schema", "__type"];

/// What an operation asks for.
pub struct Seen<'d> {
    /// Root fields in order, with repetitions.
    pub root_fields: Vec<&'d str>,
    /// Whether a page size is a variable, so that the cost must be checked again for each request.
    pub is_paged_by_variables: bool,
}

/// Walks `operation`. A page size that is a variable counts as sent in `variables`, else as its default says, else as 1.
///
/// # Errors
/// `LIMIT_EXCEEDED` above a limit.
pub fn check<'d>(
    document: &'d ExecutableDocument,
    operation: &'d OperationDefinition,
    variables: Option<&'d Variables>,
    limits: &'d Limits,
) -> Result<Seen<'d>, Refusal> {
    let mut walk = Walk {
        document,
        operation,
        variables,
        limits,
        introspection_cost: 0,
        seen: Seen {
            root_fields: Vec::new(),
            is_paged_by_variables: false,
        },
    };
    let cost = walk.cost_of_set(&operation.selection_set.node, Place::ROOT)?;
    walk.check_root_fields()?;
    check_cost("The operation", cost, limits.cost)?;
    check_cost(
        "Introspection",
        walk.introspection_cost,
        limits.introspection_cost,
    )?;
    Ok(walk.seen)
}

fn check_cost(what: &str, cost: u64, limit: u64) -> Result<(), Refusal> {
    if cost > limit {
        return Err(Refusal::over_limit(format!(
            "{what} asks for up to {cost} values and may ask for {limit}: ask for smaller pages or fewer fields."
        )));
    }
    Ok(())
}

/// Where in an operation a selection set is.
#[derive(Clone, Copy)]
struct Place {
    /// Fields around it.
    depth: usize,
    is_introspection: bool,
}

impl Place {
    const ROOT: Self = Self {
        depth: 0,
        is_introspection: false,
    };
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    operation: &'d OperationDefinition,
    variables: Option<&'d Variables>,
    limits: &'d Limits,
    introspection_cost: u64,
    seen: Seen<'d>,
}

impl<'d> Walk<'d> {
    fn cost_of_set(&mut self, set: &'d SelectionSet, place: Place) -> Result<u64, Refusal> {
        let mut cost = 0_u64;
        for selection in &set.items {
            let inner = match &selection.node {
                Selection::Field(field) => self.cost_of_field(&field.node, field.pos, place)?,
                Selection::InlineFragment(fragment) => {
                    self.cost_of_set(&fragment.node.selection_set.node, place)?
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    match self.document.fragments.get(name) {
                        Some(fragment) => {
                            self.cost_of_set(&fragment.node.selection_set.node, place)?
                        }
                        None => 0,
                    }
                }
            };
            cost = cost.saturating_add(inner);
        }
        Ok(cost)
    }

    fn cost_of_field(
        &mut self,
        field: &'d Field,
        position: Pos,
        around: Place,
    ) -> Result<u64, Refusal> {
        let name = field.name.node.as_str();
        let is_root = around.depth == 0;
        let place = Place {
            depth: around.depth + 1,
            is_introspection: around.is_introspection
                || (is_root && INTROSPECTION_ROOTS.contains(&name)),
        };
        if is_root {
            self.seen.root_fields.push(name);
        }
        let depth = if place.is_introspection {
            self.limits.introspection_depth
        } else {
            self.limits.depth
        };
        if place.depth > depth {
            return Err(Refusal::over_limit(format!(
                "The document nests more than {depth} fields."
            ))
            .at(position));
        }
        let items = if place.is_introspection {
            typical_length(name)
        } else {
            self.page_size(field)
        };
        let cost = self
            .cost_of_set(&field.selection_set.node, place)?
            .saturating_mul(items)
            .saturating_add(1);
        if is_root && place.is_introspection {
            self.introspection_cost = self.introspection_cost.saturating_add(cost);
            return Ok(0);
        }
        Ok(cost)
    }

    /// How many items `field` asks for, at least 1. What is no number is left to validation.
    fn page_size(&mut self, field: &Field) -> u64 {
        PAGE_SIZES
            .iter()
            .filter_map(|argument| match &field.get_argument(argument)?.node {
                Value::Number(number) => number.as_u64(),
                Value::Variable(variable) => {
                    self.seen.is_paged_by_variables = true;
                    self.variable(variable)
                }
                _ => None,
            })
            .max()
            .unwrap_or(1)
            .max(1)
    }

    fn variable(&self, name: &Name) -> Option<u64> {
        let sent = self.variables.and_then(|variables| variables.get(name));
        let value = match sent {
            Some(value) => value,
            None => self
                .operation
                .variable_definitions
                .iter()
                .find(|definition| definition.node.name.node == *name)?
                .node
                .default_value()?,
        };
        match value {
            ConstValue::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    fn check_root_fields(&self) -> Result<(), Refusal> {
        let root_fields = &self.seen.root_fields;
        let (limit, kind) = match self.operation.ty {
            OperationType::Query => (self.limits.root_fields, "query"),
            OperationType::Mutation => (self.limits.root_mutations, "mutation"),
            OperationType::Subscription => (1, "subscription"),
        };
        if root_fields.len() > limit {
            return Err(Refusal::over_limit(format!(
                "A {kind} may have at most {limit} root fields."
            )));
        }
        let is_once = |field: &&&str| self.limits.once_fields.iter().any(|once| once == *field);
        if root_fields.iter().filter(is_once).count() > 1 {
            return Err(Refusal::over_limit(
                "A request may sign in, sign up or reset a password once.",
            ));
        }
        Ok(())
    }
}

/// How many items a list of introspection may have in a large schema, by the name of its field.
fn typical_length(field: &str) -> u64 {
    match field {
        "types" => 200,
        "fields" | "inputFields" => 10,
        "enumValues" | "possibleTypes" | "directives" => 5,
        "args" => 3,
        "interfaces" => 2,
        _ => 1,
    }
}

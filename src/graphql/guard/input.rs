//! Input values: how long and deep, written in the document or sent as variables, and whether required ones came.

use async_graphql::{Value, Variables, parser::types::OperationDefinition};
use async_graphql_value::Value as Literal;

use crate::graphql::{errors::Refusal, limits::Limits};

/// Checks one literal of a document, in which variables may stand for parts.
///
/// # Errors
/// `LIMIT_EXCEEDED` for a list of more than `list_items` or input that is nested too deep.
pub fn check_literal(value: &Literal, list_items: usize, limits: &Limits) -> Result<(), Refusal> {
    literal(value, limits.input_nesting, list_items, limits)
}

/// Checks one value that stands for itself: a variable's default, or what was sent for it.
///
/// # Errors
/// `LIMIT_EXCEEDED` for a list of more than `list_items` or input that is nested too deep.
pub fn check_constant(value: &Value, list_items: usize, limits: &Limits) -> Result<(), Refusal> {
    constant(value, limits.input_nesting, list_items, limits)
}

/// Checks the variables of a request against the operation that will use them.
///
/// Variables the operation does not define are measured like the others and otherwise ignored.
///
/// # Errors
/// `BAD_USER_INPUT` when a required one is missing or null, `LIMIT_EXCEEDED` when there are too many, or one has a
/// list that is too long or is nested too deep.
pub fn check_variables(
    operation: &OperationDefinition,
    variables: &Variables,
    is_large: bool,
    limits: &Limits,
) -> Result<(), Refusal> {
    if variables.len() > limits.variables {
        return Err(Refusal::over_limit(format!(
            "The request has more than {} variables.",
            limits.variables
        )));
    }
    let list_items = if is_large {
        limits.large_list_items
    } else {
        limits.list_items
    };
    for value in variables.values() {
        check_constant(value, list_items, limits)?;
    }
    for definition in &operation.variable_definitions {
        let is_required =
            !definition.node.var_type.node.nullable && definition.node.default_value.is_none();
        let name = &definition.node.name.node;
        let is_given = !matches!(variables.get(name), None | Some(Value::Null));
        if is_required && !is_given {
            return Err(
                Refusal::bad_document(format!("The variable ${name} is required."))
                    .at(definition.pos),
            );
        }
    }
    Ok(())
}

fn literal(
    value: &Literal,
    levels_left: usize,
    list_items: usize,
    limits: &Limits,
) -> Result<(), Refusal> {
    match value {
        Literal::List(items) => {
            check_length(items.len(), list_items)?;
            let levels_left = one_level_down(levels_left, limits)?;
            items
                .iter()
                .try_for_each(|item| literal(item, levels_left, list_items, limits))
        }
        Literal::Object(fields) => {
            let levels_left = one_level_down(levels_left, limits)?;
            fields
                .values()
                .try_for_each(|field| literal(field, levels_left, list_items, limits))
        }
        _ => Ok(()),
    }
}

fn constant(
    value: &Value,
    levels_left: usize,
    list_items: usize,
    limits: &Limits,
) -> Result<(), Refusal> {
    match value {
        Value::List(items) => {
            check_length(items.len(), list_items)?;
            let levels_left = one_level_down(levels_left, limits)?;
            items
                .iter()
                .try_for_each(|item| constant(item, levels_left, list_items, limits))
        }
        Value::Object(fields) => {
            let levels_left = one_level_down(levels_left, limits)?;
            fields
                .values()
                .try_for_each(|field| constant(field, levels_left, list_items, limits))
        }
        _ => Ok(()),
    }
}

fn check_length(length: usize, list_items: usize) -> Result<(), Refusal> {
    if length > list_items {
        return Err(Refusal::over_limit(format!(
            "A list in the input has more than {list_items} items: send it in parts."
        )));
    }
    Ok(())
}

fn one_level_down(levels_left: usize, limits: &Limits) -> Result<usize, Refusal> {
    levels_left.checked_sub(1).ok_or_else(|| {
        Refusal::over_limit(format!(
            "The input nests more than {} lists and objects.",
            limits.input_nesting
        ))
    })
}

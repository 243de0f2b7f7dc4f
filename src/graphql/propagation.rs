//! Makes the data of a failed execution fit the schema again.
//!
//! The library leaves a field that failed out of the data altogether, and an object of which every field failed is
//! null. The specification says that a field that failed is null, and where its type is not nullable, that the
//! nearest field around it that may be null is null instead; generated clients cannot read anything else.

use std::collections::HashMap;

use async_graphql::{
    Name, PathSegment, Response, ServerError, Value,
    parser::{
        parse_schema,
        types::{
            BaseType, Field, OperationType, Selection, SelectionSet, Type, TypeKind,
            TypeSystemDefinition,
        },
    },
};

use super::guard::{Operation, Prepared};

/// The type of every field of a schema.
#[derive(Debug, Default)]
pub struct FieldTypes {
    query: Option<String>,
    mutation: Option<String>,
    of_type: HashMap<String, HashMap<String, Type>>,
}

impl FieldTypes {
    /// Reads them from the schema's definition.
    ///
    /// # Errors
    /// When `sdl` is not a schema definition.
    pub fn from_sdl(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut types = Self::default();
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    types.query = schema.node.query.map(|name| name.node.to_string());
                    types.mutation = schema.node.mutation.map(|name| name.node.to_string());
                }
                TypeSystemDefinition::Type(definition) => {
                    let fields = match definition.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        _ => continue,
                    };
                    let fields = fields
                        .into_iter()
                        .map(|field| (field.node.name.node.to_string(), field.node.ty.node));
                    let name = definition.node.name.node.to_string();
                    types.of_type.entry(name).or_default().extend(fields);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(types)
    }

    /// Puts a null where each error of `response` says that there is no value.
    pub fn propagate_nulls(
        &self,
        prepared: &Prepared,
        operation: &Operation,
        response: &mut Response,
    ) {
        let root = match operation.kind {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &None,
        };
        let (Some(root), Some(definition)) = (root, prepared.definition(operation)) else {
            return;
        };
        let mut around = Vec::new();
        for error in &response.errors {
            let mut steps = Steps {
                types: self,
                prepared,
                around: vec![(root, &definition.selection_set.node)],
                inside: None,
            };
            match steps.nullable_length(error) {
                None => {}
                Some(length) if length == error.path.len() => {
                    set_failed_null(&mut response.data, &error.path);
                }
                Some(length) => around.push(error.path.get(..length).unwrap_or_default()),
            }
        }
        // Last, so that nothing is put back into what is null as a whole.
        for path in around {
            set_null(&mut response.data, path);
        }
    }

    fn of_field(&self, type_name: &str, field: &Field) -> Option<&Type> {
        self.of_type.get(type_name)?.get(field.name.node.as_str())
    }
}

/// A walk along the path of an error.
struct Steps<'d> {
    types: &'d FieldTypes,
    prepared: &'d Prepared,
    /// The selection sets at this place, each with the type it is of.
    around: Vec<(&'d str, &'d SelectionSet)>,
    /// Inside a list: the type of its items.
    inside: Option<&'d Type>,
}

impl<'d> Steps<'d> {
    /// How many of the first segments of an error's path lead to the last place on it that may be null; 0 for the
    /// data as a whole. `None` for a path that does not fit the document, and for errors without one.
    fn nullable_length(&mut self, error: &ServerError) -> Option<usize> {
        let mut length = 0;
        for (index, segment) in error.path.iter().enumerate() {
            let ty = match segment {
                PathSegment::Field(key) => self.enter_field(key),
                PathSegment::Index(_) => self.inside,
            }?;
            self.inside = match &ty.base {
                BaseType::List(item) => Some(item),
                BaseType::Named(_) => None,
            };
            if ty.nullable {
                length = index + 1;
            }
        }
        (!error.path.is_empty()).then_some(length)
    }

    /// Goes into the field answered under `key` and says its type.
    ///
    /// Several fields may be answered under one key; validation has seen to it that their types are nullable alike.
    fn enter_field(&mut self, key: &str) -> Option<&'d Type> {
        let mut fields = Vec::new();
        for (type_name, set) in std::mem::take(&mut self.around) {
            self.collect(type_name, set, key, &mut fields);
        }
        let mut found = None;
        for (type_name, field) in fields {
            if let Some(ty) = self.types.of_field(type_name, field) {
                self.around.push((named(ty), &field.selection_set.node));
                found = found.or(Some(ty));
            }
        }
        found
    }

    fn collect(
        &self,
        type_name: &'d str,
        set: &'d SelectionSet,
        key: &str,
        fields: &mut Vec<(&'d str, &'d Field)>,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) if field.node.response_key().node == *key => {
                    fields.push((type_name, &field.node));
                }
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let type_name =
                        condition.map_or(type_name, |condition| condition.node.on.node.as_str());
                    self.collect(type_name, &fragment.node.selection_set.node, key, fields);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.prepared.fragment(&spread.node.fragment_name.node)
                    {
                        let type_name = fragment.type_condition.node.on.node.as_str();
                        self.collect(type_name, &fragment.selection_set.node, key, fields);
                    }
                }
            }
        }
    }
}

fn named(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name.as_str(),
        BaseType::List(item) => named(item),
    }
}

/// Puts a null at `path`, the place of a nullable field that failed, and an object where the library left out the
/// object around it because it would have been empty.
fn set_failed_null(data: &mut Value, path: &[PathSegment]) {
    if let ([PathSegment::Field(_), ..], Value::Null) = (path, &*data) {
        *data = Value::Object(Default::default());
    }
    match (path, data) {
        ([PathSegment::Field(key), rest @ ..], Value::Object(fields)) => {
            let value = fields.entry(Name::new(key)).or_insert(Value::Null);
            set_failed_null(value, rest);
        }
        ([PathSegment::Index(index), rest @ ..], Value::List(items)) => {
            if let Some(value) = items.get_mut(*index) {
                set_failed_null(value, rest);
            }
        }
        _ => {}
    }
}

/// Sets what `path` leads to to null; nothing where something on the way is null already.
fn set_null(data: &mut Value, path: &[PathSegment]) {
    match (path, data) {
        ([], value) => *value = Value::Null,
        ([PathSegment::Field(key), rest @ ..], Value::Object(fields)) => {
            if let Some(value) = fields.get_mut(key.as_str()) {
                set_null(value, rest);
            }
        }
        ([PathSegment::Index(index), rest @ ..], Value::List(items)) => {
            if let Some(value) = items.get_mut(*index) {
                set_null(value, rest);
            }
        }
        _ => {}
    }
}

//! What the GraphQL library leaves out when it puts the roots together: words for the pages of lists, and who may call
//! what.

use std::borrow::Cow;

use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    connection::EmptyFields,
    parser::types::Field,
    registry::{MetaType, Registry},
    resolver_utils::ContainerType,
};

use super::requires;

const PAGE: &str = "A page of a list: its items, and where the next page begins.";

/// A part of a root that has no fields: it comes last, when the other parts are known, and completes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Described;

impl OutputType for Described {
    fn type_name() -> Cow<'static, str> {
        <EmptyFields as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        for (name, kind) in &mut registry.types {
            if let MetaType::Object {
                description: description @ None,
                ..
            } = kind
                && name.ends_with("Connection")
            {
                *description = Some(PAGE.to_owned());
            }
        }
        requires::declare(registry);
        EmptyFields::create_type_info(registry)
    }

    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Ok(Value::Null)
    }
}

impl ContainerType for Described {
    async fn resolve_field(&self, _: &Context<'_>) -> ServerResult<Option<Value>> {
        Ok(None)
    }
}

impl ObjectType for Described {}

//! Words for the types that the GraphQL library makes and leaves without any: the pages of lists.

use std::borrow::Cow;

use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value,
    connection::EmptyFields,
    parser::types::Field,
    registry::{MetaType, Registry},
    resolver_utils::ContainerType,
};

const PAGE: &str = "A page of a list: its items, and where the next page begins.";

/// A part of the root that has no fields: it comes last, when every type is known, and describes the pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct DescribedPages;

impl OutputType for DescribedPages {
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

impl ContainerType for DescribedPages {
    async fn resolve_field(&self, _: &Context<'_>) -> ServerResult<Option<Value>> {
        Ok(None)
    }
}

impl ObjectType for DescribedPages {}

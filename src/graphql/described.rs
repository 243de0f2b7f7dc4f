//! What the GraphQL library leaves out when it puts a root together: words for the pages of lists, and who may call what.

use std::{borrow::Cow, pin::Pin};

use async_graphql::{
    Context, ContextSelectionSet, ObjectType, OutputType, Positioned, Response, ServerResult,
    SubscriptionType, Value,
    parser::types::Field,
    registry::{MetaType, Registry},
    resolver_utils::ContainerType,
};
use futures_util::Stream;

use super::requires;

const PAGE: &str = "A page of a list: its items, and where the next page begins.";

/// A root of the schema, completed once all of it is known. It answers as what it holds does.
#[derive(Clone, Copy, Debug, Default)]
pub struct Root<T>(T);

impl<T: ObjectType> OutputType for Root<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let root = T::create_type_info(registry);
        describe_pages(registry);
        requires::declare(registry, &T::type_name());
        root
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        self.0.resolve(ctx, field).await
    }
}

impl<T: ObjectType> ContainerType for Root<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(ctx).await
    }
}

impl<T: ObjectType> ObjectType for Root<T> {}

/// The root of what can be watched, completed in the same way.
#[derive(Clone, Copy, Debug, Default)]
pub struct LiveRoot<T>(T);

impl<T: SubscriptionType> SubscriptionType for LiveRoot<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let root = T::create_type_info(registry);
        requires::declare(registry, &T::type_name());
        root
    }

    fn create_field_stream<'a>(
        &'a self,
        ctx: &'a Context<'_>,
    ) -> Option<Pin<Box<dyn Stream<Item = Response> + Send + 'a>>> {
        self.0.create_field_stream(ctx)
    }
}

fn describe_pages(registry: &mut Registry) {
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
}

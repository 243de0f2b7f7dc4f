//! The statuses of a member's lessons, as one value.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};

use crate::learning::{graphql::LessonStatus, merge::Status};

/// Statuses as one value: a roster holds a thousand of them, and resolving each by itself would cost more than
/// everything else on the screen.
#[derive(Clone, Debug)]
pub struct LessonStates(pub(super) Vec<Status>);

impl OutputType for LessonStates {
    fn type_name() -> Cow<'static, str> {
        Vec::<LessonStatus>::type_name()
    }

    fn qualified_type_name() -> String {
        Vec::<LessonStatus>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Vec::<LessonStatus>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let [not_started, in_progress, completed] =
            ["NOT_STARTED", "IN_PROGRESS", "COMPLETED"].map(Name::new);
        let word = |status: &Status| match status {
            Status::NotStarted => &not_started,
            Status::InProgress => &in_progress,
            Status::Completed => &completed,
        };
        let words = self
            .0
            .iter()
            .map(|status| Value::Enum(word(status).clone()));
        Ok(Value::List(words.collect()))
    }
}

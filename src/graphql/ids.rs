//! Ids on the wire: the text form of a UUID, the same for every type.

use async_graphql::ID;
use uuid::Uuid;

use crate::error::{Result, parse_id};

/// The wire form of an id.
pub fn wire(id: impl Into<Uuid>) -> ID {
    ID(id.into().to_string())
}

/// The id that `input.<field>` names.
///
/// # Errors
/// A user error naming the field when it is not a UUID.
pub fn named<T: From<Uuid>>(id: &ID, field: &str) -> Result<T> {
    parse_id(id, field)
}

/// The id a query asks for; nothing when it is not a UUID, since nothing can have such an id.
pub fn asked<T: From<Uuid>>(id: &ID) -> Option<T> {
    Uuid::try_parse(id).ok().map(T::from)
}

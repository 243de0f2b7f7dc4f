//! The Vun server: a GraphQL backend for caregivers learning to care for children in Viet Nam.

pub mod graphql;
pub mod http;

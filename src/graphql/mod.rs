//! The GraphQL edge that every feature shares: ids, dates, pages, payloads and the request's context.

pub mod context;
pub mod date;
pub mod ids;
pub mod pages;
pub mod payload;

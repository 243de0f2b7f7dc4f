//! The GraphQL edge: what a request must be before a resolver sees it, what an answer may say, and what the
//! resolvers of every feature share.
//!
//! A request goes through the files in this order:
//! `handler` (method, media types, body) → `wire` (its JSON shape) → `documents` (by id, by hash or by text)
//! → `guard` (parse and measure, before any validation) → `application` (who asks) → `execution`
//! (a task of its own with a deadline) → `propagation` (nulls where fields failed) → `errors` (mask and cap) →
//! `answer` (status and bytes). `journal` writes what is kept of it. `other_routes` is what else is served beside it.
//!
//! Subscriptions come by a socket on the same path: `socket` (the protocol) → `live` (each operation, by the same files).
//!
//! Shared by resolvers: `context`, `date`, `ids`, `pages`, `payload`, `requires`. `schema` puts the features
//! together; it, `node`, `changes` and `watching` (things of any feature by id, and what changed of them) and `files` (files of
//! frozen reports) are the only files here that know them.

pub mod answer;
pub mod application;
pub mod body;
pub mod changes;
pub mod context;
pub mod date;
pub mod described;
pub mod documents;
pub mod errors;
pub mod execution;
mod files;
pub mod guard;
pub mod handler;
pub mod ids;
pub mod journal;
pub mod limits;
pub mod live;
pub mod media;
pub mod node;
mod other_routes;
pub mod pages;
pub mod payload;
pub mod propagation;
pub mod requires;
pub mod schema;
pub mod socket;
pub mod watching;
pub mod wire;

//! The GraphQL edge: what a request must be before a resolver sees it, and what an answer may say.
//!
//! A request goes through the files in this order:
//! `handler` (method, media types, body) → `wire` (its JSON shape) → `documents` (by id, by hash or by text)
//! → `guard` (parse and measure, before any validation) → `application` (who asks) → `execution`
//! (a task of its own with a deadline) → `propagation` (nulls where fields failed) → `errors` (mask and cap) →
//! `answer` (status and bytes). `journal` writes what is kept of it.
//!
//! Invariant: nothing here knows the schema. Everything the product adds comes through
//! [`application::Application`].

pub mod answer;
pub mod application;
pub mod body;
pub mod documents;
pub mod errors;
pub mod execution;
pub mod guard;
pub mod handler;
pub mod journal;
pub mod limits;
pub mod media;
pub mod propagation;
pub mod wire;

//! What Vun's tables are: plain SeaORM models and typed ids. No queries, no rules, no GraphQL.
//!
//! One file per table, named after it. How the tables came to be is in the `migration` crate.

pub mod ids;

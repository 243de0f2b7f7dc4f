//! # Vun
//!
//! The map of the house; filled as rooms are built.

#![recursion_limit = "512"]

pub mod clock;
pub mod config;
pub mod coverage;
pub mod db;
pub mod error;
pub mod graphql;
pub mod messages;

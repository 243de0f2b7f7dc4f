//! # Vun
//!
//! The map of the house; filled as rooms are built.

#![recursion_limit = "512"]

pub mod app;
pub mod areas;
pub mod auth;
pub mod clock;
pub mod commands;
pub mod config;
pub mod content;
pub mod coverage;
pub mod db;
pub mod error;
pub mod fold;
pub mod generate;
pub mod graphql;
pub mod http;
pub mod installation;
pub mod learning;
pub mod messages;
pub mod people;
pub mod programmes;
pub mod shipped;
pub mod telemetry;

//! Every test that needs a database or the whole product, in one binary: each runs on SQLite and, where it is
//! installed, on PostgreSQL. `VUN_TEST_POSTGRES=required` makes a missing PostgreSQL a failure.

// True of every test binary; it tells the linter that panics are how code fails here.
#![cfg(test)]

mod accounts;
mod app;
mod area_changes;
mod areas;
mod auth;
mod authorization;
mod backup;
mod bad_input;
mod completing;
mod content;
mod coverage;
mod coverage_children;
mod coverage_history;
mod databases;
mod generate;
mod given;
mod harness;
mod migrations;
mod own_data;
mod people;
mod postgres;
mod privacy;
mod programmes;
mod reports;
mod requests;
mod schema;
mod search;
mod sources;
mod supervision;
mod sync;
mod tables;
mod tidy;
mod training;
mod walkthroughs;
mod writing;

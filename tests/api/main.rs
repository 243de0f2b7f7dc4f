//! Every test that needs a database or the whole product, in one binary: each runs on SQLite and, where it is
//! installed, on PostgreSQL. `VUN_TEST_POSTGRES=required` makes a missing PostgreSQL a failure.

// True of every test binary; it tells the linter that panics are how code fails here.
#![cfg(test)]

mod accounts;
mod app;
mod area_changes;
mod area_histories;
mod area_records;
mod areas;
mod auth;
mod authorization;
mod backup;
mod bad_input;
mod bucket;
mod completing;
mod content;
mod convergence;
mod coverage;
mod coverage_children;
mod coverage_freshness;
mod coverage_history;
mod coverage_kept;
mod coverage_register;
mod dashboard;
mod databases;
mod editing;
mod generate;
mod given;
mod harness;
mod killed;
mod live;
mod media;
mod migrations;
mod notices;
mod own_data;
mod package;
mod people;
mod plans;
mod postgres;
mod privacy;
mod program;
mod programmes;
mod reports;
mod requests;
mod schema;
mod search;
mod sockets;
mod sources;
mod supervision;
mod sync;
mod tables;
mod tidy;
mod training;
mod walkthroughs;
mod writing;

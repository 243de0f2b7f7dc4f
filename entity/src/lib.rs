//! What Vun's tables are: plain SeaORM models and typed ids. No queries, no rules, no GraphQL.
//!
//! One file per table, named after it. How the tables came to be is in the `migration` crate.

pub mod ids;

pub mod account;
pub mod account_login;
pub mod area;
pub mod atom;
pub mod audit_log;
pub mod caregiving;
pub mod child;
pub mod child_disability;
pub mod consent;
pub mod coverage_day;
pub mod coverage_delta;
pub mod coverage_fold;
pub mod coverage_interval;
pub mod coverage_month;
pub mod disability;
pub mod disclosure_membership;
pub mod learner;
pub mod learning_event;
pub mod person;
pub mod person_audience;
pub mod quarantined_event;
pub mod residence;
pub mod secret;
pub mod session;
pub mod sign_in_attempt;
pub mod standing;
pub mod tier_reached;

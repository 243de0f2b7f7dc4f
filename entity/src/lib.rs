//! What Vun's tables are: plain SeaORM models and typed ids. No queries, no rules, no GraphQL.
//!
//! One file per table, named after it. How the tables came to be is in the `migration` crate.

pub mod area;
pub mod area_change;
pub mod area_change_edge;
pub mod area_code;
pub mod area_name;
pub mod area_parent;
pub mod atom;
pub mod ids;

pub mod coverage_day;
pub mod coverage_delta;
pub mod coverage_fold;
pub mod coverage_interval;
pub mod coverage_month;
pub mod disclosure_membership;
pub mod learner;
pub mod learning_event;
pub mod quarantined_event;
pub mod tier_reached;

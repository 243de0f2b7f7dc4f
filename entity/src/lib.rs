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

pub mod age_band;
pub mod denominator;
pub mod disability;
pub mod domain;
pub mod domain_text;
pub mod indicator;
pub mod indicator_module;
pub mod lesson;
pub mod lesson_age_band;
pub mod lesson_disability;
pub mod lesson_release;
pub mod lesson_variant;
pub mod module;
pub mod module_core_for;
pub mod module_counts_for;
pub mod module_text;
pub mod option_text;
pub mod phase;
pub mod programme;
pub mod question;
pub mod question_option;
pub mod question_text;
pub mod target;

//! Coverage.

pub mod counters;
pub mod measure;
pub mod ranges;

//! Learning.

pub mod event;
pub mod merge;
pub mod tiers;

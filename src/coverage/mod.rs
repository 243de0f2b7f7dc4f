//! Coverage: what share of a population has been reached against the target, and what of it may be shown.

pub mod disclosure;

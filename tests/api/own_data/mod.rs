//! One's own data: everything can be taken away, and everything can be erased.

mod certificates;
mod erasing;
mod exporting;
mod world;

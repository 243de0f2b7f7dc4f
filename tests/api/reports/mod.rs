//! Reports that go upward, through the API: what is frozen, who may do what with it, and the files made from it.

mod chain;
mod files;
mod statements;
mod steps;
pub mod world;

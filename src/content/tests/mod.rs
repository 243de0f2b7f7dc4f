//! The shipped curriculum in memory, and the rules on it.

use super::{Catalogue, import};

mod applicability;
mod blocks;
mod catalogue;
mod faults;
mod plan;

/// The shipped curriculum, read from its files.
pub fn shipped() -> import::Curriculum {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/curriculum/curriculum.json");
    import::read_files(file.as_ref()).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The catalogue of the shipped curriculum.
pub fn catalogue() -> Catalogue {
    Catalogue::of(shipped().rows)
}

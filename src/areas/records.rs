//! Everything recorded about areas as flat rows: what the import writes, the store reads and the atlas is built from.

use entity::{area, area_change, area_change_edge, area_code, area_name, area_parent, atom};

/// The rows of the seven tables of areas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Records {
    /// Areas.
    pub areas: Vec<area::Model>,
    /// Their names.
    pub names: Vec<area_name::Model>,
    /// Their official codes.
    pub codes: Vec<area_code::Model>,
    /// Their parents.
    pub parents: Vec<area_parent::Model>,
    /// Changes.
    pub changes: Vec<area_change::Model>,
    /// The changes' edges.
    pub edges: Vec<area_change_edge::Model>,
    /// Atoms; a parent comes before its parts.
    pub atoms: Vec<atom::Model>,
}

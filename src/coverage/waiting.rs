//! Who lives in a divided commune and is not yet placed: counted from the province up, and in no commune of the day.
//!
//! Such people stand on the atoms of the commune that was divided. Whether their number may be told is decided like that
//! of an area made of those atoms: it is one more area to disclosure control.

use std::collections::BTreeSet;

use entity::{area::AreaLevel, ids::AtomId};
use uuid::Uuid;

use super::{
    AreaBasis, Cell, Coverage,
    disclosure::{Figure, Sight},
    measure::Measure,
};
use crate::{
    areas::Atlas,
    error::{Error, Result},
};

impl Coverage {
    /// How many people of an answer's population are not yet placed in a commune of the day, as far as it may be told;
    /// nothing where nobody can be: in a commune, and where no commune was divided.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn not_yet_placed(&self, cell: &Cell) -> Result<Option<Figure<u64>>> {
        if cell.not_yet_placed.is_some() {
            return Ok(cell.not_yet_placed);
        }
        let Some(count) = cell.asked.count else {
            return Ok(None);
        };
        let atlas = self.areas().atlas();
        let atoms = self.in_no_commune(&atlas, cell);
        if atoms.is_empty() {
            return Ok(None);
        }
        let family = self.family_of(count);
        let family = family.ok_or_else(|| Error::internal("what is counted has no family"))?;
        let places: BTreeSet<Uuid> = atoms.iter().map(|atom| atom.0).collect();
        let (screen, reading) = self.read(&cell.asked, count, family, &places).await?;
        let folded = reading.counters.folded.iter();
        let folded = folded.filter(|((_, measure), _)| *measure == Measure::Population);
        let people: i64 = folded.map(|(_, people)| people).sum();
        let people = u64::try_from(people).unwrap_or(0);
        let atoms = atoms.into_iter().collect();
        Ok(Some(screen.count_once(&atoms, Sight::Above, people)))
    }

    /// The atoms of the areas counted that lie in no commune of the day, of the tree that the basis names.
    fn in_no_commune(&self, atlas: &Atlas, cell: &Cell) -> BTreeSet<AtomId> {
        let day = match cell.asked.basis {
            AreaBasis::AsReported => cell.asked.on,
            AreaBasis::Current => self.clock().today(),
        };
        let level = |id| atlas.area(id).map(|area| area.level);
        let above = cell.counted.iter().copied();
        let above = above.filter(|area| level(*area) < Some(AreaLevel::Commune));
        let lies_here =
            move |area, atom: &AtomId| atlas.location(*atom, day).ancestors.contains(&area);
        above
            .flat_map(|area| {
                let undecided = atlas.undecided_atoms(area, day);
                undecided.filter(move |atom| lies_here(area, atom))
            })
            .collect()
    }
}

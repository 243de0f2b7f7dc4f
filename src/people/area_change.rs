//! Homes when areas change: after a merger nothing is asked; after a split a person stays on the old commune as a whole
//! until she is placed in one of its parts.

use std::collections::{BTreeSet, HashMap};

use entity::ids::{AreaId, AtomId, PersonId};

use super::{People, store};
use crate::{
    areas::{
        Atlas,
        changes::{AreaChangeFollower, Effect, Hold, Made, Matter, Step},
    },
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

#[async_trait::async_trait]
impl AreaChangeFollower for People {
    async fn effects(&self, tx: &Tx, step: &Step) -> Result<Vec<Effect>> {
        let areas: Vec<AreaId> = step.fates().into_iter().map(|(area, ..)| area).collect();
        let mut atoms = BTreeSet::new();
        for area in &areas {
            atoms.extend(step.before.atoms_of_area(*area));
        }
        let residents = store::count_residents(tx, &atoms).await?;
        let of = |atom: AtomId| residents.get(&atom.0).copied().unwrap_or(0);
        let counts: HashMap<AreaId, u64> = areas
            .iter()
            .map(|area| (*area, step.before.atoms_of_area(*area).map(of).sum()))
            .collect();
        let count = |area: AreaId| counts.get(&area).copied().unwrap_or(0);
        Ok(step.effects(Matter::People, count))
    }

    async fn holds(&self, tx: &Tx, made: &Made) -> Result<Vec<Hold>> {
        let mut holds = Hold::of(Matter::People, store::count_homes(tx, &made.areas).await?);
        let atoms = store::count_placed(tx, &made.atoms).await?;
        let atlas = self.0.areas.atlas();
        holds.extend(atoms.into_iter().filter_map(|(atom, count)| {
            let area = atlas.commune_of_atom(AtomId(atom))?;
            // Who moved into a new commune names it already.
            let is_root = atlas.root_atom(area) == Some(AtomId(atom));
            (!is_root).then_some(Hold {
                matter: Some(Matter::People),
                area,
                count,
            })
        }));
        Ok(holds)
    }
}

impl People {
    /// Places somebody, inside a transaction of the caller.
    pub(super) async fn place_within(
        &self,
        tx: &Tx,
        person: PersonId,
        commune: AreaId,
    ) -> Result<()> {
        let unknown = || Error::user(Code::NotFound, "personId", "person-unknown");
        if !store::lock(tx, person).await? {
            return Err(unknown());
        }
        let household = store::household(tx, person).await?.ok_or_else(unknown)?;
        let mut homes = household.residences.iter();
        let home = homes
            .find(|home| home.to_on.is_none())
            .ok_or_else(unknown)?;
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        if atlas.location(home.atom, today).commune == Some(commune) {
            return Ok(());
        }
        let parts = parts(&atlas, home.atom);
        let lies = |atom: &AtomId| atlas.location(*atom, today).commune;
        // Once placed, she may be placed elsewhere: among the parts of the same whole.
        let whole = atlas.parent_atom(home.atom);
        let others = whole
            .map(|whole| self::parts(&atlas, whole))
            .unwrap_or_default();
        let found = parts
            .iter()
            .chain(&others)
            .find(|atom| lies(atom) == Some(commune));
        let Some(atom) = found else {
            let mut names: Vec<_> = parts
                .iter()
                .chain(&others)
                .filter_map(lies)
                .map(|area| atlas.display_name(area, today))
                .collect();
            names.sort();
            names.dedup();
            let wrong = UserError::new(Code::Invalid, "areaId", "person-placed-elsewhere");
            return Err(wrong.with("areas", names.join("; ")).into());
        };
        store::place(tx, person, *atom).await?;
        self.0.changed.household_changed(tx, person).await
    }
}

/// The parts of an atom, and theirs.
fn parts(atlas: &Atlas, whole: AtomId) -> Vec<AtomId> {
    let mut parts = atlas.parts_of_atom(whole);
    let mut at = 0;
    while let Some(part) = parts.get(at).copied() {
        parts.extend(atlas.parts_of_atom(part));
        at += 1;
    }
    parts
}

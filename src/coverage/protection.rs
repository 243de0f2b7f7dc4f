//! Populations that areas report or enter, as disclosure control sees them: laid over the atoms of their areas.
//!
//! A reported share names its population at any level, and of some areas only. Each commune's is laid on its own atom; a
//! larger area's, as far as the areas inside it have not told theirs, on an atom of the rest. So every population that
//! anybody could read or subtract is a sum of atoms, and the argument of [`super::disclosure`] holds for it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use entity::{
    ids::{AreaId, AtomId, IndicatorId},
    reported_value,
};

use super::{Coverage, disclosure::Population, store};
use crate::{
    areas::Atlas,
    db::{ConnectionTrait, Tx},
    error::Result,
    programmes::{
        RegisterChanged,
        reported::{Shape, in_force_by_area, shape},
    },
};

/// Has the pools judged again after the register or a reported value changed.
#[derive(Clone, Copy, Debug)]
pub struct PopulationsChanged;

#[async_trait::async_trait]
impl RegisterChanged for PopulationsChanged {
    async fn register_changed(&self, tx: &Tx) -> Result<()> {
        store::outdate_pools(tx).await
    }
}

/// The people a reported value speaks of: its population, or those it says were reached where that is larger or all that
/// is known.
pub(super) fn people_of(row: &reported_value::Model, register: Option<i64>) -> u64 {
    let known = row.denominator.or(register).unwrap_or(0);
    let reached = row.numerator.unwrap_or(0);
    u64::try_from(known.max(reached)).unwrap_or(0)
}

impl Coverage {
    /// What is reported of an indicator; nothing of one that is computed.
    pub(super) fn shape_of(&self, indicator: IndicatorId) -> Option<Shape> {
        let rulebook = self.programmes().rulebook();
        shape(&rulebook.indicator_by_id(indicator)?.row)
    }

    /// The populations of a reported indicator on a day, by atom.
    pub(super) async fn reported_populations(
        &self,
        db: &impl ConnectionTrait,
        atlas: &Atlas,
        indicator: IndicatorId,
        on: NaiveDate,
    ) -> Result<BTreeMap<AtomId, Population>> {
        let programmes = self.programmes();
        let register = programmes.register_on(db, indicator, on).await?;
        let reports = programmes.every_report(db, indicator, on).await?;
        let reports = in_force_by_area(reports, |_| on);
        let entered = |area: &AreaId| register.get(area).map(|row| row.value);
        let mut people: BTreeMap<AreaId, u64> = reports
            .iter()
            .map(|(area, row)| (*area, people_of(row, entered(area))))
            .collect();
        for (area, row) in &register {
            let value = u64::try_from(row.value).unwrap_or(0);
            let told = people.entry(*area).or_insert(value);
            // What the register says can be asked for too: the smaller of both is what needs protection.
            if *told == 0 || (1..*told).contains(&value) {
                *told = value;
            }
        }
        Ok(laid(atlas, people, on))
    }
}

/// Populations of areas laid over their atoms, the smallest areas first.
fn laid(
    atlas: &Atlas,
    people: BTreeMap<AreaId, u64>,
    on: NaiveDate,
) -> BTreeMap<AtomId, Population> {
    let mut areas: Vec<_> = people
        .into_iter()
        .filter_map(|(area, people)| {
            let known = atlas.area(area).filter(|known| known.is_valid(on))?;
            Some((std::cmp::Reverse(known.level), area, people))
        })
        .collect();
    areas.sort_unstable();
    let mut laid: BTreeMap<AtomId, u64> = BTreeMap::new();
    for (_, area, people) in areas {
        let atoms: Vec<AtomId> = atlas.atoms_of_area(area).collect();
        let told: u64 = atoms.iter().filter_map(|atom| laid.get(atom)).sum();
        let rest = people.saturating_sub(told);
        let root = atlas.root_atom(area);
        let free: Vec<AtomId> = atoms
            .into_iter()
            .filter(|atom| !laid.contains_key(atom))
            .collect();
        let bears = root.filter(|root| free.contains(root));
        let bears = bears.or_else(|| free.first().copied());
        for atom in free {
            laid.insert(atom, if Some(atom) == bears { rest } else { 0 });
        }
    }
    // An atom that bears none adds nothing to any figure.
    laid.into_iter()
        .filter(|(_, people)| *people > 0)
        .map(|(atom, people)| (atom, Population::of(people)))
        .collect()
}

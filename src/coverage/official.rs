//! Official values of the register laid over atoms, as disclosure control sees them: of communes of the day, and of those
//! before them for which the register still speaks.
//!
//! Invariant: the population that [`restated`](crate::programmes::restated) gives an area is the sum of what is laid on its
//! atoms, as far as it is of official values: both share each entry out by the same shares in whole people. So what a
//! restated population tells is a sum of atoms, and the argument of [`super::disclosure`] holds for it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AreaId, AtomId},
};

use super::disclosure::OfficialValue;
use crate::{
    areas::Atlas,
    programmes::restated::{Entries, shared_out, shares, speaking},
};

/// The official values that speak for a day, each over its atoms; no atom is in two of them.
pub fn laid(atlas: &Atlas, entries: &Entries, on: NaiveDate) -> Vec<OfficialValue<AtomId>> {
    let mut communes: Vec<_> = entries
        .iter()
        .filter_map(|(area, entries)| {
            let known = atlas.area(*area)?;
            let began = known.valid_from.is_none_or(|first| first <= on);
            let entry = speaking(atlas, *area, entries, on)?;
            (known.level == AreaLevel::Commune && began).then_some((
                known.valid_to,
                *area,
                entry.value,
            ))
        })
        .collect();
    // The latest first: an area's own entry speaks before those of what it was made of.
    communes.sort_unstable_by_key(|(last, area, _)| {
        let last = last.unwrap_or(NaiveDate::MAX);
        (std::cmp::Reverse(last), *area)
    });
    let mut covered: BTreeSet<AtomId> = BTreeSet::new();
    let mut laid = Vec::new();
    for (_, area, people) in communes {
        let mut parts = Vec::new();
        let atoms: BTreeSet<AtomId> = atlas.atoms_of_area(area).collect();
        divide(atlas, area, people, atoms, &mut parts);
        for (atoms, people) in parts {
            if atoms.is_disjoint(&covered) {
                covered.extend(&atoms);
                laid.extend(value(atlas, area, atoms, people));
            }
        }
    }
    laid
}

/// What an entry says of the parts that its area was divided into, as far as shares are stated; the rest stays together.
fn divide(
    atlas: &Atlas,
    area: AreaId,
    people: i64,
    mut atoms: BTreeSet<AtomId>,
    parts: &mut Vec<(BTreeSet<AtomId>, i64)>,
) {
    let next = atlas.successors(area);
    if let [only] = next.as_slice() {
        return divide(atlas, *only, people, atoms, parts);
    }
    let mut left = people;
    for (to, people) in shared_out(&shares(atlas, area), people) {
        let there: BTreeSet<AtomId> = atlas.atoms_of_area(to).collect();
        let part: BTreeSet<AtomId> = atoms.intersection(&there).copied().collect();
        if !part.is_empty() {
            atoms.retain(|atom| !part.contains(atom));
            left -= people;
            divide(atlas, to, people, part, parts);
        }
    }
    if !atoms.is_empty() {
        parts.push((atoms, left));
    }
}

fn value(
    atlas: &Atlas,
    area: AreaId,
    atoms: BTreeSet<AtomId>,
    people: i64,
) -> Option<OfficialValue<AtomId>> {
    let root = atlas.root_atom(area).filter(|root| atoms.contains(root));
    Some(OfficialValue {
        root: root.or_else(|| atoms.first().copied())?,
        area: atoms.into_iter().collect(),
        people: u64::try_from(people).ok()?,
    })
}

//! Official values of the register, laid over the atoms of their areas.

use std::collections::{BTreeMap, BTreeSet};

use super::population::{AtomKey, Population};
use super::shown::AtomSet;

/// The register's official value for one commune and indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialValue<A> {
    /// The commune's atoms.
    pub area: AtomSet<A>,
    /// The atom of the commune's own registrations: takes the whole value when nobody is registered.
    pub root: A,
    /// The official population, in persons.
    pub people: u64,
}

/// Why official values cannot be laid over atoms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfficialError {
    /// Two areas with official values share an atom.
    #[error(
        "two areas with official values share a part; give the values of one date and one level only"
    )]
    Overlap,
    /// The root is not among the area's atoms.
    #[error(
        "the atom that takes unregistered people lies outside its area; name one of the area's own"
    )]
    RootOutside,
}

/// Populations of one indicator: official where the register has a value, otherwise as registered.
///
/// An area's official value is laid over its atoms in proportion to the people registered there, by largest remainders (ties to the
/// smaller key), so that the atoms' people add up to the value exactly. An atom that gets 0 although people are registered in it is not safe by itself.
pub fn official_populations<A: AtomKey>(
    registered: &BTreeMap<A, u64>,
    official: &[OfficialValue<A>],
) -> Result<BTreeMap<A, Population>, OfficialError> {
    let mut populations: BTreeMap<A, Population> = registered
        .iter()
        .map(|(&atom, &people)| (atom, Population::of(people)))
        .collect();
    let mut covered = BTreeSet::new();
    for value in official {
        if !value.area.contains(value.root) {
            return Err(OfficialError::RootOutside);
        }
        for atom in value.area.iter() {
            if !covered.insert(atom) {
                return Err(OfficialError::Overlap);
            }
        }
        populations.extend(shares_of(value, registered));
    }
    Ok(populations)
}

fn shares_of<A: AtomKey>(
    value: &OfficialValue<A>,
    registered: &BTreeMap<A, u64>,
) -> impl Iterator<Item = (A, Population)> {
    let here = |atom: A| registered.get(&atom).copied().unwrap_or(0);
    let all: u128 = value.area.iter().map(|atom| u128::from(here(atom))).sum();
    let mut left = value.people;
    let mut shares: Vec<(A, u64, u128)> = value
        .area
        .iter()
        .map(|atom| {
            let product = u128::from(value.people) * u128::from(here(atom));
            let whole =
                u64::try_from(product.checked_div(all).unwrap_or(0)).unwrap_or(value.people);
            left = left.saturating_sub(whole);
            (atom, whole, product.checked_rem(all).unwrap_or(0))
        })
        .collect();
    shares.sort_by(|a, b| b.2.cmp(&a.2).then(a.0.cmp(&b.0)));
    for share in &mut shares {
        if all == 0 {
            share.1 = if share.0 == value.root {
                value.people
            } else {
                0
            };
        } else if left > 0 && share.2 > 0 {
            share.1 += 1;
            left -= 1;
        }
    }
    let counted: Vec<(A, Population)> = shares
        .into_iter()
        .map(|(atom, people, _)| (atom, Population::of(people).with_registered(here(atom))))
        .collect();
    counted.into_iter()
}

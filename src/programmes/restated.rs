//! The register across changes of areas: the population of an area of which only those it was made of have one.
//!
//! An area's own entry always speaks first. Until an area has entries of its own, those of its predecessors speak for it:
//! whole predecessors are added up, and of a divided one the stated share counts. Without a share the population is
//! unknown: nothing is shared out by guessing. The parts of a divided area taken together need no share.
//!
//! An entry speaks for the days of its period. One whose period ends with its area was cut off by the change, not by the
//! calendar: it speaks until the end of that year.
//!
//! Invariant: each entry is shared out by itself and in whole people, so that its parts add up to it again and every
//! restated population is a sum of such parts. Disclosure control lays the same parts over atoms.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate};
use entity::{denominator, denominator::DenominatorStatus, ids::AreaId};

use super::denominators::applying;
use crate::areas::Atlas;

/// The register's entries of some areas, every version.
pub type Entries = HashMap<AreaId, Vec<denominator::Model>>;

/// A population of an area, and what it was put together from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restated {
    /// People.
    pub people: i64,
    /// The entries: its own alone, or those of its predecessors.
    pub pieces: Vec<Piece>,
}

/// What one entry adds to a population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The entry, of whichever area.
    pub entry: denominator::Model,
    /// People that it adds: its value, or a share of it.
    pub people: i64,
    /// The divided areas whose stated shares were used on the way.
    pub divided: Vec<AreaId>,
}

/// Why a population is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unstated {
    /// Areas of which the register has nothing for the day.
    pub without_entry: BTreeSet<AreaId>,
    /// Areas that were divided, and no source says in which shares.
    pub without_share: BTreeSet<AreaId>,
}

/// A population, or why it is unknown.
pub type Known = Result<Restated, Unstated>;

impl Restated {
    /// Whether it was put together from entries of other areas.
    pub fn is_of(&self, areas: &[AreaId]) -> bool {
        let mut pieces = self.pieces.iter();
        pieces.all(|piece| areas.contains(&piece.entry.area_id))
    }

    /// The entries it was put together from.
    pub fn entries(&self) -> Vec<denominator::Model> {
        self.pieces
            .iter()
            .map(|piece| piece.entry.clone())
            .collect()
    }

    /// The divided areas of which a stated share was used.
    pub fn divided(&self) -> BTreeSet<AreaId> {
        let pieces = self.pieces.iter();
        pieces
            .flat_map(|piece| piece.divided.iter().copied())
            .collect()
    }

    /// How sure it is: as the least sure of its pieces; a share is somebody's estimate.
    pub fn status(&self) -> Option<DenominatorStatus> {
        let status = |piece: &Piece| match piece.divided.is_empty() {
            true => piece.entry.status,
            false => DenominatorStatus::Estimate,
        };
        self.pieces.iter().map(status).min()
    }
}

/// The areas whose entries may speak for some areas: themselves, and whatever they were made of.
pub fn speaking_for(atlas: &Atlas, areas: &[AreaId]) -> Vec<AreaId> {
    let mut found: BTreeSet<AreaId> = areas.iter().copied().collect();
    let mut left: Vec<AreaId> = areas.to_vec();
    while let Some(area) = left.pop() {
        let older = predecessors(atlas, area).into_iter();
        left.extend(older.filter(|area| found.insert(*area)));
    }
    found.into_iter().collect()
}

/// The population of areas together on a day, put together from what the register has of them or of what they were made of.
pub fn population(atlas: &Atlas, entries: &Entries, areas: &[AreaId], day: NaiveDate) -> Known {
    let mut unstated = Unstated::default();
    let set: BTreeSet<AreaId> = areas.iter().copied().collect();
    let pieces = pieces(atlas, entries, &set, day, &mut unstated);
    if unstated != Unstated::default() || set.is_empty() {
        return Err(unstated);
    }
    let people = pieces.iter().map(|piece| piece.people).sum();
    Ok(Restated { people, pieces })
}

fn pieces(
    atlas: &Atlas,
    entries: &Entries,
    areas: &BTreeSet<AreaId>,
    day: NaiveDate,
    unstated: &mut Unstated,
) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut silent = BTreeSet::new();
    for area in areas {
        let own = entries.get(area).map_or(&[][..], Vec::as_slice);
        if let Some(entry) = speaking(atlas, *area, own, day) {
            found.push(Piece {
                people: entry.value,
                entry: entry.clone(),
                divided: Vec::new(),
            });
        } else if own.iter().any(|entry| entry.period_from <= day)
            || predecessors(atlas, *area).is_empty()
        {
            // Entries of its own have begun, or nothing was before it: what is older says nothing of it.
            unstated.without_entry.insert(*area);
        } else {
            silent.insert(*area);
        }
    }
    let older = silent.iter().flat_map(|area| predecessors(atlas, *area));
    let older: BTreeSet<AreaId> = older.collect();
    let (whole, divided): (BTreeSet<_>, BTreeSet<_>) = older
        .into_iter()
        .partition(|area| atlas.successors(*area).iter().all(|to| silent.contains(to)));
    if !whole.is_empty() {
        found.extend(pieces(atlas, entries, &whole, day, unstated));
    }
    for from in divided {
        let shares = shares(atlas, from);
        let to: Vec<AreaId> = atlas.successors(from);
        if to
            .iter()
            .any(|to| silent.contains(to) && !shares.contains_key(to))
        {
            unstated.without_share.insert(from);
            continue;
        }
        for mut piece in pieces(atlas, entries, &BTreeSet::from([from]), day, unstated) {
            let parts = shared_out(&shares, piece.people);
            let here = parts.iter().filter(|(to, _)| silent.contains(to));
            piece.people = here.map(|(_, people)| people).sum();
            piece.divided.push(from);
            found.push(piece);
        }
    }
    found
}

/// The entry of an area that speaks for a day, also after the area's last one.
pub fn speaking<'e>(
    atlas: &Atlas,
    area: AreaId,
    entries: &'e [denominator::Model],
    day: NaiveDate,
) -> Option<&'e denominator::Model> {
    applying(entries, day).or_else(|| {
        let last = atlas.area(area)?.valid_to.filter(|last| *last < day)?;
        let cut_off: Vec<_> = entries
            .iter()
            .filter(|entry| entry.period_to == last && last.year() == day.year())
            .cloned()
            .collect();
        let found = applying(&cut_off, last)?.denominator_id;
        entries.iter().find(|entry| entry.denominator_id == found)
    })
}

/// What came into an area; of areas inside each other (a district and its communes) those of its own level.
fn predecessors(atlas: &Atlas, area: AreaId) -> Vec<AreaId> {
    let all = atlas.predecessors(area);
    let level = |area: AreaId| atlas.area(area).map(|known| known.level);
    let own: Vec<AreaId> = all
        .iter()
        .filter(|older| level(**older) == level(area))
        .copied()
        .collect();
    if own.is_empty() { all } else { own }
}

/// The stated shares of an area's successors, in millionths.
pub fn shares(atlas: &Atlas, from: AreaId) -> BTreeMap<AreaId, i64> {
    let stated = atlas.successors(from).into_iter().filter_map(|to| {
        let share = atlas.share(from, to)?.clamp(0.0, 1.0);
        Some((to, (share * MILLION as f64).round() as i64))
    });
    stated.collect()
}

const MILLION: i64 = 1_000_000;

/// People shared out by shares in millionths, in whole people, by largest remainders (ties to the smaller id). Shares that
/// add up to one share out everybody.
pub fn shared_out(shares: &BTreeMap<AreaId, i64>, people: i64) -> BTreeMap<AreaId, i64> {
    let sum: i64 = shares.values().sum();
    // Three thirds written with a few digits are a whole.
    let whole = (MILLION - sum).abs() <= i64::try_from(shares.len()).unwrap_or(0);
    let of = if whole { sum.max(1) } else { MILLION };
    let exact = |share: i64| i128::from(people) * i128::from(share);
    let floor = |share: i64| i64::try_from(exact(share) / i128::from(of)).unwrap_or(people);
    let all = floor(sum).min(people);
    let mut parts: BTreeMap<AreaId, i64> = shares
        .iter()
        .map(|(to, share)| (*to, floor(*share)))
        .collect();
    let mut order: Vec<(&AreaId, i128)> = shares
        .iter()
        .map(|(to, share)| (to, exact(*share) % i128::from(of)))
        .collect();
    order.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let mut left = all - parts.values().sum::<i64>();
    for (to, _) in order {
        if left > 0
            && let Some(part) = parts.get_mut(to)
        {
            *part += 1;
            left -= 1;
        }
    }
    parts
}

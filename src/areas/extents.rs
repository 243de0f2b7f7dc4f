//! Where people are counted: atoms, where each lies on a day, and which atoms an area ever holds.
//!
//! Invariant: the extent of an area is the set of atoms ever located in it, and does not change during its life.
//! Invariant: an atom is in at most one commune, exactly one province and the country on every day from its first:
//! a commune that was split lies as a whole in one province until its people are placed.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{
    atom,
    ids::{AreaId, AtomId},
};

use super::{
    atlas::{AreaIx, Atlas, Atom, AtomIx, Settled, Successors, dangling},
    grouped::{Grouped, count},
};
use crate::error::Result;

/// Where an atom lies on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The commune; absent when its commune was split and it has not been placed, or does not exist yet.
    pub commune: Option<AreaId>,
    /// The areas around it that are certain, nearest first, the country last; empty before its first day.
    pub ancestors: Vec<AreaId>,
}

impl Atlas {
    /// The atom of a commune as a whole; absent for other levels and unknown ids.
    pub fn root_atom(&self, commune: AreaId) -> Option<AtomId> {
        let id = entity::ids::root_atom(commune);
        self.atom_ix(id).map(|_| id)
    }

    /// The atom of an id.
    pub fn atom(&self, id: AtomId) -> Option<&Atom> {
        self.atoms.get(self.atom_ix(id)?.0 as usize)
    }

    /// The position of an atom in this atlas.
    pub fn atom_ix(&self, id: AtomId) -> Option<AtomIx> {
        let at = self.atoms.binary_search_by_key(&id, |atom| atom.id).ok()?;
        Some(AtomIx(count(at)))
    }

    /// The atom at a position.
    pub fn atom_at(&self, ix: AtomIx) -> Option<&Atom> {
        self.atoms.get(ix.0 as usize)
    }

    /// Every atom.
    pub fn atoms(&self) -> impl Iterator<Item = AtomId> {
        self.atoms.iter().map(|atom| atom.id)
    }

    /// How many atoms there are.
    pub fn count_atoms(&self) -> usize {
        self.atoms.len()
    }

    /// The commune an atom is, or became, part of.
    pub fn commune_of_atom(&self, id: AtomId) -> Option<AreaId> {
        self.id(self.atom(id)?.area)
    }

    /// The atom that an atom is a part of; absent for root atoms.
    pub fn parent_atom(&self, id: AtomId) -> Option<AtomId> {
        self.atom_at(self.atom(id)?.parent?).map(|atom| atom.id)
    }

    /// The parts of an atom whose commune was split, one for each successor; none for others.
    pub fn parts_of_atom(&self, id: AtomId) -> Vec<AtomId> {
        let whole = self.atom_ix(id);
        let parts = self.atoms.iter();
        parts
            .filter(|atom| atom.parent.is_some() && atom.parent == whole)
            .map(|atom| atom.id)
            .collect()
    }

    /// The atoms ever located in an area, by position; none for an unknown id.
    pub fn extent(&self, id: AreaId) -> &[AtomIx] {
        self.ix(id).map_or(&[], |ix| self.extents.of(ix))
    }

    /// The ids of the atoms ever located in an area.
    pub fn atoms_of_area(&self, id: AreaId) -> impl Iterator<Item = AtomId> {
        self.extent(id)
            .iter()
            .filter_map(|ix| self.atom_at(*ix))
            .map(|atom| atom.id)
    }

    /// The atoms of an area that may lie in several communes on a day: of communes that were split, until people are placed.
    pub fn undecided_atoms(&self, id: AreaId, day: NaiveDate) -> impl Iterator<Item = AtomId> {
        let undecided = self.extent(id).iter().copied();
        undecided
            .filter(move |ix| self.frontier(*ix, day).len() > 1)
            .filter_map(|ix| self.atom_at(ix))
            .map(|atom| atom.id)
    }

    /// Every area whose extent holds an atom: commune, district, old and new province, country.
    pub fn areas_of_atom(&self, id: AtomId) -> impl Iterator<Item = AreaId> {
        let places = self.atom_ix(id).map_or(&[][..], |ix| self.places.of(ix.0));
        places.iter().filter_map(|ix| self.id(*ix))
    }

    /// Where an atom lies on a day.
    pub fn location(&self, id: AtomId, day: NaiveDate) -> Location {
        let Some(ix) = self.atom_ix(id) else {
            return Location::default();
        };
        let (commune, ancestors) = self.locate(&self.frontier(ix, day), day);
        Location {
            commune: commune.and_then(|ix| self.id(ix)),
            ancestors: ancestors.into_iter().filter_map(|ix| self.id(ix)).collect(),
        }
    }

    /// Whether everything in `inner` is in `outer`. An area that never held a commune (an island district) is in
    /// what covers an area around it.
    pub fn covers(&self, outer: AreaId, inner: AreaId) -> bool {
        match (self.ix(outer), self.ix(inner)) {
            (Some(outer), Some(inner)) => self.covers_ix(outer, inner),
            _ => false,
        }
    }

    fn covers_ix(&self, outer: AreaIx, inner: AreaIx) -> bool {
        if outer == inner {
            return true;
        }
        let (around, atoms) = (self.extents.of(outer), self.extents.of(inner));
        if atoms.is_empty() {
            let mut bonds = self.parents.of(inner).iter();
            return bonds.any(|bond| self.covers_ix(outer, bond.other));
        }
        atoms.len() <= around.len() && atoms.iter().all(|atom| around.binary_search(atom).is_ok())
    }

    /// The open areas that now hold what an area held: itself when open; otherwise its successors, followed to open
    /// ones; for an area that ended without a successor (a district) those of the communes it held.
    pub fn current_successors(&self, id: AreaId, today: NaiveDate) -> Successors {
        let mut open = BTreeSet::new();
        let Some(ix) = self.ix(id) else {
            return Successors {
                areas: Vec::new(),
                widened: false,
            };
        };
        self.follow(ix, today, &mut open);
        let held = self.extents.of(ix);
        let last_day = self.areas.get(ix as usize).and_then(|area| area.valid_to);
        // Atoms that began later lie inside what is counted already, so they do not widen anything.
        let widened = last_day.filter(|day| *day < today).is_some_and(|day| {
            open.iter()
                .flat_map(|area| self.extents.of(*area))
                .any(|atom| self.exists(*atom, day) && held.binary_search(atom).is_err())
        });
        Successors {
            areas: open.into_iter().filter_map(|ix| self.id(ix)).collect(),
            widened,
        }
    }

    /// Where what hangs on an area (a standing, a group) hangs on a day: it follows a merger to the successor, and waits
    /// for a decision when its area was split or ended with its level.
    pub fn settled(&self, id: AreaId, today: NaiveDate) -> Settled {
        let mut at = id;
        loop {
            let closed = self.area(at).and_then(|area| area.valid_to);
            if closed.is_none_or(|last| last >= today) {
                return Settled::In(at);
            }
            match self.successors(at).as_slice() {
                [only] => at = *only,
                _ => return Settled::Waits(self.current_successors(at, today).areas),
            }
        }
    }

    /// Whether a standing on one area reaches what hangs on another on a day. It covers its area, and what all of that
    /// became; what waits after a split is reached from every part, so that nobody loses sight of it meanwhile.
    pub fn reaches(&self, standing: AreaId, area: AreaId, today: NaiveDate) -> bool {
        let held = match self.settled(standing, today) {
            Settled::In(held) => held,
            Settled::Waits(_) => standing,
        };
        self.covers(held, area)
            || match self.settled(area, today) {
                Settled::In(_) => false,
                Settled::Waits(parts) => parts.iter().any(|part| self.covers(held, *part)),
            }
    }

    /// Whether a closed area lay, wholly or in part, where another one now is and ended before that one began.
    pub fn is_forerunner(&self, older: AreaId, newer: AreaId) -> bool {
        let (Some(old), Some(new)) = (self.area(older), self.area(newer)) else {
            return false;
        };
        let ended_before =
            matches!((old.valid_to, new.valid_from), (Some(end), Some(start)) if end < start);
        let (held, holds) = (self.extent(older), self.extent(newer));
        ended_before && held.iter().any(|atom| holds.binary_search(atom).is_ok())
    }

    /// The closed areas of all levels that lay, wholly or in part, where an area now is: for a ward its old communes, their
    /// district and their old province; highest level first, in Vietnamese order of names.
    pub fn forerunners(&self, id: AreaId) -> Vec<AreaId> {
        let Some(start) = self.area(id).and_then(|area| area.valid_from) else {
            return Vec::new();
        };
        let around: BTreeSet<AreaIx> = self
            .extent(id)
            .iter()
            .flat_map(|atom| self.places.of(atom.0))
            .copied()
            .collect();
        let mut found: Vec<_> = around
            .into_iter()
            .filter_map(|ix| Some((self.areas.get(ix as usize)?, self.ranks.get(ix as usize)?)))
            .filter(|(area, _)| area.valid_to.is_some_and(|end| end < start))
            .collect();
        found.sort_by_key(|(area, rank)| (area.level, **rank));
        found.into_iter().map(|(area, _)| area.id).collect()
    }

    fn follow(&self, ix: AreaIx, today: NaiveDate, open: &mut BTreeSet<AreaIx>) {
        let Some(area) = self.areas.get(ix as usize) else {
            return;
        };
        let Some(last_day) = area.valid_to.filter(|last| *last < today) else {
            open.insert(ix);
            return;
        };
        let next = self.successors.of(ix);
        if next.is_empty() {
            for child in self.children(area.id, last_day) {
                if let Some(child) = self.ix(child) {
                    self.follow(child, today, open);
                }
            }
        }
        for next in next {
            self.follow(*next, today, open);
        }
    }

    fn exists(&self, atom: AtomIx, day: NaiveDate) -> bool {
        let mut lineage = self.lineage(atom);
        lineage.any(|area| self.begins(area).is_none_or(|first| first <= day))
    }

    /// The communes of an atom and of the atoms it is part of, newest first.
    fn lineage(&self, atom: AtomIx) -> impl Iterator<Item = AreaIx> {
        let atoms = std::iter::successors(self.atom_at(atom), |atom| self.atom_at(atom.parent?));
        atoms.map(|atom| atom.area)
    }

    fn begins(&self, area: AreaIx) -> Option<NaiveDate> {
        self.areas.get(area as usize)?.valid_from
    }

    fn ends(&self, area: AreaIx) -> Option<NaiveDate> {
        self.areas.get(area as usize)?.valid_to
    }

    /// The communes an atom may lie in on a day: one when it is certain, several after a split, none before its first day.
    fn frontier(&self, atom: AtomIx, day: NaiveDate) -> Vec<AreaIx> {
        let mut lineage = self.lineage(atom);
        let Some(start) = lineage.find(|area| self.begins(*area).is_none_or(|first| first <= day))
        else {
            return Vec::new();
        };
        let mut frontier = vec![start];
        while frontier
            .iter()
            .any(|area| self.ends(*area).is_some_and(|last| last < day))
        {
            let step = |area: AreaIx| match self.ends(area) {
                Some(last) if last < day => self.successors.of(area).to_vec(),
                _ => vec![area],
            };
            frontier = frontier.into_iter().flat_map(step).collect();
            frontier.sort_unstable();
            frontier.dedup();
        }
        frontier
    }

    /// The commune of a frontier, if it is one, and the areas around all of it.
    fn locate(&self, frontier: &[AreaIx], day: NaiveDate) -> (Option<AreaIx>, Vec<AreaIx>) {
        let Some((first, others)) = frontier.split_first() else {
            return (None, Vec::new());
        };
        let mut common: Vec<AreaIx> = self.up(*first, day).collect();
        for other in others {
            let around: Vec<AreaIx> = self.up(*other, day).collect();
            common.retain(|area| around.contains(area));
        }
        (others.is_empty().then_some(*first), common)
    }

    /// Fills the extents: walks every atom through the days on which anything around it changes.
    pub(super) fn measure_extents(&mut self) {
        let mut pairs: Vec<(AreaIx, AtomIx)> = Vec::with_capacity(self.atoms.len() * 6);
        for atom in (0..count(self.atoms.len())).map(AtomIx) {
            let first = self.lineage(atom).last().and_then(|area| self.begins(area));
            let mut day = Some(first.unwrap_or(NaiveDate::MIN));
            while let Some(today) = day {
                let frontier = self.frontier(atom, today);
                let (commune, around) = self.locate(&frontier, today);
                pairs.extend(commune.iter().chain(&around).map(|area| (*area, atom)));
                day = self.next_change(&frontier, today);
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let places = pairs.iter().map(|(area, atom)| (atom.0, *area)).collect();
        self.places = Grouped::new(self.atoms.len(), places);
        self.extents = Grouped::new(self.areas.len(), pairs);
    }

    /// The first day after `day` on which one of the areas, or what lies around it, ends or changes its parent.
    fn next_change(&self, frontier: &[AreaIx], day: NaiveDate) -> Option<NaiveDate> {
        let all = frontier
            .iter()
            .flat_map(|area| std::iter::once(*area).chain(self.up(*area, day)));
        let ends = all.flat_map(|area| {
            let bonds = self.parents.of(area).iter().map(|bond| bond.to);
            bonds.chain([self.ends(area)])
        });
        let next = ends.flatten().filter(|end| *end >= day).min();
        // The day after the last of a commune that has no successor shows an empty frontier, and the walk ends there.
        next.and_then(|end| end.succ_opt())
    }
}

/// The atoms by id, their communes and parents as positions.
pub(super) fn atoms(rows: &[atom::Model], areas: &HashMap<AreaId, AreaIx>) -> Result<Box<[Atom]>> {
    let mut rows: Vec<&atom::Model> = rows.iter().collect();
    rows.sort_unstable_by_key(|row| row.atom_id);
    let position = |id: AtomId| {
        let at = rows.binary_search_by_key(&id, |row| row.atom_id);
        at.map(|at| AtomIx(count(at)))
            .ok()
            .ok_or_else(|| dangling("atom", id))
    };
    rows.iter()
        .map(|row| {
            let area = areas.get(&row.area_id).copied();
            Ok(Atom {
                id: row.atom_id,
                area: area.ok_or_else(|| dangling("area", row.area_id))?,
                parent: row.parent_atom_id.map(position).transpose()?,
            })
        })
        .collect()
}

//! The records that the shipped rows stand for, with the same ids in every installation.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use entity::{
    area::{self, AreaLevel},
    area_change::{self, AreaChangeKind},
    area_change_edge, area_code,
    area_name::{self, UnitType},
    area_parent, atom,
    ids::{AreaChangeId, AreaId, AtomId, shipped},
};

use super::{
    import::{COUNTRY, Register},
    records::Records,
    rows::{End, Row, official_word},
};
use crate::fold::{fold, sort_key};

const COUNTRY_NAME: &str = "Việt Nam";

impl Register<'_> {
    /// The records, once every row is right.
    pub(super) fn write(
        &self,
        successors: &[Vec<usize>],
        parents: &[Option<usize>],
        decisions: &[&str],
    ) -> Records {
        let country: AreaId = shipped(&format!("area:{COUNTRY}"));
        let ids: Vec<AreaId> = self
            .rows
            .iter()
            .map(|row| shipped(&format!("area:{}", row.uid)))
            .collect();
        let id = |at: usize| {
            let first = self.identity.get(at).copied().unwrap_or(at);
            ids.get(first).copied().unwrap_or(country)
        };
        let mut identities: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, first) in self.identity.iter().enumerate() {
            identities.entry(*first).or_default().push(at);
        }
        let mut records = Records::default();
        write_country(&mut records, country);
        for same in identities.values_mut() {
            same.sort_by_key(|at| self.row(*at).and_then(|row| row.from));
            let rows = same.iter().filter_map(|at| {
                let parent = parents.get(*at).copied().flatten().map_or(country, id);
                Some((self.row(*at)?, parent))
            });
            if let Some(first) = same.first() {
                write_area(&mut records, id(*first), &rows.collect::<Vec<_>>());
            }
        }
        self.write_changes(&mut records, successors, decisions, id);
        records.areas.sort_by_key(|area| area.area_id);
        records
            .names
            .sort_by_key(|name| (name.area_id, name.position));
        records
            .codes
            .sort_by_key(|code| (code.area_id, code.position));
        records
            .parents
            .sort_by_key(|parent| (parent.area_id, parent.position));
        records
    }

    fn write_changes(
        &self,
        records: &mut Records,
        successors: &[Vec<usize>],
        decisions: &[&str],
        id: impl Fn(usize) -> AreaId,
    ) {
        let mut changes: BTreeMap<_, Vec<(AreaId, AreaId)>> = BTreeMap::new();
        let mut splits = Vec::new();
        let rows = self.numbered().zip(successors).zip(decisions);
        for (((at, row), next), &decision) in rows {
            let kind = match row.end {
                None | Some(End::Kept) => continue,
                Some(End::Renamed) => AreaChangeKind::Renamed,
                Some(End::Retyped) => AreaChangeKind::Retyped,
                Some(End::Merged) => AreaChangeKind::Merged,
                Some(End::Split) => AreaChangeKind::Split,
                Some(End::LevelAbolished) => AreaChangeKind::LevelAbolished,
                Some(End::BecameSpecialZone) => AreaChangeKind::BecameSpecialZone,
            };
            let Some(day) = row.to.and_then(|to| to.checked_add_days(Days::new(1))) else {
                continue;
            };
            let edges = changes.entry((day, kind, decision)).or_default();
            edges.extend(next.iter().map(|next| (id(at), id(*next))));
            if kind == AreaChangeKind::Split {
                splits.extend(next.iter().map(|next| (day, id(at), id(*next))));
            }
        }
        for ((effective_on, kind, decision), mut edges) in changes {
            let name = format!("change:{kind:?}:{effective_on}:{decision}");
            let area_change_id: AreaChangeId = shipped(&name);
            records.changes.push(area_change::Model {
                area_change_id,
                decision: decision.to_owned(),
                effective_on,
                kind,
            });
            edges.sort_unstable();
            records
                .edges
                .extend(edges.into_iter().map(|(from_area_id, to_area_id)| {
                    area_change_edge::Model {
                        area_change_id,
                        from_area_id,
                        to_area_id,
                        share: None,
                    }
                }));
        }
        splits.sort_unstable();
        write_atoms(records, &splits);
    }
}

fn write_country(records: &mut Records, area_id: AreaId) {
    let (valid_from, valid_to, position) = (None, None, 0);
    records.areas.push(area::Model {
        area_id,
        level: AreaLevel::Country,
        valid_from,
        valid_to,
    });
    records.names.push(named(
        area_id,
        position,
        COUNTRY_NAME,
        UnitType::Country,
        (valid_from, valid_to),
    ));
    let code = COUNTRY.to_owned();
    records.codes.push(area_code::Model {
        area_id,
        position,
        valid_from,
        valid_to,
        code,
    });
}

/// Writes one identity; facts that did not change from one row to the next become one.
fn write_area(records: &mut Records, area_id: AreaId, rows: &[(&Row, AreaId)]) {
    let (Some((first, _)), Some((last, _))) = (rows.first(), rows.last()) else {
        return;
    };
    records.areas.push(area::Model {
        area_id,
        level: first.level,
        valid_from: first.from,
        valid_to: last.to,
    });
    let names = runs(rows, |row, _| (row.name.as_str(), row.unit_type));
    for (position, ((name, unit_type), life)) in (0..).zip(names) {
        records
            .names
            .push(named(area_id, position, name, unit_type, life));
    }
    let codes = runs(rows, |row, _| row.code.clone());
    for (position, (code, (valid_from, valid_to))) in (0..).zip(codes) {
        records.codes.push(area_code::Model {
            area_id,
            position,
            valid_from,
            valid_to,
            code,
        });
    }
    for (position, (parent_id, (valid_from, valid_to))) in (0..).zip(runs(rows, |_, parent| parent))
    {
        records.parents.push(area_parent::Model {
            area_id,
            position,
            valid_from,
            valid_to,
            parent_id,
        });
    }
}

pub(super) type Life = (Option<NaiveDate>, Option<NaiveDate>);

fn runs<'r, T: PartialEq>(
    rows: &[(&'r Row, AreaId)],
    fact: impl Fn(&'r Row, AreaId) -> T,
) -> Vec<(T, Life)> {
    let mut runs: Vec<(T, Life)> = Vec::with_capacity(1);
    for (row, parent) in rows {
        let value = fact(row, *parent);
        match runs.last_mut() {
            Some((last, (_, to))) if *last == value => *to = row.to,
            _ => runs.push((value, (row.from, row.to))),
        }
    }
    runs
}

pub(super) fn named(
    area_id: AreaId,
    position: i32,
    name: &str,
    unit_type: UnitType,
    (valid_from, valid_to): Life,
) -> area_name::Model {
    let word = official_word(unit_type);
    let bare = match name.split_at_checked(word.len()) {
        // Ten names are shipped with other capitals: "Thị Trấn Ái Tử".
        Some((start, rest)) if start.to_lowercase() == word.to_lowercase() => rest.trim_start(),
        _ => name,
    };
    area_name::Model {
        area_id,
        position,
        valid_from,
        valid_to,
        name: name.to_owned(),
        name_folded: fold(name),
        sort_key: sort_key(bare),
        unit_type,
    }
}

/// A root atom for every commune, and for every edge of a split a part of each atom of the old commune.
fn write_atoms(records: &mut Records, splits: &[(NaiveDate, AreaId, AreaId)]) {
    let communes = records
        .areas
        .iter()
        .filter(|area| area.level == AreaLevel::Commune);
    let mut atoms: Vec<atom::Model> = communes
        .map(|area| atom::Model {
            atom_id: entity::ids::root_atom(area.area_id),
            area_id: area.area_id,
            parent_atom_id: None,
        })
        .collect();
    let mut parts: HashMap<AreaId, Vec<AtomId>> = HashMap::new();
    for (_, old, new) in splits {
        let mut wholes = vec![entity::ids::root_atom(*old)];
        wholes.extend(parts.get(old).into_iter().flatten());
        for whole in wholes {
            let part: AtomId = shipped(&format!("atom:{whole}:{new}"));
            parts.entry(*new).or_default().push(part);
            atoms.push(atom::Model {
                atom_id: part,
                area_id: *new,
                parent_atom_id: Some(whole),
            });
        }
    }
    records.atoms = atoms;
}

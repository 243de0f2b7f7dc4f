//! The tree of areas at any date, in memory: life spans, names, codes, parents and successors.
//!
//! Invariant: an atlas never changes once built; a change of areas makes a new one.
//! Where people are counted (atoms, extents) is in `extents`, searching in `search`.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    area_name::UnitType,
    ids::{AreaId, AtomId},
};

use super::{
    grouped::{Grouped, count},
    records::Records,
};
use crate::error::{Error, Result};

/// One area during one life span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Ours; official codes are reused.
    pub id: AreaId,
    /// Its place in the tree.
    pub level: AreaLevel,
    /// First day; before all records when absent.
    pub valid_from: Option<NaiveDate>,
    /// Last day, inclusive; open when absent.
    pub valid_to: Option<NaiveDate>,
}

impl Area {
    /// Whether it exists on a day.
    pub fn is_valid(&self, day: NaiveDate) -> bool {
        within(self.valid_from, self.valid_to, day)
    }

    /// The day itself where the area exists on it; otherwise the nearest day on which it does.
    pub fn day_within(&self, day: NaiveDate) -> NaiveDate {
        let day = self.valid_from.map_or(day, |first| day.max(first));
        self.valid_to.map_or(day, |last| day.min(last))
    }
}

/// A time during which an official code named an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeUse {
    /// The area named.
    pub area: AreaId,
    /// First day; before all records when absent.
    pub from: Option<NaiveDate>,
    /// Last day, inclusive; still so when absent.
    pub to: Option<NaiveDate>,
}

/// The open areas that a closed one went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successors {
    /// Open areas, each once.
    pub areas: Vec<AreaId>,
    /// Whether together they hold more than the closed area did.
    pub widened: bool,
}

/// Where what hangs on an area hangs on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// In one area: itself while it is open, otherwise the open one that all of it went to.
    In(AreaId),
    /// Nowhere yet: its parts went to several areas, or it ended with its level.
    Waits(Vec<AreaId>),
}

/// Position of an area in [`Atlas::areas`].
pub(super) type AreaIx = u32;

/// All areas of all times. See the module.
#[derive(Debug)]
pub struct Atlas {
    /// By id.
    pub(super) areas: Box<[Area]>,
    pub(super) names: Grouped<Name>,
    pub(super) codes: Grouped<Code>,
    /// Every use of a code, by code.
    pub(super) uses: Box<[(Text, AreaIx, u16)]>,
    pub(super) parents: Grouped<Bond>,
    /// In Vietnamese order of names.
    pub(super) children: Grouped<Bond>,
    pub(super) successors: Grouped<AreaIx>,
    pub(super) predecessors: Grouped<AreaIx>,
    /// What share of a divided area's people went to a successor, where a source says so.
    pub(super) shares: HashMap<(AreaIx, AreaIx), f64>,
    /// The place of each area in the Vietnamese order of all names.
    pub(super) ranks: Box<[u32]>,
    pub(super) countries: Box<[AreaIx]>,
    pub(super) text: Box<str>,
    pub(super) atoms: Box<[Atom]>,
    /// Atoms of each area.
    pub(super) extents: Grouped<AtomIx>,
    /// Areas of each atom.
    pub(super) places: Grouped<AreaIx>,
    pub(super) latest_day: Option<NaiveDate>,
}

/// Position of an atom in the atlas; good for the life of one atlas only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AtomIx(pub(super) u32);

/// An atom: a commune, or the part of a split commune that went to one successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atom {
    /// The atom; see `entity::ids::root_atom`.
    pub id: AtomId,
    pub(super) area: AreaIx,
    pub(super) parent: Option<AtomIx>,
}

#[derive(Debug)]
pub(super) struct Name {
    pub(super) from: Option<NaiveDate>,
    pub(super) name: Text,
    pub(super) folded: Text,
    pub(super) unit_type: UnitType,
}

#[derive(Debug)]
pub(super) struct Code {
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) code: Text,
}

/// That an area lies directly in another, for a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bond {
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) other: AreaIx,
}

/// A stretch of the atlas's text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    start: u32,
    length: u16,
}

pub(super) fn within(from: Option<NaiveDate>, to: Option<NaiveDate>, day: NaiveDate) -> bool {
    from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to)
}

impl Atlas {
    /// Builds the atlas of the records.
    ///
    /// # Errors
    /// [`Error::Internal`] when a row names an area or atom that is not among the records.
    pub fn new(records: &Records) -> Result<Self> {
        let mut areas: Vec<Area> = records
            .areas
            .iter()
            .map(|area| Area {
                id: area.area_id,
                level: area.level,
                valid_from: area.valid_from,
                valid_to: area.valid_to,
            })
            .collect();
        areas.sort_unstable_by_key(|area| area.id);
        let index: HashMap<AreaId, AreaIx> =
            (0..).zip(&areas).map(|(ix, area)| (area.id, ix)).collect();
        let ix = |id: AreaId| index.get(&id).copied().ok_or_else(|| dangling("area", id));
        let mut latest_day = areas.iter().filter_map(|area| area.valid_from).max();

        let mut ink = Ink::default();
        let mut order: Vec<(&[u8], AreaIx)> = Vec::with_capacity(areas.len());
        let mut names = Vec::with_capacity(records.names.len());
        for row in &records.names {
            let area = ix(row.area_id)?;
            if row.valid_to.is_none_or(|to| {
                areas
                    .get(area as usize)
                    .is_some_and(|area| area.valid_to == Some(to))
            }) {
                order.push((&row.sort_key, area));
            }
            latest_day = latest_day.max(row.valid_from);
            names.push((
                area,
                Name {
                    from: row.valid_from,
                    name: ink.write(&row.name),
                    folded: ink.write(&row.name_folded),
                    unit_type: row.unit_type,
                },
            ));
        }
        names.sort_by_key(|(_, name)| name.from);
        order.sort_unstable();
        let mut ranks = vec![u32::MAX; areas.len()];
        for (rank, (_, area)) in (0..).zip(&order) {
            if let Some(slot) = ranks.get_mut(*area as usize) {
                *slot = rank;
            }
        }

        let mut codes = Vec::with_capacity(records.codes.len());
        for row in &records.codes {
            let code = Code {
                from: row.valid_from,
                to: row.valid_to,
                code: ink.write(&row.code),
            };
            codes.push((ix(row.area_id)?, code));
        }
        codes.sort_by_key(|(_, code)| code.from);

        let mut parents = Vec::with_capacity(records.parents.len());
        let mut children = Vec::with_capacity(records.parents.len());
        for row in &records.parents {
            let (child, parent) = (ix(row.area_id)?, ix(row.parent_id)?);
            let bond = |other| Bond {
                from: row.valid_from,
                to: row.valid_to,
                other,
            };
            latest_day = latest_day.max(row.valid_from);
            parents.push((child, bond(parent)));
            children.push((parent, bond(child)));
        }
        children.sort_by_key(|(_, bond)| ranks.get(bond.other as usize).copied());

        let mut successors = Vec::with_capacity(records.edges.len());
        let mut shares = HashMap::new();
        for edge in &records.edges {
            let (old, new) = (ix(edge.from_area_id)?, ix(edge.to_area_id)?);
            if old != new {
                successors.push((old, new));
                if let Some(share) = edge.share {
                    shares.insert((old, new), share);
                }
            }
        }
        successors.sort_unstable();
        successors.dedup();
        let predecessors = successors.iter().map(|(old, new)| (*new, *old)).collect();

        let atoms = super::extents::atoms(&records.atoms, &index)?;
        let owners = areas.len();
        let codes = Grouped::new(owners, codes);
        let text = ink.dry();
        let countries = (0..)
            .zip(&areas)
            .filter(|(_, area)| area.level == AreaLevel::Country)
            .map(|(ix, _)| ix)
            .collect();
        let mut atlas = Self {
            uses: uses(&codes, owners, &text),
            areas: areas.into(),
            names: Grouped::new(owners, names),
            codes,
            parents: Grouped::new(owners, parents),
            children: Grouped::new(owners, children),
            successors: Grouped::new(owners, successors),
            predecessors: Grouped::new(owners, predecessors),
            shares,
            ranks: ranks.into(),
            countries,
            text,
            atoms,
            extents: Grouped::new(owners, Vec::new()),
            places: Grouped::new(0, Vec::new()),
            latest_day,
        };
        atlas.measure_extents();
        Ok(atlas)
    }
}

pub(super) fn dangling(what: &str, id: impl std::fmt::Display) -> Error {
    Error::internal(format!(
        "the records of areas name the {what} {id}, which is not among them"
    ))
}

fn uses(codes: &Grouped<Code>, owners: usize, text: &str) -> Box<[(Text, AreaIx, u16)]> {
    let mut uses: Vec<_> = (0..count(owners))
        .flat_map(|area| {
            (0..)
                .zip(codes.of(area))
                .map(move |(row, code)| (code.code, area, row))
        })
        .collect();
    uses.sort_by(|one, other| read(text, one.0).cmp(read(text, other.0)));
    uses.into()
}

pub(super) fn read(text: &str, at: Text) -> &str {
    let start = at.start as usize;
    text.get(start..start + usize::from(at.length))
        .unwrap_or("")
}

/// Writes each different word once.
#[derive(Default)]
struct Ink<'a> {
    text: String,
    seen: HashMap<&'a str, Text>,
}

impl<'a> Ink<'a> {
    fn write(&mut self, word: &'a str) -> Text {
        if let Some(seen) = self.seen.get(word) {
            return *seen;
        }
        let text = Text {
            start: count(self.text.len()),
            length: u16::try_from(word.len()).unwrap_or(0),
        };
        self.text.push_str(word);
        self.seen.insert(word, text);
        text
    }

    fn dry(self) -> Box<str> {
        self.text.into()
    }
}

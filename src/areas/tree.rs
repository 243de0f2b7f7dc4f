//! What the atlas answers about an area on a day: its names and codes, what lies around, in, before and after it.

use chrono::NaiveDate;
use entity::{area::AreaLevel, area_name::UnitType, ids::AreaId};

use super::{
    atlas::{Area, AreaIx, Atlas, CodeUse, Name, Text, read, within},
    grouped::{Grouped, count},
};

impl Atlas {
    /// Every area of all times.
    pub fn all(&self) -> impl Iterator<Item = &Area> {
        self.areas.iter()
    }

    /// How many areas there are, of all times.
    pub fn len(&self) -> usize {
        self.areas.len()
    }

    /// Whether no areas have been imported.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// Every area of all times.
    pub fn ids(&self) -> impl Iterator<Item = AreaId> {
        self.areas.iter().map(|area| area.id)
    }

    /// The area of an id.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        self.areas.get(self.ix(id)? as usize)
    }

    /// Whether an area exists on a day; false for an unknown id.
    pub fn is_valid(&self, id: AreaId, day: NaiveDate) -> bool {
        self.area(id).is_some_and(|area| area.is_valid(day))
    }

    /// Whether an area is open: it exists today.
    pub fn is_open(&self, id: AreaId, today: NaiveDate) -> bool {
        self.is_valid(id, today)
    }

    /// The full official name on a day, "Phường Thuận An"; outside the area's life its nearest name; empty for an unknown id.
    pub fn name(&self, id: AreaId, day: NaiveDate) -> &str {
        self.ix(id)
            .and_then(|ix| self.naming(ix, day))
            .map_or("", |name| self.read(name.name))
    }

    /// The unit type on a day; outside the area's life its nearest; absent for an unknown id.
    pub fn unit_type(&self, id: AreaId, day: NaiveDate) -> Option<UnitType> {
        Some(self.naming(self.ix(id)?, day)?.unit_type)
    }

    /// The name with those of the areas around it, the country aside: "Phường Thuận An, Thành phố Hồ Chí Minh".
    pub fn display_name(&self, id: AreaId, day: NaiveDate) -> String {
        let mut name = self.name(id, day).to_owned();
        let Some(area) = self.area(id) else {
            return name;
        };
        let day = area.day_within(day);
        for around in self.ancestors(id, day) {
            if self
                .area(around)
                .is_some_and(|area| area.level != AreaLevel::Country)
            {
                name.push_str(", ");
                name.push_str(self.name(around, day));
            }
        }
        name
    }

    /// The official code on a day, if the area exists on it.
    pub fn code(&self, id: AreaId, day: NaiveDate) -> Option<&str> {
        let code = self
            .codes
            .of(self.ix(id)?)
            .iter()
            .find(|code| within(code.from, code.to, day))?;
        Some(self.read(code.code))
    }

    /// The areas that an official code names on a day: at most one of each level.
    pub fn by_code(&self, code: &str, level: Option<AreaLevel>, day: NaiveDate) -> Vec<AreaId> {
        self.code_uses(code)
            .into_iter()
            .filter(|used| within(used.from, used.to, day))
            .filter(|used| level.is_none_or(|level| self.level(used.area) == Some(level)))
            .map(|used| used.area)
            .collect()
    }

    /// Every time at which an official code named an area, oldest first.
    pub fn code_uses(&self, code: &str) -> Vec<CodeUse> {
        let first = self
            .uses
            .partition_point(|(text, _, _)| self.read(*text) < code);
        let of_code = self.uses.get(first..).unwrap_or(&[]).iter();
        let mut uses: Vec<_> = of_code
            .take_while(|(text, _, _)| self.read(*text) == code)
            .filter_map(|(_, area, row)| {
                let row = self.codes.of(*area).get(usize::from(*row))?;
                Some(CodeUse {
                    area: self.id(*area)?,
                    from: row.from,
                    to: row.to,
                })
            })
            .collect();
        uses.sort_by_key(|used| used.from);
        uses
    }

    /// The area directly around another on a day.
    pub fn parent(&self, id: AreaId, day: NaiveDate) -> Option<AreaId> {
        self.id(self.parent_ix(self.ix(id)?, day)?)
    }

    /// The areas around another on a day, nearest first, the country last; none when it does not exist that day.
    pub fn ancestors(&self, id: AreaId, day: NaiveDate) -> Vec<AreaId> {
        self.ix(id)
            .map(|ix| self.up(ix, day).filter_map(|ix| self.id(ix)).collect())
            .unwrap_or_default()
    }

    /// The nearest area of a level around another on a day, or the area itself if it is of that level.
    pub fn at_level(&self, id: AreaId, level: AreaLevel, day: NaiveDate) -> Option<AreaId> {
        let ix = self.ix(id)?;
        std::iter::once(ix)
            .chain(self.up(ix, day))
            .filter_map(|ix| self.areas.get(ix as usize))
            .find(|area| area.level == level && area.is_valid(day))
            .map(|area| area.id)
    }

    /// The areas directly inside another on a day, in Vietnamese order of their names.
    pub fn children(&self, id: AreaId, day: NaiveDate) -> Vec<AreaId> {
        let Some(ix) = self.ix(id) else {
            return Vec::new();
        };
        let bonds = self.children.of(ix).iter();
        bonds
            .filter(|bond| within(bond.from, bond.to, day))
            .filter_map(|bond| self.id(bond.other))
            .collect()
    }

    /// The country; absent before the first import.
    pub fn country(&self) -> Option<AreaId> {
        self.id(*self.countries.first()?)
    }

    /// The areas with nothing around them.
    pub fn roots(&self) -> Vec<AreaId> {
        self.countries
            .iter()
            .filter_map(|ix| self.id(*ix))
            .collect()
    }

    /// The areas that all or part of a closed area belongs to from the day after its last.
    pub fn successors(&self, id: AreaId) -> Vec<AreaId> {
        self.neighbours(&self.successors, id)
    }

    /// The areas that came, wholly or in part, into this one on its first day.
    pub fn predecessors(&self, id: AreaId) -> Vec<AreaId> {
        self.neighbours(&self.predecessors, id)
    }

    /// The share of a divided area's people that went to one of its successors, above 0 to 1; nothing where no source
    /// gives one.
    pub fn share(&self, from: AreaId, to: AreaId) -> Option<f64> {
        self.shares.get(&(self.ix(from)?, self.ix(to)?)).copied()
    }

    /// The last day on which anything is recorded to begin: beyond it and today nothing is known.
    pub fn latest_day(&self) -> Option<NaiveDate> {
        self.latest_day
    }

    /// Bytes held on the heap.
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.areas)
            + self.names.bytes()
            + self.codes.bytes()
            + size_of_val(&*self.uses)
            + self.parents.bytes()
            + self.children.bytes()
            + self.successors.bytes()
            + self.predecessors.bytes()
            + self.shares.len() * size_of::<((AreaIx, AreaIx), f64)>()
            + size_of_val(&*self.ranks)
            + self.text.len()
            + size_of_val(&*self.atoms)
            + self.extents.bytes()
            + self.places.bytes()
    }

    pub(super) fn ix(&self, id: AreaId) -> Option<AreaIx> {
        self.areas
            .binary_search_by_key(&id, |area| area.id)
            .ok()
            .map(count)
    }

    pub(super) fn id(&self, ix: AreaIx) -> Option<AreaId> {
        self.areas.get(ix as usize).map(|area| area.id)
    }

    fn level(&self, id: AreaId) -> Option<AreaLevel> {
        self.area(id).map(|area| area.level)
    }

    pub(super) fn parent_ix(&self, ix: AreaIx, day: NaiveDate) -> Option<AreaIx> {
        let mut bonds = self.parents.of(ix).iter();
        bonds
            .find(|bond| within(bond.from, bond.to, day))
            .map(|bond| bond.other)
    }

    pub(super) fn up(&self, ix: AreaIx, day: NaiveDate) -> impl Iterator<Item = AreaIx> {
        std::iter::successors(self.parent_ix(ix, day), move |ix| self.parent_ix(*ix, day))
    }

    pub(super) fn naming(&self, ix: AreaIx, day: NaiveDate) -> Option<&Name> {
        let names = self.names.of(ix);
        let current = names.iter().rev().find(|name| within(name.from, None, day));
        current.or(names.first())
    }

    pub(super) fn read(&self, text: Text) -> &str {
        read(&self.text, text)
    }

    fn neighbours(&self, edges: &Grouped<AreaIx>, id: AreaId) -> Vec<AreaId> {
        self.ix(id)
            .map(|ix| edges.of(ix).iter().filter_map(|ix| self.id(*ix)).collect())
            .unwrap_or_default()
    }
}

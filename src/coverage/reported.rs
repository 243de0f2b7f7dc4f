//! Answers about indicators that areas report: which values speak for an area on a day, and which areas have not reported.
//!
//! Reported values do not restate: what a commune reported is not carried over to the ward it became. A ward is
//! unreported until it reports itself, and what its predecessors last reported is listed beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::AreaId,
    reported_value,
    target::{Milestone, TargetKind},
};

use super::{
    AreaBasis, Asked, Cell, Coverage,
    disclosure::{Published, Sight},
    parts::Part,
};
use crate::{
    areas::Atlas,
    error::{Error, Result},
    programmes::{
        elements::Needed,
        reported::{Shape, in_force_by_area},
        units,
    },
};

mod figures;

/// What areas reported for an answer.
#[derive(Clone, Debug)]
pub struct Reported {
    /// What is reported of the indicator.
    pub shape: Shape,
    /// What of a compound indicator the target asks for.
    pub needed: Needed,
    /// Each element of a compound indicator by itself, in the indicator's order: how many have it, out of all.
    pub elements: Vec<(String, Published)>,
    /// The values in force: of the areas counted, or of the units among them.
    pub values: Vec<reported_value::Model>,
    /// The areas or units that have not reported.
    pub unreported: Vec<AreaId>,
    /// What the predecessors of those last reported.
    pub before: Vec<reported_value::Model>,
    /// The areas that a share of areas counts.
    pub units: Option<Units>,
}

/// The areas that a share of areas counts.
#[derive(Clone, Debug)]
pub struct Units {
    /// Their level.
    pub level: AreaLevel,
    /// All of them on the day.
    pub all: Vec<AreaId>,
    /// The last day on which there was this level at all, once it is abolished: the question cannot be asked afterwards.
    pub ended_on: Option<NaiveDate>,
    /// Whether the area asked about lies below this level, so that it holds none.
    pub is_above: bool,
}

impl Reported {
    /// The units that reported it in place, or that reported it not in place.
    pub fn with_state(&self, in_place: bool) -> Vec<AreaId> {
        let values = self.values.iter();
        values
            .filter(|row| self.needed.is_in_place(row) == Some(in_place))
            .map(|row| row.area_id)
            .collect()
    }

    /// The step reached: the least of those reported, if every area reported one.
    pub fn milestone(&self) -> Option<Milestone> {
        if !self.unreported.is_empty() {
            return None;
        }
        self.values.iter().filter_map(|row| row.milestone).min()
    }

    /// Why numbers are missing, as a message.
    pub fn unknown_because(&self) -> &'static str {
        match &self.units {
            Some(units) if units.ended_on.is_some() && units.all.is_empty() => {
                "coverage-units-ended"
            }
            Some(units) if units.is_above => "coverage-units-above",
            Some(units) if units.all.is_empty() => "coverage-units-none",
            _ if self.shape == Shape::Milestone => "coverage-milestone-no-number",
            _ if self.unreported.is_empty() => "coverage-no-denominator",
            _ => "coverage-unreported",
        }
    }

    /// Whether a milestone is met; nothing as long as it is not known.
    pub fn is_milestone_met(&self, needed: Option<Milestone>) -> Option<bool> {
        match (self.shape, needed) {
            (Shape::Milestone, Some(needed)) => Some(self.milestone()? >= needed),
            (Shape::InPlace, _) => {
                let known = self.unreported.is_empty() && !self.values.is_empty();
                known.then(|| self.with_state(true).len() == self.values.len())
            }
            _ => None,
        }
    }
}

impl Asked {
    /// How an area is seen by who asks.
    pub(super) fn sight(&self, area: AreaId) -> Sight {
        if self.scope.is_own_commune() && area == self.scope.area() {
            Sight::OwnCommune
        } else {
            Sight::Above
        }
    }
}

impl Coverage {
    /// Answers a question about a reported indicator for several areas: a bounded number of readings, whatever their number.
    pub(super) async fn answer_reported(
        &self,
        asked: &Asked,
        shape: Shape,
        areas: &[AreaId],
    ) -> Result<Vec<Cell>> {
        let atlas = self.areas().atlas();
        let parts = self.parts(asked.basis, areas);
        let mut wanted = Vec::with_capacity(parts.len());
        let mut ends: HashMap<AreaLevel, Option<NaiveDate>> = HashMap::new();
        for Part { area, counted, .. } in &parts {
            let (speaking, units) = match shape {
                Shape::InPlace => {
                    let units = self.units(&atlas, asked, *area, counted, &mut ends);
                    (units.all.clone(), Some(units))
                }
                _ => (counted.clone(), None),
            };
            wanted.push((speaking, units));
        }
        let speaking: BTreeSet<AreaId> = wanted
            .iter()
            .flat_map(|(areas, _)| areas)
            .copied()
            .collect();
        let values = self
            .in_force(asked, speaking.iter().copied(), |_| asked.on)
            .await?;
        let silent = speaking.iter().filter(|area| !values.contains_key(area));
        let predecessors: BTreeMap<AreaId, Vec<AreaId>> = silent
            .map(|area| (*area, atlas.predecessors(*area)))
            .collect();
        let last_day = |area: AreaId| {
            let last = atlas.area(area).and_then(|area| area.valid_to);
            last.map_or(asked.on, |last| last.min(asked.on))
        };
        let earlier = predecessors.values().flatten().copied();
        let earlier = self.in_force(asked, earlier, last_day).await?;
        let rulebook = self.programmes().rulebook();
        let indicator = rulebook.indicator_by_id(asked.indicator);
        let indicator = indicator.ok_or(Error::NotFound)?;
        let published = self
            .published(asked, indicator, shape, &parts, &values)
            .await?;
        let counted_at = self.clock().now();
        let cells = parts.into_iter().zip(wanted).zip(published);
        Ok(cells
            .map(|((part, (speaking, units)), published)| {
                let Part {
                    area,
                    counted,
                    widened,
                    ..
                } = part;
                let unreported: Vec<_> = speaking
                    .iter()
                    .filter(|area| !values.contains_key(area))
                    .copied()
                    .collect();
                let before = unreported
                    .iter()
                    .filter_map(|area| predecessors.get(area))
                    .flatten();
                let before: BTreeSet<AreaId> = before.copied().collect();
                let target = self.target_of(&Asked {
                    area,
                    ..asked.clone()
                });
                let target = target.as_ref().map(|applied| &applied.target);
                let reported = Reported {
                    shape,
                    needed: Needed::of(indicator, target),
                    elements: published.elements,
                    values: speaking
                        .iter()
                        .filter_map(|area| values.get(area))
                        .cloned()
                        .collect(),
                    before: before
                        .iter()
                        .filter_map(|area| earlier.get(area))
                        .cloned()
                        .collect(),
                    unreported,
                    units,
                };
                let (figures, elements) = match &reported.units {
                    Some(units) => figures::of_units(indicator, units, &reported),
                    None => (published.whole, reported.elements),
                };
                let reported = Reported {
                    elements,
                    ..reported
                };
                Cell {
                    asked: Asked {
                        area,
                        ..asked.clone()
                    },
                    counted,
                    unplaced: Vec::new(),
                    not_yet_placed: None,
                    widened,
                    figures,
                    register: published.register,
                    population: None,
                    reported: Some(reported),
                    counted_at,
                    late: None,
                    newest_on: None,
                    door: None,
                }
            })
            .collect())
    }

    async fn in_force(
        &self,
        asked: &Asked,
        areas: impl Iterator<Item = AreaId>,
        day: impl Fn(AreaId) -> NaiveDate,
    ) -> Result<HashMap<AreaId, reported_value::Model>> {
        let areas: Vec<AreaId> = areas.collect();
        let rows = self
            .programmes()
            .reports_of(asked.indicator, &areas, asked.on)
            .await?;
        Ok(in_force_by_area(rows, day))
    }

    /// The areas that a share of areas counts: of the level that the target names, inside the areas counted, in the tree
    /// that the basis names.
    fn units(
        &self,
        atlas: &Atlas,
        asked: &Asked,
        area: AreaId,
        counted: &[AreaId],
        ends: &mut HashMap<AreaLevel, Option<NaiveDate>>,
    ) -> Units {
        let target = self.target_of(&Asked {
            area,
            ..asked.clone()
        });
        let named = target.and_then(|applied| units::level(&applied.target.unit_level));
        let level = named.unwrap_or(AreaLevel::Province);
        let today = self.clock().today();
        let day = match asked.basis {
            AreaBasis::AsReported => asked.on,
            AreaBasis::Current => today,
        };
        let inside = counted
            .iter()
            .flat_map(|area| units::of_level(atlas, *area, level, day));
        let all: BTreeSet<AreaId> = inside.collect();
        let ended_on = *ends
            .entry(level)
            .or_insert_with(|| units::ended(atlas, level, today));
        Units {
            level,
            is_above: all.is_empty()
                && ended_on.is_none()
                && atlas.area(area).is_some_and(|known| known.level > level),
            all: all.into_iter().collect(),
            ended_on,
        }
    }
}

/// Whether the target of a cell is a milestone and it is met.
pub(super) fn milestone_met(
    kind: TargetKind,
    needed: Option<Milestone>,
    cell: &Cell,
) -> Option<bool> {
    match (kind, &cell.reported) {
        (TargetKind::Milestone, Some(reported)) => reported.is_milestone_met(needed),
        _ => None,
    }
}

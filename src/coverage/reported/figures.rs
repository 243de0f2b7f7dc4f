//! The numbers of reported indicators: of the whole, and of each element of a compound one, as far as they may be shown.

use std::collections::HashMap;

use entity::{denominator, ids::AreaId, reported_value};

use super::{Reported, Units};
use crate::{
    coverage::{
        Asked, Coverage,
        disclosure::{Published, Tally},
        parts::{Part, every, places},
        pools,
    },
    error::Result,
    programmes::{elements, reported::Shape, rulebook::Indicator},
};

/// The numbers of one area.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    /// Of the whole.
    pub(super) whole: Published,
    /// Of each element of a compound indicator, in its order.
    pub(super) elements: Vec<(String, Published)>,
    /// The versions of the register that complete what was reported.
    pub(super) register: Vec<denominator::Model>,
}

impl Coverage {
    /// The numbers that were reported, as far as they may be shown, and where the register completes them.
    pub(super) async fn published(
        &self,
        asked: &Asked,
        indicator: &Indicator,
        shape: Shape,
        parts: &[Part],
        values: &HashMap<AreaId, reported_value::Model>,
    ) -> Result<Vec<Figures>> {
        if matches!(shape, Shape::InPlace | Shape::Milestone) {
            let none = Figures {
                whole: Published::unknown(),
                elements: Vec::new(),
                register: Vec::new(),
            };
            return Ok(vec![none; parts.len()]);
        }
        let atlas = self.areas().atlas();
        let list: Vec<AreaId> = every(parts).into_iter().collect();
        let register = self
            .programmes()
            .denominators(asked.indicator, &list, asked.on)
            .await?;
        let screen = match self.family_of(asked.indicator) {
            Some(family) => {
                let places = places(parts);
                let read = self.read(asked, asked.indicator, family, &places).await?;
                Some(read.0)
            }
            None => None,
        };
        let published = parts.iter().map(|Part { area, counted, .. }| {
            // An area that went to no other is nobody's sum.
            let sum = |of: &dyn Fn(AreaId) -> Option<i64>| {
                let each = counted.iter().map(|area| u64::try_from(of(*area)?).ok());
                let sum: Option<u64> = each.sum();
                sum.filter(|_| !counted.is_empty())
            };
            let row = |area: AreaId| values.get(&area);
            let denominator = sum(&|area| {
                let entered = register.get(&area).map(|row| row.value);
                row(area).and_then(|row| row.denominator).or(entered)
            });
            let publish = |numerator: Option<u64>| {
                let tally = Tally {
                    numerator,
                    denominator,
                };
                match &screen {
                    None => Published::of_units(tally.numerator, tally.denominator),
                    Some(screen) => {
                        let atoms = || pools::atoms(&atlas, counted);
                        screen.publish(counted, atoms, asked.sight(*area), tally)
                    }
                }
            };
            let element = |code: &String| {
                let number = sum(&|area| elements::number(row(area)?, code));
                (code.clone(), publish(number))
            };
            let completing = counted
                .iter()
                .filter(|area| values.get(area).is_none_or(|row| row.denominator.is_none()));
            Figures {
                whole: publish(sum(&|area| row(area)?.numerator)),
                elements: indicator
                    .elements
                    .iter()
                    .map(|row| element(&row.code))
                    .collect(),
                register: completing
                    .filter_map(|area| register.get(area))
                    .cloned()
                    .collect(),
            }
        });
        Ok(published.collect())
    }
}

/// How many of the units reported it in place, out of all, and how many each element; unknown as long as none of them
/// told.
pub(super) fn of_units(
    indicator: &Indicator,
    units: &Units,
    reported: &Reported,
) -> (Published, Vec<(String, Published)>) {
    let count = |areas: usize| u64::try_from(areas).ok();
    let all = count(units.all.len()).filter(|all| *all > 0);
    let told = all.is_some() && !reported.values.is_empty();
    let whole = told.then(|| reported.with_state(true).len());
    let element = |code: &str| {
        let values = reported.values.iter();
        let each: Vec<bool> = values
            .filter_map(|row| elements::in_place(row, code))
            .collect();
        let have = each.iter().filter(|has| **has).count();
        let told = all.is_some() && !each.is_empty();
        Published::of_units(told.then_some(have).and_then(count), all)
    };
    let each = indicator.elements.iter();
    (
        Published::of_units(whole.and_then(count), all),
        each.map(|row| (row.code.clone(), element(&row.code)))
            .collect(),
    )
}

//! Reported values to be frozen: what each area said itself, where lessons cannot prove an indicator.

use chrono::NaiveDate;
use entity::{ids::AreaId, reported_value, target::Milestone};

use super::{FrozenCell, FrozenFigure, POPULATION};
use crate::{
    auth::capability::AreaScope,
    coverage::{
        AreaBasis, Asked, Cell, Coverage, CoverageUnit, DenominatorKind, disclosure::Sealed,
    },
    error::{Error, Result},
    learning::tiers::Tier,
    programmes::{elements, reported::Shape},
};

/// What was reported to be reached, out of [`POPULATION`]: people, establishments or areas.
pub const REPORTED: &str = "REPORTED";

/// What was reported to be reached of one element of a compound indicator: `REPORTED/NETWORK`.
pub fn element_measure(code: &str) -> String {
    format!("{REPORTED}/{code}")
}

/// One reported indicator of one area.
#[derive(Clone, Debug)]
pub struct FrozenReport {
    /// Its numbers: [`REPORTED`], each element by itself ([`element_measure`]) and [`POPULATION`], with the versions of the
    /// register that complete the values; none of a milestone, which is no number.
    pub cell: FrozenCell,
    /// What is reported of it.
    pub shape: Shape,
    /// The step reached, for a milestone.
    pub milestone: Option<Milestone>,
    /// The values that speak on the day.
    pub values: Vec<reported_value::Model>,
    /// The areas that have not reported.
    pub unreported: Vec<AreaId>,
}

impl Coverage {
    /// Reads what areas reported to be frozen on a day: for each area every reported indicator, in the order of the
    /// programmes. A bounded number of readings for each indicator, whatever the number of areas.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area outside the scope; when the database does not answer.
    pub async fn freeze_reported(
        &self,
        scope: &AreaScope,
        on: NaiveDate,
        areas: &[AreaId],
    ) -> Result<Vec<Vec<FrozenReport>>> {
        let atlas = self.areas().atlas();
        if areas.iter().any(|area| !atlas.covers(scope.area(), *area)) {
            return Err(Error::NotFound);
        }
        let rulebook = self.programmes().rulebook();
        let mut rows = vec![Vec::new(); areas.len()];
        for indicator in rulebook.indicators() {
            let indicator = indicator.row.indicator_id;
            let Some(shape) = self.shape_of(indicator) else {
                continue;
            };
            let asked = Asked {
                scope: scope.from_above(),
                area: scope.area(),
                indicator,
                tier: Tier::Demonstrated,
                on,
                basis: AreaBasis::AsReported,
                denominator: DenominatorKind::Population,
                of: CoverageUnit::Own,
                count: None,
            };
            let cells = self.answer_reported(&asked, shape, areas).await?;
            for (row, cell) in rows.iter_mut().zip(cells) {
                row.push(frozen(shape, cell)?);
            }
        }
        Ok(rows)
    }
}

fn frozen(shape: Shape, cell: Cell) -> Result<FrozenReport> {
    let reported = cell
        .reported
        .ok_or_else(|| Error::internal("an answer about a reported indicator without values"))?;
    let figure = |measure: &str, shown, sealed| FrozenFigure {
        measure: measure.to_owned(),
        shown,
        sealed,
    };
    let value = reported.values.first();
    let elements = reported.elements.iter().map(|(code, figures)| {
        let shown = figures.numerator();
        let sealed = match shape {
            Shape::InPlace | Shape::Milestone => Sealed::shown(shown),
            _ => Sealed::kept(value.and_then(|row| elements::number(row, code))),
        };
        figure(&element_measure(code), shown, sealed)
    });
    let elements: Vec<FrozenFigure> = elements.collect();
    let (reached, population) = (cell.figures.numerator(), cell.figures.denominator());
    let mut figures = match shape {
        Shape::Milestone => Vec::new(),
        Shape::InPlace => vec![
            figure(REPORTED, reached, Sealed::shown(reached)),
            figure(POPULATION, population, Sealed::shown(population)),
        ],
        Shape::OfPeople | Shape::OfEstablishments => {
            let registered = cell.register.first().map(|row| row.value);
            let out_of = value.and_then(|row| row.denominator).or(registered);
            let said = value.and_then(|row| row.numerator);
            vec![
                figure(REPORTED, reached, Sealed::kept(said)),
                figure(POPULATION, population, Sealed::kept(out_of)),
            ]
        }
    };
    figures.extend(elements);
    Ok(FrozenReport {
        milestone: reported.milestone().filter(|_| shape == Shape::Milestone),
        values: reported.values,
        unreported: reported.unreported,
        shape,
        cell: FrozenCell {
            indicator: cell.asked.indicator,
            is_pooled: cell.figures.is_pooled(),
            figures,
            is_own_entry: cell
                .register
                .iter()
                .all(|row| cell.counted.contains(&row.area_id)),
            register: cell.register,
        },
    })
}

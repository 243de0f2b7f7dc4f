//! The elements of a compound indicator, each with its own figure.

use async_graphql::{Context, SimpleObject};

use super::Count;
use crate::{
    coverage::Cell,
    graphql::context::language,
    programmes::{Programmes, graphql::IndicatorElement},
};

/// One element of a compound indicator, with its figure.
#[derive(SimpleObject)]
pub struct CoverageElement {
    /// The element.
    element: IndicatorElement,
    /// Whether the target asks for it: a plan may leave one out that others ask for.
    is_needed: bool,
    /// Those it was reported of, or the areas that reported to have it.
    numerator: Count,
    /// Out of how many.
    denominator: Count,
    /// Numerator by denominator, 1 being everybody; null unless both are EXACT and there is somebody.
    rate: Option<f64>,
}

/// The elements of an answer; `unknown` says why numbers are missing.
pub(super) fn of(
    ctx: &Context<'_>,
    cell: &Cell,
    unknown: &str,
) -> async_graphql::Result<Vec<CoverageElement>> {
    let rulebook = ctx.data::<Programmes>()?.rulebook();
    let indicator = rulebook.indicator_by_id(cell.asked.indicator);
    let (Some(reported), Some(indicator)) = (&cell.reported, indicator) else {
        return Ok(Vec::new());
    };
    let language = language(ctx);
    let shown = reported.elements.iter().filter_map(|(code, figures)| {
        let row = indicator.elements.iter().find(|row| row.code == *code)?;
        Some(CoverageElement {
            element: IndicatorElement(row.clone()),
            is_needed: reported.needed.elements.contains(code),
            numerator: Count::of(language, figures.numerator(), unknown),
            denominator: Count::of(language, figures.denominator(), unknown),
            rate: figures.share().exact().map(|share| share.rate()),
        })
    });
    Ok(shown.collect())
}

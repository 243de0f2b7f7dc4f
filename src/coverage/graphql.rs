//! Coverage on the wire: every number is a [`Count`] that says whether it may be shown.

use std::sync::Arc;

use async_graphql::{
    Context, Object,
    connection::{Connection, EmptyFields},
};
use entity::ids::AreaId;

use super::{
    Asked, Cell, Coverage,
    targets::{self, Applied},
};
use crate::{
    areas::graphql::AreaObject,
    error::Error,
    graphql::{
        context::language,
        date::Date,
        pages::{PageSize, Position, page_of},
        payload::graphql_error,
    },
    messages,
    programmes::{
        Programmes,
        graphql::{IndicatorObject, Tier},
    },
};

mod applied;
mod asking;
mod elements;
mod entered;
mod figures;
mod findings;
mod register;
mod reported;
mod series;
mod sources;
mod statements;

pub use applied::AppliedTarget;
pub use asking::CoverageQuery;
pub use elements::CoverageElement;
pub use entered::EnteredQuery;
pub(crate) use figures::people_beside;
pub use figures::{AreaBasis, Count, CountState, CoverageUnit, DenominatorKind, PhaseState};
pub use findings::{FindingMutation, FindingQuery};
pub use register::CoverageMutation;
pub use reported::ReportedMutation;
pub use series::CoverageHistoryQuery;
pub use sources::{DenominatorSource, Explanation, Freshness};
pub use statements::{CoverageMethod, ReportedFigures};

/// The share of a population that knowledge has reached, in one area on one day.
pub struct CoverageObject {
    atlas: Arc<crate::areas::Atlas>,
    cell: Cell,
    target: Option<Applied>,
    /// The same question some weeks earlier, where it was fetched with the answer.
    earlier: Option<Cell>,
    children: Option<Arc<Children>>,
}

/// The answers one level below, and those of some weeks earlier where they were asked for.
struct Children {
    cells: Vec<Cell>,
    earlier: Option<Vec<Cell>>,
}

const CHILDREN: PageSize = PageSize {
    default: 100,
    maximum: 200,
};

impl CoverageObject {
    fn new(coverage: &Coverage, atlas: &Arc<crate::areas::Atlas>, cell: Cell) -> Self {
        let target = coverage.target_of(&cell.asked);
        Self {
            atlas: Arc::clone(atlas),
            cell,
            target,
            earlier: None,
            children: None,
        }
    }

    fn unknown(&self, otherwise: &'static str) -> &'static str {
        match (&self.cell.reported, &self.cell.population) {
            (Some(reported), _) => reported.unknown_because(),
            (None, Some(Err(unstated))) if !unstated.without_share.is_empty() => {
                "coverage-denominator-divided"
            }
            _ => otherwise,
        }
    }

    async fn earlier(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Cell>> {
        if let Some(earlier) = &self.earlier {
            return Ok(Some(earlier.clone()));
        }
        let coverage = ctx.data::<Coverage>()?;
        let asked = coverage.before(&self.cell.asked);
        let cells = coverage.answer(&asked, &[asked.area]).await;
        Ok(cells
            .map_err(|error| graphql_error(ctx, &error))?
            .into_iter()
            .next())
    }
}

/// The share of a population that knowledge has reached, in one area on one day, with everything needed to defend it.
#[Object(name = "Coverage")]
impl CoverageObject {
    /// The area.
    async fn area(&self) -> Option<AreaObject> {
        AreaObject::new(&self.atlas, self.cell.asked.area, self.cell.asked.on)
    }

    /// The indicator.
    async fn indicator(&self, ctx: &Context<'_>) -> async_graphql::Result<IndicatorObject> {
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        let indicator = rulebook.indicator_by_id(self.cell.asked.indicator);
        let indicator = indicator.ok_or_else(|| graphql_error(ctx, &Error::NotFound))?;
        Ok(IndicatorObject::new(&rulebook, indicator))
    }

    /// The tier counted.
    async fn tier(&self) -> Tier {
        entity::indicator::Tier::from(self.cell.asked.tier).into()
    }

    /// The day.
    async fn on(&self) -> Date {
        Date(self.cell.asked.on)
    }

    /// Which areas the figure is about.
    async fn basis(&self) -> AreaBasis {
        self.cell.asked.basis.into()
    }

    /// Which population the share is of.
    async fn denominator_kind(&self) -> DenominatorKind {
        self.cell.asked.denominator.into()
    }

    /// Who is counted.
    async fn of(&self) -> CoverageUnit {
        self.cell.asked.of.into()
    }

    /// Whether the areas counted hold more than the area asked about did: it was closed, and its successors are larger.
    async fn widened(&self) -> bool {
        self.cell.widened
    }

    /// The areas whose counts were added: the area itself, or the successors of a closed one.
    async fn counted_areas(&self) -> Vec<AreaObject> {
        let area = |area: &AreaId| AreaObject::new(&self.atlas, *area, self.cell.asked.on);
        self.cell.counted.iter().filter_map(area).collect()
    }

    /// People of the population who live in a divided commune and are not yet placed in one of its successors: they are in the
    /// figure, and in none of `countedAreas`, or of the communes of an area above them. Null where nobody can be.
    #[graphql(complexity = 5)]
    async fn not_yet_placed(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Count>> {
        let people = ctx.data::<Coverage>()?.not_yet_placed(&self.cell).await;
        let people = people.map_err(|error| graphql_error(ctx, &error))?;
        let count = |people| Count::of(language(ctx), people, "coverage-not-computed");
        Ok(people.map(count))
    }

    /// People of the population who had reached the tier by the day; of a reported indicator those it was reported of, or the
    /// areas that reported to have it in place.
    async fn numerator(&self, ctx: &Context<'_>) -> Count {
        Count::of(
            language(ctx),
            self.cell.figures.numerator(),
            self.unknown("coverage-not-computed"),
        )
    }

    /// People of the population on the day, or areas that the target counts.
    async fn denominator(&self, ctx: &Context<'_>) -> Count {
        Count::of(
            language(ctx),
            self.cell.figures.denominator(),
            self.unknown("coverage-no-denominator"),
        )
    }

    /// Where the denominator comes from, across changes of areas; null where the register has none, or was not asked.
    async fn denominator_source(&self) -> Option<DenominatorSource> {
        DenominatorSource::of(&self.atlas, &self.cell)
    }

    /// Numerator by denominator, 1 being everybody; null unless both are EXACT and somebody is in the population.
    async fn rate(&self) -> Option<f64> {
        self.cell.figures.share().exact().map(|share| share.rate())
    }

    /// The target that applies: the area's own, or that of the nearest area above.
    async fn target(&self) -> Option<AppliedTarget> {
        let atlas = Arc::clone(&self.atlas);
        self.target
            .clone()
            .map(|applied| AppliedTarget { atlas, applied })
    }

    /// Targets that areas merged into this one had set for themselves: for information, they bind nobody now.
    async fn predecessor_targets(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<Vec<AppliedTarget>> {
        let coverage = ctx.data::<Coverage>()?;
        let shown = |applied| AppliedTarget {
            atlas: Arc::clone(&self.atlas),
            applied,
        };
        Ok(coverage
            .predecessor_targets(&self.cell.asked)
            .into_iter()
            .map(shown)
            .collect())
    }

    /// Whether the target is met, counted in whole people; null unless both counts are EXACT. A milestone is met or not as
    /// it was reported; null as long as it was not.
    async fn target_met(&self) -> Option<bool> {
        let target = self.target.as_ref()?;
        match target.is_met(&self.cell) {
            Some(met) => met.exact(),
            None => target.is_milestone_met(&self.cell),
        }
    }

    /// People still to reach until the target is met; 0 once it is.
    async fn gap(&self, ctx: &Context<'_>) -> Count {
        let language = language(ctx);
        match self
            .target
            .as_ref()
            .and_then(|target| target.gap(&self.cell))
        {
            Some(gap) => Count::of(language, gap, self.unknown("coverage-no-denominator")),
            None => Count {
                state: CountState::Unknown,
                value: None,
                reason: Some(messages::text(language, "coverage-no-target")),
            },
        }
    }

    /// People to reach each week to meet the target by the end of its phase; null once the phase has ended.
    async fn needed_per_week(&self) -> Option<f64> {
        self.target.as_ref()?.needed_per_week(&self.cell)?.exact()
    }

    /// People reached more each week over the last 12 weeks: the numerator on the day less the numerator 84 days before,
    /// by 12; negative when fewer are. Null unless both are EXACT.
    async fn pace_per_week(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<f64>> {
        let earlier = self.earlier(ctx).await?;
        Ok(earlier.and_then(|earlier| targets::pace_per_week(&self.cell, &earlier)))
    }

    /// The day on which the target is met if the pace of the last 12 weeks stays: the day asked about and as many days as
    /// the gap takes at that pace. Null once the target is met, while nobody is added, and unless all counts are EXACT.
    async fn projected_on(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Date>> {
        let Some(target) = &self.target else {
            return Ok(None);
        };
        let earlier = self.earlier(ctx).await?;
        let projected =
            earlier.and_then(|earlier| targets::projected_on(target, &self.cell, &earlier));
        Ok(projected.map(Date))
    }

    /// Whether the figure is computed from learning, or reported by areas.
    async fn method(&self) -> CoverageMethod {
        match self.cell.reported {
            Some(_) => CoverageMethod::Reported,
            None => CoverageMethod::Computed,
        }
    }

    /// Each element of a compound indicator that areas report, apart from the whole; empty for others.
    #[graphql(complexity = "3 * child_complexity")]
    async fn elements(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CoverageElement>> {
        elements::of(ctx, &self.cell, self.unknown("coverage-unreported"))
    }

    /// What areas reported for the figure; null where it is computed.
    async fn reported(&self) -> Option<ReportedFigures> {
        let reported = self.cell.reported.clone()?;
        Some(ReportedFigures::new(
            &self.atlas,
            reported,
            self.cell.asked.on,
        ))
    }

    /// The same question for each part of an indicator that is counted in parts, such as E2S and E2C of E2, and for the indicator
    /// that another adds a condition to, such as D2 of D2C (knowledge, which D2C asks for besides health care); empty for
    /// others. Each part is measured by the target of the whole where it has none of its own.
    #[graphql(complexity = "3 * child_complexity")]
    async fn components(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CoverageObject>> {
        let coverage = ctx.data::<Coverage>()?;
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        let whole = rulebook.indicator_by_id(self.cell.asked.indicator);
        let parts = whole.map_or_else(Vec::new, |whole| match whole.components.as_slice() {
            [] => whole.row.variant_of_id.into_iter().collect(),
            parts => parts.to_vec(),
        });
        let mut shown = Vec::with_capacity(parts.len());
        for indicator in parts {
            let asked = Asked {
                indicator,
                count: coverage.count_of(indicator, self.cell.asked.of),
                ..self.cell.asked.clone()
            };
            let cells = coverage.answer(&asked, &[asked.area]).await;
            let cells = cells.map_err(|error| graphql_error(ctx, &error))?;
            shown.extend(
                cells
                    .into_iter()
                    .map(|cell| Self::new(coverage, &self.atlas, cell)),
            );
        }
        Ok(shown)
    }

    /// How fresh the figure is.
    async fn freshness(&self) -> Freshness {
        Freshness(self.cell.clone())
    }

    /// Why the figure is what it is.
    async fn explanation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`vi` or `en`; the language of the request by default")] language: Option<
            String,
        >,
    ) -> async_graphql::Result<Explanation> {
        sources::explained(ctx, &self.atlas, &self.cell, language.as_deref()).await
    }

    /// The same question for the areas one level below.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many: 100 by default, 200 at most")] first: Option<i32>,
        #[graphql(desc = "Behind which: an `endCursor`")] after: Option<String>,
    ) -> async_graphql::Result<Connection<Position, CoverageObject, EmptyFields, EmptyFields>> {
        let page = CHILDREN.page(first, after.as_deref())?;
        let coverage = ctx.data::<Coverage>()?;
        let children = match &self.children {
            Some(children) => Arc::clone(children),
            None => {
                let areas = coverage.children_of(&self.cell.asked);
                let cells = coverage.answer(&self.cell.asked, &areas).await;
                let cells = cells.map_err(|error| graphql_error(ctx, &error))?;
                Arc::new(Children {
                    cells,
                    earlier: None,
                })
            }
        };
        let earlier = |at: usize| children.earlier.as_ref()?.get(at).cloned();
        let child = |(at, cell): (usize, &Cell)| Self {
            earlier: earlier(at),
            ..Self::new(coverage, &self.atlas, cell.clone())
        };
        Ok(page_of(children.cells.iter().enumerate().map(child), &page))
    }
}

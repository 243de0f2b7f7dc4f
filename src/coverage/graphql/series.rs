//! Figures by month, and two figures held against each other, on the wire.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::NaiveDate;

use super::{AreaBasis, Count, CoverageObject, CoverageUnit, DenominatorKind};
use crate::{
    areas::{Areas, Atlas, graphql::AreaObject},
    auth::graphql::viewer,
    coverage::{
        Asked, Cell, Coverage, Question,
        compare::{Comparison, ShownFlows},
        counters::{first_of_month, next_month},
        disclosure::{Figure, Visibility},
        series::AreaSeries,
    },
    error::{Error, Result as Outcome},
    graphql::{
        context::language,
        date::{Date, Month},
        ids::asked as asked_id,
        payload::graphql_error,
    },
    learning::tiers,
    messages::Language,
    programmes::graphql::Tier,
};

/// The figure at the end of one month, of today for the month that has begun.
#[derive(Clone, Debug, SimpleObject)]
pub struct CoveragePoint {
    /// The month.
    month: Month,
    /// The day of the figure.
    on: Date,
    /// People of the population who had reached the tier by the day.
    numerator: Count,
    /// People of the population on the day.
    denominator: Count,
    /// Numerator by denominator, 1 being everybody; null unless both are EXACT and somebody is in the population.
    rate: Option<f64>,
}

/// The figures of one area, month by month: what a chart draws.
pub struct CoverageSeriesObject {
    atlas: Arc<Atlas>,
    series: AreaSeries,
    children: Vec<AreaSeries>,
}

/// The figures of one area, month by month: what a chart draws.
#[Object(name = "CoverageSeries")]
impl CoverageSeriesObject {
    /// The area.
    async fn area(&self) -> Option<AreaObject> {
        let last = self.series.points.last()?;
        let area = self.atlas.area(self.series.area)?;
        AreaObject::new(&self.atlas, area.id, area.day_within(last.asked.on))
    }

    /// One point a month, in order, at most 60.
    async fn points(&self, ctx: &Context<'_>) -> Vec<CoveragePoint> {
        let language = language(ctx);
        let point = |cell: &Cell| CoveragePoint {
            month: Month(first_of_month(cell.asked.on)),
            on: Date(cell.asked.on),
            numerator: Count::of(
                language,
                cell.figures.numerator(),
                why_unknown(&self.atlas, cell),
            ),
            denominator: Count::of(
                language,
                cell.figures.denominator(),
                match self.atlas.is_valid(cell.asked.area, cell.asked.on) {
                    true => "coverage-no-denominator",
                    false => "coverage-area-not-then",
                },
            ),
            rate: cell.figures.share().exact().map(|share| share.rate()),
        };
        self.series.points.iter().map(point).collect()
    }

    /// The areas one level below, if they were asked for with `withChildren`; with AS_REPORTED those of any of the
    /// months, each with figures for its own time.
    async fn children(&self) -> Vec<CoverageSeriesObject> {
        let child = |series: &AreaSeries| CoverageSeriesObject {
            atlas: Arc::clone(&self.atlas),
            series: series.clone(),
            children: Vec::new(),
        };
        self.children.iter().map(child).collect()
    }
}

fn why_unknown(atlas: &Atlas, cell: &Cell) -> &'static str {
    match (
        cell.asked.count,
        atlas.is_valid(cell.asked.area, cell.asked.on),
    ) {
        (None, _) => "coverage-not-computed",
        (Some(_), true) => "coverage-no-denominator",
        (Some(_), false) => "coverage-area-not-then",
    }
}

/// A change of a number of people, or why it is not shown.
#[derive(Clone, Debug, SimpleObject)]
pub struct Change {
    /// How much is shown.
    state: super::CountState,
    /// People more; negative for fewer. Only when the state is EXACT.
    value: Option<i32>,
}

impl Change {
    fn of(figure: Figure<i64>) -> Self {
        let state = match figure.visibility() {
            Visibility::Exact => super::CountState::Exact,
            Visibility::Pooled => super::CountState::Pooled,
            Visibility::Unknown | Visibility::Undefined => super::CountState::Unknown,
        };
        let value = figure.exact().and_then(|value| i32::try_from(value).ok());
        Self { state, value }
    }
}

/// One of two figures to compare.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CoverageMomentInput {
    /// The day; today by default.
    on: Option<Date>,
    /// Which areas; as in `coverage` by default.
    basis: Option<AreaBasis>,
}

/// Who came and went between two figures: the whole difference in people.
#[derive(Clone, Debug, SimpleObject)]
pub struct CoverageFlows {
    /// New to the population, counted nowhere before.
    joined: Count,
    /// Came from another area.
    moved_in: Count,
    /// Left because the last child outgrew the age.
    outgrown: Count,
    /// Went to another area.
    moved_out: Count,
    /// Left for any other reason: care or consent ended.
    left_otherwise: Count,
    /// Were in the population on both days and were reached in between.
    reached: Count,
    /// Joined or moved in, and are reached.
    joined_reached: Count,
    /// Left or moved out, and had been reached.
    left_reached: Count,
    /// Stayed, and are no longer reached: events were taken back.
    taken_back: Count,
}

impl CoverageFlows {
    fn of(language: Language, flows: ShownFlows) -> Self {
        let count = |figure| Count::of(language, figure, "coverage-not-computed");
        Self {
            joined: count(flows.joined),
            moved_in: count(flows.moved_in),
            outgrown: count(flows.outgrown),
            moved_out: count(flows.moved_out),
            left_otherwise: count(flows.left_otherwise),
            reached: count(flows.reached),
            joined_reached: count(flows.joined_reached),
            left_reached: count(flows.left_reached),
            taken_back: count(flows.taken_back),
        }
    }
}

/// Two figures held against each other.
pub struct CoverageComparisonObject {
    atlas: Arc<Atlas>,
    comparison: Comparison,
}

/// Two figures of one area and indicator held against each other, with why they differ.
#[Object(name = "CoverageComparison")]
impl CoverageComparisonObject {
    /// The first figure.
    async fn from(&self, ctx: &Context<'_>) -> async_graphql::Result<CoverageObject> {
        let coverage = ctx.data::<Coverage>()?;
        Ok(CoverageObject::new(
            coverage,
            &self.atlas,
            self.comparison.from.clone(),
        ))
    }

    /// The second figure.
    async fn to(&self, ctx: &Context<'_>) -> async_graphql::Result<CoverageObject> {
        let coverage = ctx.data::<Coverage>()?;
        Ok(CoverageObject::new(
            coverage,
            &self.atlas,
            self.comparison.to.clone(),
        ))
    }

    /// How many more people are reached in the second figure.
    async fn numerator_change(&self) -> Change {
        let Comparison { from, to, .. } = &self.comparison;
        Change::of(to.figures.change_since(from.figures))
    }

    /// How many more people the population has in the second figure.
    async fn denominator_change(&self) -> Change {
        let Comparison { from, to, .. } = &self.comparison;
        Change::of(to.figures.growth_since(from.figures))
    }

    /// How far the rate has risen, 1 being everybody; null unless all four counts are EXACT.
    async fn rate_change(&self) -> Option<f64> {
        let Comparison { from, to, .. } = &self.comparison;
        to.figures.rise_since(from.figures).exact()
    }

    /// Who came and went; null for what areas report. POOLED whenever one of the figures is.
    async fn flows(&self, ctx: &Context<'_>) -> Option<CoverageFlows> {
        let flows = self.comparison.flows?;
        Some(CoverageFlows::of(language(ctx), flows))
    }

    /// What else differs, in the language of the request: other areas, another value of the register, pooling.
    async fn reasons(&self, ctx: &Context<'_>) -> Vec<String> {
        let language = language(ctx);
        let reasons = self.comparison.reasons.iter();
        reasons.map(|line| line.text(language)).collect()
    }
}

/// Coverage over time.
#[derive(Default)]
pub struct CoverageHistoryQuery;

#[Object]
impl CoverageHistoryQuery {
    /// Coverage month by month, for an area and, if asked for, the areas below it. Needs a supervisor's standing on the
    /// area or above; an area that is not yours is answered NOT_FOUND.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn coverage_series(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The area")] area_id: ID,
        #[graphql(desc = "Code of the indicator, such as `D3`")] indicator: String,
        #[graphql(desc = "The indicator's own tier by default")] tier: Option<Tier>,
        #[graphql(desc = "First month; at most 60 with the last")] from: Month,
        #[graphql(desc = "Last month; this month by default")] to: Option<Month>,
        #[graphql(desc = "As in `coverage` by default")] basis: Option<AreaBasis>,
        #[graphql(desc = "POPULATION by default; REGISTERED for CHILDREN")] denominator: Option<
            DenominatorKind,
        >,
        #[graphql(desc = "OWN by default: whom the indicator itself counts")] of: Option<
            CoverageUnit,
        >,
        #[graphql(desc = "Whether to answer for the areas below too; false by default")]
        with_children: Option<bool>,
    ) -> async_graphql::Result<CoverageSeriesObject> {
        let asking = Asking {
            area_id,
            indicator,
            tier,
            denominator,
            of,
        };
        let last = |today: NaiveDate| {
            let end = to.map(|to| next_month(to.0).pred_opt().unwrap_or(to.0));
            match end {
                Some(end) if first_of_month(end) <= first_of_month(today) => end.min(today),
                Some(end) => end,
                None => today,
            }
        };
        let found = async {
            let coverage = feature(ctx)?;
            let on = last(coverage.clock().today());
            let asked = asking.on(ctx, Some(on), basis)?;
            let with_children = with_children.unwrap_or_default();
            coverage.series(&asked, from.0, with_children).await
        };
        let mut found = found
            .await
            .map_err(|error| graphql_error(ctx, &error))?
            .into_iter();
        let series = found
            .next()
            .ok_or_else(|| graphql_error(ctx, &Error::NotFound))?;
        Ok(CoverageSeriesObject {
            atlas: ctx.data::<Areas>()?.atlas(),
            series,
            children: found.collect(),
        })
    }

    /// Two figures of one area and indicator held against each other, on two days or two bases, with why they differ.
    /// Needs a supervisor's standing on the area or above; an area that is not yours is answered NOT_FOUND.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn compare_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The area")] area_id: ID,
        #[graphql(desc = "Code of the indicator, such as `D3`")] indicator: String,
        #[graphql(desc = "The indicator's own tier by default")] tier: Option<Tier>,
        #[graphql(desc = "The first figure")] from: CoverageMomentInput,
        #[graphql(desc = "The second figure")] to: CoverageMomentInput,
        #[graphql(desc = "POPULATION by default; REGISTERED for CHILDREN")] denominator: Option<
            DenominatorKind,
        >,
        #[graphql(desc = "OWN by default: whom the indicator itself counts")] of: Option<
            CoverageUnit,
        >,
    ) -> async_graphql::Result<CoverageComparisonObject> {
        let asking = Asking {
            area_id,
            indicator,
            tier,
            denominator,
            of,
        };
        let found = async {
            let coverage = feature(ctx)?;
            let day = |moment: &CoverageMomentInput| moment.on.map(|on| on.0);
            let first = asking.on(ctx, day(&from), from.basis)?;
            let second = asking.on(ctx, day(&to), to.basis)?;
            coverage.compare(&first, &second).await
        };
        let comparison = found.await.map_err(|error| graphql_error(ctx, &error))?;
        Ok(CoverageComparisonObject {
            atlas: ctx.data::<Areas>()?.atlas(),
            comparison,
        })
    }
}

fn feature<'a>(ctx: &Context<'a>) -> Outcome<&'a Coverage> {
    ctx.data::<Coverage>()
        .map_err(|_missing| Error::internal("the schema has no such feature"))
}

/// What the questions here have in common.
struct Asking {
    area_id: ID,
    indicator: String,
    tier: Option<Tier>,
    denominator: Option<DenominatorKind>,
    of: Option<CoverageUnit>,
}

impl Asking {
    fn on(
        &self,
        ctx: &Context<'_>,
        on: Option<NaiveDate>,
        basis: Option<AreaBasis>,
    ) -> Outcome<Asked> {
        let supervisor = viewer(ctx)
            .map_err(|_none| Error::Unauthenticated)?
            .supervisor()?;
        let question = Question {
            area: asked_id(&self.area_id).ok_or(Error::NotFound)?,
            indicator: self.indicator.clone(),
            tier: self
                .tier
                .map(|tier| tiers::Tier::from(entity::indicator::Tier::from(tier))),
            on,
            basis: basis.map(Into::into),
            denominator: self.denominator.map(Into::into),
            of: self.of.map(Into::into).unwrap_or_default(),
        };
        feature(ctx)?.ask(&supervisor, question)
    }
}

//! Coverage on the wire: every number is a [`Count`] that says whether it may be shown.

use std::sync::Arc;

use async_graphql::{
    Context, ID, Object, SimpleObject,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};
use entity::ids::AreaId;

use super::{
    Cell, Coverage, Question,
    disclosure::Published,
    explanation::{self, Line},
    targets::Applied,
};
use crate::{
    areas::{Areas, graphql::AreaObject},
    auth::graphql::viewer,
    error::Error,
    graphql::{
        context::{language, language_or},
        date::Date,
        ids::asked as asked_id,
        pages::{PageSize, Position, page_of},
        payload::graphql_error,
    },
    learning::tiers,
    messages,
    programmes::{
        Programmes,
        graphql::{IndicatorObject, TargetKind, Tier},
    },
};

mod figures;
mod register;
mod series;

pub use figures::{AreaBasis, Count, CountState, CoverageUnit, DenominatorKind, PhaseState};
pub use register::CoverageMutation;
pub use series::CoverageHistoryQuery;

/// The target that an area is measured by.
pub struct AppliedTarget {
    atlas: Arc<crate::areas::Atlas>,
    applied: Applied,
}

/// The target that an area is measured by, with the area that set it and the phase it is for.
#[Object]
impl AppliedTarget {
    /// Per cent to reach; null for a milestone.
    async fn percent(&self) -> Option<i32> {
        self.applied.target.percent
    }

    /// Whether it is a share or a milestone.
    async fn kind(&self) -> TargetKind {
        self.applied.target.kind.into()
    }

    /// What is counted: caregiver, staff, child, province, district, commune …
    async fn unit_level(&self) -> &str {
        &self.applied.target.unit_level
    }

    /// The area that set it: the area asked about, or one above.
    async fn area(&self) -> Option<AreaObject> {
        AreaObject::new(
            &self.atlas,
            self.applied.from_area,
            self.applied.phase.to_on,
        )
    }

    /// First day of the phase it is for.
    async fn phase_from(&self) -> Date {
        Date(self.applied.phase.from_on)
    }

    /// Last day of the phase it is for.
    async fn phase_to(&self) -> Date {
        Date(self.applied.phase.to_on)
    }

    /// Where the day asked about lies to the phase. After its end the target still shows, without a needed pace.
    async fn phase_state(&self) -> PhaseState {
        self.applied.state.into()
    }

    /// The target in the words of the plan that sets it, in Vietnamese.
    async fn wording(&self) -> &str {
        &self.applied.target.wording_vi
    }

    /// The document it is taken from.
    async fn source(&self) -> &str {
        &self.applied.target.source_file
    }
}

/// How fresh a figure is.
#[derive(Clone, Debug, SimpleObject)]
pub struct Freshness {
    /// When it was counted: everything received until then is in it.
    counted_at: DateTime<Utc>,
    /// The last day up to the one asked about on which somebody was newly reached, or was there no longer; null when
    /// there is none, or the figure is pooled.
    newest_on: Option<Date>,
    /// People by whom the numerator has changed through what was recorded after the month of the day; 0 while the
    /// month lasts.
    late_changes: Count,
}

/// Why a figure is what it is, line by line.
#[derive(Clone, Debug, SimpleObject)]
pub struct Explanation {
    /// Version of the rule that counted.
    rule_version: i32,
    /// The rule: who is counted, and what reaches the tier.
    rule: String,
    /// What else went into the figure: exclusions, denominator and its source, areas added together, pooling.
    lines: Vec<String>,
}

/// The share of a population that knowledge has reached, in one area on one day.
pub struct CoverageObject {
    atlas: Arc<crate::areas::Atlas>,
    cell: Cell,
    target: Option<Applied>,
    children: Option<Arc<Vec<Cell>>>,
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
            children: None,
        }
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

    /// People of the population who had reached the tier by the day.
    async fn numerator(&self, ctx: &Context<'_>) -> Count {
        Count::of(
            language(ctx),
            self.cell.figures.numerator(),
            "coverage-not-computed",
        )
    }

    /// People of the population on the day.
    async fn denominator(&self, ctx: &Context<'_>) -> Count {
        Count::of(
            language(ctx),
            self.cell.figures.denominator(),
            "coverage-no-denominator",
        )
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

    /// Whether the target is met, counted in whole people; null unless both counts are EXACT and the target is a share.
    async fn target_met(&self) -> Option<bool> {
        self.target.as_ref()?.is_met(&self.cell)?.exact()
    }

    /// People still to reach until the target is met; 0 once it is.
    async fn gap(&self, ctx: &Context<'_>) -> Count {
        let language = language(ctx);
        match self
            .target
            .as_ref()
            .and_then(|target| target.gap(&self.cell))
        {
            Some(gap) => Count::of(language, gap, "coverage-no-denominator"),
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

    /// How fresh the figure is.
    async fn freshness(&self, ctx: &Context<'_>) -> Freshness {
        let late = self.cell.late;
        let late = late.unwrap_or_else(|| Published::unknown().numerator());
        Freshness {
            counted_at: self.cell.counted_at,
            newest_on: self.cell.newest_on.map(Date),
            late_changes: Count::of(language(ctx), late, "coverage-not-computed"),
        }
    }

    /// Why the figure is what it is.
    async fn explanation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`vi` or `en`; the language of the request by default")] language: Option<
            String,
        >,
    ) -> async_graphql::Result<Explanation> {
        let language = language_or(ctx, language.as_deref());
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        let explained = explanation::explain(&self.atlas, &rulebook, &self.cell);
        Ok(Explanation {
            rule_version: crate::learning::RULE_VERSION,
            rule: explained.rule.text(language),
            lines: explained
                .lines
                .iter()
                .map(|line: &Line| line.text(language))
                .collect(),
        })
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
        let cells = match &self.children {
            Some(cells) => Arc::clone(cells),
            None => {
                let areas = coverage.children_of(&self.cell.asked);
                let cells = coverage.answer(&self.cell.asked, &areas).await;
                Arc::new(cells.map_err(|error| graphql_error(ctx, &error))?)
            }
        };
        let child = |cell: &Cell| Self::new(coverage, &self.atlas, cell.clone());
        Ok(page_of(cells.iter().map(child), &page))
    }
}

/// Coverage.
#[derive(Default)]
pub struct CoverageQuery;

#[Object]
impl CoverageQuery {
    /// The share of an indicator's population that knowledge has reached in an area. Needs a supervisor's standing on
    /// the area or above; an area that is not yours is answered NOT_FOUND.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The area")] area_id: ID,
        #[graphql(desc = "Code of the indicator, such as `D3`")] indicator: String,
        #[graphql(desc = "The indicator's own tier by default")] tier: Option<Tier>,
        #[graphql(desc = "Today by default; the last day of an area that is closed")] on: Option<
            Date,
        >,
        #[graphql(desc = "CURRENT for an open area, AS_REPORTED for a closed one by default")]
        basis: Option<AreaBasis>,
        #[graphql(desc = "POPULATION by default; REGISTERED for CHILDREN")] denominator: Option<
            DenominatorKind,
        >,
        #[graphql(desc = "OWN by default: whom the indicator itself counts")] of: Option<
            CoverageUnit,
        >,
    ) -> async_graphql::Result<Option<CoverageObject>> {
        let fail = |error: Error| graphql_error(ctx, &error);
        let supervisor = viewer(ctx)?.supervisor().map_err(fail)?;
        let coverage = ctx.data::<Coverage>()?;
        let area = asked_id(&area_id).ok_or(Error::NotFound).map_err(fail)?;
        let question = Question {
            area,
            indicator,
            tier: tier.map(|tier| tiers::Tier::from(entity::indicator::Tier::from(tier))),
            on: on.map(|on| on.0),
            basis: basis.map(Into::into),
            denominator: denominator.map(Into::into),
            of: of.map(Into::into).unwrap_or_default(),
        };
        let asked = coverage.ask(&supervisor, question).map_err(fail)?;
        let with_children = ctx.look_ahead().field("children").exists();
        let mut areas = vec![asked.area];
        if with_children {
            areas.extend(coverage.children_of(&asked));
        }
        let mut cells = coverage
            .answer(&asked, &areas)
            .await
            .map_err(fail)?
            .into_iter();
        let atlas = ctx.data::<Areas>()?.atlas();
        let Some(own) = cells.next() else {
            return Ok(None);
        };
        let mut answer = CoverageObject::new(coverage, &atlas, own);
        answer.children = with_children.then(|| Arc::new(cells.collect()));
        Ok(Some(answer))
    }
}

//! The question of coverage: an area, and where they are asked for the areas one level below.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::{AreaBasis, Children, CoverageObject, CoverageUnit, DenominatorKind};
use crate::{
    areas::Areas,
    auth::graphql::viewer,
    coverage::{Coverage, Question},
    error::Error,
    graphql::{date::Date, ids::asked as asked_id, payload::graphql_error},
    learning::tiers,
    programmes::graphql::Tier,
};

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
        let look = ctx.look_ahead();
        let below = look.field("children");
        let with_children = below.exists();
        let paced = |look: async_graphql::Lookahead<'_>| {
            look.field("pacePerWeek").exists() || look.field("projectedOn").exists()
        };
        let with_earlier = (paced(look), paced(below.field("edges").field("node")));
        let mut areas = vec![asked.area];
        if with_children {
            areas.extend(coverage.children_of(&asked));
        }
        let cells = coverage.answer(&asked, &areas).await.map_err(fail)?;
        let earlier = if with_earlier.0 || with_earlier.1 {
            let wanted = if with_earlier.1 {
                areas
            } else {
                vec![asked.area]
            };
            let answered = coverage.answer(&coverage.before(&asked), &wanted).await;
            answered.map_err(fail)?
        } else {
            Vec::new()
        };
        let (mut cells, mut earlier) = (cells.into_iter(), earlier.into_iter());
        let atlas = ctx.data::<Areas>()?.atlas();
        let Some(own) = cells.next() else {
            return Ok(None);
        };
        let mut answer = CoverageObject::new(coverage, &atlas, own);
        answer.earlier = earlier.next();
        answer.children = with_children.then(|| {
            Arc::new(Children {
                cells: cells.collect(),
                earlier: with_earlier.1.then(|| earlier.collect()),
            })
        });
        Ok(Some(answer))
    }
}

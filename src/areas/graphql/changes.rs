//! Changes of areas on the wire: previewed, applied, undone, and what waits for a decision after them.

use async_graphql::{Context, Enum, ID, Object, SimpleObject, connection::Connection};
use entity::ids::{AreaChangeId, AreaId};
use uuid::Uuid;

use super::{
    super::{
        AreaChanges, Areas, Settled,
        changes::{Effect, Outcome, Review, Step},
    },
    AreaObject,
};
use crate::{
    auth::{Auth, capability::Administrator, graphql::viewer},
    error::{Error, Result},
    graphql::{
        date::Date,
        ids::{named, wire},
        pages::{PageSize, Position, page_of},
        payload::{UserErrorObject, graphql_error, split},
    },
};

mod inputs;

pub use inputs::*;

/// What becomes of something that hangs on an area that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::areas::changes::Fate")]
pub enum AreaChangeFate {
    /// It goes on as it was.
    Stays,
    /// It goes on in the one area that holds all of the old one.
    Follows,
    /// It waits for a decision or for more to be known: there is no one successor.
    Waits,
    /// It says nothing about the new areas, which need a value of their own.
    Unknown,
}

/// What hangs on areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::areas::changes::Matter")]
pub enum AreaChangeMatter {
    /// People living there.
    People,
    /// Standings that are valid today or later.
    Standings,
    /// Groups in use.
    Groups,
    /// Values of the denominator register that reach beyond the change.
    Denominators,
    /// Targets of the area's own.
    Targets,
    /// Reports that are not locked.
    Reports,
}

/// What a change does to one kind of thing in one area.
pub struct AreaChangeEffect {
    effect: Effect,
    step: Step,
}

/// What a change does to one kind of thing in one area.
#[Object]
impl AreaChangeEffect {
    /// What kind of thing.
    async fn matter(&self) -> AreaChangeMatter {
        self.effect.matter.into()
    }

    /// What becomes of it.
    async fn fate(&self) -> AreaChangeFate {
        self.effect.fate.into()
    }

    /// How many there are.
    async fn count(&self) -> i32 {
        i32::try_from(self.effect.count).unwrap_or(i32::MAX)
    }

    /// Where it is now.
    async fn area(&self) -> Option<AreaObject> {
        let on = self.step.plan.change.effective_on;
        AreaObject::new(&self.step.after, self.effect.area, on)
    }

    /// Where it may go.
    async fn successors(&self) -> Vec<AreaObject> {
        let areas = self.effect.successors.iter().copied();
        areas_after(&self.step, areas)
    }
}

/// That all or part of an area becomes part of another.
pub struct AreaChangeEdge {
    step: Step,
    from: AreaId,
    to: AreaId,
    share: Option<f64>,
}

/// That all or part of an area becomes part of another.
#[Object]
impl AreaChangeEdge {
    /// The area that ends, or is renamed or retyped.
    async fn from(&self) -> Option<AreaObject> {
        areas_after(&self.step, [self.from]).pop()
    }

    /// The area that all or part of it belongs to from the change on.
    async fn to(&self) -> Option<AreaObject> {
        areas_after(&self.step, [self.to]).pop()
    }

    /// Share of the old area's population, above 0 to 1; null where no source gives one.
    async fn share(&self) -> Option<f64> {
        self.share
    }
}

/// A change of areas by one decision on one day: as planned, or as done.
pub struct AreaChange(Outcome);

/// A change of areas by one decision on one day: as planned, or as done.
#[Object]
impl AreaChange {
    /// Id of the change.
    async fn id(&self) -> ID {
        wire(self.0.step.plan.change.area_change_id)
    }

    /// Number of the decision.
    async fn decision(&self) -> &str {
        &self.0.step.plan.change.decision
    }

    /// First day on which the new state holds.
    async fn effective_on(&self) -> Date {
        Date(self.0.step.plan.change.effective_on)
    }

    /// What is done.
    async fn kind(&self) -> AreaChangeKind {
        self.0.step.plan.change.kind.into()
    }

    /// The areas that are new.
    async fn opened(&self) -> Vec<AreaObject> {
        areas_after(&self.0.step, self.0.step.plan.opened())
    }

    /// The areas that end.
    async fn closed(&self) -> Vec<AreaObject> {
        areas_after(&self.0.step, self.0.step.plan.closed())
    }

    /// The areas that go on as the same ones, with another name, type, code, or area around them.
    async fn altered(&self) -> Vec<AreaObject> {
        areas_after(&self.0.step, self.0.step.plan.altered())
    }

    /// Which area becomes, wholly or in part, which.
    async fn edges(&self) -> Vec<AreaChangeEdge> {
        let edges = self.0.step.plan.edges.iter();
        edges
            .map(|edge| AreaChangeEdge {
                step: self.0.step.clone(),
                from: edge.from_area_id,
                to: edge.to_area_id,
                share: edge.share,
            })
            .collect()
    }

    /// What it does to what hangs on the areas; things of which there are none are left out. Told when it is previewed
    /// and when it is applied, not when the same change is sent again.
    async fn effects(&self) -> Vec<AreaChangeEffect> {
        let effects = self.0.effects.iter().cloned();
        effects
            .map(|effect| AreaChangeEffect {
                effect,
                step: self.0.step.clone(),
            })
            .collect()
    }
}

fn areas_after(step: &Step, areas: impl IntoIterator<Item = AreaId>) -> Vec<AreaObject> {
    let on = step.plan.change.effective_on;
    let shown = |id| AreaObject::new(&step.after, id, on);
    areas.into_iter().filter_map(shown).collect()
}

/// A standing or group that waits for a decision, because its area was split or ended with its level.
pub struct AreaReview {
    review: Review,
    areas: Areas,
}

/// A standing or group that waits for a decision, because its area was split or ended with its level. Until then it
/// stays as it is: nobody gains or loses sight of anyone.
#[Object]
impl AreaReview {
    /// Id of the standing or group.
    async fn id(&self) -> ID {
        wire(self.review.id)
    }

    /// What waits: STANDINGS or GROUPS.
    async fn matter(&self) -> AreaChangeMatter {
        self.review.matter.into()
    }

    /// The name of the group, or the kind of the standing.
    async fn label(&self) -> &str {
        &self.review.label
    }

    /// The login name of the account whose it is.
    async fn login(&self) -> &str {
        &self.review.login
    }

    /// The area that ended.
    async fn area(&self) -> Option<AreaObject> {
        AreaObject::today(&self.areas, self.review.area)
    }

    /// The open areas that its parts went to.
    async fn successors(&self) -> Vec<AreaObject> {
        let next = match self.areas.settled(self.review.area) {
            Settled::Waits(next) => next,
            Settled::In(area) => vec![area],
        };
        let shown = |id| AreaObject::today(&self.areas, id);
        next.into_iter().filter_map(shown).collect()
    }
}

/// What `previewAreaChange` found.
#[derive(SimpleObject)]
pub struct PreviewAreaChangePayload {
    /// What the change would do; nothing was written.
    area_change: Option<AreaChange>,
    /// What to mend before it can be applied.
    user_errors: Vec<UserErrorObject>,
}

/// What `applyAreaChange` did.
#[derive(SimpleObject)]
pub struct ApplyAreaChangePayload {
    /// What the change did.
    area_change: Option<AreaChange>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `undoAreaChange` did.
#[derive(SimpleObject)]
pub struct UndoAreaChangePayload {
    /// Id of the change that is taken back.
    undone_id: Option<ID>,
    /// What to mend, or what depends on the change; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// What `decideAreaReview` did.
#[derive(SimpleObject)]
pub struct DecideAreaReviewPayload {
    /// Id of the standing or group that waits no longer.
    decided_id: Option<ID>,
    /// What to mend; nothing was written when there is any.
    user_errors: Vec<UserErrorObject>,
}

/// The pages of what waits.
const PAGE: PageSize = PageSize {
    default: 20,
    maximum: 100,
};

fn administrator(ctx: &Context<'_>) -> async_graphql::Result<Administrator> {
    viewer(ctx)?
        .administrator()
        .map_err(|error| graphql_error(ctx, &error))
}

/// What administrators ask about changes of areas.
#[derive(Clone, Copy, Debug, Default)]
pub struct AreaChangeQuery;

/// What administrators ask about changes of areas.
#[Object]
impl AreaChangeQuery {
    /// The standings and groups that wait for a decision in the areas of the viewer's standing as administrator.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn area_reviews(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<Position, AreaReview>> {
        let administrator = administrator(ctx)?;
        let page = PAGE.page(first, after.as_deref())?;
        let refuse = |error: Error| graphql_error(ctx, &error);
        let reviews = ctx.data::<AreaChanges>()?.reviews(&administrator).await;
        let reviews = reviews.map_err(refuse)?;
        let subjects = reviews.iter().map(|review| review.id);
        record(ctx, &administrator, "areaReviews", subjects)
            .await
            .map_err(refuse)?;
        let areas = ctx.data::<Areas>()?;
        let shown = reviews.into_iter().map(|review| AreaReview {
            review,
            areas: areas.clone(),
        });
        Ok(page_of(shown, &page))
    }
}

async fn record(
    ctx: &Context<'_>,
    administrator: &Administrator,
    operation: &'static str,
    subjects: impl IntoIterator<Item = Uuid>,
) -> Result<()> {
    let auth = ctx
        .data::<Auth>()
        .map_err(|_missing| Error::internal("the schema has no such feature"))?;
    let account = administrator.account();
    auth.audit().record(account, operation, subjects).await
}

/// What administrators do about changes of areas.
#[derive(Clone, Copy, Debug, Default)]
pub struct AreaChangeMutation;

/// What administrators do about changes of areas.
#[Object]
impl AreaChangeMutation {
    /// Says exactly what `applyAreaChange` would do with the same input, and writes nothing.
    async fn preview_area_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: AreaChangeInput,
    ) -> async_graphql::Result<PreviewAreaChangePayload> {
        let administrator = administrator(ctx)?;
        let changes = ctx.data::<AreaChanges>()?;
        let outcome = match input.read(changes) {
            Ok(ask) => changes.preview(&administrator, &ask).await,
            Err(error) => Err(error),
        };
        let (found, user_errors) = split(ctx, outcome)?;
        if let Some(found) = &found {
            let areas = found.step.plan.closed().map(|area| area.0);
            record(ctx, &administrator, "previewAreaChange", areas)
                .await
                .map_err(|error| graphql_error(ctx, &error))?;
        }
        Ok(PreviewAreaChangePayload {
            area_change: found.map(AreaChange),
            user_errors,
        })
    }

    /// Applies a change of areas. It is seen at once and whole; what was true before its day stays as it was.
    async fn apply_area_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: AreaChangeInput,
    ) -> async_graphql::Result<ApplyAreaChangePayload> {
        let administrator = administrator(ctx)?;
        let changes = ctx.data::<AreaChanges>()?;
        let outcome = match input.read(changes) {
            Ok(ask) => changes.apply(&administrator, &ask).await,
            Err(error) => Err(error),
        };
        let (done, user_errors) = split(ctx, outcome)?;
        if let Some(done) = &done {
            let id = done.step.plan.change.area_change_id.0;
            record(ctx, &administrator, "applyAreaChange", [id])
                .await
                .map_err(|error| graphql_error(ctx, &error))?;
        }
        Ok(ApplyAreaChangePayload {
            area_change: done.map(AreaChange),
            user_errors,
        })
    }

    /// Takes an applied change back while nothing depends on it; otherwise says what does.
    async fn undo_area_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which change.")] input: UndoAreaChangeInput,
    ) -> async_graphql::Result<UndoAreaChangePayload> {
        let administrator = administrator(ctx)?;
        let changes = ctx.data::<AreaChanges>()?;
        let outcome = match named::<AreaChangeId>(&input.id, "id") {
            Ok(id) => changes.undo(&administrator, id).await.map(|_| id),
            Err(error) => Err(error),
        };
        let (undone, user_errors) = split(ctx, outcome)?;
        if let Some(id) = undone {
            record(ctx, &administrator, "undoAreaChange", [id.0])
                .await
                .map_err(|error| graphql_error(ctx, &error))?;
        }
        Ok(UndoAreaChangePayload {
            undone_id: undone.map(wire),
            user_errors,
        })
    }

    /// Decides where a standing or group goes that waits after a split.
    async fn decide_area_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What waits, and where it goes.")] input: DecideAreaReviewInput,
    ) -> async_graphql::Result<DecideAreaReviewPayload> {
        let administrator = administrator(ctx)?;
        let changes = ctx.data::<AreaChanges>()?;
        let outcome = match input.read() {
            Ok((id, to)) => changes.decide(&administrator, id, to).await,
            Err(error) => Err(error),
        };
        let (decided, user_errors) = split(ctx, outcome)?;
        if let Some(review) = &decided {
            let subjects = [review.id, review.account.0];
            record(ctx, &administrator, "decideAreaReview", subjects)
                .await
                .map_err(|error| graphql_error(ctx, &error))?;
        }
        Ok(DecideAreaReviewPayload {
            decided_id: decided.map(|review| wire(review.id)),
            user_errors,
        })
    }
}

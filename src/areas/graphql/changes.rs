//! Changes of areas on the wire: previewed, applied, undone, and what waits for a decision after them.

use async_graphql::{Context, ID, Object, SimpleObject, connection::Connection};
use entity::ids::{AreaChangeId, AreaId};
use uuid::Uuid;

use super::super::{AreaChanges, Areas, changes::Reader};
use crate::{
    auth::{Auth, capability::Administrator, graphql::viewer},
    error::{Error, Result},
    graphql::{
        ids::{asked, named, wire},
        pages::{PageSize, Position, page_of},
        payload::{UserErrorObject, graphql_error, split},
    },
};

mod inputs;
mod objects;
mod recorded;

pub use inputs::*;
pub use objects::*;
pub use recorded::*;

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
    /// The changes of areas that are recorded where the viewer stands, the latest first. Administrators also see who applied
    /// one and what it moved.
    #[graphql(
        complexity = "first.map_or(PAGE.default, |first| usize::try_from(first).unwrap_or(0)) * child_complexity"
    )]
    async fn area_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of this area.")] area_id: Option<ID>,
        #[graphql(desc = "How many; 20 by default, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind which one: an `endCursor` of this list.")] after: Option<String>,
    ) -> async_graphql::Result<Connection<Position, RecordedAreaChange>> {
        let refuse = |error: Error| graphql_error(ctx, &error);
        let viewer = viewer(ctx)?;
        let administrator = viewer.administrator().ok();
        let supervisor = match administrator {
            Some(_) => None,
            None => Some(viewer.supervisor().map_err(refuse)?),
        };
        let reader = match (&administrator, &supervisor) {
            (Some(administrator), _) => Reader::Administrator(administrator),
            (None, Some(supervisor)) => Reader::Supervisor(supervisor),
            (None, None) => return Err(refuse(Error::Forbidden)),
        };
        let page = PAGE.page(first, after.as_deref())?;
        let of = area_id.map(|id| asked::<AreaId>(&id).ok_or(Error::NotFound));
        let of = of.transpose();
        let of = of.map_err(refuse)?;
        let recorded = ctx.data::<AreaChanges>()?.recorded(reader, of).await;
        let recorded = recorded.map_err(refuse)?;
        if let Some(administrator) = &administrator {
            let told = recorded.iter().filter_map(|known| known.applied.as_ref());
            let subjects = told.map(|applied| applied.by.0);
            record(ctx, administrator, "areaChanges", subjects)
                .await
                .map_err(refuse)?;
        }
        let areas = ctx.data::<Areas>()?;
        let shown = recorded.into_iter().map(|recorded| RecordedAreaChange {
            areas: areas.clone(),
            recorded,
        });
        Ok(page_of(shown, &page))
    }

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

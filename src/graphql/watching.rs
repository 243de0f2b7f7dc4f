//! `groupProgress`: what `changes` gives of a group, told as it happens.

use std::time::Duration;

use async_graphql::{Context, ID, Subscription};
use entity::ids::GroupId;
use futures_util::{Stream, stream};
use tokio::time::sleep;

use super::{
    changes::{AskedOfGroup, ChangePage},
    context::language,
    ids::asked,
    payload::{graphql_error, in_language},
};
use crate::{
    auth::capability::Trainer,
    error::{Error, Result, UserErrorCode},
    training::{Training, graphql::trainer},
};

/// How often a subscription looks for news. Looking costs an indexed read or two and needs no word from whoever wrote, so that
/// it is the same with one server and with many.
pub const LOOK: Duration = Duration::from_secs(2);

/// Watching groups.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupSubscription;

/// Watching groups.
#[Subscription]
impl GroupSubscription {
    /// What changes of one of the viewer's groups and its members: first all there is behind `since`, then whatever is new,
    /// within about two seconds. The pages and cursors are those of `changes` with the group's id as `scope`: who loses the
    /// connection goes on from the last cursor, here or there.
    async fn group_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the group.")] group_id: ID,
        #[graphql(desc = "The `cursor` of the last page, unchanged; everything when left out.")]
        since: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ChangePage>> + use<>> {
        let (training, trainer) = (ctx.data::<Training>()?.clone(), trainer(ctx)?);
        let language = language(ctx);
        let id = asked::<GroupId>(&group_id).ok_or_else(|| graphql_error(ctx, &Error::NotFound))?;
        let behind = AskedOfGroup::since(id, &trainer, since.as_deref()).ok_or_else(|| {
            let error = Error::user(UserErrorCode::Invalid, "since", "cursor-invalid");
            graphql_error(ctx, &error)
        })?;
        // Who may not see the group is told so now.
        let first = behind.page(&training, &trainer).await;
        let first = first.map_err(|error| graphql_error(ctx, &error))?;
        let watch = Watch {
            training,
            trainer,
            behind,
            more: Some(first),
        };
        Ok(stream::unfold(Some(watch), move |watch| async move {
            let mut watch = watch?;
            match watch.next().await {
                Ok(page) => Some((Ok(page), Some(watch))),
                Err(error) => Some((Err(in_language(language, &error)), None)),
            }
        }))
    }
}

/// One group being watched.
struct Watch {
    training: Training,
    trainer: Trainer,
    behind: AskedOfGroup,
    /// The page to tell next, if it is known.
    more: Option<ChangePage>,
}

impl Watch {
    async fn next(&mut self) -> Result<ChangePage> {
        loop {
            let page = match self.more.take() {
                Some(page) => Some(page),
                None if self.behind.has_news(&self.training).await? => {
                    Some(self.behind.page(&self.training, &self.trainer).await?)
                }
                None => None,
            };
            if let Some(page) = page {
                self.behind.follow(&page);
                if !page.is_empty() {
                    return Ok(page);
                }
            }
            sleep(LOOK).await;
        }
    }
}

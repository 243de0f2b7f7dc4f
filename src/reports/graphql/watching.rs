//! `reportChanged`: the way of reports, told as it is gone.

use std::collections::HashMap;

use async_graphql::{Context, ID, Subscription};
use entity::{
    ids::{AreaId, ReportId},
    report,
};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::sleep;

use super::{ReportObject, supervisor};
use crate::{
    auth::capability::Supervisor,
    error::{Error, Result},
    graphql::{
        context::language,
        ids::asked,
        payload::{graphql_error, in_language},
        watching::LOOK,
    },
    reports::Reports,
};

/// Watching reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReportSubscription;

/// Watching reports.
#[Subscription]
impl ReportSubscription {
    /// The reports of an area and of those directly below it for a period: first each as it is, then each that is begun, submitted,
    /// returned, accepted, locked or restated, within about two seconds. Needs a supervisor's standing on the area or above.
    async fn report_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the area.")] area_id: ID,
        #[graphql(desc = "Code of the period, such as MONTH-2026-10.")] period: String,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ReportObject>> + use<>>
    {
        let language = language(ctx);
        let area = asked::<AreaId>(&area_id);
        let area = area.ok_or_else(|| graphql_error(ctx, &Error::NotFound))?;
        let mut watch = Watch {
            reports: ctx.data::<Reports>()?.clone(),
            by: supervisor(ctx)?,
            area,
            period,
            known: HashMap::new(),
        };
        // Who may not see the area is told so now.
        let first = watch.changed().await;
        let first = first.map_err(|error| graphql_error(ctx, &error))?;
        let later = stream::unfold(Some(watch), move |watch| async move {
            let mut watch = watch?;
            loop {
                sleep(LOOK).await;
                match watch.changed().await {
                    Ok(changed) if changed.is_empty() => {}
                    Ok(changed) => {
                        return Some((changed.into_iter().map(Ok).collect(), Some(watch)));
                    }
                    Err(error) => {
                        let told: Vec<_> = vec![Err(in_language(language, &error))];
                        return Some((told, None));
                    }
                }
            }
        });
        let first = stream::iter(first).map(Ok);
        Ok(first.chain(later.flat_map(stream::iter)))
    }
}

/// The reports of one area and period being watched.
struct Watch {
    reports: Reports,
    by: Supervisor,
    area: AreaId,
    period: String,
    known: HashMap<ReportId, report::Model>,
}

impl Watch {
    /// Those that are not as they were when this was asked before.
    async fn changed(&mut self) -> Result<Vec<ReportObject>> {
        let now = self
            .reports
            .of_period(&self.by, self.area, &self.period)
            .await?;
        let mut changed = Vec::new();
        for report in now {
            if self.known.get(&report.report_id) != Some(&report) {
                self.known.insert(report.report_id, report.clone());
                changed.push(ReportObject::of(&self.reports, &self.by, report));
            }
        }
        Ok(changed)
    }
}

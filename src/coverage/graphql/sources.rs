//! What stands behind a figure besides its numbers: where its denominator comes from, how fresh it is, and why it is what it is.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::ids::AreaId;

use super::{Count, register::DenominatorStatus};
use crate::{
    areas::{Atlas, graphql::AreaObject},
    coverage::{
        Cell, Coverage,
        disclosure::Published,
        explanation::{self, sum_of},
    },
    error::Error,
    graphql::{
        context::{language, language_or},
        date::Date,
        payload::graphql_error,
    },
    programmes::{Programmes, restated::Restated},
};

/// How fresh a figure is.
pub struct Freshness(pub(super) Cell);

/// How fresh a figure is.
#[Object]
impl Freshness {
    /// When it was counted: everything received until then is in it.
    async fn counted_at(&self) -> DateTime<Utc> {
        self.0.counted_at
    }

    /// The last day up to the one asked about on which somebody was newly reached, or was there no longer; null when
    /// there is none, or the figure is pooled.
    async fn newest_on(&self) -> Option<Date> {
        self.0.newest_on.map(Date)
    }

    /// People by whom the numerator has changed through what was recorded after the month of the day; 0 while the
    /// month lasts.
    async fn late_changes(&self, ctx: &Context<'_>) -> Count {
        let late = self.0.late;
        let late = late.unwrap_or_else(|| Published::unknown().numerator());
        Count::of(language(ctx), late, "coverage-not-computed")
    }

    /// What share of the devices in use has synced since the day ended (since it began, while it lasts), 1 being all, in steps
    /// of 0.05: the rest may still hold what belongs in the figure. In use is a device heard of in the 90 days before or
    /// since; it counts where its people live today. Null where there are too few of them to be told.
    #[graphql(complexity = 5)]
    async fn devices_synced(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<f64>> {
        let synced = ctx.data::<Coverage>()?.synced(&self.0).await;
        let synced = synced.map_err(|error| graphql_error(ctx, &error))?;
        Ok(synced.percent.map(|percent| percent as f64 / 100.0))
    }

    /// Since when the devices have synced that `devicesSynced` counts.
    async fn devices_synced_since(
        &self,
        ctx: &Context<'_>,
    ) -> async_graphql::Result<DateTime<Utc>> {
        Ok(ctx.data::<Coverage>()?.ended(self.0.asked.on))
    }
}

/// Why a figure is what it is, line by line.
#[derive(Clone, Debug, SimpleObject)]
pub struct Explanation {
    /// Version of the rule that counted.
    pub(super) rule_version: i32,
    /// The rule: who is counted, and what reaches the tier.
    pub(super) rule: String,
    /// What else went into the figure: exclusions, denominator and its source, areas added together, pooling.
    pub(super) lines: Vec<String>,
}

/// Explains an answer, with what only the database can tell of it.
pub(super) async fn explained(
    ctx: &Context<'_>,
    atlas: &Atlas,
    cell: &Cell,
    language: Option<&str>,
) -> async_graphql::Result<Explanation> {
    let language = language_or(ctx, language);
    let fail = |error: Error| graphql_error(ctx, &error);
    let (coverage, rulebook) = (
        ctx.data::<Coverage>()?,
        ctx.data::<Programmes>()?.rulebook(),
    );
    let explanation::Explained { rule, mut lines } = explanation::explain(atlas, &rulebook, cell);
    if cell.unplaced.is_empty() {
        let waiting = coverage.not_yet_placed(cell).await.map_err(fail)?;
        lines.extend(waiting.and_then(explanation::in_no_commune));
    }
    let synced = coverage.synced(cell).await.map_err(fail)?;
    lines.push(explanation::devices(synced));
    Ok(Explanation {
        rule_version: crate::learning::RULE_VERSION,
        rule: rule.text(language),
        lines: lines.iter().map(|line| line.text(language)).collect(),
    })
}

/// Where a denominator of the register comes from.
pub struct DenominatorSource {
    atlas: Arc<Atlas>,
    cell: Cell,
    known: Restated,
}

impl DenominatorSource {
    /// Of an answer whose denominator the register knows.
    pub(super) fn of(atlas: &Arc<Atlas>, cell: &Cell) -> Option<Self> {
        let known = cell.population.as_ref()?.as_ref().ok()?;
        Some(Self {
            atlas: Arc::clone(atlas),
            cell: cell.clone(),
            known: known.clone(),
        })
    }

    fn shown(&self, areas: impl IntoIterator<Item = AreaId>) -> Vec<AreaObject> {
        let shown = |area| {
            let on = self.cell.asked.on;
            let on = self
                .atlas
                .area(area)
                .map_or(on, |known| known.day_within(on));
            AreaObject::new(&self.atlas, area, on)
        };
        areas.into_iter().filter_map(shown).collect()
    }

    fn is_sum(&self) -> bool {
        self.known.pieces.len() > 1 || !self.known.is_of(&self.cell.counted)
    }
}

/// Where a denominator of the register comes from: an entry of the area, or a sum of those of the areas before it.
#[Object]
impl DenominatorSource {
    /// The source as it was entered; of a sum the areas added up, each with its source and period, in the language of the
    /// request.
    async fn source(&self, ctx: &Context<'_>) -> String {
        match self.known.pieces.as_slice() {
            [only] if !self.is_sum() => only.entry.source.clone(),
            _ => sum_of(&self.atlas, &self.cell, &self.known).text(language(ctx)),
        }
    }

    /// How sure it is; of a sum as the least sure of what was added up, and an ESTIMATE where a divided area's share was used.
    async fn status(&self) -> Option<DenominatorStatus> {
        self.known.status().map(Into::into)
    }

    /// Whether values of several areas, or of others than the one asked about, were added up.
    #[graphql(name = "isSum")]
    async fn sums(&self) -> bool {
        self.is_sum()
    }

    /// The areas whose values were used.
    #[graphql(complexity = "10 * child_complexity")]
    async fn areas(&self) -> Vec<AreaObject> {
        self.shown(self.known.pieces.iter().map(|piece| piece.entry.area_id))
    }

    /// The divided areas of which only a stated share was used.
    #[graphql(complexity = "10 * child_complexity")]
    async fn divided(&self) -> Vec<AreaObject> {
        self.shown(self.known.divided())
    }
}

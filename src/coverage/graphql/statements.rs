//! What areas reported for a figure, without numbers: those leave as the figure's own.

use std::sync::Arc;

use async_graphql::{Enum, Object, SimpleObject};
use chrono::NaiveDate;
use entity::{
    ids::AreaId,
    reported_value,
    reported_value::{Said, Verdict},
};

use crate::{
    areas::{
        Atlas,
        graphql::{AreaLevel, AreaObject},
    },
    coverage::reported::Reported,
    graphql::date::Date,
    programmes::graphql::Milestone,
};

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CoverageMethod {
    /// From what people learned here.
    Computed,
    /// From what areas reported, with a source: lessons cannot prove it.
    Reported,
}

/// What the office above said of a reported value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ReportedState {
    /// Nothing yet; it counts.
    Unverified,
    /// It was checked against its source; it counts.
    Verified,
    /// It is to be reported again; it does not count.
    Returned,
}

impl ReportedState {
    pub(super) fn of(row: &reported_value::Model) -> Self {
        match row.verdict {
            None => Self::Unverified,
            Some(Verdict::Verified) => Self::Verified,
            Some(Verdict::Returned) => Self::Returned,
        }
    }
}

/// What an area reported for a figure, without numbers: those are the figure's.
#[derive(SimpleObject)]
pub struct ReportedStatement {
    /// The area.
    area: AreaObject,
    /// Whether it is in place, with every element if compound; null where something else is reported.
    in_place: Option<bool>,
    /// Codes of the elements of a compound indicator that it has, where they were told apart; null otherwise.
    elements_in_place: Option<Vec<String>>,
    /// The step reached; null where something else is reported.
    milestone: Option<Milestone>,
    /// First day it speaks for.
    period_from: Date,
    /// Last day it speaks for; null for what lasts until another is reported.
    period_to: Option<Date>,
    /// Version, from 1.
    version: i32,
    /// Where it comes from.
    source: String,
    /// The file or paper that shows it.
    document: Option<String>,
    /// What the office above said.
    state: ReportedState,
}

fn elements_in_place(row: &reported_value::Model) -> Option<Vec<String>> {
    row.in_place?;
    let said = row.elements.as_ref()?.0.iter();
    let has = said.filter(|(_, said)| *said == Said::InPlace(true));
    Some(has.map(|(code, _)| code.clone()).collect())
}

/// What areas reported for a figure.
pub struct ReportedFigures {
    atlas: Arc<Atlas>,
    reported: Reported,
    on: NaiveDate,
}

impl ReportedFigures {
    /// What stands behind an answer on a day.
    pub fn new(atlas: &Arc<Atlas>, reported: Reported, on: NaiveDate) -> Self {
        Self {
            atlas: Arc::clone(atlas),
            reported,
            on,
        }
    }

    fn areas(&self, areas: &[AreaId]) -> Vec<AreaObject> {
        let area = |area: &AreaId| AreaObject::new(&self.atlas, *area, self.on);
        areas.iter().filter_map(area).collect()
    }

    fn states(&self, rows: &[reported_value::Model]) -> Vec<ReportedStatement> {
        let state = |row: &reported_value::Model| {
            Some(ReportedStatement {
                area: AreaObject::new(&self.atlas, row.area_id, self.on)?,
                in_place: row.in_place,
                elements_in_place: elements_in_place(row),
                milestone: row.milestone.map(Into::into),
                period_from: Date(row.period_from),
                period_to: row.period_to.map(Date),
                version: row.version,
                source: row.source.clone(),
                document: row.document.clone(),
                state: ReportedState::of(row),
            })
        };
        rows.iter().filter_map(state).collect()
    }
}

/// What areas reported for a figure, and which of them have not reported.
#[Object]
impl ReportedFigures {
    /// What counts: of the areas asked about, or of the areas that the target counts.
    #[graphql(complexity = "10 * child_complexity")]
    async fn values(&self) -> Vec<ReportedStatement> {
        self.states(&self.reported.values)
    }

    /// Areas that have not reported for the day: unknown, which is not zero.
    #[graphql(complexity = "10 * child_complexity")]
    async fn unreported(&self) -> Vec<AreaObject> {
        self.areas(&self.reported.unreported)
    }

    /// What the predecessors of the unreported areas last reported, for information: it is not carried over.
    #[graphql(complexity = "10 * child_complexity")]
    async fn predecessors(&self) -> Vec<ReportedStatement> {
        self.states(&self.reported.before)
    }

    /// The level that the target counts, where it counts areas; null otherwise.
    async fn unit_level(&self) -> Option<AreaLevel> {
        self.reported.units.as_ref().map(|units| units.level.into())
    }

    /// The areas counted, where the target counts areas; empty otherwise.
    #[graphql(complexity = "10 * child_complexity")]
    async fn units(&self) -> Vec<AreaObject> {
        let units = self.reported.units.as_ref();
        units.map_or_else(Vec::new, |units| self.areas(&units.all))
    }

    /// The last day on which there was the level that the target counts; null while there is. The question cannot be asked
    /// of later days.
    async fn unit_level_ended_on(&self) -> Option<Date> {
        self.reported.units.as_ref()?.ended_on.map(Date)
    }

    /// The step reached, for an indicator in steps; null otherwise, and while it is not reported.
    async fn milestone(&self) -> Option<Milestone> {
        self.reported.milestone().map(Into::into)
    }
}

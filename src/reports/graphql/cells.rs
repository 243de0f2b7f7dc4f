//! One indicator in one area of a frozen version, on the wire.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::NaiveDate;
use entity::ids::AreaId;

use crate::{
    areas::{Atlas, graphql::AreaObject},
    coverage::{
        disclosure::Published,
        frozen::{POPULATION, REGISTERED},
        graphql::Count,
    },
    graphql::{context::language, ids::wire},
    programmes::graphql::Milestone,
    reports::form::{self, CellForm},
};

/// People of one tier.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReportFigure {
    /// The tier: REACHED, COMPLETED, DEMONSTRATED, RETAINED or PRACTISED; REPORTED for what areas said themselves, REPORTED/NETWORK for an
    /// element of a compound indicator by itself.
    measure: String,
    /// People of the population who had reached it; of a reported indicator, what it counts.
    numerator: Count,
    /// Numerator by the register's population, 1 being everybody; null unless both are EXACT and somebody is in it.
    rate: Option<f64>,
    /// Whether the target in per cent was met; null without one, without a share, and for an element: the target is of the
    /// whole.
    target_met: Option<bool>,
}

/// A commitment to a number that is not shown.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReportCommitment {
    /// REGISTERED, POPULATION, a tier, REPORTED, or an element of it.
    measure: String,
    /// HMAC-SHA-256 in hexadecimal.
    commitment: String,
}

/// One indicator in one area, as it was frozen.
pub struct ReportCell {
    atlas: Arc<Atlas>,
    on: NaiveDate,
    form: CellForm,
}

impl ReportCell {
    pub(super) fn of(atlas: &Arc<Atlas>, on: NaiveDate, form: CellForm) -> Self {
        Self {
            atlas: Arc::clone(atlas),
            on,
            form,
        }
    }
}

/// One indicator in one area, as it was frozen.
#[Object]
impl ReportCell {
    /// Code of the indicator.
    async fn indicator(&self) -> &str {
        &self.form.indicator
    }

    /// People registered here who belong to the population.
    async fn registered(&self, ctx: &Context<'_>) -> Count {
        let cell = self.form.published(REGISTERED, REGISTERED);
        Count::of(language(ctx), cell.numerator(), "coverage-no-denominator")
    }

    /// The population in the register.
    async fn population(&self, ctx: &Context<'_>) -> Count {
        let cell = self.form.published(POPULATION, POPULATION);
        Count::of(language(ctx), cell.numerator(), "coverage-no-denominator")
    }

    /// Per cent to reach, as it applied on the day; null where no target in per cent did.
    async fn target_percent(&self) -> Option<i32> {
        let target = self.form.target.as_ref()?;
        i32::try_from(target.percent).ok()
    }

    /// The tiers; of a reported indicator REPORTED and its elements, and none of a milestone.
    async fn figures(&self, ctx: &Context<'_>) -> Vec<ReportFigure> {
        let percent = self.form.target.as_ref().map(|target| target.percent);
        let figure = |tier: &String| {
            let cell: Published = self.form.published(tier, POPULATION);
            let percent = percent.filter(|_| form::element_of(tier).is_none());
            let met = percent.and_then(|percent| cell.is_target_met(percent).exact());
            ReportFigure {
                measure: tier.clone(),
                numerator: Count::of(language(ctx), cell.numerator(), "coverage-not-computed"),
                rate: cell.share().exact().map(|share| share.rate()),
                target_met: met,
            }
        };
        self.form.tiers().map(figure).collect()
    }

    /// Commitments to the numbers, when they are POOLED; empty otherwise.
    async fn commitments(&self) -> Vec<ReportCommitment> {
        let commitment = |(measure, commitment): (&String, &String)| ReportCommitment {
            measure: measure.clone(),
            commitment: commitment.clone(),
        };
        self.form.commitments.iter().map(commitment).collect()
    }

    /// The versions of the register that the population comes from, with their sources.
    async fn register_versions(&self) -> Vec<ReportRegisterVersion> {
        let version = |form: &form::RegisterForm| ReportRegisterVersion {
            id: wire(form.id),
            version: form.version,
            source: form.source.clone(),
        };
        self.form.register.iter().map(version).collect()
    }

    /// What the area said itself; null for an indicator that lessons prove.
    async fn reported(&self) -> Option<ReportStatement> {
        let reported = self.form.reported.as_ref()?;
        let value = |value: &form::ValueForm| ReportStatementValue {
            id: wire(value.id),
            area: AreaObject::new(&self.atlas, value.area, self.on),
            version: value.version,
            verified: value.verified,
            source: value.source.clone(),
        };
        let unreported = reported.unreported.iter();
        let area = |area: &AreaId| AreaObject::new(&self.atlas, *area, self.on);
        Some(ReportStatement {
            shape: reported.shape.into(),
            milestone: reported
                .milestone
                .map(|step| entity::target::Milestone::from(step).into()),
            values: reported.values.iter().map(value).collect(),
            unreported: unreported.filter_map(area).collect(),
        })
    }
}

/// What is reported of an indicator. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "form::ReportedShape")]
pub enum ReportStatementShape {
    /// In how many of the areas of a level it is in place.
    InPlace,
    /// The step reached.
    Milestone,
    /// How many people or needs, out of all.
    OfPeople,
    /// How many establishments, out of all.
    OfEstablishments,
}

/// What an area said itself, as it was frozen.
#[derive(SimpleObject)]
pub struct ReportStatement {
    /// What is reported.
    shape: ReportStatementShape,
    /// The step reached; null unless it is a milestone that was reported.
    milestone: Option<Milestone>,
    /// The values that spoke on the day: the area's own, or those of the areas counted.
    values: Vec<ReportStatementValue>,
    /// The areas that had not reported.
    unreported: Vec<AreaObject>,
}

/// A version of a reported value.
#[derive(SimpleObject)]
pub struct ReportStatementValue {
    /// The value's id.
    id: ID,
    /// The area it speaks of.
    area: Option<AreaObject>,
    /// Its version, from 1.
    version: i32,
    /// Whether the office above had checked it against its source.
    verified: bool,
    /// Where it comes from; null while the number is POOLED.
    source: Option<String>,
}

/// A version of a value of the register.
#[derive(Clone, Debug, SimpleObject)]
pub struct ReportRegisterVersion {
    /// The value's id.
    id: ID,
    /// Its version, from 1.
    version: i32,
    /// Where it comes from.
    source: String,
}

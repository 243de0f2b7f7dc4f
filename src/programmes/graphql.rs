//! The programmes as anyone may ask for them: phases, indicators and targets.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::{phase, programme};

use super::{Programmes, Rulebook, rulebook::Indicator};
use crate::{
    content::{Content, graphql::ModuleObject},
    graphql::{context::language_or, date::Date, ids::wire},
    messages::Language,
};

mod elements;
mod own_targets;
mod target;

pub use elements::{ElementsRule, IndicatorElement, elements_of};
pub use own_targets::ProgrammeMutation;
pub use target::{Milestone, TargetKind, TargetObject};

/// How far learning has come; each but PRACTISED holds the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::indicator::Tier")]
pub enum Tier {
    /// A lesson was opened or attended.
    Reached,
    /// Every applicable core lesson is completed.
    Completed,
    /// The quizzes of their modules are passed too.
    Demonstrated,
    /// A re-check was passed at least 30 days later.
    Retained,
    /// Practised at home, or observed.
    Practised,
}

/// Whose learning makes the numerator of an indicator. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "IndicatorKind", remote = "entity::indicator::Computed")]
pub enum IndicatorKind {
    /// Caregivers of children in the population.
    Caregiver,
    /// Staff.
    Staff,
    /// Children, through their caregivers.
    Child,
    /// Distinct persons in either part.
    Union,
    /// Nobody: areas report the value with its source.
    Reported,
}

/// A programme.
pub struct ProgrammeObject {
    rulebook: Arc<Rulebook>,
    row: programme::Model,
}

impl ProgrammeObject {
    /// The programme of an id.
    pub fn find(rulebook: &Arc<Rulebook>, id: entity::ids::ProgrammeId) -> Option<Self> {
        let row = rulebook.programme(id)?.clone();
        let rulebook = Arc::clone(rulebook);
        Some(Self { rulebook, row })
    }
}

/// A programme: one national decision, what it is for and what it asks.
#[Object(name = "Programme")]
impl ProgrammeObject {
    /// Identity of the programme.
    async fn id(&self) -> ID {
        wire(self.row.programme_id)
    }

    /// Its code, such as VN1438.
    async fn code(&self) -> &str {
        &self.row.code
    }

    /// Number of the decision.
    async fn decision(&self) -> &str {
        &self.row.decision
    }

    /// The day the decision was signed.
    async fn issued_on(&self) -> Date {
        Date(self.row.issued_on)
    }

    /// Who signed it.
    async fn issuer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let said = (&self.row.issuer_vi, &self.row.issuer_en);
        spoken(ctx, language.as_deref(), said)
    }

    /// Its title.
    async fn title(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let said = (&self.row.title_vi, &self.row.title_en);
        spoken(ctx, language.as_deref(), said)
    }

    /// Whom it is for.
    async fn population(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let said = (&self.row.population_vi, &self.row.population_en);
        spoken(ctx, language.as_deref(), said)
    }

    /// Its general objective in the words of the decision, in Vietnamese.
    async fn objective(&self) -> &str {
        &self.row.objective_vi
    }

    /// Where the decision can be read.
    async fn sources(&self) -> Vec<&str> {
        self.row.sources.lines().collect()
    }

    /// Whether "to age 8" holds the whole ninth year (under 108 months) instead of turning eight (under 96).
    async fn early_years_inclusive(&self) -> bool {
        self.row.early_years_inclusive
    }

    /// Its phases, earliest first; plans of areas have phases of their own.
    #[graphql(complexity = "5 * child_complexity")]
    async fn phases(&self) -> Vec<PhaseObject> {
        let phases = self.rulebook.phases_of(self.row.programme_id);
        phases.cloned().map(PhaseObject).collect()
    }

    /// Every area's targets of it, in the order of their codes.
    #[graphql(complexity = "44 * child_complexity")]
    async fn targets(&self) -> Vec<TargetObject> {
        let all = self.rulebook.targets().iter();
        all.filter(|target| target.programme_id == self.row.programme_id)
            .map(|target| TargetObject::new(&self.rulebook, target))
            .collect()
    }

    /// What it counts.
    #[graphql(complexity = "11 * child_complexity")]
    async fn indicators(&self) -> Vec<IndicatorObject> {
        let all = self.rulebook.indicators().iter();
        all.filter(|indicator| indicator.row.programme_id == self.row.programme_id)
            .map(|indicator| IndicatorObject::new(&self.rulebook, indicator))
            .collect()
    }
}

/// A phase of a programme.
pub struct PhaseObject(pub phase::Model);

/// A phase of a programme, or of an area's own plan.
#[Object(name = "Phase")]
impl PhaseObject {
    /// Identity of the phase.
    async fn id(&self) -> ID {
        wire(self.0.phase_id)
    }

    /// Its code, such as VN1438-P2.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// First day.
    async fn from_on(&self) -> Date {
        Date(self.0.from_on)
    }

    /// Last day.
    async fn to_on(&self) -> Date {
        Date(self.0.to_on)
    }

    /// What the plan calls it, in Vietnamese.
    async fn label(&self) -> &str {
        &self.0.label_vi
    }
}

/// An indicator.
pub struct IndicatorObject {
    rulebook: Arc<Rulebook>,
    indicator: Arc<Indicator>,
}

impl IndicatorObject {
    /// An indicator as anyone may see it.
    pub fn new(rulebook: &Arc<Rulebook>, indicator: &Arc<Indicator>) -> Self {
        Self {
            rulebook: Arc::clone(rulebook),
            indicator: Arc::clone(indicator),
        }
    }

    fn other(&self, id: entity::ids::IndicatorId) -> Option<Self> {
        let other = self.rulebook.indicator_by_id(id)?;
        Some(Self::new(&self.rulebook, other))
    }
}

/// An indicator: what a programme counts.
#[Object(name = "Indicator")]
impl IndicatorObject {
    /// Identity of the indicator.
    async fn id(&self) -> ID {
        wire(self.indicator.row.indicator_id)
    }

    /// Its code, such as D3.
    async fn code(&self) -> &str {
        &self.indicator.row.code
    }

    /// Its name for programs, such as CWD_CAREGIVER_KNOWLEDGE.
    async fn key(&self) -> &str {
        &self.indicator.row.key
    }

    /// Its name.
    async fn name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "vi or en; by default the language of the request.")] language: Option<
            String,
        >,
    ) -> &str {
        let row = &self.indicator.row;
        spoken(ctx, language.as_deref(), (&row.name_vi, &row.name_en))
    }

    /// What is counted: child, caregiver, staff, staff+caregiver, admin_unit, institution, need or milestone.
    async fn unit(&self) -> &str {
        &self.indicator.row.unit
    }

    /// Whose learning makes the numerator.
    async fn kind(&self) -> IndicatorKind {
        self.indicator.row.computed.into()
    }

    /// What the numerator holds, in English.
    async fn numerator(&self) -> &str {
        &self.indicator.row.numerator_en
    }

    /// What the denominator holds, in English; null for a milestone.
    async fn denominator(&self) -> Option<&str> {
        self.indicator.row.denominator_en.as_deref()
    }

    /// The tier that a question which names none means; null where areas report the value.
    async fn default_tier(&self) -> Option<Tier> {
        self.indicator.row.default_tier.map(Into::into)
    }

    /// Age in months from which a child is no longer in the population; null where no child's age matters.
    async fn max_age_months(&self) -> Option<i32> {
        self.rulebook.max_age_months(&self.indicator)
    }

    /// The programme it belongs to.
    async fn programme(&self) -> Option<ProgrammeObject> {
        let row = self.rulebook.programme(self.indicator.row.programme_id)?;
        Some(ProgrammeObject {
            rulebook: Arc::clone(&self.rulebook),
            row: row.clone(),
        })
    }

    /// The indicator it is a part of; null when it is none.
    async fn parent(&self) -> Option<IndicatorObject> {
        self.other(self.indicator.row.parent_id?)
    }

    /// The parts it is counted in; empty when there are none.
    #[graphql(complexity = "2 * child_complexity")]
    async fn components(&self) -> Vec<IndicatorObject> {
        let parts = self.indicator.components.iter();
        parts.filter_map(|part| self.other(*part)).collect()
    }

    /// What a compound indicator asks for together, each reported apart too; empty for others.
    #[graphql(complexity = "3 * child_complexity")]
    async fn elements(&self) -> Vec<IndicatorElement> {
        let all = self.indicator.elements.iter();
        all.cloned().map(IndicatorElement).collect()
    }

    /// The indicator that a plan worded otherwise to make this one; null when it is none.
    async fn variant_of(&self) -> Option<IndicatorObject> {
        self.other(self.indicator.row.variant_of_id?)
    }

    /// Its core set: the modules it asks for. Of the modules of a staff indicator only the lessons for staff are asked.
    #[graphql(complexity = "9 * child_complexity")]
    async fn modules(&self, ctx: &Context<'_>) -> Result<Vec<ModuleObject>> {
        let content = ctx.data::<Content>()?;
        let modules = self.indicator.modules.iter();
        Ok(modules
            .filter_map(|module| ModuleObject::of(content, *module))
            .collect())
    }

    /// Every area's targets on it, in the order of their codes.
    #[graphql(complexity = "9 * child_complexity")]
    async fn targets(&self) -> Vec<TargetObject> {
        let all = self.rulebook.targets().iter();
        all.filter(|target| target.indicator_id == self.indicator.row.indicator_id)
            .map(|target| TargetObject::new(&self.rulebook, target))
            .collect()
    }
}

/// What anyone may ask about the programmes.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProgrammeQuery;

/// What anyone may ask about the programmes.
#[Object]
impl ProgrammeQuery {
    /// The programmes.
    #[graphql(complexity = "2 * child_complexity")]
    async fn programmes(&self, ctx: &Context<'_>) -> Result<Vec<ProgrammeObject>> {
        let rulebook = ctx.data::<Programmes>()?.rulebook();
        let programmes = rulebook.programmes().iter();
        let shown = programmes.map(|row| ProgrammeObject {
            rulebook: Arc::clone(&rulebook),
            row: row.clone(),
        });
        Ok(shown.collect())
    }
}

fn spoken<'a>(ctx: &Context<'_>, asked: Option<&str>, said: (&'a String, &'a String)) -> &'a str {
    match language_or(ctx, asked) {
        Language::Vietnamese => said.0,
        Language::English => said.1,
    }
}

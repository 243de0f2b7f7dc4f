//! Targets that areas set for themselves, with the plan that sets them; every change is kept as a version.

use chrono::NaiveDate;
use entity::{
    area::AreaLevel,
    ids::{AccountId, AreaId, IndicatorId, shipped},
    indicator, phase, target,
    target::{ElementsRule, Milestone, TargetKind},
};

use super::{
    Programmes, Rulebook, VersionTaken,
    elements::joined,
    reported::{Shape, is_text, shape},
    store,
    target_versions::versions_after,
    units,
};
use crate::{
    areas::Atlas,
    auth::capability::Supervisor,
    error::{Error, Result, UserError, UserErrorCode},
};

/// Which phase a target is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhaseOf {
    /// A phase that is there, by code.
    Known(String),
    /// The phase of the area's own plan, of the indicator's programme.
    Own {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
        /// What the plan calls it; the years when it has no name.
        label: Option<String>,
    },
}

/// A target as an area sets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetTarget {
    /// The area that sets it.
    pub area: AreaId,
    /// Code of the indicator.
    pub indicator: String,
    /// The phase; needed.
    pub phase: Option<PhaseOf>,
    /// A share, or a step to reach.
    pub kind: TargetKind,
    /// The share owed.
    pub percent: Option<i32>,
    /// The step owed.
    pub milestone: Option<Milestone>,
    /// Codes of the elements that the plan asks for; every element of the indicator when absent.
    pub elements: Option<Vec<String>>,
    /// How they make it up.
    pub elements_rule: ElementsRule,
    /// What the share counts; what the indicator counts when absent.
    pub unit_level: Option<String>,
    /// The words of the plan.
    pub wording: String,
    /// Number of the decision or plan.
    pub decision: String,
    /// The day it was signed.
    pub decided_on: NaiveDate,
    /// The document, or where it can be read.
    pub source: String,
}

/// What a target becomes once nothing is wrong with it.
struct Wanted {
    indicator: IndicatorId,
    phase: phase::Model,
    is_new_phase: bool,
    elements: Option<String>,
    unit_level: String,
    deviates: Option<bool>,
    code: String,
}

/// Longest plan phase, in years: more is a slip of the pen.
const LONGEST_PHASE: i64 = 30;

impl Programmes {
    /// Sets the target of an area on an indicator for a phase, for somebody who stands on that very area. What it said
    /// before stays as a version; setting the same again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an area that is not the supervisor's; what must be mended in the target.
    pub async fn set_target(
        &self,
        supervisor: &Supervisor,
        atlas: &Atlas,
        asked: SetTarget,
    ) -> Result<target::Model> {
        supervisor.over(atlas, asked.area)?;
        if !atlas.is_open(asked.area, self.clock.today()) {
            let code = UserErrorCode::Closed;
            return Err(Error::user(code, "areaId", "target-area-closed"));
        }
        if !supervisor.areas().contains(&asked.area) {
            return Err(Error::user(
                UserErrorCode::Invalid,
                "areaId",
                "target-not-own",
            ));
        }
        let wanted = self.wanted(atlas, &asked)?;
        let (this, by, now) = (self.clone(), supervisor.account(), self.clock.now());
        let wanted = std::sync::Arc::new((asked, wanted));
        let row = self
            .versioned(move |tx| {
                let (this, wanted) = (this.clone(), wanted.clone());
                Box::pin(async move {
                    let (asked, wanted) = (&wanted.0, &wanted.1);
                    let phase = wanted.phase.phase_id;
                    let before = store::target_in(tx, phase, wanted.indicator, asked.area).await?;
                    let row = this.row(asked, wanted, before.as_ref(), by);
                    if before
                        .as_ref()
                        .is_some_and(|before| says_the_same(before, &row))
                    {
                        return Ok(before.unwrap_or(row));
                    }
                    if wanted.is_new_phase {
                        store::put_phase(tx, wanted.phase.clone()).await?;
                    }
                    store::put_target(tx, row.clone()).await?;
                    store::next_edition(tx).await?;
                    let versions = store::versions_of_target(tx, row.target_id).await?;
                    for version in versions_after(&versions, before.as_ref(), &row, now) {
                        if !store::add_target_version(tx, version).await? {
                            return Err(Error::internal(VersionTaken));
                        }
                    }
                    Ok(row)
                })
            })
            .await?;
        self.reload().await?;
        Ok(row)
    }

    fn row(
        &self,
        asked: &SetTarget,
        wanted: &Wanted,
        before: Option<&target::Model>,
        by: AccountId,
    ) -> target::Model {
        target::Model {
            target_id: before.map_or_else(|| self.clock.id(), |row| row.target_id),
            code: before.map_or_else(|| wanted.code.clone(), |row| row.code.clone()),
            programme_id: wanted.phase.programme_id,
            phase_id: wanted.phase.phase_id,
            indicator_id: wanted.indicator,
            area_id: asked.area,
            kind: asked.kind,
            percent: asked.percent,
            milestone: asked.milestone,
            elements: wanted.elements.clone(),
            elements_rule: asked.elements_rule,
            unit_level: wanted.unit_level.clone(),
            wording_vi: asked.wording.trim().to_owned(),
            source_file: asked.source.trim().to_owned(),
            deviates_from_national: wanted.deviates,
            note: None,
            decision: Some(asked.decision.trim().to_owned()),
            decided_on: Some(asked.decided_on),
            set_by: Some(by),
        }
    }

    fn wanted(&self, atlas: &Atlas, asked: &SetTarget) -> Result<Wanted> {
        let rulebook = self.rulebook();
        let today = self.clock.today();
        let mut faults = Vec::new();
        let mut fault = |code, field, message| faults.push(UserError::new(code, field, message));
        let known = rulebook.indicator(&asked.indicator);
        let indicator = known.map(|known| &known.row);
        if indicator.is_none() {
            fault(
                UserErrorCode::NotFound,
                "indicator",
                "denominator-indicator-unknown",
            );
        }
        for (text, field) in [
            (&asked.wording, "wording"),
            (&asked.decision, "decision"),
            (&asked.source, "source"),
        ] {
            if !is_text(text) {
                fault(UserErrorCode::Required, field, "target-plan");
            }
        }
        if asked.decided_on > today {
            fault(
                UserErrorCode::DateOutOfRange,
                "decidedOn",
                "target-decided-on",
            );
        }
        let steps = indicator.and_then(shape) == Some(Shape::Milestone);
        match asked.kind {
            TargetKind::Percent if steps => {
                fault(UserErrorCode::Invalid, "kind", "target-is-milestone");
            }
            TargetKind::Percent if !asked.percent.is_some_and(|n| (1..=100).contains(&n)) => {
                fault(UserErrorCode::Invalid, "percent", "target-percent");
            }
            TargetKind::Percent if asked.milestone.is_some() => {
                fault(UserErrorCode::Invalid, "milestone", "target-one-kind");
            }
            TargetKind::Milestone if asked.percent.is_some() => {
                fault(UserErrorCode::Invalid, "percent", "target-one-kind");
            }
            TargetKind::Milestone
                if steps != matches!(asked.milestone, Some(step) if step > Milestone::None) =>
            {
                fault(UserErrorCode::Invalid, "milestone", "target-milestone");
            }
            TargetKind::Milestone
                if !steps && indicator.and_then(shape) != Some(Shape::InPlace) =>
            {
                fault(UserErrorCode::Invalid, "kind", "target-is-share");
            }
            TargetKind::Percent | TargetKind::Milestone => {}
        }
        let every = known.map_or(&[][..], |known| &known.elements);
        let every = || every.iter().map(|row| row.code.as_str());
        let elements = asked.elements.as_deref();
        let is_one = |code: &String| every().any(|known| known == code);
        if elements.is_some_and(|codes| codes.is_empty() || !codes.iter().all(is_one)) {
            fault(UserErrorCode::Invalid, "elements", "target-elements");
        }
        if asked.elements_rule == ElementsRule::Any && every().next().is_none() {
            fault(UserErrorCode::Invalid, "elementsRule", "target-elements");
        }
        let elements = elements.and_then(|codes| joined(every(), codes));
        let unit_level = indicator.and_then(|row| unit_level(atlas, row, asked, today));
        if indicator.is_some() && unit_level.is_none() {
            fault(UserErrorCode::Invalid, "unitLevel", "target-unit-level");
        }
        let phase = match indicator {
            Some(row) => match phase(&rulebook, atlas, row, asked) {
                Ok(phase) => Some(phase),
                Err((code, message)) => {
                    fault(code, "phase", message);
                    None
                }
            },
            None => None,
        };
        match (indicator, unit_level, phase) {
            (Some(row), Some(unit_level), Some((phase, is_new_phase))) if faults.is_empty() => {
                let national = atlas.country().filter(|country| *country != asked.area);
                let deviates = national.map(|country| {
                    !rulebook
                        .targets_of(row.indicator_id, country)
                        .any(|target| {
                            target.percent == asked.percent && target.unit_level == unit_level
                        })
                });
                Ok(Wanted {
                    indicator: row.indicator_id,
                    code: format!(
                        "{}/{}/{}",
                        place(atlas, asked.area, today),
                        phase.code,
                        row.code
                    ),
                    phase,
                    is_new_phase,
                    elements,
                    unit_level,
                    deviates,
                })
            }
            _ => Err(Error::User(faults)),
        }
    }
}

/// The code of an area with the day it began: a code alone is reused.
fn place(atlas: &Atlas, area: AreaId, today: NaiveDate) -> String {
    let code = atlas.code(area, today).unwrap_or_default();
    match atlas.area(area).and_then(|area| area.valid_from) {
        Some(from) => format!("{code}@{from}"),
        None => code.to_owned(),
    }
}

/// What the share counts, if that can be.
fn unit_level(
    atlas: &Atlas,
    row: &indicator::Model,
    asked: &SetTarget,
    today: NaiveDate,
) -> Option<String> {
    if shape(row) != Some(Shape::InPlace) {
        let said = asked.unit_level.as_deref().unwrap_or(&row.unit);
        return (said == row.unit).then(|| row.unit.clone());
    }
    let own = atlas.area(asked.area)?.level;
    let level = match &asked.unit_level {
        Some(word) => units::level(word).filter(|level| *level > AreaLevel::Country)?,
        None => {
            let below = atlas.children(asked.area, today);
            let first = below.first().and_then(|child| atlas.area(*child));
            first.map_or(own, |child| child.level)
        }
    };
    let there = units::of_level(atlas, asked.area, level, today);
    (!there.is_empty()).then(|| units::word(level).to_owned())
}

/// The phase, and whether it must be made.
fn phase(
    rulebook: &Rulebook,
    atlas: &Atlas,
    row: &indicator::Model,
    asked: &SetTarget,
) -> Result<(phase::Model, bool), (UserErrorCode, &'static str)> {
    let phase = match asked.phase.as_ref() {
        None => return Err((UserErrorCode::Required, "target-phase")),
        Some(PhaseOf::Known(code)) => {
            let mut phases = rulebook.phases_of(row.programme_id);
            let found = phases.find(|phase| phase.code == *code);
            let found = found.ok_or((UserErrorCode::NotFound, "target-phase-unknown"))?;
            (found.clone(), false)
        }
        Some(PhaseOf::Own { from, to, label }) => {
            let days = to.signed_duration_since(*from).num_days();
            if !(0..=LONGEST_PHASE * 366).contains(&days) {
                return Err((UserErrorCode::DateOutOfRange, "target-phase-order"));
            }
            let programme = rulebook.programme(row.programme_id);
            let programme = programme.map_or("", |programme| programme.code.as_str());
            let place = place(atlas, asked.area, *to);
            let code = format!("{programme}-{place}-{from}-{to}");
            let known = rulebook.phases_of(row.programme_id);
            let known = known.into_iter().find(|phase| phase.code == code);
            let label = label.as_deref().map(str::trim).filter(|text| is_text(text));
            let made = phase::Model {
                phase_id: shipped(&format!("phase:{}:{from}:{to}:{programme}", asked.area)),
                programme_id: row.programme_id,
                label_vi: label.map_or_else(|| format!("{from} – {to}"), str::to_owned),
                code,
                from_on: *from,
                to_on: *to,
            };
            match known {
                Some(known) => (known.clone(), false),
                None => (made, true),
            }
        }
    };
    let began = atlas.area(asked.area).and_then(|area| area.valid_from);
    if began.is_some_and(|began| phase.0.to_on < began) {
        return Err((UserErrorCode::DateOutOfRange, "target-phase-before-area"));
    }
    Ok(phase)
}

fn says_the_same(before: &target::Model, after: &target::Model) -> bool {
    let plain = |row: &target::Model| target::Model {
        set_by: None,
        note: None,
        deviates_from_national: None,
        ..row.clone()
    };
    plain(before) == plain(after)
}

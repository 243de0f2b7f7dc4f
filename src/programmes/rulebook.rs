//! The programmes in memory: phases, indicators, core sets and targets, and which target applies where and when.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use entity::{
    ids::{AreaId, IndicatorId, ModuleId, PhaseId, ProgrammeId, TargetId},
    indicator, indicator_element, indicator_module, phase, programme, target, target_version,
};

/// Rows of every table of the programmes but the register: all of them, or those to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Table `programme`.
    pub programmes: Vec<programme::Model>,
    /// Table `phase`.
    pub phases: Vec<phase::Model>,
    /// Table `indicator`.
    pub indicators: Vec<indicator::Model>,
    /// Table `indicator_element`.
    pub elements: Vec<indicator_element::Model>,
    /// Table `indicator_module`.
    pub core_sets: Vec<indicator_module::Model>,
    /// Table `target`.
    pub targets: Vec<target::Model>,
    /// Table `target_version`.
    pub target_versions: Vec<target_version::Model>,
}

/// An indicator with what hangs on it.
#[derive(Clone, Debug)]
pub struct Indicator {
    /// What it counts, and how.
    pub row: indicator::Model,
    /// Its parts, if it is counted in parts.
    pub components: Vec<IndicatorId>,
    /// Its elements, if it is compound.
    pub elements: Vec<indicator_element::Model>,
    /// Its core set: the modules it asks for. Of the modules of a staff indicator only the lessons for staff.
    pub modules: Vec<ModuleId>,
}

/// Where a day lies to the phase of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhaseState {
    /// Before its first day.
    NotStarted,
    /// Inside it.
    Current,
    /// After its last day: the target still shows, with no needed pace.
    Ended,
}

/// The target that an area is measured by.
#[derive(Clone, Copy, Debug)]
pub struct AppliedTarget<'a> {
    /// The target.
    pub target: &'a Arc<target::Model>,
    /// The area that set it: the area asked about, or one above it.
    pub from_area: AreaId,
    /// Its phase.
    pub phase: &'a phase::Model,
    /// Where the day lies to the phase.
    pub phase_state: PhaseState,
}

/// The programmes: an immutable snapshot.
#[derive(Debug, Default)]
pub struct Rulebook {
    edition: i64,
    programmes: Vec<programme::Model>,
    phases: Vec<phase::Model>,
    indicators: Vec<Arc<Indicator>>,
    targets: Vec<Arc<target::Model>>,
    targets_of: HashMap<(IndicatorId, AreaId), Vec<usize>>,
    target_versions: Vec<target_version::Model>,
}

impl Rulebook {
    /// Puts the rulebook of an edition together.
    pub fn of(edition: i64, rows: Rows) -> Self {
        let Rows {
            mut programmes,
            mut phases,
            indicators: mut indicator_rows,
            mut elements,
            mut core_sets,
            mut targets,
            mut target_versions,
        } = rows;
        target_versions.sort_by_key(|row| (row.target_id, row.version));
        programmes.sort_by(|a, b| b.code.cmp(&a.code));
        phases.sort_by(|a, b| (a.from_on, a.to_on, &a.code).cmp(&(b.from_on, b.to_on, &b.code)));
        targets.sort_by(|a, b| a.code.cmp(&b.code));
        core_sets.sort_by_key(|link| link.module_id);
        elements.sort_by(|a, b| (a.position, &a.code).cmp(&(b.position, &b.code)));
        indicator_rows.sort_by(|a, b| (a.position, &a.code).cmp(&(b.position, &b.code)));
        let parts: Vec<_> = indicator_rows
            .iter()
            .filter_map(|row| Some((row.parent_id?, row.indicator_id)))
            .collect();
        let indicator = |row: indicator::Model| Indicator {
            components: parts
                .iter()
                .filter(|(parent, _)| *parent == row.indicator_id)
                .map(|(_, part)| *part)
                .collect(),
            elements: elements
                .iter()
                .filter(|element| element.indicator_id == row.indicator_id)
                .cloned()
                .collect(),
            modules: core_sets
                .iter()
                .filter(|link| link.indicator_id == row.indicator_id)
                .map(|link| link.module_id)
                .collect(),
            row,
        };
        let indicators = indicator_rows.into_iter().map(indicator).map(Arc::new);
        let mut targets_of: HashMap<_, Vec<_>> = HashMap::new();
        for (at, target) in targets.iter().enumerate() {
            let place = (target.indicator_id, target.area_id);
            targets_of.entry(place).or_default().push(at);
        }
        Self {
            edition,
            indicators: indicators.collect(),
            programmes,
            phases,
            targets: targets.into_iter().map(Arc::new).collect(),
            targets_of,
            target_versions,
        }
    }

    /// Which edition of the programmes it is: of two the larger is the newer.
    pub fn edition(&self) -> i64 {
        self.edition
    }

    /// The programmes.
    pub fn programmes(&self) -> &[programme::Model] {
        &self.programmes
    }

    /// The programme of an id.
    pub fn programme(&self, id: ProgrammeId) -> Option<&programme::Model> {
        self.programmes.iter().find(|row| row.programme_id == id)
    }

    /// The phases of a programme, earliest first.
    pub fn phases_of(&self, programme: ProgrammeId) -> impl Iterator<Item = &phase::Model> {
        let phases = self.phases.iter();
        phases.filter(move |phase| phase.programme_id == programme)
    }

    /// The phase of an id.
    pub fn phase(&self, id: PhaseId) -> Option<&phase::Model> {
        self.phases.iter().find(|phase| phase.phase_id == id)
    }

    /// Every indicator, in the order of the programmes' file.
    pub fn indicators(&self) -> &[Arc<Indicator>] {
        &self.indicators
    }

    /// The indicator of a code such as `D3`.
    pub fn indicator(&self, code: &str) -> Option<&Arc<Indicator>> {
        self.indicators.iter().find(|found| found.row.code == code)
    }

    /// The indicator of an id.
    pub fn indicator_by_id(&self, id: IndicatorId) -> Option<&Arc<Indicator>> {
        let mut all = self.indicators.iter();
        all.find(|found| found.row.indicator_id == id)
    }

    /// The age in months from which a child is no longer in the indicator's population; nothing for staff and units.
    pub fn max_age_months(&self, indicator: &Indicator) -> Option<i32> {
        /// "To age 8" as turning eight, and with the whole ninth year.
        const TO_EIGHT: (i32, i32) = (96, 108);
        let inclusive = self
            .programme(indicator.row.programme_id)
            .is_some_and(|programme| programme.early_years_inclusive);
        match indicator.row.max_age_months {
            Some(months) if inclusive && months == TO_EIGHT.0 => Some(TO_EIGHT.1),
            months => months,
        }
    }

    /// Every target.
    pub fn targets(&self) -> &[Arc<target::Model>] {
        &self.targets
    }

    /// What a target has said, earliest first; nothing of one that never changed since it was shipped.
    pub fn versions_of(&self, target: TargetId) -> impl Iterator<Item = &target_version::Model> {
        let all = self.target_versions.iter();
        all.filter(move |row| row.target_id == target)
    }

    /// The targets an area set itself on an indicator. For areas that are gone too: successors show them as their
    /// predecessors'.
    pub fn targets_of(
        &self,
        indicator: IndicatorId,
        area: AreaId,
    ) -> impl Iterator<Item = &Arc<target::Model>> {
        let places = self.targets_of.get(&(indicator, area));
        places
            .into_iter()
            .flatten()
            .filter_map(|at| self.targets.get(*at))
    }

    /// The target that applies to an area on a day.
    ///
    /// `area_chain` is the area, its parent, and so on up to the country. The nearest area with targets of its own
    /// decides; a part of an indicator without targets of its own is measured by those of the whole. Of the area's
    /// targets the one whose phase holds the day applies, of several the one whose phase began last; else the last that
    /// ended before it; else the first to come.
    pub fn applied_target(
        &self,
        indicator: IndicatorId,
        area_chain: &[AreaId],
        day: NaiveDate,
    ) -> Option<AppliedTarget<'_>> {
        let whole = self
            .indicator_by_id(indicator)
            .and_then(|found| found.row.parent_id);
        let asked = [Some(indicator), whole];
        area_chain.iter().find_map(|area| {
            let mut asked = asked.iter().flatten();
            asked.find_map(|indicator| self.own_target(*indicator, *area, day))
        })
    }

    fn own_target(
        &self,
        indicator: IndicatorId,
        area: AreaId,
        day: NaiveDate,
    ) -> Option<AppliedTarget<'_>> {
        let own = self.targets_of(indicator, area).filter_map(|target| {
            let phase = self.phase(target.phase_id)?;
            Some(AppliedTarget {
                target,
                from_area: area,
                phase,
                phase_state: phase_state(phase, day),
            })
        });
        // Current before ended before not started; then the latest of what began, the first of what is to come.
        own.max_by_key(|applied| {
            let phase = applied.phase;
            let to_come = phase.from_on.signed_duration_since(day).num_days();
            match applied.phase_state {
                PhaseState::Current => (2, to_come),
                PhaseState::Ended => (1, phase.to_on.signed_duration_since(day).num_days()),
                PhaseState::NotStarted => (0, -to_come),
            }
        })
    }
}

fn phase_state(phase: &phase::Model, day: NaiveDate) -> PhaseState {
    if day < phase.from_on {
        PhaseState::NotStarted
    } else if day <= phase.to_on {
        PhaseState::Current
    } else {
        PhaseState::Ended
    }
}

//! The target that applies to an answer, and those of the areas that went into it.

use std::num::NonZeroU32;

use chrono::NaiveDate;
use entity::{ids::AreaId, phase, target};

use super::{AreaBasis, Asked, Cell, Coverage, disclosure::Figure};
use crate::programmes::rulebook::PhaseState;

/// A target as it applies to one area on one day.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The target.
    pub target: target::Model,
    /// The phase it is set for.
    pub phase: phase::Model,
    /// Where the day lies to the phase.
    pub state: PhaseState,
    /// The area that set it.
    pub from_area: AreaId,
}

impl Coverage {
    /// The target that applies to an area: its own, or else that of the nearest area above.
    pub fn target_of(&self, asked: &Asked) -> Option<Applied> {
        if asked.is_beside_indicator() {
            return None;
        }
        let atlas = self.areas().atlas();
        let area = atlas.area(asked.area)?;
        let day = match asked.basis {
            AreaBasis::AsReported => asked.on,
            AreaBasis::Current => area.day_within(self.clock().today()),
        };
        let mut chain = vec![asked.area];
        chain.extend(atlas.ancestors(asked.area, day));
        self.applied(asked, &chain)
    }

    /// Targets that areas merged into this one had set for themselves. They bind nobody now and are shown for
    /// information.
    pub fn predecessor_targets(&self, asked: &Asked) -> Vec<Applied> {
        let atlas = self.areas().atlas();
        let own = |area: AreaId| self.applied(asked, &[area]);
        atlas
            .forerunners(asked.area)
            .into_iter()
            .filter_map(own)
            .collect()
    }

    fn applied(&self, asked: &Asked, chain: &[AreaId]) -> Option<Applied> {
        let rulebook = self.programmes().rulebook();
        let applied = rulebook.applied_target(asked.indicator, chain, asked.on)?;
        Some(Applied {
            target: (**applied.target).clone(),
            phase: applied.phase.clone(),
            state: applied.phase_state,
            from_area: applied.from_area,
        })
    }
}

impl Applied {
    /// Per cent to reach, if the target is a share.
    pub fn percent(&self) -> Option<u32> {
        self.target
            .percent
            .and_then(|percent| u32::try_from(percent).ok())
    }

    /// Whether the target is met.
    pub fn is_met(&self, cell: &Cell) -> Option<Figure<bool>> {
        self.percent()
            .map(|percent| cell.figures.is_target_met(percent))
    }

    /// People still to reach.
    pub fn gap(&self, cell: &Cell) -> Option<Figure<u64>> {
        self.percent().map(|percent| cell.figures.gap(percent))
    }

    /// People to reach each week until the phase ends; nothing once it has ended or before it begins.
    pub fn needed_per_week(&self, cell: &Cell) -> Option<Figure<f64>> {
        let weeks = weeks_left(self.state, cell.asked.on, self.phase.to_on)?;
        self.percent()
            .map(|percent| cell.figures.needed_per_week(percent, weeks))
    }
}

/// Weeks from a day to the end of a phase, a begun week counted whole.
fn weeks_left(state: PhaseState, on: NaiveDate, end: NaiveDate) -> Option<NonZeroU32> {
    if state != PhaseState::Current {
        return None;
    }
    let days = u32::try_from((end - on).num_days() + 1).ok()?;
    NonZeroU32::new(days.div_ceil(7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begun_week_counts_whole_and_an_ended_phase_has_no_pace() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let weeks =
            |state, on: &str| weeks_left(state, day(on), day("2025-12-31")).map(NonZeroU32::get);
        assert_eq!(weeks(PhaseState::Current, "2025-12-31"), Some(1));
        assert_eq!(weeks(PhaseState::Current, "2025-12-25"), Some(1));
        assert_eq!(weeks(PhaseState::Current, "2025-12-24"), Some(2));
        assert_eq!(weeks(PhaseState::Ended, "2026-01-01"), None);
    }
}

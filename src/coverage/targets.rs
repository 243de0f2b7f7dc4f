//! The target that applies to an answer, and those of the areas that went into it.

use std::num::NonZeroU32;

use chrono::NaiveDate;
use entity::{ids::AreaId, phase, target};

use super::{AreaBasis, Asked, Cell, Coverage, disclosure::Figure, reported::milestone_met};
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

    /// Whether the target is a milestone that is met; nothing for a share, and as long as it is not known.
    pub fn is_milestone_met(&self, cell: &Cell) -> Option<bool> {
        milestone_met(self.target.kind, self.target.milestone, cell)
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

/// Weeks over which the present pace is taken: long enough to even out holidays, short enough to be about now.
pub const PACE_WEEKS: u32 = 12;

impl Coverage {
    /// The same question as many weeks earlier as the pace is taken over.
    pub fn before(&self, asked: &Asked) -> Asked {
        let days = chrono::Days::new(u64::from(PACE_WEEKS) * 7);
        Asked {
            on: asked.on.checked_sub_days(days).unwrap_or(asked.on),
            ..asked.clone()
        }
    }
}

/// People reached more each week, over the last [`PACE_WEEKS`] weeks; negative when fewer are.
pub fn pace_per_week(now: &Cell, earlier: &Cell) -> Option<f64> {
    let more = now.figures.change_since(earlier.figures).exact()?;
    Some(more as f64 / f64::from(PACE_WEEKS))
}

/// The day on which the target is met if the pace stays: the gap at the pace of the last weeks, a begun day counted whole.
/// Nothing once the target is met, or while nobody is added.
pub fn projected_on(applied: &Applied, now: &Cell, earlier: &Cell) -> Option<NaiveDate> {
    let gap = applied.gap(now)?.exact().filter(|gap| *gap > 0)?;
    let more = now.figures.change_since(earlier.figures).exact()?;
    let more = u64::try_from(more).ok().filter(|more| *more > 0)?;
    let days = (gap.checked_mul(u64::from(PACE_WEEKS) * 7)?).div_ceil(more);
    let on = now.asked.on.checked_add_days(chrono::Days::new(days))?;
    // Beyond a lifetime a date says nothing.
    (days < 36_525).then_some(on)
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

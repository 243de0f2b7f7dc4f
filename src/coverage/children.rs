//! When and where a child is counted, and from when on it has a caregiver who learned.
//!
//! A child has no account and no home of its own: it is counted through its caregivers. A caregiver speaks for a child
//! on the days on which she cares for it, lives somewhere, is no tester, and consents to statistics, to the child's
//! profile and, where the indicator asks for a disability, to data on it.
//!
//! Invariant: on a day a child is counted at most once in a count and measure, however many caregivers speak for it,
//! and at the home of one of them: of those who speak for it that day the one who began to care first (on the same
//! day: the one with the smaller id). Everything here is a pure function of the caregivers' households and tiers, so
//! the order in which they were recorded or learned changes nothing. `check` runs it again and compares.

use std::collections::BTreeSet;

use entity::ids::{ChildId, IndicatorId};

use super::{
    measure::Measure,
    population::{cared_for, consented, reached_on},
    ranges::{Range, Ranges},
    store::Interval,
};
use crate::{
    learning::{
        store::{ChildTierDays, TierDays},
        tiers::Tier,
    },
    people::household::{Household, Purpose},
};

/// Whose learning moves a child into a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LearnedBy {
    /// A caregiver's own tier on the indicator, whichever of her children she learned for.
    Caregiver,
    /// What a caregiver learned of the lessons that apply to this very child.
    CaregiverForTheChild,
}

/// A count of children.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChildCount {
    /// What the ledger keeps it under.
    pub count: IndicatorId,
    /// The indicator it belongs to.
    pub indicator: IndicatorId,
    /// Age in months from which a child no longer counts.
    pub under_months: u32,
    /// Whether only children with a disability count.
    pub with_disability: bool,
    /// Whose learning counts.
    pub by: LearnedBy,
}

/// Somebody who cares, or cared, for a child.
#[derive(Clone, Copy, Debug)]
pub struct Carer<'a> {
    /// Her household.
    pub household: &'a Household,
    /// What she reached.
    pub tiers: &'a TierDays,
    /// What she reached for single children.
    pub child_tiers: &'a ChildTierDays,
}

/// When and where a child is counted, in every count and measure, given everybody who cares for it.
pub fn child_intervals(
    child: ChildId,
    carers: &[Carer<'_>],
    counts: &[ChildCount],
) -> BTreeSet<Interval> {
    let mut intervals = BTreeSet::new();
    for count in counts {
        let mut voices = voices(child, carers, count);
        voices.sort_by_key(|voice| voice.order);
        let mut spoken_for = Ranges::default();
        let mut homes = Vec::new();
        for voice in &voices {
            for (atom, days) in &voice.homes {
                homes.push((*atom, days.without(&spoken_for)));
            }
            spoken_for = spoken_for.or(&voice.days());
        }
        for measure in Measure::all() {
            let within = match measure {
                Measure::Population => spoken_for.clone(),
                Measure::Tier(tier) => learned(&voices, tier),
            };
            for (atom, days) in &homes {
                intervals.extend(days.and(&within).iter().map(|days| Interval {
                    indicator: count.count,
                    measure,
                    atom: *atom,
                    days,
                }));
            }
        }
    }
    intervals
}

/// The days on which somebody who has reached a tier by then speaks for the child.
fn learned(voices: &[Voice], tier: Tier) -> Ranges {
    let by_voice = voices.iter().filter_map(|voice| {
        let on = voice.reached.iter().find(|(reached, _)| *reached == tier)?;
        Some(voice.days().from(on.1))
    });
    by_voice.fold(Ranges::default(), |days, more| days.or(&more))
}

/// One spell of somebody's care, as far as it counts.
struct Voice {
    order: (chrono::NaiveDate, entity::ids::PersonId),
    homes: Vec<(entity::ids::AtomId, Ranges)>,
    reached: Vec<(Tier, chrono::NaiveDate)>,
}

impl Voice {
    fn days(&self) -> Ranges {
        let homes = self.homes.iter();
        homes.fold(Ranges::default(), |days, (_, here)| days.or(here))
    }
}

fn voices(child: ChildId, carers: &[Carer<'_>], count: &ChildCount) -> Vec<Voice> {
    let mut voices = Vec::new();
    let counting = carers
        .iter()
        .filter(|carer| !carer.household.exclude_from_reporting);
    for carer in counting {
        let household = carer.household;
        let mut consent = consented(household, Purpose::Statistics)
            .and(&consented(household, Purpose::ChildProfile));
        if count.with_disability {
            consent = consent.and(&consented(household, Purpose::DisabilityData));
        }
        let reached = reached(child, carer, count);
        let spells = household.children.iter().filter(|spell| spell.id == child);
        for spell in spells {
            let care = cared_for(spell, count.under_months, count.with_disability).and(&consent);
            let mut taken = Ranges::default();
            let homes = household.residences.iter().filter_map(|residence| {
                let at_home = Range::new(residence.from_on, residence.to_on)?;
                let days = care.and(&at_home.into()).without(&taken);
                taken = taken.or(&days);
                Some((residence.atom, days))
            });
            voices.push(Voice {
                order: (spell.from_on, household.person),
                homes: homes.collect(),
                reached: reached.clone(),
            });
        }
    }
    voices
}

fn reached(
    child: ChildId,
    carer: &Carer<'_>,
    count: &ChildCount,
) -> Vec<(Tier, chrono::NaiveDate)> {
    let tiers = match count.by {
        LearnedBy::Caregiver => Some(carer.tiers),
        LearnedBy::CaregiverForTheChild => carer.child_tiers.get(&child),
    };
    let on = |tier| Some((tier, reached_on(tiers?, count.indicator, tier)?));
    Tier::ALL.into_iter().filter_map(on).collect()
}

#[cfg(test)]
#[path = "children_tests.rs"]
mod tests;

//! Who belongs to the population of an indicator, on which days, where; and who of them had reached a tier.
//!
//! Membership is a set of days, an intersection: a child of the right age (and with a disability, where the
//! indicator asks for one) in her care, consent to statistics (and to disability data), a home. The end is
//! computed ahead from the month of birth, so that a population is right on any day without looking at anybody
//! again. Everything here is a pure function of the household and the tiers: `check` runs it again and compares.

use std::collections::BTreeSet;

use chrono::{Months, NaiveDate};
use entity::ids::IndicatorId;

use super::{
    measure::Measure,
    ranges::{Range, Ranges},
    store::Interval,
};
use crate::{
    clock::day_in_viet_nam,
    learning::{store::TierDays, tiers::Tier},
    people::household::{Audience, Child, Household, Purpose},
};

/// Whom an indicator counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Members {
    /// Caregivers of children under an age; a child whose month is withheld counts only where `age_may_be_withheld`.
    CaregiversOf {
        /// Age in months from which a child no longer counts.
        under_months: u32,
        /// Whether only children with a disability count.
        with_disability: bool,
    },
    /// People who are staff.
    Staff,
    /// Whoever is in one of the other indicators, once.
    EitherOf(Vec<IndicatorId>),
}

/// An indicator that is computed from people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which.
    pub indicator: IndicatorId,
    /// Whom it counts.
    pub members: Members,
}

/// When and where a person is counted, on every indicator and in every measure.
pub fn intervals(
    household: &Household,
    counted: &[Counted],
    tiers: &TierDays,
) -> BTreeSet<Interval> {
    if household.exclude_from_reporting {
        return BTreeSet::new();
    }
    let mut intervals = BTreeSet::new();
    for indicator in counted {
        for measure in Measure::all() {
            let days = days_in(household, counted, tiers, indicator, measure);
            for residence in &household.residences {
                let Some(at_home) = Range::new(residence.from_on, residence.to_on) else {
                    continue;
                };
                intervals.extend(days.and(&at_home.into()).iter().map(|days| Interval {
                    indicator: indicator.indicator,
                    measure,
                    atom: residence.atom,
                    days,
                }));
            }
        }
    }
    intervals
}

fn days_in(
    household: &Household,
    counted: &[Counted],
    tiers: &TierDays,
    indicator: &Counted,
    measure: Measure,
) -> Ranges {
    if let Members::EitherOf(parts) = &indicator.members {
        let parts = counted
            .iter()
            .filter(|part| parts.contains(&part.indicator));
        return parts.fold(Ranges::default(), |days, part| {
            days.or(&days_in(household, counted, tiers, part, measure))
        });
    }
    let population = population(household, &indicator.members);
    match measure {
        Measure::Population => population,
        Measure::Tier(tier) => reached_on(tiers, indicator.indicator, tier)
            .map_or_else(Ranges::default, |on| population.from(on)),
    }
}

pub(super) fn reached_on(
    tiers: &TierDays,
    indicator: IndicatorId,
    tier: Tier,
) -> Option<NaiveDate> {
    tiers.get(&indicator)?.get(&tier).copied()
}

fn population(household: &Household, members: &Members) -> Ranges {
    let statistics = consented(household, Purpose::Statistics);
    match members {
        Members::Staff => {
            let staff = household
                .audiences
                .iter()
                .filter(|spell| spell.audience == Audience::Staff);
            let staff: Ranges = staff
                .filter_map(|spell| Range::new(spell.from_on, spell.to_on))
                .collect();
            staff.and(&statistics)
        }
        Members::CaregiversOf {
            under_months,
            with_disability,
        } => {
            let children = household.children.iter();
            let caring = children.fold(Ranges::default(), |days, child| {
                days.or(&cared_for(child, *under_months, *with_disability))
            });
            let days = caring
                .and(&statistics)
                .and(&consented(household, Purpose::ChildProfile));
            if *with_disability {
                days.and(&consented(household, Purpose::DisabilityData))
            } else {
                days
            }
        }
        Members::EitherOf(_) => Ranges::default(),
    }
}

/// The days on which a child makes its caregiver count.
pub(super) fn cared_for(child: &Child, under_months: u32, with_disability: bool) -> Ranges {
    let born = match (child.born_month, child.due_month) {
        (Some(born), _) => born,
        // An expected child is in no population.
        (None, Some(_)) => return Ranges::default(),
        // A withheld month: a child with a disability is known to be a child; "to age 8" cannot be known.
        (None, None) if with_disability => child.recorded_on,
        (None, None) => return Ranges::default(),
    };
    let outgrown = child
        .born_month
        .and_then(|born| born.checked_add_months(Months::new(under_months)));
    let enter = born.max(child.recorded_on).max(child.from_on);
    let leave = [outgrown, child.removed_on, child.to_on]
        .into_iter()
        .flatten()
        .min();
    let Some(days) = Range::new(enter, leave) else {
        return Ranges::default();
    };
    if !with_disability {
        return days.into();
    }
    let known: Ranges = child
        .disabilities
        .iter()
        .filter_map(|entry| Range::new(entry.recorded_on, entry.removed_on))
        .collect();
    known.and(&days.into())
}

pub(super) fn consented(household: &Household, purpose: Purpose) -> Ranges {
    let given = household
        .consents
        .iter()
        .filter(|consent| consent.purpose == purpose);
    given
        .filter_map(|consent| {
            let withdrawn = consent.withdrawn_at.map(day_in_viet_nam);
            Range::new(day_in_viet_nam(consent.given_at), withdrawn)
        })
        .collect()
}

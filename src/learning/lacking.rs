//! What somebody still lacks before she counts: how many lessons and checks lie between her and an indicator's tier.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::ids::{IndicatorId, PersonId};

use super::{
    Learning,
    applies::{asked, asks_for_disability},
    store::{self, Record},
    tiers::{Requirement, Tier},
};
use crate::{content::Catalogue, error::Result, programmes::Rulebook};

/// What one person lacks for one indicator. Once it is done, one person more is reached where she lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The indicator.
    pub indicator: IndicatorId,
    /// Lessons to finish.
    pub lessons: usize,
    /// Modules whose check is to be passed.
    pub checks: usize,
}

/// What a person lacks for each indicator she could count in and does not yet, at the indicator's own tier, the nearest first.
///
/// Indicators that count only families of children with a disability are left out: that somebody could count in one says
/// what her trainer need not know.
pub fn lacking(
    record: &Record,
    catalogue: &Catalogue,
    rulebook: &Rulebook,
    today: NaiveDate,
) -> Vec<Lacking> {
    if !record.facts.may_record {
        return Vec::new();
    }
    let lacks = |(id, ask): (IndicatorId, super::applies::Ask<'_>)| {
        let indicator = rulebook.indicator_by_id(id)?;
        let tier = Tier::from(indicator.row.default_tier?);
        let has_reached = || {
            record
                .tiers
                .get(&id)
                .is_some_and(|tiers| tiers.contains_key(&tier))
        };
        if asks_for_disability(indicator) || has_reached() {
            return None;
        }
        let required = ask.required_on(today);
        if required.is_empty() {
            return None;
        }
        let state = &record.state;
        let is_left = |lesson: &&_| ask.completed_on(state, **lesson, today).is_none();
        let lessons = required.iter().filter(is_left).count();
        let modules: BTreeSet<_> = required
            .iter()
            .filter_map(|lesson| ask.module_of(*lesson))
            .collect();
        let is_passed = |module| {
            state
                .quizzes
                .get(module)
                .is_some_and(|quiz| !quiz.passed_on.is_empty())
        };
        let checks = modules.iter().filter(|module| !is_passed(module)).count();
        let (lessons, checks) = match tier {
            Tier::Reached | Tier::Practised => (1, 0),
            Tier::Completed => (lessons, 0),
            Tier::Demonstrated => (lessons, checks),
            Tier::Retained => (lessons, modules.len()),
        };
        Some(Lacking {
            indicator: id,
            lessons,
            checks,
        })
    };
    let mut found: Vec<_> = asked(&record.facts, catalogue, rulebook)
        .into_iter()
        .filter_map(lacks)
        .collect();
    found.sort_by_key(|one| (one.lessons + one.checks, one.indicator));
    found
}

impl Learning {
    /// What each of several people lacks; see [`lacking`]. One statement, whatever their number.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn lacking(&self, persons: &[PersonId]) -> Result<HashMap<PersonId, Vec<Lacking>>> {
        let records = store::records_among(self.0.db.latest(), persons).await?;
        let (catalogue, rulebook) = (self.catalogue(), self.rulebook());
        let today = self.0.clock.today();
        let lacking = |record: Record| {
            (
                record.person,
                lacking(&record, &catalogue, &rulebook, today),
            )
        };
        Ok(records.into_iter().map(lacking).collect())
    }
}

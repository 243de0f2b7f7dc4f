//! Recomputes one person's record from her events and names each difference.

use std::collections::BTreeMap;

use super::{
    Learning,
    applies::{self, Facts},
    merge::PersonState,
    store::{self, Record, TierDays},
    tiers,
};
use crate::{db::ConnectionTrait, error::Result, people::household::Household};

/// One thing in a record that is not what it should be: what, what it should be, what it is.
pub type Wrong = (String, String, String);

/// What differs between a record and what the events and the household say it should be.
///
/// # Errors
/// When the database does not answer.
pub async fn check_record(
    learning: &Learning,
    db: &impl ConnectionTrait,
    record: &Record,
    household: &Household,
) -> Result<Vec<Wrong>> {
    let person = record.person;
    let mut wrong = Vec::new();
    let mut compare = |what: &str, expected: String, found: String| {
        if expected != found {
            wrong.push((format!("{what} of person {person}"), expected, found));
        }
    };
    let events = store::events_of(db, person).await?;
    compare(
        "state",
        show(&PersonState::fold(&events)),
        show(&record.state),
    );
    compare("facts", show(&Facts::of(household)), show(&record.facts));
    let (catalogue, rulebook) = (learning.catalogue(), learning.rulebook());
    let stored = store::tiers_of(db, person).await?;
    let nothing = tiers::TiersReached::new();
    let settled: BTreeMap<_, _> = applies::asked(&record.facts, &catalogue, &rulebook)
        .into_iter()
        .map(|(indicator, ask)| {
            let before = stored.get(&indicator).unwrap_or(&nothing);
            (indicator, tiers::settle(before, &record.state, &ask))
        })
        .filter(|(_, tiers)| !tiers.is_empty())
        .collect();
    compare("tiers", show(&settled), show(&stored));
    compare("days of tiers", show(&days(&settled)), show(&record.tiers));
    Ok(wrong)
}

/// The days alone.
pub fn days(tiers: &BTreeMap<entity::ids::IndicatorId, tiers::TiersReached>) -> TierDays {
    let days = |tiers: &tiers::TiersReached| {
        tiers
            .iter()
            .map(|(tier, reached)| (*tier, reached.on))
            .collect()
    };
    tiers
        .iter()
        .map(|(indicator, tiers)| (*indicator, days(tiers)))
        .collect()
}

fn show(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

//! Recomputes one person's record from her events and names each difference.

use std::collections::BTreeMap;

use super::{
    Learning,
    applies::Facts,
    award,
    merge::PersonState,
    store::{self, ChildTierDays, Record, TierDays},
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
    let settled = award::own(&record.facts, &record.state, &stored, &catalogue, &rulebook);
    compare("tiers", show(&settled), show(&stored));
    compare("days of tiers", show(&days(&settled)), show(&record.tiers));
    let stored = store::child_tiers_of(db, person).await?;
    let settled = award::for_children(&record.facts, &record.state, &stored, &catalogue, &rulebook);
    compare("tiers for children", show(&settled), show(&stored));
    compare(
        "days of tiers for children",
        show(&child_days(&settled)),
        show(&record.child_tiers),
    );
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

/// The days alone, of every child.
pub fn child_days(tiers: &tiers::ChildTiersReached) -> ChildTierDays {
    tiers
        .iter()
        .map(|(child, tiers)| (*child, days(tiers)))
        .collect()
}

fn show(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

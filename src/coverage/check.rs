//! Recomputes every figure from what it was made of and names each difference.
//!
//! From the events: state, tiers, and from when until when each person is counted. From those days: the ledger
//! and every counter of every place. Nothing is changed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::ids::{ChildId, PersonId};

use super::{
    Coverage,
    children::{Carer, child_intervals},
    counters::{Counter, Series},
    ledger::{all_carers, counters_of, present, spread},
    population::intervals,
    store,
};
use crate::{
    db::ConnectionTrait,
    error::Result,
    learning::{
        Learning,
        check::{Wrong, check_record},
        store::{self as learning_store, Record},
    },
    people::{household::Household, store as people_store},
};

/// Something that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What, and whose: ids only, never names.
    pub what: String,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl From<Wrong> for Difference {
    fn from((what, expected, found): Wrong) -> Self {
        Self {
            what,
            expected,
            found,
        }
    }
}

/// People read at once.
const PAGE: u64 = 500;

impl Coverage {
    /// Recomputes everything; answers how many people were checked, and every difference.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn check(&self, learning: &Learning) -> Result<(usize, Vec<Difference>)> {
        let db = self.db().latest();
        let counted = self.counted();
        let mut differences = Vec::new();
        let (mut people, mut after): (usize, Option<PersonId>) = (0, None);
        loop {
            let records = learning_store::records(db, after, PAGE).await?;
            let Some(last) = records.last() else { break };
            after = Some(last.person);
            people += records.len();
            for record in &records {
                let Some(household) = people_store::household(db, record.person).await? else {
                    differences.push(difference(
                        format!("person {}", record.person),
                        "a household",
                        "none",
                    ));
                    continue;
                };
                let wrong = check_record(learning, db, record, &household).await?;
                differences.extend(wrong.into_iter().map(Difference::from));
                let stored = store::intervals_of(db, record.person).await?;
                let expected = intervals(&household, &counted, &record.tiers);
                if stored != expected {
                    let what = format!("intervals of person {}", record.person);
                    differences.push(difference(what, expected, stored));
                }
                self.check_children(db, &household, record, &mut differences)
                    .await?;
            }
        }
        for child in store::children_without_carers(db).await? {
            let what = format!("intervals of child {child}");
            differences.push(difference(what, "somebody who cares for it", "nobody"));
        }
        differences.extend(self.check_counters().await?);
        Ok((people, differences))
    }

    /// Recounts the children of a household; a child with several caregivers with the first of them.
    async fn check_children(
        &self,
        db: &impl ConnectionTrait,
        household: &Household,
        record: &Record,
        differences: &mut Vec<Difference>,
    ) -> Result<()> {
        let children: BTreeSet<ChildId> = household.children.iter().map(|child| child.id).collect();
        if children.is_empty() {
            return Ok(());
        }
        let mut carers = people_store::carers(db, &children).await?;
        carers.retain(|_, people| people.first() == Some(&household.person));
        let others = self.others(db, household.person, &carers).await?;
        let stored = store::child_intervals_of(db, &children).await?;
        let (counts, nothing) = (self.child_counts(), BTreeSet::new());
        for (child, people) in &carers {
            let own = Carer {
                household,
                tiers: &record.tiers,
                child_tiers: &record.child_tiers,
            };
            let all = all_carers(own, &others, Some(people));
            let expected = child_intervals(*child, &all, &counts);
            let stored = stored.get(child).unwrap_or(&nothing);
            if *stored != expected {
                let what = format!("intervals of child {child}");
                differences.push(difference(what, expected, stored));
            }
        }
        Ok(())
    }

    async fn check_counters(&self) -> Result<Vec<Difference>> {
        let atlas = self.areas().atlas();
        let db = self.db().latest();
        let (recount, waiting) = (store::recount(db).await?, store::every_delta(db).await?);
        let mut changes = spread(&atlas, &recount);
        // What still waits in the ledger is not in the counters.
        for (series, waiting) in spread(&atlas, &waiting) {
            let changes = changes.entry(series).or_default();
            waiting
                .into_iter()
                .for_each(|(on, delta)| *changes.entry(on).or_default() -= delta);
        }
        changes
            .values_mut()
            .for_each(|days| days.retain(|_, delta| *delta != 0));
        let expected = counters_of(changes);
        let found = store::every_counter(db).await?;
        let every: BTreeSet<&Series> = expected.keys().chain(found.keys()).collect();
        let nothing = Counter::default();
        let mut differences = Vec::new();
        let mut now = present(&recount);
        for (place, waiting) in present(&waiting) {
            *now.entry(place).or_default() -= waiting;
        }
        now.retain(|_, total| *total != 0);
        let stored = store::every_present(db).await?;
        if now != stored {
            differences.push(difference("present populations", now, stored));
        }
        for series in every {
            let (expected, found) = (
                expected.get(series).unwrap_or(&nothing),
                found.get(series).unwrap_or(&nothing),
            );
            // Rows that add nothing may be there or not: compare what they answer, day by day and month by month.
            let days: BTreeSet<NaiveDate> = answers(expected).chain(answers(found)).collect();
            let wrong = days
                .iter()
                .find(|day| expected.on(**day) != found.on(**day));
            if let Some(day) = wrong {
                let Series {
                    place,
                    indicator,
                    measure,
                } = series;
                let what = format!(
                    "count of {} of indicator {indicator} in {place} on {day}",
                    measure.word()
                );
                differences.push(difference(what, expected.on(*day), found.on(*day)));
            }
        }
        Ok(differences)
    }
}

/// The days on which a counter's answer can change: its days, and the first days of its months and of those after.
fn answers(counter: &Counter) -> impl Iterator<Item = NaiveDate> + '_ {
    let months = counter
        .months
        .keys()
        .flat_map(|month| [*month, super::counters::next_month(*month)]);
    counter.days.keys().copied().chain(months)
}

/// A difference.
pub fn difference(
    what: impl Into<String>,
    expected: impl std::fmt::Debug,
    found: impl std::fmt::Debug,
) -> Difference {
    Difference {
        what: what.into(),
        expected: format!("{expected:?}"),
        found: format!("{found:?}"),
    }
}

//! The page of what coverage holds on a person, and what it keeps of somebody who is erased: sums that name nobody.
//!
//! Invariant: erasing changes no count of a day before today, and from today on she is counted nowhere.
//!
//! The sums are kept by day, as the counters are: a report ends on the 14th as well as on the last of a month. A row
//! is one sum over everybody who was erased, and says no more than the counter of the same atom and day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::ids::ChildId;

use super::{
    Coverage,
    children::{Carer, child_intervals},
    ledger::differences,
    ranges::Range,
    store::{self, Delta, Interval},
};
use crate::{
    db::Tx,
    error::Result,
    people::{
        holdings::{Erasing, Held, Holder, Subject, Whose},
        store as people_store,
    },
};

const PAGE: &[Held] = &[
    Held {
        table: "coverage_child_interval",
        about: "held-child-counted",
        columns: "child_id bucket indicator_id measure atom_id enter_on leave_on",
        whose: &[Whose::Child("child_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "coverage_interval",
        about: "held-counted",
        columns: "person_id bucket indicator_id measure atom_id enter_on leave_on",
        whose: &[Whose::Person("person_id")],
        erasing: Erasing::Deleted,
    },
    Held {
        table: "data_finding",
        about: "held-findings",
        columns: "finding_id owner_id changed_at",
        whose: &[Whose::Account("owner_id")],
        erasing: Erasing::Vacated,
    },
];

/// What erasing somebody changes in the counts.
#[derive(Default)]
struct Leaving {
    /// Of the counters: from today on only.
    counters: Vec<Delta>,
    /// Of the sums kept of people who were erased: before today only.
    kept: Vec<Delta>,
}

impl Leaving {
    /// Somebody, or a child, who was counted so and is counted so from now on.
    fn add(&mut self, before: &BTreeSet<Interval>, after: &BTreeSet<Interval>, today: NaiveDate) {
        let (was, is) = (until(before, today), until(after, today));
        let kept = differences(is, was);
        self.counters
            .extend(differences(before.clone(), after.clone()));
        self.counters.extend(kept.iter().copied());
        self.kept.extend(kept);
    }
}

/// The days of intervals before a day.
fn until(intervals: &BTreeSet<Interval>, day: NaiveDate) -> BTreeSet<Interval> {
    let cut = |interval: &Interval| {
        let leave = interval.days.leave.map_or(day, |leave| leave.min(day));
        let days = Range::new(interval.days.enter, Some(leave))?;
        Some(Interval { days, ..*interval })
    };
    intervals.iter().filter_map(cut).collect()
}

/// Changes of one count on one day added up; those that cancel out are left out.
fn summed(deltas: Vec<Delta>) -> Vec<Delta> {
    let mut sums: BTreeMap<_, i32> = BTreeMap::new();
    for delta in deltas {
        let key = (delta.atom, delta.indicator, delta.measure, delta.on);
        *sums.entry(key).or_default() += delta.delta;
    }
    let changed = sums.into_iter().filter(|(_, delta)| *delta != 0);
    changed
        .map(|((atom, indicator, measure, on), delta)| Delta {
            atom,
            indicator,
            measure,
            on,
            delta,
        })
        .collect()
}

#[async_trait::async_trait]
impl Holder for Coverage {
    fn held(&self) -> &'static [Held] {
        PAGE
    }

    async fn before_erasing(&self, tx: &Tx, who: &Subject, today: NaiveDate) -> Result<()> {
        let (mut leaving, nothing) = (Leaving::default(), BTreeSet::new());
        let children = who.every_child();
        let buckets = people_store::hold_children(tx, &children).await?;
        for person in &who.persons {
            let before = store::intervals_of(tx, *person).await?;
            leaving.add(&before, &nothing, today);
        }
        let stored = store::child_intervals_of(tx, &children).await?;
        for child in &who.children {
            leaving.add(stored.get(child).unwrap_or(&nothing), &nothing, today);
        }
        for child in &who.shared_children {
            let before = stored.get(child).unwrap_or(&nothing);
            let after = self.without(tx, *child, who).await?;
            leaving.add(before, &after, today);
            let gone = before.difference(&after).copied();
            let new = after.difference(before).copied();
            let bucket = buckets.get(child).copied().unwrap_or_default();
            store::change_child_intervals(tx, *child, bucket, gone, new).await?;
        }
        self.note(tx, summed(leaving.counters)).await?;
        store::add_erased(tx, summed(leaving.kept)).await
    }
}

impl Coverage {
    /// When a child is counted by those who care for it beside somebody.
    async fn without(&self, tx: &Tx, child: ChildId, who: &Subject) -> Result<BTreeSet<Interval>> {
        let mut carers = people_store::carers(tx, &BTreeSet::from([child])).await?;
        for people in carers.values_mut() {
            people.retain(|person| !who.persons.contains(person));
        }
        let Some(first) = who.persons.first() else {
            return Ok(BTreeSet::new());
        };
        let others = self.others(tx, *first, &carers).await?;
        let others: Vec<_> = others
            .values()
            .map(|(household, record)| Carer {
                household,
                tiers: &record.tiers,
                child_tiers: &record.child_tiers,
            })
            .collect();
        Ok(child_intervals(child, &others, &self.child_counts()))
    }
}

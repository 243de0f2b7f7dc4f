//! The daily sweeps: everybody who can be told something is looked at once a day, page by page. How far a sweep has come
//! is kept, so that any server goes on where another stopped, and a cause that was found before makes nothing new.

use std::collections::BTreeMap;

use chrono::{FixedOffset, NaiveDate, Timelike};
use entity::{ids::PersonId, notice_sweep};

use super::{
    Notices,
    outbox::{NewNotice, day_began},
    reminders::reminders,
    store,
};
use crate::{
    db::Tx,
    error::{Error, Result},
    learning,
};

/// People looked at in one step.
const PAGE: u64 = 500;
/// The first hour of the day, in Viet Nam, at which reminders are worked out: what was learned in the evening and the
/// morning has arrived.
const FIRST_HOUR: u32 = 9;
/// The sweep over people.
const REMINDERS: &str = "reminders";
/// The sweep over areas.
const REPORTS: &str = "reports";

impl Notices {
    /// Takes the next step of today's sweeps; answers whether there is more to do today.
    ///
    /// # Errors
    /// When the database does not answer; the step is then taken again.
    pub async fn sweep(&self) -> Result<bool> {
        let now = self.clock().now();
        let viet_nam =
            FixedOffset::east_opt(7 * 3600).ok_or_else(|| Error::internal("no such time zone"))?;
        if now.with_timezone(&viet_nam).hour() < FIRST_HOUR {
            return Ok(false);
        }
        let today = self.clock().today();
        for name in [REMINDERS, REPORTS] {
            if store::is_swept(self.db().latest(), name, today).await? {
                continue;
            }
            return self
                .together(move |this, tx| Box::pin(async move { this.step(tx, name, today).await }))
                .await
                .map(|()| true);
        }
        Ok(false)
    }

    /// One step of a sweep, in one transaction with what it found.
    async fn step(&self, tx: &Tx, name: &'static str, today: NaiveDate) -> Result<()> {
        let held = store::hold_sweep(tx, name, today).await?;
        let held = held.ok_or_else(|| Error::internal("a sweep that was written is not there"))?;
        if held.on_day > today || (held.on_day == today && held.finished_at.is_some()) {
            // Another server was first.
            return Ok(());
        }
        let after = held.after_id.filter(|_| held.on_day == today);
        let (until, through) = match name {
            REMINDERS => {
                let persons = store::next_to_remind(tx, after, PAGE).await?;
                self.remind(tx, &persons, today).await?;
                let last = persons.last().map(|person| person.0);
                (last.or(after), (persons.len() as u64) < PAGE)
            }
            _ => {
                self.remind_of_reports(tx, today).await?;
                (None, true)
            }
        };
        let row = notice_sweep::Model {
            name: name.to_owned(),
            on_day: today,
            after_id: until,
            finished_at: through.then(|| self.clock().now()),
        };
        store::put_sweep(tx, row).await
    }

    /// Reminds those of some people who need it: a bounded number of statements whatever their number. Who has a reminder
    /// that waits, or had one today, is left for another day.
    async fn remind(&self, tx: &Tx, persons: &[PersonId], today: NaiveDate) -> Result<()> {
        if persons.is_empty() {
            return Ok(());
        }
        let reminded = store::reminded(tx, persons.iter().copied(), day_began(today)).await?;
        let left: Vec<PersonId> = persons
            .iter()
            .copied()
            .filter(|person| !reminded.contains(person))
            .collect();
        let records = learning::store::records_among(tx, &left).await?;
        let due = self.0.on.training.due_of(tx, &left, today).await?;
        let catalogue = self.0.on.content.catalogue();
        let (nothing, mut wanted) = (BTreeMap::new(), Vec::new());
        for record in &records {
            let due = due.get(&record.person).unwrap_or(&nothing);
            for found in reminders(record, due, &catalogue, today) {
                wanted.push(NewNotice {
                    person: record.person,
                    kind: found.kind,
                    cause: format!("{}:{}", record.person, found.cause),
                    about: found.about,
                    announcement: None,
                    by: None,
                    lasts: found.lasts,
                });
            }
        }
        // Of what was not said yet, the first of each person.
        let said = store::causes_among(tx, wanted.iter().map(|notice| &*notice.cause)).await?;
        let mut first: BTreeMap<PersonId, NewNotice> = BTreeMap::new();
        for notice in wanted {
            if !said.contains(&notice.cause) {
                first.entry(notice.person).or_insert(notice);
            }
        }
        self.post(tx, first.into_values().collect()).await?;
        Ok(())
    }
}

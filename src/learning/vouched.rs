//! What a trainer vouches for: attendance in person and skills seen, taken in as events like any others.
//!
//! The caller knows that the trainer may: membership of the group on the day it happened, not today's.

use chrono::{DateTime, Utc};
use entity::ids::{AccountId, EventId, LessonId, PersonId, voiding_event};
use sha2::{Digest, Sha256};

use super::{
    Learning,
    event::{Event, Happened},
    intake::{Outcome, Trouble},
    store::Stamped,
};
use crate::{db::Tx, error::Result};

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// She was there when the lesson was given.
    Attended,
    /// She did what the lesson teaches.
    Observed,
}

/// One thing a trainer vouches for.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// Follows from the record, so that the same record again gives the same events.
    pub id: EventId,
    /// What was seen.
    pub seen: Seen,
    /// Of which lesson.
    pub lesson: LessonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Whether what was vouched for became credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credit {
    /// It is in her record.
    Given,
    /// She has not consented to a learning record, or withdrew.
    ConsentMissing,
    /// She has no record to write to.
    NoRecord,
}

impl Seen {
    /// The word in the event's id and in its row.
    pub fn word(self) -> &'static str {
        match self {
            Self::Attended => "ATTENDED_IN_PERSON",
            Self::Observed => "OBSERVED_BY_TRAINER",
        }
    }
}

impl Learning {
    /// Takes in what a trainer vouches for about one person, in the caller's transaction. What is there already
    /// stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn vouch(
        &self,
        tx: &Tx,
        by: AccountId,
        person: PersonId,
        vouched: &[Vouched],
    ) -> Result<Credit> {
        let catalogue = self.catalogue();
        let event = |vouched: &Vouched| {
            let lesson = vouched.lesson;
            let release = catalogue
                .lesson(lesson)
                .and_then(|lesson| lesson.release.as_ref().map(|release| release.id));
            let happened = match vouched.seen {
                Seen::Attended => Happened::AttendedInPerson { lesson },
                Seen::Observed => Happened::ObservedByTrainer { lesson },
            };
            let event = self.vouched_event(by, person, vouched.id, vouched.at, happened);
            stamped(Event { release, ..event })
        };
        self.take_in_vouched(tx, person, vouched.iter().map(event).collect())
            .await
    }

    /// Takes back what a trainer vouched for about one person, in the caller's transaction. Taking it back again
    /// changes nothing; neither does taking back what never became an event.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn take_back(
        &self,
        tx: &Tx,
        by: AccountId,
        person: PersonId,
        events: &[EventId],
    ) -> Result<()> {
        let known = super::store::known_events(tx, events).await?;
        let now = self.0.clock.now();
        let void = |event: &EventId| {
            let happened = Happened::Voided { event: *event };
            stamped(self.vouched_event(by, person, voiding_event(*event), now, happened))
        };
        self.take_in_vouched(tx, person, known.keys().map(void).collect())
            .await?;
        Ok(())
    }

    fn vouched_event(
        &self,
        by: AccountId,
        person: PersonId,
        id: EventId,
        at: DateTime<Utc>,
        happened: Happened,
    ) -> Event {
        let received_at = self.0.clock.now();
        Event {
            id,
            person,
            actor: by,
            device: None,
            occurred_at: at.min(received_at),
            claimed_at: at,
            clock_offset_ms: None,
            clamped: at > received_at,
            received_at,
            release: None,
            child: None,
            happened,
        }
    }

    async fn take_in_vouched(
        &self,
        tx: &Tx,
        person: PersonId,
        batch: Vec<Stamped>,
    ) -> Result<Credit> {
        if batch.is_empty() {
            return Ok(Credit::Given);
        }
        let (outcomes, _) = self.take_in_within(tx, person, &batch).await?;
        let refused = |trouble| {
            move |(_, outcome): &(EventId, Outcome)| *outcome == Outcome::Rejected(trouble)
        };
        Ok(if outcomes.iter().any(refused(Trouble::ConsentMissing)) {
            Credit::ConsentMissing
        } else if outcomes.iter().any(refused(Trouble::PersonUnknown)) {
            Credit::NoRecord
        } else {
            Credit::Given
        })
    }
}

/// An event with the hash of what makes it what it is: its id follows from that.
fn stamped(event: Event) -> Stamped {
    let fingerprint = format!("{:x}", Sha256::digest(event.id.0.as_bytes()));
    Stamped { event, fingerprint }
}

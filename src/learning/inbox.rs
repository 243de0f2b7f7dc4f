//! The inbox of events set aside: an administrator sees why, mends and replays; the sender sees what became of them.
//!
//! Invariant: an event that was mended has the effect it would have had if it had come right: its claimed time is judged
//! by when it first came, and it counts once however often it is replayed or sent again.

use entity::{
    ids::{AccountId, EventId, PersonId},
    quarantined_event,
};

use super::{
    Learning,
    event::Event,
    intake::{self, Delivery, Outcome, Trouble, Upload},
    store::{self, Stamped},
};
use crate::{
    auth::capability::{Administrator, Learner},
    db::Tx,
    error::{Error, Result},
};

/// The most events dealt with at once.
pub const MOST_SETTLED: usize = 100;
/// How many waiting events are looked at to fill a page: those of other areas are passed over.
const LOOKED_AT: u64 = 200;
/// How often that is done before the page is given out shorter than asked, with more behind it.
const LOOKS: usize = 25;

/// What to change in events before they are replayed; what is absent stays as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mend {
    /// Who learned.
    pub person: Option<PersonId>,
    /// The kind.
    pub kind: Option<String>,
    /// The lesson.
    pub lesson: Option<String>,
    /// The module.
    pub module: Option<String>,
    /// The release.
    pub release: Option<String>,
    /// When it happened.
    pub occurred_at: Option<String>,
}

/// What to do with an event.
#[derive(Clone, Debug)]
pub enum Settling {
    /// Change it and take it in.
    Replay(Mend),
    /// It does not count.
    Dismiss,
}

/// An event looked at, and what is to become of it.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    id: EventId,
    by: AccountId,
    mended: String,
    verdict: Verdict,
}

#[derive(Clone, Debug)]
enum Verdict {
    Dismissed,
    StillWrong(Trouble),
    Right(Box<Stamped>),
}

/// An event set aside as it is now, and what became of it.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The row.
    pub row: quarantined_event::Model,
    /// What became of it.
    pub outcome: Outcome,
}

/// An event that waits, with who sent it.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The row.
    pub row: quarantined_event::Model,
    /// As it was sent.
    pub upload: Upload,
    /// The person of the account that sent it.
    pub sender: PersonId,
    /// Her name.
    pub sender_name: String,
}

/// A run of events.
#[derive(Clone, Debug)]
pub struct Run<T> {
    /// In the order of their ids.
    pub events: Vec<T>,
    /// Behind which the next run begins.
    pub until: Option<EventId>,
    /// Whether there may be more.
    pub has_more: bool,
}

/// What was sent.
///
/// # Errors
/// When the row is damaged.
pub fn sent(row: &quarantined_event::Model) -> Result<Upload> {
    serde_json::from_str(&row.body).map_err(Error::internal)
}

impl Mend {
    fn apply(&self, upload: &mut Upload) {
        let set = |field: &mut Option<String>, to: &Option<String>| {
            if to.is_some() {
                field.clone_from(to);
            }
        };
        set(&mut upload.person, &self.person.map(|id| id.to_string()));
        set(&mut upload.lesson, &self.lesson);
        set(&mut upload.module, &self.module);
        set(&mut upload.release, &self.release);
        set(&mut upload.occurred_at, &self.occurred_at);
        if let Some(kind) = &self.kind {
            upload.kind.clone_from(kind);
        }
        // The device's clock was wrong, and so was what it measured.
        if self.occurred_at.is_some() {
            upload.clock_offset_ms = None;
        }
    }
}

impl Learning {
    /// Events that wait, sent by people who live in the administrator's areas.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn inbox(
        &self,
        administrator: &Administrator,
        after: Option<EventId>,
        first: usize,
    ) -> Result<Run<Waiting>> {
        let (db, atlas) = (self.0.db.latest(), self.0.areas.atlas());
        let (mut found, mut until) = (Vec::new(), after);
        let mut has_more = true;
        for _ in 0..LOOKS {
            let rows = store::waiting(db, until, LOOKED_AT).await?;
            has_more = u64::try_from(rows.len()).is_ok_and(|looked| looked == LOOKED_AT);
            let accounts: Vec<AccountId> = rows.iter().map(|row| row.uploader_account_id).collect();
            let homes = store::homes(db, &accounts).await?;
            for row in rows {
                if found.len() == first {
                    has_more = true;
                    break;
                }
                until = Some(row.event_id);
                let home = homes.get(&row.uploader_account_id);
                let home = home.filter(|home| administrator.over(&atlas, home.area_id).is_ok());
                if let Some(home) = home {
                    found.push(Waiting {
                        upload: sent(&row)?,
                        sender: home.person_id,
                        sender_name: home.full_name.clone(),
                        row,
                    });
                }
            }
            if !has_more || found.len() == first {
                break;
            }
        }
        let subjects: Vec<_> = found.iter().map(|waiting| waiting.sender.0).collect();
        if !subjects.is_empty() {
            let (audit, account) = (&self.0.audit, administrator.account());
            audit.record(account, "quarantine", subjects).await?;
        }
        Ok(Run {
            events: found,
            until,
            has_more,
        })
    }

    /// Deals with events set aside, each for itself. One that is unknown, or not of the administrator's areas, is left
    /// out of the answer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settle_all(
        &self,
        administrator: &Administrator,
        ids: &[EventId],
        settling: &Settling,
    ) -> Result<Vec<Settled>> {
        let mut settled = Vec::with_capacity(ids.len());
        for id in ids {
            settled.extend(self.settle_set_aside(administrator, *id, settling).await?);
        }
        let operation = match settling {
            Settling::Replay(_) => "replayQuarantinedEvents",
            Settling::Dismiss => "dismissQuarantinedEvents",
        };
        let subjects: Vec<_> = settled.iter().map(|one| one.row.event_id.0).collect();
        let account = administrator.account();
        self.0.audit.record(account, operation, subjects).await?;
        Ok(settled)
    }

    /// Events the learner sent that were set aside, and what became of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_aside_of(
        &self,
        learner: &Learner,
        after: Option<EventId>,
        first: usize,
    ) -> Result<Run<quarantined_event::Model>> {
        let limit = u64::try_from(first).map_err(Error::internal)? + 1;
        let db = self.0.db.latest();
        let mut events = store::of_uploader(db, learner.account(), after, limit).await?;
        let has_more = events.len() > first;
        events.truncate(first);
        Ok(Run {
            until: events.last().map(|row| row.event_id),
            events,
            has_more,
        })
    }

    /// Looks at one event before its transaction; nothing when it is not the administrator's to deal with.
    pub(super) async fn judge_set_aside(
        &self,
        administrator: &Administrator,
        id: EventId,
        settling: &Settling,
    ) -> Result<Option<Judged>> {
        let (db, atlas) = (self.0.db.latest(), self.0.areas.atlas());
        let mut found = store::set_aside_among(db, &[id]).await?;
        let Some(row) = found.remove(&id) else {
            return Ok(None);
        };
        let homes = store::homes(db, &[row.uploader_account_id]).await?;
        let home = homes.get(&row.uploader_account_id);
        let Some(home) = home.filter(|home| administrator.over(&atlas, home.area_id).is_ok())
        else {
            return Ok(None);
        };
        let mut upload = sent(&row)?;
        let verdict = match settling {
            Settling::Dismiss => Verdict::Dismissed,
            Settling::Replay(mend) => {
                mend.apply(&mut upload);
                let (sender, vouched) = (home.person_id, mend.person.is_some());
                let read = self.read_again(administrator, &row, sender, &upload, vouched);
                match read.await? {
                    Ok(event) => Verdict::Right(Box::new(Stamped {
                        fingerprint: row.fingerprint.clone(),
                        event,
                    })),
                    Err(trouble) => Verdict::StillWrong(trouble),
                }
            }
        };
        Ok(Some(Judged {
            id,
            by: administrator.account(),
            mended: serde_json::to_string(&upload).map_err(Error::internal)?,
            verdict,
        }))
    }

    /// Deals with one event in its transaction.
    pub(super) async fn settle_judged(&self, tx: &Tx, judged: &Judged) -> Result<Settled> {
        let row = store::to_settle(tx, judged.id).await?;
        let mut row = row.ok_or(Error::NotFound)?;
        if row.settled_at.is_some() {
            let outcome = match row.settled_as.as_deref() {
                Some("ACCEPTED") => Outcome::Duplicate,
                _ => Trouble::Dismissed.outcome(),
            };
            return Ok(Settled { row, outcome });
        }
        let outcome = match &judged.verdict {
            Verdict::Dismissed => Trouble::Dismissed.outcome(),
            Verdict::StillWrong(trouble) => trouble.outcome(),
            Verdict::Right(stamped) => {
                let (person, batch) = (stamped.event.person, std::slice::from_ref(&**stamped));
                let (outcomes, _) = self.take_in_within(tx, person, batch).await?;
                let outcome = outcomes.into_iter().next().map(|(_, outcome)| outcome);
                outcome.unwrap_or(Trouble::TryAgain.outcome())
            }
        };
        match outcome {
            Outcome::Accepted | Outcome::Duplicate => {
                row.settled_as = Some("ACCEPTED".to_owned());
                row.mended = Some(judged.mended.clone());
            }
            Outcome::Rejected(Trouble::Dismissed) => {
                row.settled_as = Some("DISMISSED".to_owned());
            }
            // It goes on waiting, for what is wrong now.
            Outcome::Quarantined(trouble) | Outcome::Rejected(trouble) => {
                row.reason = trouble.code().to_owned();
            }
        }
        if row.settled_as.is_some() {
            row.settled_at = Some(self.0.clock.now());
            row.settled_by = Some(judged.by);
        }
        store::settle(tx, row.clone()).await?;
        Ok(Settled { row, outcome })
    }

    /// Reads a mended event as if it came now from its sender, at the time it first came.
    async fn read_again(
        &self,
        administrator: &Administrator,
        row: &quarantined_event::Model,
        sender: PersonId,
        upload: &Upload,
        vouched_for: bool,
    ) -> Result<Result<Event, Trouble>> {
        let delivery = Delivery {
            actor: row.uploader_account_id,
            sender,
            device: row.device.clone(),
            received_at: row.received_at,
        };
        let event = match intake::read(upload, &delivery, &self.0.content.catalogue()) {
            Ok(event) => event,
            Err(trouble) => return Ok(Err(trouble)),
        };
        if event.person == sender || !vouched_for {
            let events = std::slice::from_ref(&event);
            let refused = self.check_sender(&delivery, events).await?;
            return Ok(match refused.get(&event.id) {
                Some(trouble) => Err(*trouble),
                None => Ok(event),
            });
        }
        // Naming the person, the administrator vouches that the sender recorded for her.
        let home = store::residence(self.0.db.latest(), event.person).await?;
        let atlas = self.0.areas.atlas();
        if home.is_none_or(|area| administrator.over(&atlas, area).is_err()) {
            return Ok(Err(Trouble::PersonUnknown));
        }
        if event.happened.voids().is_some() {
            return Ok(Err(Trouble::TargetNotYours));
        }
        Ok(Ok(event))
    }
}

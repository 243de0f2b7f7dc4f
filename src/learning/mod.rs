//! Learning: what happened, what it adds up to, and which tiers it reaches.
//!
//! Events are appended and never changed; a person's state is folded from them and kept in one row
//! ([`store::Record`]), so that a screen is one read. One upload for one person is one transaction: events,
//! state, tiers and the ledger of coverage change together or not at all.
//!
//! Invariant: an event with an `ACCEPTED` or `DUPLICATE` receipt is stored, exactly once.

pub mod applies;
pub mod check;
pub mod event;
pub mod glance;
pub mod graphql;
pub mod intake;
pub mod merge;
pub mod path;
mod rebuilding;
mod senders;
pub mod store;
pub mod tiers;
pub mod vouched;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use entity::ids::{AccountId, EventId, PersonId};

use self::{
    event::Event,
    intake::{Delivery, Outcome, Trouble, Upload},
    merge::PersonState,
    senders::refusal,
    store::{Record, SetAside, Stamped, TierDays},
};
use crate::{
    auth::capability::Learner,
    clock::Clock,
    content::{Catalogue, Content},
    db::{Db, Tx},
    error::{Error, Result, UserError, UserErrorCode},
    people::household::Household,
    programmes::{Programmes, Rulebook},
};

/// Version of the rules in [`tiers`] and [`applies`]; stored with every tier they award.
pub const RULE_VERSION: i32 = 1;
/// The most events one upload may carry.
pub const LARGEST_UPLOAD: usize = 500;

/// Told, inside the transaction, when what counts of a person has changed. Coverage listens.
#[async_trait::async_trait]
pub trait Ledger: Send + Sync {
    /// Brings the ledger in line with a household and the tiers its person has reached.
    async fn settle(&self, tx: &Tx, household: &Household, tiers: &TierDays) -> Result<()>;
}

/// Knows whom an account may record for besides its own person. Training answers.
#[async_trait::async_trait]
pub trait Delegation: Send + Sync {
    /// Those of the persons who are in a group of the account's.
    async fn delegated(
        &self,
        account: AccountId,
        persons: &[PersonId],
    ) -> Result<BTreeSet<PersonId>>;
}

/// The learning feature. Cheap to clone.
#[derive(Clone)]
pub struct Learning(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    content: Content,
    programmes: Programmes,
    ledger: Arc<dyn Ledger>,
    delegation: Arc<dyn Delegation>,
}

/// What became of one event of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The id as it was sent.
    pub event_id: String,
    /// What became of it.
    pub outcome: Outcome,
}

impl Learning {
    /// Opens the feature.
    pub fn new(
        db: Db,
        clock: Clock,
        content: Content,
        programmes: Programmes,
        ledger: Arc<dyn Ledger>,
        delegation: Arc<dyn Delegation>,
    ) -> Self {
        Self(Arc::new(Inner {
            db,
            clock,
            content,
            programmes,
            ledger,
            delegation,
        }))
    }

    /// Takes in events from a phone. Each is answered for itself, in the order sent.
    ///
    /// # Errors
    /// [`UserErrorCode::TooMany`] over [`LARGEST_UPLOAD`]; otherwise only what stops the whole upload.
    pub async fn upload(
        &self,
        learner: &Learner,
        device: Option<String>,
        uploads: Vec<Upload>,
    ) -> Result<Vec<Receipt>> {
        if uploads.len() > LARGEST_UPLOAD {
            return Err(
                UserError::new(UserErrorCode::TooMany, "events", "upload-too-many")
                    .with("maximum", LARGEST_UPLOAD)
                    .into(),
            );
        }
        let delivery = self.delivery(learner, device);
        let outcomes = self.take_in_all(&delivery, &uploads).await?;
        let mut aside = Vec::new();
        let mut taken = Vec::new();
        for (upload, outcome) in uploads.iter().zip(&outcomes) {
            let Ok(id) = intake::event_id(upload) else {
                continue;
            };
            match outcome {
                Outcome::Quarantined(trouble) => aside.push(SetAside {
                    id,
                    uploader: delivery.actor,
                    device: delivery.device.clone(),
                    body: serde_json::to_string(upload).map_err(Error::internal)?,
                    fingerprint: intake::fingerprint(upload),
                    reason: trouble.code(),
                    received_at: delivery.received_at,
                }),
                Outcome::Accepted => taken.push(id),
                Outcome::Duplicate | Outcome::Rejected(_) => {}
            }
        }
        store::set_aside(self.0.db.write(), aside).await?;
        store::release_from_quarantine(self.0.db.write(), &taken).await?;
        let receipt = |(upload, outcome): (Upload, Outcome)| Receipt {
            event_id: upload.id,
            outcome,
        };
        Ok(uploads.into_iter().zip(outcomes).map(receipt).collect())
    }

    /// Takes in one event whose sender waits for the answer: what could be set aside is refused instead. Answers
    /// the person's record with the event in it, and the event.
    ///
    /// # Errors
    /// What is wrong with the event, by input field.
    pub async fn record(&self, learner: &Learner, upload: Upload) -> Result<(Record, Event)> {
        let delivery = self.delivery(learner, None);
        let event =
            intake::read(&upload, &delivery, &self.0.content.catalogue()).map_err(refusal)?;
        let refused = self
            .check_sender(&delivery, std::slice::from_ref(&event))
            .await?;
        if let Some(trouble) = refused.get(&event.id) {
            return Err(refusal(*trouble));
        }
        let fingerprint = intake::fingerprint(&upload);
        let batch = vec![Stamped {
            event: event.clone(),
            fingerprint,
        }];
        let (outcomes, record) = self.take_in(event.person, batch).await?;
        match (outcomes.first(), record) {
            (Some((_, Outcome::Accepted | Outcome::Duplicate)), Some(record)) => {
                Ok((record, event))
            }
            (Some((_, Outcome::Quarantined(trouble) | Outcome::Rejected(trouble))), _) => {
                Err(refusal(*trouble))
            }
            _ => Err(refusal(Trouble::PersonUnknown)),
        }
    }

    /// What a person has learned; nothing for somebody without a record.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record_of(&self, learner: &Learner) -> Result<Option<Record>> {
        store::record(self.0.db.write(), learner.person()).await
    }

    /// The curriculum as it is now.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.0.content.catalogue()
    }

    /// The programmes as they are now.
    pub fn rulebook(&self) -> Arc<Rulebook> {
        self.0.programmes.rulebook()
    }

    fn delivery(&self, learner: &Learner, device: Option<String>) -> Delivery {
        Delivery {
            actor: learner.account(),
            sender: learner.person(),
            device: device.map(|device| device.chars().take(64).collect()),
            received_at: self.0.clock.now(),
        }
    }

    async fn take_in_all(&self, delivery: &Delivery, uploads: &[Upload]) -> Result<Vec<Outcome>> {
        let catalogue = self.0.content.catalogue();
        let mut outcomes: Vec<Option<Outcome>> = vec![None; uploads.len()];
        let mut readable = Vec::new();
        for (at, upload) in uploads.iter().enumerate() {
            match intake::read(upload, delivery, &catalogue) {
                Ok(event) => readable.push((at, event)),
                Err(trouble) => set(&mut outcomes, at, trouble.outcome()),
            }
        }
        let events: Vec<Event> = readable.iter().map(|(_, event)| event.clone()).collect();
        let refused = self.check_sender(delivery, &events).await?;
        let mut by_person: BTreeMap<PersonId, Vec<(usize, Event)>> = BTreeMap::new();
        for (at, event) in readable {
            match refused.get(&event.id) {
                Some(trouble) => set(&mut outcomes, at, trouble.outcome()),
                None => by_person.entry(event.person).or_default().push((at, event)),
            }
        }
        for (person, events) in by_person {
            let places: Vec<usize> = events.iter().map(|(at, _)| *at).collect();
            let stamp = |(at, event): (usize, Event)| {
                let fingerprint = uploads.get(at).map(intake::fingerprint).unwrap_or_default();
                Stamped { event, fingerprint }
            };
            let (answers, _) = self
                .take_in(person, events.into_iter().map(stamp).collect())
                .await?;
            for (at, (_, outcome)) in places.into_iter().zip(answers) {
                set(&mut outcomes, at, outcome);
            }
        }
        Ok(outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or(Trouble::ValueInvalid.outcome()))
            .collect())
    }

    /// Takes in events of one person in one transaction.
    async fn take_in(
        &self,
        person: PersonId,
        batch: Vec<Stamped>,
    ) -> Result<(Vec<(EventId, Outcome)>, Option<Record>)> {
        let this = self.clone();
        let batch = Arc::new(batch);
        self.0
            .db
            .tx(move |tx| {
                let (this, batch) = (this.clone(), Arc::clone(&batch));
                Box::pin(async move { this.take_in_within(tx, person, &batch).await })
            })
            .await
    }

    pub(crate) async fn take_in_within(
        &self,
        tx: &Tx,
        person: PersonId,
        batch: &[Stamped],
    ) -> Result<(Vec<(EventId, Outcome)>, Option<Record>)> {
        let all = |trouble: Trouble| {
            batch
                .iter()
                .map(|stamped| (stamped.event.id, trouble.outcome()))
                .collect()
        };
        let Some(mut record) = store::record_of_events(tx, person).await? else {
            return Ok((all(Trouble::PersonUnknown), None));
        };
        // Taking back is no learning: it needs no consent.
        let voids = |stamped: &Stamped| stamped.event.happened.voids().is_some();
        if !record.facts.may_record && !batch.iter().all(voids) {
            return Ok((all(Trouble::ConsentMissing), None));
        }
        let mut new = store::add_events(tx, bucket_of(&record, person), batch).await?;
        let old: Vec<EventId> = batch
            .iter()
            .map(|stamped| stamped.event.id)
            .filter(|id| !new.contains(id))
            .collect();
        let known = store::known_events(tx, &old).await?;
        let mut first: BTreeMap<EventId, &str> = BTreeMap::new();
        let mut fresh = Vec::new();
        let mut outcomes = Vec::with_capacity(batch.len());
        for Stamped { event, fingerprint } in batch {
            let same = match (known.get(&event.id), first.get(&event.id)) {
                (Some(known), _) => known.person == person && known.fingerprint == *fingerprint,
                (None, Some(first)) => *first == fingerprint,
                (None, None) => true,
            };
            first.entry(event.id).or_insert(fingerprint);
            let outcome = match (same, new.remove(&event.id)) {
                (false, _) => Trouble::IdReused.outcome(),
                (true, true) => {
                    fresh.push(event);
                    Outcome::Accepted
                }
                (true, false) => Outcome::Duplicate,
            };
            outcomes.push((event.id, outcome));
        }
        if !fresh.is_empty() {
            self.advance(tx, &mut record, &fresh).await?;
        }
        Ok((outcomes, Some(record)))
    }

    /// Merges new events into a person's record and awards what they reach.
    async fn advance(&self, tx: &Tx, record: &mut Record, fresh: &[&Event]) -> Result<()> {
        let taken_back = fresh.iter().any(|event| event.happened.voids().is_some());
        if taken_back {
            record.state = PersonState::fold(&store::events_of(tx, record.person).await?);
        } else {
            fresh.iter().for_each(|event| record.state.apply(event));
        }
        if self.settle(tx, record, taken_back).await? {
            let household = crate::people::store::household(tx, record.person)
                .await?
                .ok_or(Error::NotFound)?;
            self.0.ledger.settle(tx, &household, &record.tiers).await?;
        }
        record.revision += 1;
        store::save_record(tx, record).await
    }

    /// Awards and takes away tiers; answers whether any changed. Unless `fully`, only looks for new ones.
    async fn settle(&self, tx: &Tx, record: &mut Record, fully: bool) -> Result<bool> {
        let (catalogue, rulebook) = (self.0.content.catalogue(), self.0.programmes.rulebook());
        let asked = applies::asked(&record.facts, &catalogue, &rulebook);
        let news = || {
            asked.iter().any(|(indicator, ask)| {
                let known = record.tiers.get(indicator);
                let judged = tiers::judge(&record.state, ask);
                judged.iter().any(|(tier, reached)| {
                    known
                        .and_then(|known| known.get(tier))
                        .is_none_or(|known| reached.on < *known)
                })
            })
        };
        if !fully && !news() {
            return Ok(false);
        }
        let stored = store::tiers_of(tx, record.person).await?;
        let nothing = tiers::TiersReached::new();
        let now: BTreeMap<_, _> = asked
            .iter()
            .map(|(indicator, ask)| {
                let before = stored.get(indicator).unwrap_or(&nothing);
                (*indicator, tiers::settle(before, &record.state, ask))
            })
            .filter(|(_, tiers)| !tiers.is_empty())
            .collect();
        store::save_tiers(tx, record, &stored, &now, RULE_VERSION).await?;
        let days = check::days(&now);
        let changed = days != record.tiers;
        record.tiers = days;
        Ok(changed)
    }
}

/// Events keep the bucket of their person, also where they count for whom she was merged into.
fn bucket_of(record: &Record, person: PersonId) -> i32 {
    if record.person == person {
        record.bucket
    } else {
        crate::people::registration::bucket(person)
    }
}

fn set(outcomes: &mut [Option<Outcome>], at: usize, outcome: Outcome) {
    if let Some(place) = outcomes.get_mut(at) {
        *place = Some(outcome);
    }
}

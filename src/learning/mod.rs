//! Learning: what happened, what it adds up to, and which tiers it reaches.
//!
//! Events are appended and never changed; a person's state is folded from them and kept in one row
//! ([`store::Record`]), so that a screen is one read. One upload for one person is one transaction: events,
//! state, tiers and the ledger of coverage change together or not at all.
//!
//! Invariant: an event with an `ACCEPTED` or `DUPLICATE` receipt is stored, exactly once.

mod appending;
pub mod applies;
pub mod award;
pub mod certificates;
pub mod changes;
pub mod check;
#[cfg(test)]
mod convergence_tests;
mod desk;
pub mod devices;
pub mod event;
pub mod glance;
pub mod graphql;
mod held;
pub mod inbox;
pub mod intake;
pub mod lacking;
pub mod merge;
pub mod package;
pub mod path;
mod rebuilding;
mod senders;
pub mod store;
mod taking;
pub mod tiers;
mod trouble;
pub mod vouched;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
};

use entity::ids::{AccountId, ChildId, EventId, ModuleId, PersonId};

use self::{
    devices::Sender,
    event::Event,
    inbox::{Settled, Settling},
    intake::{Delivery, Outcome, Trouble, Upload},
    path::{AssignedWork, Step},
    senders::refusal,
    store::{Record, Stamped},
    taking::Parcel,
};
use crate::{
    areas::Areas,
    auth::{
        audit::Audit,
        capability::{Administrator, Learner},
    },
    clock::Clock,
    content::{Catalogue, Content},
    db::{Db, Tx},
    error::{Result, UserError, UserErrorCode},
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
    /// Brings the ledger in line with a household and the tiers its person has reached, as her record has them.
    async fn settle(&self, tx: &Tx, household: &Household, record: &Record) -> Result<()>;
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

    /// What is assigned to a person, and to the groups she is in.
    async fn assigned(&self, person: PersonId) -> Result<Vec<AssignedWork>>;
}

/// The learning feature. Cheap to clone.
#[derive(Clone)]
pub struct Learning(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    areas: Areas,
    audit: Audit,
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
        (db, clock): (Db, Clock),
        (areas, audit): (Areas, Audit),
        content: Content,
        programmes: Programmes,
        ledger: Arc<dyn Ledger>,
        delegation: Arc<dyn Delegation>,
    ) -> Self {
        Self(Arc::new(Inner {
            db,
            clock,
            areas,
            audit,
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
        sender: Sender,
        uploads: Vec<Upload>,
    ) -> Result<Vec<Receipt>> {
        if uploads.len() > LARGEST_UPLOAD {
            return Err(
                UserError::new(UserErrorCode::TooMany, "events", "upload-too-many")
                    .with("maximum", LARGEST_UPLOAD)
                    .into(),
            );
        }
        let sender = sender.kept();
        let delivery = self.delivery(learner, sender.device.clone());
        let parcel = Arc::new(self.sort(&delivery, uploads).await?);
        let all = 0..parcel.shares.len();
        let mut outcomes = BTreeMap::new();
        // SQLite commits one transaction at a time, so that the whole upload goes in one. On PostgreSQL a
        // transaction touches one family.
        let together = all.len() <= 1 || self.0.db.commits_one_at_a_time();
        let whole = if together {
            match self
                .take(&delivery, &sender, &parcel, all.clone(), true)
                .await
            {
                Err(error) if all.len() > 1 => {
                    tracing::warn!(%error, "an upload failed as a whole: taking it in person by person");
                    None
                }
                done => Some(done?),
            }
        } else {
            None
        };
        match whole {
            Some(whole) => outcomes.extend(whole),
            None => {
                for at in all {
                    match self
                        .take(&delivery, &sender, &parcel, at..at + 1, false)
                        .await
                    {
                        Ok(taken) => outcomes.extend(taken),
                        // What is wrong with one person's record keeps nobody else's events waiting.
                        Err(error) => {
                            tracing::error!(%error, "one person's events were not taken in")
                        }
                    }
                }
                outcomes.extend(self.take(&delivery, &sender, &parcel, 0..0, true).await?);
            }
        }
        let receipt = |(place, upload): (usize, &Upload)| Receipt {
            event_id: upload.id.clone(),
            outcome: outcomes
                .remove(&place)
                .unwrap_or(Outcome::Rejected(Trouble::TryAgain)),
        };
        Ok(parcel.uploads.iter().enumerate().map(receipt).collect())
    }

    /// One transaction of an upload: some persons' parts of it, and what concerns the sender.
    async fn take(
        &self,
        delivery: &Delivery,
        sender: &Sender,
        parcel: &Arc<Parcel>,
        shares: Range<usize>,
        at_desk: bool,
    ) -> Result<BTreeMap<usize, Outcome>> {
        let work = Arc::new((self.clone(), delivery.clone(), sender.clone()));
        let parcel = Arc::clone(parcel);
        self.0
            .db
            .tx(move |tx| {
                let (work, parcel, shares) = (work.clone(), parcel.clone(), shares.clone());
                Box::pin(async move {
                    let (this, delivery, sender) = &*work;
                    let mut outcomes = BTreeMap::new();
                    for share in parcel.shares.get(shares).unwrap_or_default() {
                        outcomes.extend(this.take_share(tx, share, delivery.received_at).await?);
                    }
                    if at_desk {
                        outcomes.extend(this.desk(tx, delivery, sender, &parcel).await?);
                    }
                    Ok(outcomes)
                })
            })
            .await
    }

    /// Deals with one event set aside; nothing when it is not the administrator's to deal with.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn settle_set_aside(
        &self,
        administrator: &Administrator,
        id: EventId,
        settling: &Settling,
    ) -> Result<Option<Settled>> {
        let Some(judged) = self.judge_set_aside(administrator, id, settling).await? else {
            return Ok(None);
        };
        let work = Arc::new((self.clone(), judged));
        let settled = self.0.db.tx(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move { work.0.settle_judged(tx, &work.1).await })
        });
        settled.await.map(Some)
    }

    /// Takes in one event whose sender waits for the answer: what could be set aside is refused instead. Answers
    /// the person's record with the event in it, and the event.
    ///
    /// # Errors
    /// What is wrong with the event, by input field.
    pub async fn record(&self, learner: &Learner, upload: Upload) -> Result<(Record, Event)> {
        let delivery = self.delivery(learner, None);
        self.follow_publications(std::slice::from_ref(&upload))
            .await?;
        let event =
            intake::read(&upload, &delivery, &self.0.content.catalogue()).map_err(refusal)?;
        let refused = self
            .check_sender(&delivery, std::slice::from_ref(&event))
            .await?;
        if let Some(trouble) = refused.get(&event.id) {
            return Err(refusal(*trouble));
        }
        let stamped = Stamped {
            event: event.clone(),
            fingerprint: intake::fingerprint(&upload),
        };
        // An account's own person is never a merged duplicate, whose events count in another record.
        if event.person == learner.person()
            && let Some(record) = self.append(&stamped).await?
        {
            return Ok((record, event));
        }
        if let Some(trouble) = self.erased(&[upload]).await?.get(&0) {
            return Err(refusal(*trouble));
        }
        let (outcomes, record) = self.take_in(event.person, vec![stamped]).await?;
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

    /// Writes an event and the record that follows from it, if the one stored is still of `revision`.
    async fn write_appended(
        &self,
        record: &Record,
        revision: i64,
        stamped: &Stamped,
    ) -> Result<bool> {
        let db = &self.0.db;
        if store::appends_in_one_statement(db.backend()) {
            return store::append(db.write(), record, revision, stamped).await;
        }
        let work = Arc::new((record.clone(), stamped.clone()));
        db.tx(move |tx| {
            let work = Arc::clone(&work);
            Box::pin(async move { store::append(tx, &work.0, revision, &work.1).await })
        })
        .await
    }

    /// What a person has learned; nothing for somebody without a record.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record_of(&self, learner: &Learner) -> Result<Option<Record>> {
        store::record(self.0.db.latest(), learner.person()).await
    }

    /// The learner's attempts at a module's quiz, newest first, at most fifty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attempts(&self, learner: &Learner, module: ModuleId) -> Result<Vec<Event>> {
        store::attempts(self.0.db.latest(), learner.person(), module, 50).await
    }

    /// The next lessons of a person with a record: for one of her children, or for the whole household, her work and her
    /// groups.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn path(&self, record: &Record, child: Option<ChildId>) -> Result<Vec<Step>> {
        let assigned = path::assigned(&self.0.delegation.assigned(record.person).await?);
        let (catalogue, today) = (self.0.content.catalogue(), self.0.clock.today());
        let (state, facts) = (&record.state, &record.facts);
        Ok(path::path(
            state, facts, &assigned, &catalogue, child, today,
        ))
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
            device,
            received_at: self.0.clock.now(),
        }
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
}

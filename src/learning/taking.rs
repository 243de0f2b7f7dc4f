//! Taking events in, inside a transaction: stored once, merged into the person's state, tiers awarded.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use entity::ids::{EventId, LessonId, PersonId, ReleaseId};
use uuid::Uuid;

use super::{
    Learning,
    event::Event,
    intake::{self, Delivery, Outcome, Trouble, Upload},
    merge::PersonState,
    store::{self, Record, Stamped},
};
use crate::{
    db::Tx,
    error::{Error, Result},
    people::store as people_store,
};

/// An upload sorted by what is to be done with its events. Places are those in the upload.
#[derive(Debug)]
pub(super) struct Parcel {
    /// As sent.
    pub uploads: Vec<Upload>,
    /// Those that cannot be taken in.
    pub troubles: BTreeMap<usize, Trouble>,
    /// The others, by person.
    pub shares: Vec<Share>,
}

/// The part of an upload that is about one person.
#[derive(Debug)]
pub(super) struct Share {
    pub person: PersonId,
    pub places: Vec<usize>,
    pub batch: Vec<Stamped>,
}

impl Learning {
    /// Reads every event of an upload and asks whether the sender may record it.
    pub(super) async fn sort(&self, delivery: &Delivery, uploads: Vec<Upload>) -> Result<Parcel> {
        self.follow_publications(&uploads).await?;
        let catalogue = self.0.content.catalogue();
        let mut troubles = self.erased(&uploads).await?;
        let (mut places, mut events) = (Vec::new(), Vec::new());
        for (place, upload) in uploads.iter().enumerate() {
            if troubles.contains_key(&place) {
                continue;
            }
            match intake::read(upload, delivery, &catalogue) {
                Ok(event) => {
                    places.push(place);
                    events.push(event);
                }
                Err(trouble) => {
                    troubles.insert(place, trouble);
                }
            }
        }
        let refused = self.check_sender(delivery, &events).await?;
        let mut shares: BTreeMap<PersonId, Share> = BTreeMap::new();
        for (place, event) in places.into_iter().zip(events) {
            if let Some(trouble) = refused.get(&event.id) {
                troubles.insert(place, *trouble);
                continue;
            }
            let fingerprint = uploads.get(place).map(intake::fingerprint);
            let person = event.person;
            let share = shares.entry(person).or_insert_with(|| Share {
                person,
                places: Vec::new(),
                batch: Vec::new(),
            });
            share.places.push(place);
            share.batch.push(Stamped {
                event,
                fingerprint: fingerprint.unwrap_or_default(),
            });
        }
        Ok(Parcel {
            uploads,
            troubles,
            shares: shares.into_values().collect(),
        })
    }

    /// Reads the curriculum again if an event names a lesson or a release not known here and another server has published
    /// since: the phone may have had it from there.
    pub(super) async fn follow_publications(&self, uploads: &[Upload]) -> Result<()> {
        let catalogue = self.0.content.catalogue();
        let is_unknown = |upload: &Upload| {
            let id =
                |text: &Option<String>| text.as_ref().and_then(|text| Uuid::try_parse(text).ok());
            let lesson = id(&upload.lesson).map(LessonId);
            let release = id(&upload.release).map(ReleaseId);
            lesson.is_some_and(|id| {
                catalogue
                    .lesson(id)
                    .is_none_or(|lesson| lesson.release.is_none())
            }) || release.is_some_and(|id| catalogue.release(id).is_none())
        };
        if uploads.iter().any(is_unknown) {
            self.0.content.catch_up().await?;
        }
        Ok(())
    }

    /// Which of these were erased at their person's wish, by the ids they name: sending them again brings nothing back.
    pub(super) async fn erased(&self, uploads: &[Upload]) -> Result<BTreeMap<usize, Trouble>> {
        let named = |upload: &Upload| {
            let person = upload.person.as_deref().unwrap_or_default();
            [&upload.id, person]
                .into_iter()
                .filter_map(|id| Uuid::try_parse(id).ok())
                .collect::<Vec<_>>()
        };
        let asked = uploads.iter().flat_map(named);
        let erased = people_store::erased_among(self.0.db.latest(), asked).await?;
        let gone = uploads.iter().enumerate().filter(|(_, upload)| {
            let mut ids = named(upload).into_iter();
            ids.any(|id| erased.contains(&id))
        });
        Ok(gone.map(|(place, _)| (place, Trouble::Erased)).collect())
    }

    /// Takes in one person's part of an upload.
    pub(super) async fn take_share(
        &self,
        tx: &Tx,
        share: &Share,
        at: DateTime<Utc>,
    ) -> Result<Vec<(usize, Outcome)>> {
        let (outcomes, _) = self.take_in_within(tx, share.person, &share.batch).await?;
        let taken: Vec<EventId> = outcomes
            .iter()
            .filter(|(_, outcome)| *outcome == Outcome::Accepted)
            .map(|(id, _)| *id)
            .collect();
        if !taken.is_empty() {
            store::settle_taken(tx, &taken, at).await?;
        }
        let places = share.places.iter().copied();
        Ok(places
            .zip(outcomes.into_iter().map(|(_, outcome)| outcome))
            .collect())
    }

    /// Takes in events of one person; answers what became of each, and her record unless she has none or does not consent.
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
        let before = record.state.clone();
        if taken_back {
            record.state = PersonState::fold(&store::events_of(tx, record.person).await?);
        } else {
            fresh.iter().for_each(|event| record.state.apply(event));
        }
        if self.settle(tx, record, taken_back).await? {
            let household = crate::people::store::household(tx, record.person)
                .await?
                .ok_or(Error::NotFound)?;
            self.0.ledger.settle(tx, &household, record).await?;
        }
        record.mark_learned(&before, &self.0.content.catalogue());
        store::save_record(tx, record).await
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

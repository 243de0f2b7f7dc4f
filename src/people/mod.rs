//! Persons, where they live, their children and their consents.
//!
//! Invariant: every operation here that changes a household tells [`HouseholdChanged`] in the same transaction.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::ids::{AreaId, ChildDisabilityId, ChildId, PersonId};

use crate::{
    areas::Areas,
    auth::capability::{Administrator, Learner},
    clock::Clock,
    db::{Db, Tx},
    error::{Error, Result, UserErrorCode as Code},
};

mod area_change;
pub mod child;
pub mod consent;
pub mod graphql;
mod held;
pub mod holdings;
pub mod household;
pub mod name;
pub mod particulars;
pub mod phone;
pub mod registration;
pub mod store;

use child::SaveChild;
use consent::ConsentTexts;
use household::{Audience, Channel, Household, Purpose};
use registration::{Moment, Recorded, Registration};

/// What follows from a change of a household: applicable lessons, populations.
#[async_trait::async_trait]
pub trait HouseholdChanged: Send + Sync {
    /// Called inside the transaction, after everything about the household is written.
    ///
    /// # Errors
    /// An error gives the whole change up.
    async fn household_changed(&self, tx: &Tx, person: PersonId) -> Result<()>;
}

/// Nothing follows.
#[derive(Clone, Copy, Debug)]
pub struct NothingFollows;

#[async_trait::async_trait]
impl HouseholdChanged for NothingFollows {
    async fn household_changed(&self, _: &Tx, _: PersonId) -> Result<()> {
        Ok(())
    }
}

/// The feature's operations. Cheap to clone.
#[derive(Clone)]
pub struct People(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Clock,
    areas: Areas,
    texts: ConsentTexts,
    changed: Arc<dyn HouseholdChanged>,
}

/// A consent as somebody gives it.
#[derive(Clone, Debug)]
pub struct GiveConsent {
    /// What for.
    pub purpose: Purpose,
    /// Version of the text shown.
    pub text_version: String,
    /// Language of the text shown.
    pub language: String,
}

impl People {
    /// The feature, telling `changed` of every change of a household.
    ///
    /// # Errors
    /// When the shipped consent texts are damaged.
    pub fn new(
        db: Db,
        clock: Clock,
        areas: Areas,
        changed: Arc<dyn HouseholdChanged>,
    ) -> Result<Self> {
        Ok(Self(Arc::new(Parts {
            db,
            clock,
            areas,
            texts: ConsentTexts::shipped()?,
            changed,
        })))
    }

    /// The texts people consent to.
    pub fn consent_texts(&self) -> &ConsentTexts {
        &self.0.texts
    }

    /// The learner's own household.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person was erased.
    pub async fn household(&self, learner: &Learner) -> Result<Household> {
        let found = store::household(self.0.db.read(), learner.person()).await?;
        found.ok_or(Error::NotFound)
    }

    /// [`People::household`], with everything written so far.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the person was erased.
    pub async fn household_now(&self, learner: &Learner) -> Result<Household> {
        let found = store::household(self.0.db.latest(), learner.person()).await?;
        found.ok_or(Error::NotFound)
    }

    /// Checks somebody to record; writes nothing.
    ///
    /// # Errors
    /// Everything the person can mend, all at once.
    pub fn check(&self, told: &Registration) -> Result<Recorded> {
        let clock = &self.0.clock;
        let moment = Moment {
            now: clock.now(),
            today: clock.today(),
            residence: clock.id(),
            consent: &|| clock.id(),
        };
        registration::check(told, &self.0.areas.atlas(), &self.0.texts, &moment)
    }

    /// Records somebody inside a transaction of the caller. Answers whether the id was free; when not, nothing
    /// was written.
    ///
    /// # Errors
    /// When the database does not answer, or [`HouseholdChanged`] gives up.
    pub(crate) async fn record(&self, tx: &Tx, new: Recorded) -> Result<bool> {
        let person = new.person.person_id;
        if !store::erased_among(tx, [person.0]).await?.is_empty() {
            return Err(Error::user(Code::Conflict, "id", "id-erased"));
        }
        let written = store::insert_person(tx, new).await?;
        if written {
            self.0.changed.household_changed(tx, person).await?;
        }
        Ok(written)
    }

    /// Records or changes one of the learner's children. The same input again changes nothing.
    ///
    /// # Errors
    /// Everything the caregiver can mend: see [`child::plan`].
    pub async fn save_child(
        &self,
        learner: &Learner,
        mut input: SaveChild,
    ) -> Result<(Household, ChildId)> {
        let id = input.id.unwrap_or_else(|| self.0.clock.id());
        if id.0.is_nil() {
            return Err(Error::user(Code::Invalid, "id", "id-invalid"));
        }
        input.id = Some(id);
        let household = self.change(learner, Change::SaveChild(input)).await?;
        Ok((household, id))
    }

    /// Removes one of the learner's children. Removing it again changes nothing.
    ///
    /// # Errors
    /// A user error when the learner has no such child.
    pub async fn remove_child(&self, learner: &Learner, id: ChildId) -> Result<Household> {
        self.change(learner, Change::RemoveChild(id)).await
    }

    /// Records the learner's consent. The same consent again changes nothing; a consent to a newer text
    /// replaces the older one.
    ///
    /// # Errors
    /// A user error when there is no such text.
    pub async fn give_consent(&self, learner: &Learner, given: GiveConsent) -> Result<Household> {
        self.change(learner, Change::GiveConsent(given)).await
    }

    /// Withdraws the learner's consent: the purpose stops at once. Withdrawing it again changes nothing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn withdraw_consent(&self, learner: &Learner, purpose: Purpose) -> Result<Household> {
        self.change(learner, Change::WithdrawConsent(purpose)).await
    }

    /// Lays somebody's home, whose commune was split, in the part of it where she really lives. Placing her there again
    /// changes nothing.
    ///
    /// # Errors
    /// A user error when there is no such person in the administrator's areas, or the commune is none of the parts.
    pub async fn place_person(
        &self,
        administrator: &Administrator,
        person: PersonId,
        commune: AreaId,
    ) -> Result<()> {
        let atlas = self.0.areas.atlas();
        let home = store::home(self.0.db.latest(), person).await?;
        let hers = |area| administrator.over(&atlas, area).is_ok();
        if !home.is_some_and(hers) {
            return Err(Error::user(Code::NotFound, "personId", "person-unknown"));
        }
        if !hers(commune) {
            return Err(Error::user(Code::NotFound, "areaId", "area-unknown"));
        }
        self.place(person, commune).await
    }

    /// [`People::place_person`] for somebody entitled otherwise.
    pub(crate) async fn place(&self, person: PersonId, commune: AreaId) -> Result<()> {
        let people = self.clone();
        self.0
            .db
            .tx(move |tx| {
                let people = people.clone();
                Box::pin(async move { people.place_within(tx, person, commune).await })
            })
            .await
    }

    /// Changes one household, alone, in one transaction, and tells what follows if anything changed.
    async fn change(&self, learner: &Learner, change: Change) -> Result<Household> {
        let (people, learner) = (self.clone(), *learner);
        let person = learner.person();
        self.0
            .db
            .tx(move |tx| {
                let (people, change) = (people.clone(), change.clone());
                Box::pin(async move {
                    if !store::lock(tx, person).await? {
                        return Err(Error::NotFound);
                    }
                    let before = store::household(tx, person).await?.ok_or(Error::NotFound)?;
                    if !people.apply(tx, &before, &learner, &change).await? {
                        return Ok(before);
                    }
                    people.0.changed.household_changed(tx, person).await?;
                    store::household(tx, person).await?.ok_or(Error::NotFound)
                })
            })
            .await
    }

    /// Writes a change. Answers whether there was anything to write.
    async fn apply(
        &self,
        tx: &Tx,
        household: &Household,
        learner: &Learner,
        change: &Change,
    ) -> Result<bool> {
        match change {
            Change::SaveChild(input) => self.apply_child(tx, household, input).await,
            Change::RemoveChild(id) => {
                let child = household
                    .child(*id)
                    .ok_or_else(|| Error::user(Code::NotFound, "id", "child-unknown"))?;
                if child.is_here() {
                    store::remove_child(tx, household, child, self.0.clock.today()).await?;
                }
                Ok(child.is_here())
            }
            Change::GiveConsent(given) => self.apply_consent(tx, household, learner, given).await,
            // Several where two records of the person were merged: the purpose stops for good.
            Change::WithdrawConsent(purpose) => {
                let valid = household.consents.iter().filter(|consent| {
                    consent.purpose == *purpose && consent.withdrawn_at.is_none()
                });
                let mut ended = false;
                for consent in valid {
                    store::end_consent(tx, consent.id, self.now_or(consent.given_at)).await?;
                    ended = true;
                }
                Ok(ended)
            }
        }
    }

    async fn apply_child(&self, tx: &Tx, household: &Household, input: &SaveChild) -> Result<bool> {
        let clock = &self.0.clock;
        let today = clock.today();
        let plan = child::plan(household, input, clock.id(), today)?;
        if plan.changes_nothing(household) {
            return Ok(false);
        }
        let fresh = || clock.id::<ChildDisabilityId>();
        if plan.is_new && !store::erased_among(tx, [plan.id.0]).await?.is_empty() {
            return Err(Error::user(Code::Conflict, "id", "id-erased"));
        }
        if !store::save_child(tx, household, &plan, today, &fresh).await? {
            return Err(Error::user(Code::NotFound, "id", "child-unknown"));
        }
        // A caregiver is a person who cares for at least one child.
        let mut audiences = household.audiences_now();
        if audiences.all(|audience| audience != Audience::Caregiver) {
            let spell = entity::person_audience::Model {
                person_id: household.person,
                bucket: household.bucket,
                audience: Audience::Caregiver,
                from_on: today,
                to_on: None,
            };
            store::join_audience(tx, spell).await?;
        }
        Ok(true)
    }

    async fn apply_consent(
        &self,
        tx: &Tx,
        household: &Household,
        learner: &Learner,
        given: &GiveConsent,
    ) -> Result<bool> {
        let version = given.text_version.as_str();
        let row = registration::consent_row(
            &self.0.texts,
            given.purpose,
            (Some(version), "textVersion"),
            &given.language,
        )?;
        if let Some(valid) = household.consent(given.purpose) {
            if valid.text_version == version {
                return Ok(false);
            }
            store::end_consent(tx, valid.id, self.now_or(valid.given_at)).await?;
        }
        let row = entity::consent::Model {
            consent_id: self.0.clock.id(),
            person_id: household.person,
            bucket: household.bucket,
            channel: Channel::App,
            given_by: Some(learner.account()),
            given_at: self.0.clock.now(),
            ..row
        };
        store::insert_consent(tx, row).await?;
        Ok(true)
    }

    /// Now, or the later instant: a machine's clock may have been set back since.
    fn now_or(&self, later: DateTime<Utc>) -> DateTime<Utc> {
        self.0.clock.now().max(later)
    }
}

/// A change of one household.
#[derive(Clone, Debug)]
enum Change {
    SaveChild(SaveChild),
    RemoveChild(ChildId),
    GiveConsent(GiveConsent),
    WithdrawConsent(Purpose),
}

//! What those who tell people something ask of groups: who is in them, who leads them, and what is due when; and a code
//! for a new password, given over the trainer's desk.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use entity::ids::{GroupId, ModuleId, PersonId};

use super::{Training, store};
use crate::{
    auth::{ResetCode, capability::Trainer},
    db::{ConnectionTrait, Tx},
    error::{Error, Result, UserErrorCode as Code},
};

impl Training {
    /// The people in a group of the trainer's, which is held until the transaction ends.
    ///
    /// # Errors
    /// A user error about `groupId` when she leads no such group.
    pub(crate) async fn led_members(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        group: GroupId,
    ) -> Result<BTreeSet<PersonId>> {
        self.own_group(tx, trainer, group).await?;
        let members = store::members(tx, group).await?;
        Ok(members.into_iter().collect())
    }

    /// The people who lead groups that somebody is in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn leaders_of(&self, tx: &Tx, person: PersonId) -> Result<BTreeSet<PersonId>> {
        store::leaders_of(tx, person, self.0.clock.today()).await
    }

    /// What is assigned, from a day on, in the groups in use that people are in: modules with the soonest day each is
    /// due.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn due_of(
        &self,
        db: &impl ConnectionTrait,
        persons: &[PersonId],
        from: NaiveDate,
    ) -> Result<BTreeMap<PersonId, BTreeMap<ModuleId, NaiveDate>>> {
        let mut found: BTreeMap<PersonId, BTreeMap<ModuleId, NaiveDate>> = BTreeMap::new();
        for row in store::due_of(db, persons, from).await? {
            let due = found.entry(row.person_id).or_default();
            let soonest = due.entry(row.module_id).or_insert(row.due_on);
            *soonest = row.due_on.min(*soonest);
        }
        Ok(found)
    }

    /// Makes a code with which a member of the trainer's groups who has an account sets a new password: for somebody
    /// who stands before her and cannot be reached otherwise. Earlier ones are no longer good.
    ///
    /// # Errors
    /// A user error when she is in no group the trainer leads, has no account, or one with a standing.
    pub async fn create_reset_code(
        &self,
        trainer: &Trainer,
        person: PersonId,
    ) -> Result<ResetCode> {
        let account = trainer.account();
        let code = self
            .together(move |this, tx| {
                Box::pin(async move {
                    let led = this.led_among(tx, account, &[person]).await?;
                    if !led.contains(&person) {
                        let code = Code::NotFound;
                        return Err(Error::user(code, "personId", "group-person-unknown"));
                    }
                    let merges = store::merges_touching(tx, [person, person]).await?;
                    let merged = merges.iter().find(|row| row.person_id == person);
                    let person = merged.map_or(person, |row| row.canonical_id);
                    this.0.auth.issue_reset(tx, account, person).await
                })
            })
            .await?;
        self.audit()
            .record(account, "createResetCode", [person.0])
            .await?;
        Ok(code)
    }
}

//! Who is in a group: adding people, and ending their time in it.

use std::{collections::BTreeSet, sync::Arc};

use chrono::NaiveDate;
use entity::{
    group_member::{self, JoinedHow, LeftReason},
    ids::{AccountId, GroupId, PersonId},
};
use uuid::Uuid;

use super::{MOST_MEMBERS, Training, check_count, store};
use crate::{
    auth::capability::Trainer,
    clock::Clock,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

impl Training {
    /// Adds people who live in the areas of the trainer's standing. Who is in the group already stays as she is.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once: somebody unknown and somebody who lives elsewhere answer the
    /// same.
    pub async fn add_members(
        &self,
        trainer: &Trainer,
        group: GroupId,
        persons: Vec<PersonId>,
    ) -> Result<()> {
        check_count(persons.len(), "personIds", "members-required")?;
        let subjects = [group.0].into_iter().chain(persons.iter().map(|id| id.0));
        let subjects: Vec<Uuid> = subjects.collect();
        let (asker, persons) = (trainer.clone(), Arc::new(persons));
        self.together(move |this, tx| {
            let (asker, persons) = (asker.clone(), Arc::clone(&persons));
            Box::pin(async move { this.add_within(tx, &asker, group, &persons).await })
        })
        .await?;
        let account = trainer.account();
        self.audit().record(account, "addMembers", subjects).await
    }

    /// Ends somebody's membership today; when and why stays known. Ending it again changes nothing.
    ///
    /// # Errors
    /// A user error when she never was in the group.
    pub async fn remove_member(
        &self,
        trainer: &Trainer,
        group: GroupId,
        person: PersonId,
        reason: Option<LeftReason>,
    ) -> Result<()> {
        let asker = trainer.clone();
        self.together(move |this, tx| {
            let asker = asker.clone();
            Box::pin(async move {
                this.own_group(tx, &asker, group).await?;
                this.end_within(tx, group, person, reason).await
            })
        })
        .await?;
        let (account, subjects) = (trainer.account(), [group.0, person.0]);
        self.audit().record(account, "removeMember", subjects).await
    }

    /// Moves somebody from one of the trainer's groups to another: her time in the first ends today, and stays known. The
    /// same again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend; then nothing was written.
    pub async fn move_member(
        &self,
        trainer: &Trainer,
        (from, to): (GroupId, GroupId),
        person: PersonId,
    ) -> Result<()> {
        if from == to {
            return Err(Error::user(Code::Invalid, "toGroupId", "move-same-group"));
        }
        let asker = trainer.clone();
        self.together(move |this, tx| {
            let asker = asker.clone();
            Box::pin(async move { this.move_within(tx, &asker, (from, to), person).await })
        })
        .await?;
        let (account, subjects) = (trainer.account(), [from.0, to.0, person.0]);
        self.audit().record(account, "moveMember", subjects).await
    }

    async fn move_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        (from, to): (GroupId, GroupId),
        person: PersonId,
    ) -> Result<()> {
        // Held in the order of ids: two moves at once never wait for each other.
        let mut both = [(from, "fromGroupId"), (to, "toGroupId")];
        both.sort_unstable();
        for (group, field) in both {
            self.led_group(tx, trainer, group, field).await?;
        }
        let before = store::memberships(tx, from, person).await?;
        if before.is_empty() {
            return Err(never_in());
        }
        let there = store::members(tx, to).await?;
        let Some(open) = before.iter().find(|row| row.left_on.is_none()) else {
            // Moved before, or gone: who is there now was moved.
            return match there.contains(&person) {
                true => Ok(()),
                false => Err(Error::user(Code::Closed, "personId", "move-not-member")),
            };
        };
        let (today, left) = (self.0.clock.today(), open.group_member_id);
        store::end_membership(tx, left, today.max(open.joined_on), None).await?;
        store::note_moved(tx, left, to).await?;
        store::note_members(tx, from, &[left]).await?;
        if !there.contains(&person) {
            if there.len() >= MOST_MEMBERS {
                return Err(group_full("toGroupId"));
            }
            let row = membership(&self.0.clock, to, person, (today, JoinedHow::Moved));
            let joined = row.group_member_id;
            store::insert_members(tx, vec![row]).await?;
            store::note_members(tx, to, &[joined]).await?;
        }
        self.tell_members(tx, from, &[person]).await?;
        self.tell_members(tx, to, &[person]).await
    }

    /// Ends a membership today.
    pub(super) async fn end_within(
        &self,
        tx: &Tx,
        group: GroupId,
        person: PersonId,
        reason: Option<LeftReason>,
    ) -> Result<()> {
        let memberships = store::memberships(tx, group, person).await?;
        if memberships.is_empty() {
            return Err(never_in());
        }
        let open = memberships.iter().find(|row| row.left_on.is_none());
        let Some(open) = open else { return Ok(()) };
        let left_on = self.0.clock.today().max(open.joined_on);
        let member = open.group_member_id;
        store::end_membership(tx, member, left_on, reason).await?;
        store::note_members(tx, group, &[member]).await?;
        self.tell_members(tx, group, &[person]).await
    }

    /// Those of the persons who are in groups that an account leads today.
    pub(super) async fn led_among(
        &self,
        db: &impl crate::db::ConnectionTrait,
        account: AccountId,
        persons: &[PersonId],
    ) -> Result<BTreeSet<PersonId>> {
        let led = store::led(db, account, persons, self.0.clock.today()).await?;
        let atlas = self.0.areas.atlas();
        let today = self.0.clock.today();
        let covered = |row: &store::Led| atlas.reaches(row.standing_area_id, row.area_id, today);
        Ok(led
            .into_iter()
            .filter(covered)
            .map(|row| row.person_id)
            .collect())
    }

    /// Adds people. Refuses all when one of them does not live where the trainer stands.
    pub(super) async fn add_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        group: GroupId,
        persons: &[PersonId],
    ) -> Result<()> {
        self.own_group(tx, trainer, group).await?;
        let mut members = store::members(tx, group).await?;
        let newcomers = persons.iter().copied().enumerate();
        let newcomers: Vec<_> = newcomers
            .filter(|(_, person)| members.insert(*person))
            .collect();
        let ids: Vec<PersonId> = newcomers.iter().map(|(_, person)| *person).collect();
        let homes = store::homes(tx, &ids).await?;
        let (atlas, today) = (self.0.areas.atlas(), self.0.clock.today());
        let lives_here = |person: &PersonId| {
            homes.get(person).is_some_and(|atom| {
                let home = atlas.location(*atom, today);
                let mut around = home.commune.into_iter().chain(home.ancestors);
                around.any(|area| trainer.over(&atlas, area).is_ok())
            })
        };
        let strangers = newcomers.iter().filter(|(_, person)| !lives_here(person));
        let errors: Vec<_> = strangers
            .map(|(at, _)| {
                let field = format!("personIds.{at}");
                UserError::new(Code::NotFound, &field, "group-person-unknown")
            })
            .collect();
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        if members.len() > MOST_MEMBERS && !ids.is_empty() {
            return Err(group_full("personIds"));
        }
        let rows = ids
            .iter()
            .map(|person| membership(&self.0.clock, group, *person, (today, JoinedHow::Added)));
        let rows: Vec<_> = rows.collect();
        let added: Vec<_> = rows.iter().map(|row| row.group_member_id).collect();
        store::insert_members(tx, rows).await?;
        store::note_members(tx, group, &added).await?;
        self.tell_members(tx, group, &ids).await
    }
}

fn never_in() -> Error {
    Error::user(Code::NotFound, "personId", "group-member-unknown")
}

/// A membership that begins on a day.
pub(super) fn membership(
    clock: &Clock,
    group: GroupId,
    person: PersonId,
    (joined_on, how): (NaiveDate, JoinedHow),
) -> group_member::Model {
    group_member::Model {
        group_member_id: clock.id(),
        group_id: group,
        person_id: person,
        joined_on,
        left_on: None,
        left_reason: None,
        joined_how: Some(how),
        moved_to: None,
        revision: 0,
        learned_revision: 0,
    }
}

pub(super) fn group_full(field: &str) -> Error {
    let error = UserError::new(Code::TooMany, field, "group-full");
    error.with("limit", MOST_MEMBERS).into()
}

//! Adding people to a group, inside a transaction of the caller.

use entity::{
    group_member,
    ids::{GroupId, PersonId},
};

use super::{MOST_MEMBERS, Training, store};
use crate::{
    auth::capability::Trainer,
    clock::Clock,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
};

impl Training {
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
            .into_iter()
            .map(|person| membership(&self.0.clock, group, person));
        let rows: Vec<_> = rows.collect();
        let added: Vec<_> = rows.iter().map(|row| row.group_member_id).collect();
        store::insert_members(tx, rows).await?;
        store::note_members(tx, group, &added).await
    }
}

/// A membership that begins today.
pub(super) fn membership(clock: &Clock, group: GroupId, person: PersonId) -> group_member::Model {
    group_member::Model {
        group_member_id: clock.id(),
        group_id: group,
        person_id: person,
        joined_on: clock.today(),
        left_on: None,
        left_reason: None,
        revision: 0,
        learned_revision: 0,
    }
}

pub(super) fn group_full(field: &str) -> Error {
    let error = UserError::new(Code::TooMany, field, "group-full");
    error.with("limit", MOST_MEMBERS).into()
}

//! Changing and withdrawing an assignment, excusing somebody from it, and telling whom it concerns.

use std::{collections::BTreeMap, sync::Arc};

use chrono::NaiveDate;
use entity::{
    assignment, assignment_excuse,
    ids::{AssignmentId, GroupId, PersonId},
};

use super::{NOTE_LIMIT, Training, assigning::note_of, store};
use crate::{
    auth::capability::Trainer,
    db::Tx,
    error::{Error, Result, UserErrorCode as Code},
    people::name,
};

/// What to change of an assignment.
#[derive(Clone, Debug, Default)]
pub struct ChangeAssignment {
    /// Another last day.
    pub due_on: Option<NaiveDate>,
    /// Another note; none any more when it is empty.
    pub note: Option<String>,
}

impl Training {
    /// Changes the last day or the note of an assignment. The same again changes nothing.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once.
    pub async fn change_assignment(
        &self,
        trainer: &Trainer,
        id: AssignmentId,
        change: ChangeAssignment,
    ) -> Result<GroupId> {
        let mut errors = Vec::new();
        if let Some(due_on) = change.due_on {
            self.check_due(due_on, &mut errors);
        }
        let note = note_of(change.note.as_deref(), &mut errors);
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let told = Arc::new((trainer.clone(), change, note));
        let group = self
            .together(move |this, tx| {
                let told = Arc::clone(&told);
                Box::pin(async move {
                    let (asker, change, note) = &*told;
                    let row = this.own_assignment(tx, asker, id).await?;
                    if row.withdrawn_at.is_some() {
                        let code = Code::Closed;
                        return Err(Error::user(code, "assignmentId", "assignment-withdrawn"));
                    }
                    let due_on = change.due_on.unwrap_or(row.due_on);
                    let note = match change.note {
                        Some(_) => note.clone(),
                        None => row.note.clone(),
                    };
                    if (due_on, &note) != (row.due_on, &row.note) {
                        let by = asker.account();
                        store::change_assignment(tx, id, (due_on, note), by).await?;
                        this.tell_assigned(tx, row.group_id, &[(id, row.person_id)])
                            .await?;
                    }
                    Ok(row.group_id)
                })
            })
            .await?;
        self.audit()
            .record(trainer.account(), "changeAssignment", [group.0])
            .await?;
        Ok(group)
    }

    /// Takes an assignment back; what was learned of it stays learned. Taking it back again changes nothing.
    ///
    /// # Errors
    /// A user error when the trainer leads no group with such an assignment.
    pub async fn withdraw_assignment(
        &self,
        trainer: &Trainer,
        id: AssignmentId,
    ) -> Result<GroupId> {
        let asker = trainer.clone();
        let group = self
            .together(move |this, tx| {
                let asker = asker.clone();
                Box::pin(async move {
                    let row = this.own_assignment(tx, &asker, id).await?;
                    if row.withdrawn_at.is_none() {
                        store::withdraw_assignment(tx, id, this.0.clock.now()).await?;
                        this.tell_assigned(tx, row.group_id, &[(id, row.person_id)])
                            .await?;
                    }
                    Ok(row.group_id)
                })
            })
            .await?;
        self.audit()
            .record(trainer.account(), "withdrawAssignment", [group.0])
            .await?;
        Ok(group)
    }

    /// Excuses a member from an assignment with a reason, or takes that back when there is none. The same again
    /// changes nothing; another reason replaces the one before.
    ///
    /// # Errors
    /// Everything the trainer can mend.
    pub async fn excuse(
        &self,
        trainer: &Trainer,
        id: AssignmentId,
        person: PersonId,
        reason: Option<String>,
    ) -> Result<GroupId> {
        let reason = reason.map(|text| name::line(&text, NOTE_LIMIT, "reason"));
        let reason = reason
            .transpose()
            .map_err(|error| Error::User(vec![error]))?;
        let told = Arc::new((trainer.clone(), reason));
        let group = self
            .together(move |this, tx| {
                let told = Arc::clone(&told);
                Box::pin(async move {
                    let (asker, reason) = &*told;
                    let row = this.own_assignment(tx, asker, id).await?;
                    this.excuse_within(tx, asker, &row, person, reason.as_deref())
                        .await?;
                    Ok(row.group_id)
                })
            })
            .await?;
        self.audit()
            .record(trainer.account(), "excuseLearner", [group.0, person.0])
            .await?;
        Ok(group)
    }

    async fn excuse_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        row: &assignment::Model,
        person: PersonId,
        reason: Option<&str>,
    ) -> Result<()> {
        let memberships = store::memberships(tx, row.group_id, person).await?;
        let open = memberships.iter().find(|row| row.left_on.is_none());
        let open = open.filter(|_| row.person_id.is_none_or(|only| only == person));
        let Some(open) = open else {
            let code = Code::NotFound;
            return Err(Error::user(code, "personId", "assign-person-unknown"));
        };
        if row.withdrawn_at.is_some() {
            let code = Code::Closed;
            return Err(Error::user(code, "assignmentId", "assignment-withdrawn"));
        }
        let (id, now) = (row.assignment_id, self.0.clock.now());
        let before = store::excuse(tx, id, person).await?;
        if before.as_ref().map(|before| before.reason.as_str()) == reason {
            return Ok(());
        }
        if let Some(before) = before {
            store::take_back_excuse(tx, before, now).await?;
        }
        if let Some(reason) = reason {
            let excuse = assignment_excuse::Model {
                assignment_excuse_id: self.0.clock.id(),
                assignment_id: id,
                person_id: person,
                reason: reason.to_owned(),
                excused_by: trainer.account(),
                excused_at: now,
                taken_back_at: None,
            };
            store::insert_excuse(tx, excuse).await?;
        }
        store::note_shape(tx, row.group_id).await?;
        store::note_members(tx, row.group_id, &[open.group_member_id]).await?;
        let counted = store::counted_as(tx, &[person]).await?;
        self.0.learning.mark_assigned(tx, &counted, &[id]).await
    }

    /// An assignment in a group the trainer leads.
    async fn own_assignment(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        id: AssignmentId,
    ) -> Result<assignment::Model> {
        let unknown = || Error::user(Code::NotFound, "assignmentId", "assignment-unknown");
        let row = store::assignment(tx, id).await?.ok_or_else(unknown)?;
        let led = self.own_group(tx, trainer, row.group_id).await;
        led.map_err(|error| match error {
            Error::User(_) => unknown(),
            other => other,
        })?;
        // Read again behind the group's lock: whoever held it before may have withdrawn it.
        store::assignment(tx, id).await?.ok_or_else(unknown)
    }

    /// Notes for the group and for its members what changed of the assignments.
    pub(super) async fn tell_assigned(
        &self,
        tx: &Tx,
        group: GroupId,
        touched: &[(AssignmentId, Option<PersonId>)],
    ) -> Result<()> {
        if touched.is_empty() {
            return Ok(());
        }
        store::note_shape(tx, group).await?;
        let of_all = touched.iter().filter(|(_, person)| person.is_none());
        let of_all: Vec<AssignmentId> = of_all.map(|(id, _)| *id).collect();
        if !of_all.is_empty() {
            let everybody = store::learners_of(tx, group).await?;
            let learning = &self.0.learning;
            learning.mark_assigned(tx, &everybody, &of_all).await?;
        }
        let mut of_one: BTreeMap<PersonId, Vec<AssignmentId>> = BTreeMap::new();
        for (id, person) in touched {
            if let Some(person) = person {
                of_one.entry(*person).or_default().push(*id);
            }
        }
        for (person, assignments) in of_one {
            let counted = store::counted_as(tx, &[person]).await?;
            let learning = &self.0.learning;
            learning.mark_assigned(tx, &counted, &assignments).await?;
        }
        Ok(())
    }

    /// Notes for people who came into a group, or left it, what is assigned there.
    pub(super) async fn tell_members(
        &self,
        tx: &Tx,
        group: GroupId,
        persons: &[PersonId],
    ) -> Result<()> {
        let assigned = store::assignments(tx, group).await?;
        if assigned.is_empty() || persons.is_empty() {
            return Ok(());
        }
        let ids: Vec<AssignmentId> = assigned.iter().map(|row| row.assignment_id).collect();
        let counted = store::counted_as(tx, persons).await?;
        self.0.learning.mark_assigned(tx, &counted, &ids).await
    }
}

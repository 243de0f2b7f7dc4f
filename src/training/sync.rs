//! What changed of a group, and when: the counter behind `changes(scope: <a group's id>)`.
//!
//! Invariant: every change of what the trainer sees (members, what they have learned, what is assigned) raises the
//! group's counter in the same transaction. What follows from the curriculum (which lessons an assigned module has) comes
//! with `changes(scope: CONTENT)`.

use std::{collections::BTreeMap, fmt};

use entity::ids::{GroupId, GroupMemberId};

use super::{
    Training,
    roster::{EVERYBODY, Member, Roster},
    screens::Age,
    store,
};
use crate::{
    auth::capability::Trainer,
    delta::{self, Page, Place},
    error::Result,
};

/// A thing of a group that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Its name, and what is assigned.
    Group(GroupId),
    /// A member, and what she has learned.
    Member(GroupMemberId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(_) => f.write_str("a"),
            Self::Member(id) => write!(f, "m{}", id.0.simple()),
        }
    }
}

/// What changed of a group behind a place, with the group as it is.
#[derive(Clone, Debug)]
pub struct GroupChanges {
    /// The run of things.
    pub page: Page<Subject>,
    /// The group.
    pub roster: Roster,
}

impl GroupChanges {
    /// A member, if she is one now.
    pub fn member(&self, id: GroupMemberId) -> Option<&Member> {
        let members = self.roster.members.iter();
        let mut members = members.flat_map(|(_, page)| &page.members);
        members.find(|member| member.id == id)
    }
}

impl Training {
    /// Whether anything of a group may have changed behind a place: cheap, and tells nothing of what.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_news(&self, id: GroupId, since: Option<&Place>) -> Result<bool> {
        let db = self.0.db.latest();
        let now = store::revision(db, id).await?;
        let is_there =
            since.is_some_and(|place| place.behind.is_none() && Some(place.revision) == now);
        if !is_there {
            return Ok(true);
        }
        store::has_learned_more(db, id).await
    }

    /// What changed of one of the trainer's groups behind a place.
    ///
    /// # Errors
    /// [`crate::error::Error::NotFound`] when the trainer has no such group.
    pub async fn changes(
        &self,
        trainer: &Trainer,
        id: GroupId,
        since: Option<&Place>,
        first: usize,
    ) -> Result<GroupChanges> {
        // Learning raises no counter of a group, or completions of its members would wait for each other: the group
        // notes what they learned when it is asked.
        if store::has_learned_more(self.0.db.latest(), id).await? {
            self.together(move |_, tx| Box::pin(store::note_learned(tx, id)))
                .await?;
        }
        // The revisions are read first: what changes meanwhile is told again.
        let revisions = store::revisions(self.0.db.latest(), id).await?;
        let roster = self.group(trainer, id, &[EVERYBODY], Age::Now).await?;
        let shape = revisions.iter().map(|row| row.shape_revision).max();
        let shape = shape.unwrap_or(0);
        let now = revisions.iter().map(|row| row.group_revision).max();
        let members = revisions.iter().filter_map(|row| {
            let member = row.group_member_id?;
            Some((
                Subject::Member(member),
                row.revision.unwrap_or(0).max(shape),
            ))
        });
        let mut things: BTreeMap<Subject, i64> = members.collect();
        things.insert(Subject::Group(id), shape);
        let things = things.into_iter();
        let things = things.map(|(subject, revision)| (revision, subject.to_string(), subject));
        Ok(GroupChanges {
            page: delta::page(things, now.unwrap_or(0), since, first),
            roster,
        })
    }
}

//! What a trainer reads: one group, or her groups, each with a run of its members.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use chrono::{DateTime, Utc};
use entity::ids::GroupId;
use uuid::Uuid;

use super::{
    Training,
    roster::{MembersAsked, Roster},
    store,
};
use crate::{
    auth::capability::Trainer,
    error::{Error, Result},
};

/// The place of a group in its trainer's list: newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupPlace {
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The group.
    pub group: GroupId,
}

/// A run of a trainer's groups.
#[derive(Clone, Debug, Default)]
pub struct GroupPage {
    /// Newest first.
    pub groups: Vec<Roster>,
    /// Whether there are more behind them.
    pub has_more: bool,
}

/// How old an answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// A moment.
    Recent,
    /// Not at all: it shows what was just changed.
    Now,
}

impl Roster {
    /// Its place in the trainer's list.
    pub fn place(&self) -> GroupPlace {
        GroupPlace {
            created_at: self.group.created_at,
            group: self.group.id,
        }
    }
}

impl Training {
    /// A group of the trainer's, with the members asked for.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the trainer has no such group.
    pub async fn group(
        &self,
        trainer: &Trainer,
        id: GroupId,
        asked: &[MembersAsked],
        age: Age,
    ) -> Result<Roster> {
        let found = self.rosters(trainer, &[id], asked, age).await?;
        found.into_iter().next().ok_or(Error::NotFound)
    }

    /// A run of the trainer's groups, each with the members asked for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn groups(
        &self,
        trainer: &Trainer,
        first: usize,
        after: Option<GroupPlace>,
        asked: &[MembersAsked],
    ) -> Result<GroupPage> {
        let listed = store::groups_of(self.0.db.read(), trainer.account()).await?;
        let mut places: Vec<GroupPlace> = listed
            .into_iter()
            .filter(|row| self.leads_in(trainer, row.area_id))
            .map(|row| GroupPlace {
                created_at: row.created_at,
                group: row.group_id,
            })
            .filter(|place| after.is_none_or(|after| *place < after))
            .collect();
        places.sort_unstable_by_key(|place| Reverse(*place));
        let has_more = places.len() > first;
        places.truncate(first);
        let ids: Vec<GroupId> = places.iter().map(|place| place.group).collect();
        let mut groups = self.rosters(trainer, &ids, asked, Age::Recent).await?;
        groups.sort_unstable_by_key(|group| Reverse(group.place()));
        Ok(GroupPage { groups, has_more })
    }

    /// Those of the groups that the trainer may see: one statement however many groups and members, one more for
    /// every further run of members asked for. One audit row for the people shown.
    async fn rosters(
        &self,
        trainer: &Trainer,
        ids: &[GroupId],
        asked: &[MembersAsked],
        age: Age,
    ) -> Result<Vec<Roster>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let db = match age {
            Age::Recent => self.0.db.read(),
            Age::Now => self.0.db.latest(),
        };
        let catalogue = self.0.content.catalogue();
        let today = self.0.clock.today();
        let account = trainer.account();
        let mut rosters = BTreeMap::new();
        for (id, fetched) in store::rosters(db, account, ids, asked.first()).await? {
            if self.leads_in(trainer, fetched.group.area) {
                let mut roster = Roster::of(fetched.group, fetched.assignments, &catalogue, today);
                if let Some(first) = asked.first() {
                    roster.add_page(first, fetched.members)?;
                }
                rosters.insert(id, roster);
            }
        }
        for further in asked.iter().skip(1) {
            for (id, fetched) in store::rosters(db, account, ids, Some(further)).await? {
                if let Some(roster) = rosters.get_mut(&id) {
                    roster.add_page(further, fetched.members)?;
                }
            }
        }
        let rosters: Vec<Roster> = rosters.into_values().collect();
        let subjects: BTreeSet<Uuid> = rosters.iter().flat_map(shown).collect();
        if !subjects.is_empty() {
            self.audit()
                .record(account, "groupMembers", subjects)
                .await?;
        }
        Ok(rosters)
    }
}

/// The people a group shows, and the group; nothing when it shows nobody.
fn shown(roster: &Roster) -> impl Iterator<Item = Uuid> {
    let pages = roster.members.iter().flat_map(|(_, page)| &page.members);
    pages.flat_map(|member| [roster.group.id.0, member.place.person.0])
}

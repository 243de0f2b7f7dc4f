//! A group on one screen: what it is to learn, and how far each member is.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use entity::ids::{AreaId, AssignmentId, GroupId, GroupMemberId, LessonId, ModuleId, PersonId};

use super::join_code::JoinCode;
use crate::{
    content::{Catalogue, catalogue::Lesson},
    error::Result,
    learning::{glance, merge::Status},
};

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Where it meets.
    pub area: AreaId,
    /// As the trainer calls it.
    pub name: String,
    /// What a learner types to join; nobody can join by code when absent.
    pub join_code: Option<JoinCode>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A module that a group is to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// What to learn.
    pub module: ModuleId,
    /// Last day.
    pub due_on: NaiveDate,
    /// When it was first assigned.
    pub assigned_at: DateTime<Utc>,
}

/// Which members of each group to fetch: a run in the order of [`MemberPlace`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersAsked {
    /// How many at most.
    pub first: usize,
    /// Behind which place; from the start when absent.
    pub after: Option<MemberPlace>,
}

/// The place of a member in the list: by given name in Vietnamese order, then by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberPlace {
    /// The name's key; see [`crate::people::name::sort_key`].
    pub name_sort_key: String,
    /// Who.
    pub person: PersonId,
}

/// A member as the database tells of one.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// The membership.
    pub id: GroupMemberId,
    /// Who, and where in the list.
    pub place: MemberPlace,
    /// As the person writes it.
    pub full_name: String,
    /// First day.
    pub joined_on: NaiveDate,
    /// What the person has learned, as stored; absent for somebody who has not begun.
    pub state: Option<String>,
    /// Last sign of learning.
    pub last_activity_at: Option<DateTime<Utc>>,
}

/// A group with what was fetched of it in one statement.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The group.
    pub group: Group,
    /// What it is to learn, in no order.
    pub assignments: Vec<Assignment>,
    /// Its members, one more than asked for if there are more; empty when none were asked for.
    pub members: Vec<MemberRow>,
}

/// A member as her trainer sees her.
#[derive(Clone, Debug)]
pub struct Member {
    /// The membership.
    pub id: GroupMemberId,
    /// Who, and where in the list.
    pub place: MemberPlace,
    /// As the person writes it.
    pub full_name: String,
    /// First day.
    pub joined_on: NaiveDate,
    /// How far each lesson of the group is, in the order of [`Roster::lessons`].
    pub statuses: Vec<Status>,
    /// Last sign of learning.
    pub last_activity_at: Option<DateTime<Utc>>,
}

/// A run of members.
#[derive(Clone, Debug, Default)]
pub struct MemberPage {
    /// In order.
    pub members: Vec<Member>,
    /// Whether there are more behind them.
    pub has_more: bool,
}

/// A group as its trainer sees it.
#[derive(Clone, Debug)]
pub struct Roster {
    /// The group.
    pub group: Group,
    /// What it is to learn, in the order of the curriculum.
    pub assignments: Vec<Assignment>,
    /// The curriculum the lessons are of.
    pub catalogue: Arc<Catalogue>,
    /// The runs of members asked for.
    pub members: Vec<(MembersAsked, MemberPage)>,
}

impl Roster {
    /// Puts a group together, without members.
    pub(super) fn of(
        group: Group,
        assignments: Vec<Assignment>,
        catalogue: &Arc<Catalogue>,
    ) -> Self {
        let by_module = |assignment: Assignment| (assignment.module, assignment);
        let mut assigned: HashMap<_, _> = assignments.into_iter().map(by_module).collect();
        let modules = catalogue.modules().iter();
        Self {
            group,
            assignments: modules
                .filter_map(|module| assigned.remove(&module.id))
                .collect(),
            catalogue: Arc::clone(catalogue),
            members: Vec::new(),
        }
    }

    /// Adds a run of members as it was fetched.
    ///
    /// # Errors
    /// When a member's stored state cannot be read.
    pub(super) fn add_page(&mut self, asked: &MembersAsked, rows: Vec<MemberRow>) -> Result<()> {
        let page = self.page(rows, asked.first)?;
        self.members.push((asked.clone(), page));
        Ok(())
    }

    /// The published lessons of the assigned modules, in the order of the curriculum.
    pub fn lessons(&self) -> impl Iterator<Item = &Arc<Lesson>> {
        self.assignments
            .iter()
            .filter_map(|assignment| self.catalogue.module(assignment.module))
            .flat_map(|module| self.catalogue.published_of(module))
    }

    fn page(&self, mut rows: Vec<MemberRow>, first: usize) -> Result<MemberPage> {
        let has_more = rows.len() > first;
        rows.truncate(first);
        let places: HashMap<LessonId, usize> = (0..)
            .zip(self.lessons())
            .map(|(place, lesson)| (lesson.id, place))
            .collect();
        let members: Result<Vec<_>> = rows.into_iter().map(|row| member(row, &places)).collect();
        Ok(MemberPage {
            members: members?,
            has_more,
        })
    }
}

impl Member {
    /// How many of the group's lessons are completed.
    pub fn completed_count(&self) -> usize {
        let completed = |status: &&Status| **status == Status::Completed;
        self.statuses.iter().filter(completed).count()
    }
}

fn member(row: MemberRow, places: &HashMap<LessonId, usize>) -> Result<Member> {
    let mut statuses = vec![Status::NotStarted; places.len()];
    let state = row.state.as_deref().filter(|_| !places.is_empty());
    for (lesson, status) in state.map(glance::statuses).transpose()?.unwrap_or_default() {
        let place = places.get(&lesson);
        if let Some(shown) = place.and_then(|place| statuses.get_mut(*place)) {
            *shown = status;
        }
    }
    Ok(Member {
        id: row.id,
        place: row.place,
        full_name: row.full_name,
        joined_on: row.joined_on,
        statuses,
        last_activity_at: row.last_activity_at,
    })
}

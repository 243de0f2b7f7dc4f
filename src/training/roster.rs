//! A group on one screen: what it is to learn, and how far each member is.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use entity::group_member::JoinedHow;
use entity::ids::{AreaId, AssignmentId, GroupId, GroupMemberId, LessonId, PersonId};

use super::{
    MOST_MEMBERS,
    assigned::{Asked, Assignment, Counts, Standing},
    framing::Frame,
    join_code::JoinCode,
};
use crate::{
    content::{Catalogue, catalogue::Lesson},
    error::Result,
    learning::{
        glance::{self, Glimpse},
        merge::Status,
    },
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
    /// From when the code lets nobody in.
    pub join_code_expires_at: Option<DateTime<Utc>>,
    /// When it meets, and in which language.
    pub frame: Frame,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Which members of each group to fetch: a run in the order of [`MemberPlace`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembersAsked {
    /// How many at most.
    pub first: usize,
    /// Behind which place; from the start when absent.
    pub after: Option<MemberPlace>,
}

/// Everybody in a group: its members are bounded.
pub const EVERYBODY: MembersAsked = MembersAsked {
    first: MOST_MEMBERS,
    after: None,
};

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
    /// How she came into the group, where it was kept.
    pub joined_how: Option<JoinedHow>,
    /// What the person has learned, as stored; absent for somebody who has not begun.
    pub state: Option<String>,
    /// Last sign of learning.
    pub last_activity_at: Option<DateTime<Utc>>,
    /// Whether she is counted as staff.
    pub is_staff: bool,
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
    /// How she came into the group, where it was kept.
    pub joined_how: Option<JoinedHow>,
    /// How far each lesson of the group is, in the order of [`Roster::lessons`].
    pub statuses: Vec<Status>,
    /// How far she is with what is assigned to the group, and then to her.
    pub standings: Vec<Standing>,
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
    /// What it is to learn, in the order of the curriculum; then what single members are to learn.
    pub assignments: Vec<Assignment>,
    /// The curriculum the lessons are of.
    pub catalogue: Arc<Catalogue>,
    /// Today, by which the standings hold.
    pub today: NaiveDate,
    lessons: Vec<Arc<Lesson>>,
    /// The runs of members asked for.
    pub members: Vec<(MembersAsked, MemberPage)>,
}

impl Roster {
    /// Puts a group together, without members.
    pub(super) fn of(
        group: Group,
        mut assignments: Vec<Assignment>,
        catalogue: &Arc<Catalogue>,
        today: NaiveDate,
    ) -> Self {
        let places = catalogue.lessons().iter().zip(0_usize..);
        let places: HashMap<LessonId, usize> = places.map(|(lesson, at)| (lesson.id, at)).collect();
        let modules = catalogue.modules().iter().zip(0_usize..);
        let modules: HashMap<_, usize> = modules.map(|(module, at)| (module.id, at)).collect();
        // What is not in the curriculum any more is asked of nobody.
        assignments.retain(|assignment| modules.contains_key(&assignment.module));
        assignments.sort_by_key(|assignment| {
            (
                assignment.person,
                modules.get(&assignment.module).copied(),
                assignment.lesson.and_then(|id| places.get(&id)).copied(),
                assignment.id,
            )
        });
        let of_group = assignments.iter().filter(|one| one.person.is_none());
        let shown: BTreeSet<usize> = of_group
            .filter_map(|one| Some((one, catalogue.module(one.module)?)))
            .flat_map(|(one, module)| {
                let lessons = catalogue.published_of(module);
                lessons.filter(move |lesson| one.lesson.is_none_or(|only| only == lesson.id))
            })
            .filter_map(|lesson| places.get(&lesson.id).copied())
            .collect();
        let lessons = shown.into_iter();
        let lessons = lessons.filter_map(|at| catalogue.lessons().get(at).map(Arc::clone));
        Self {
            group,
            lessons: lessons.collect(),
            assignments,
            catalogue: Arc::clone(catalogue),
            today,
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

    /// The published lessons the whole group is to learn, in the order of the curriculum.
    pub fn lessons(&self) -> impl Iterator<Item = &Arc<Lesson>> {
        self.lessons.iter()
    }

    /// How many members are how far with each assignment; nothing when not everybody was fetched.
    pub fn counts(&self) -> Option<HashMap<AssignmentId, Counts>> {
        let mut runs = self.members.iter();
        let (_, everybody) = runs.find(|(asked, _)| *asked == EVERYBODY)?;
        let mut counts: HashMap<AssignmentId, Counts> = HashMap::new();
        for standing in everybody
            .members
            .iter()
            .flat_map(|member| &member.standings)
        {
            counts
                .entry(standing.assignment)
                .or_default()
                .add(standing.state);
        }
        Some(counts)
    }

    fn page(&self, mut rows: Vec<MemberRow>, first: usize) -> Result<MemberPage> {
        let has_more = rows.len() > first;
        rows.truncate(first);
        let places = self.lessons().zip(0..).map(|(lesson, at)| (lesson.id, at));
        let mut places: HashMap<LessonId, usize> = places.collect();
        let shown = places.len();
        let asked: Vec<Vec<Asked>> = self
            .assignments
            .iter()
            .map(|assignment| assignment.asked(&self.catalogue))
            .collect();
        // Lessons of single members stand behind those of the group.
        for one in asked.iter().flatten() {
            let next = places.len();
            places.entry(one.lesson).or_insert(next);
        }
        let members: Result<Vec<_>> = rows
            .into_iter()
            .map(|row| self.member(row, (&places, shown), &asked))
            .collect();
        Ok(MemberPage {
            members: members?,
            has_more,
        })
    }

    fn member(
        &self,
        row: MemberRow,
        (places, shown): (&HashMap<LessonId, usize>, usize),
        asked: &[Vec<Asked>],
    ) -> Result<Member> {
        let mut glimpses = vec![Glimpse::default(); places.len()];
        let state = row.state.as_deref().filter(|_| !places.is_empty());
        let known = state.map(glance::lessons_of).transpose()?;
        for (lesson, glimpse) in known.unwrap_or_default() {
            let place = places.get(&lesson);
            if let Some(seen) = place.and_then(|place| glimpses.get_mut(*place)) {
                *seen = glimpse;
            }
        }
        let person = row.place.person;
        let known = |lesson: LessonId| {
            let place = places.get(&lesson).copied();
            let seen = place.and_then(|place| glimpses.get(place));
            seen.copied().unwrap_or_default()
        };
        let standings = self
            .assignments
            .iter()
            .zip(asked)
            .filter(|(assignment, _)| assignment.is_for(person))
            .filter_map(|(assignment, asked)| {
                let who = (person, row.is_staff);
                assignment.standing(asked, who, known, &self.catalogue, self.today)
            })
            .collect();
        let statuses = glimpses.iter().take(shown).map(|glimpse| glimpse.status);
        Ok(Member {
            id: row.id,
            statuses: statuses.collect(),
            standings,
            place: row.place,
            full_name: row.full_name,
            joined_on: row.joined_on,
            joined_how: row.joined_how,
            last_activity_at: row.last_activity_at,
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

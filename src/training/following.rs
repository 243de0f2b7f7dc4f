//! The worklist over a trainer's groups, and logging what came of a follow-up.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{Duration, NaiveDate};
use entity::{
    follow_up::{self, FollowUpOutcome},
    group_member::LeftReason,
    ids::{AssignmentId, FollowUpId, GroupId, LessonId, ModuleId, PersonId},
};

use super::{
    Training,
    assigned::State,
    recording::note,
    roster::{EVERYBODY, Member, Roster},
    screens::Age,
    store,
    worklist::{FAILED_CHECKS, Item, MemberFacts, WEEKLY_CAPACITY, quiet_days, worklist},
};
use crate::{
    auth::capability::Trainer,
    clock::day_in_viet_nam,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    learning::lacking::Lacking,
};

/// The most groups a worklist is made over.
const MOST_GROUPS: usize = 100;
/// How long somebody may be left alone.
const SNOOZE: Duration = Duration::days(90);
/// How long ago a follow-up may have been made.
const MADE_WITHIN: Duration = Duration::days(60);
/// A week of a trainer's work.
const WEEK: Duration = Duration::days(7);

/// A worklist, and how to reach who is on it.
#[derive(Clone, Debug, Default)]
pub struct Worklist {
    /// The most urgent first.
    pub items: Vec<Item>,
    /// Telephones, E.164, of those who told one.
    pub phones: BTreeMap<PersonId, String>,
}

/// A follow-up to log.
#[derive(Clone, Debug)]
pub struct LogFollowUp {
    /// Made by the client or by us.
    pub id: Option<FollowUpId>,
    /// In which group.
    pub group: GroupId,
    /// Whom.
    pub person: PersonId,
    /// What came of it.
    pub outcome: FollowUpOutcome,
    /// Why she left, if she did.
    pub left_reason: Option<LeftReason>,
    /// What the trainer noted.
    pub note: Option<String>,
    /// The day of it; today when absent.
    pub made_on: Option<NaiveDate>,
    /// The first day on which she is on the list again; by the outcome when absent.
    pub snooze_until: Option<NaiveDate>,
}

/// A follow-up that was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its id.
    pub id: FollowUpId,
    /// The first day on which she is on the list again.
    pub quiet_until: NaiveDate,
}

impl Training {
    /// Whom to follow up in one group of the trainer's, or in all: a bounded number of statements whatever the
    /// number of people.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the trainer leads no such group.
    pub async fn worklist(
        &self,
        trainer: &Trainer,
        group: Option<GroupId>,
        capacity: Option<usize>,
    ) -> Result<Worklist> {
        let (everybody, today) = ([EVERYBODY], self.0.clock.today());
        let rosters = match group {
            Some(id) => vec![self.group(trainer, id, &everybody, Age::Now).await?],
            None => {
                let page = self.groups(trainer, MOST_GROUPS, None, &everybody).await?;
                let in_time = |roster: &Roster| !roster.group.frame.is_over(today);
                page.groups.into_iter().filter(in_time).collect()
            }
        };
        let groups: Vec<GroupId> = rosters.iter().map(|roster| roster.group.id).collect();
        let persons: BTreeSet<PersonId> = rosters
            .iter()
            .flat_map(members)
            .map(|member| member.place.person)
            .collect();
        if persons.is_empty() {
            return Ok(Worklist::default());
        }
        let persons: Vec<PersonId> = persons.into_iter().collect();
        let db = self.0.db.latest();
        let contacts = store::contacts(db, &persons).await?;
        let failed = failed_checks(store::quiz_answers(db, &persons).await?);
        let follow_ups = store::follow_ups(db, &groups, today - SNOOZE - MADE_WITHIN).await?;
        let next = store::next_sessions(db, &groups, today).await?;
        let mut spoken: HashMap<PersonId, (FollowUpOutcome, NaiveDate)> = HashMap::new();
        let mut this_week = BTreeSet::new();
        // In the order they were made: the latest stays.
        for row in &follow_ups {
            spoken.insert(row.person_id, (row.outcome, row.quiet_until));
            if row.account_id == trainer.account() && row.made_on > today - WEEK {
                this_week.insert(row.person_id);
            }
        }
        let mut facts = Vec::new();
        for roster in &rosters {
            for member in members(roster) {
                let person = member.place.person;
                let contact = contacts.get(&person);
                facts.push(MemberFacts {
                    group: roster.group.id,
                    person,
                    full_name: member.full_name.clone(),
                    name_sort_key: member.place.name_sort_key.clone(),
                    joined_on: member.joined_on,
                    last_activity_on: member.last_activity_at.map(day_in_viet_nam),
                    left: left(roster, member),
                    failed_check: failed.get(&person).copied(),
                    has_phone: contact.is_some_and(|contact| contact.heard_at.is_some()),
                    phone_heard_on: contact
                        .and_then(|contact| contact.heard_at)
                        .map(day_in_viet_nam),
                    followed_up: spoken.get(&person).copied(),
                    next_session_on: next.get(&roster.group.id).copied(),
                });
            }
        }
        let capacity = capacity.unwrap_or(WEEKLY_CAPACITY);
        let items = worklist(&facts, today, capacity.saturating_sub(this_week.len()));
        let phones = contacts
            .into_iter()
            .filter_map(|(person, contact)| Some((person, contact.phone?)));
        Ok(Worklist {
            items,
            phones: phones.collect(),
        })
    }

    /// What people of the trainer's worklist lack before they count, and the codes of the indicators.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn lacking(
        &self,
        list: &[Item],
    ) -> Result<HashMap<PersonId, Vec<(String, Lacking)>>> {
        let persons: Vec<PersonId> = list.iter().map(|item| item.person).collect();
        let found = self.0.learning.lacking(&persons).await?;
        let rulebook = self.0.learning.rulebook();
        let named = |one: Lacking| {
            let indicator = rulebook.indicator_by_id(one.indicator)?;
            Some((indicator.row.code.clone(), one))
        };
        let named = |(person, lacking): (PersonId, Vec<Lacking>)| {
            (person, lacking.into_iter().filter_map(named).collect())
        };
        Ok(found.into_iter().map(named).collect())
    }

    /// Logs what came of a follow-up. The same again changes nothing. Who left is taken out of the group.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once.
    pub async fn log_follow_up(&self, trainer: &Trainer, mut told: LogFollowUp) -> Result<Logged> {
        let today = self.0.clock.today();
        let mut errors = Vec::new();
        let made_on = told.made_on.unwrap_or(today);
        if made_on > today || made_on < today - MADE_WITHIN {
            let error = UserError::new(Code::DateOutOfRange, "madeOn", "follow-up-day-range");
            errors.push(error.with("first", today - MADE_WITHIN).with("last", today));
        }
        let quiet_until = told
            .snooze_until
            .unwrap_or(made_on + Duration::days(quiet_days(told.outcome)));
        if quiet_until < made_on || quiet_until > today + SNOOZE {
            let error = UserError::new(Code::DateOutOfRange, "snoozeUntil", "snooze-range");
            errors.push(error.with("last", today + SNOOZE));
        }
        let left = told.outcome == FollowUpOutcome::Left;
        if left != told.left_reason.is_some() {
            let error = if left {
                UserError::new(Code::Required, "leftReason", "left-reason-required")
            } else {
                UserError::new(Code::Invalid, "leftReason", "left-reason-without-leaving")
            };
            errors.push(error);
        }
        let noted = note(told.note.take(), "note", &mut errors);
        if told.id.is_some_and(|id| id.0.is_nil()) {
            errors.push(UserError::new(Code::Invalid, "id", "id-invalid"));
        }
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let row = follow_up::Model {
            follow_up_id: told.id.unwrap_or_else(|| self.0.clock.id()),
            group_id: told.group,
            person_id: told.person,
            account_id: trainer.account(),
            outcome: told.outcome,
            note: noted,
            made_on,
            quiet_until,
            received_at: self.0.clock.now(),
        };
        let logged = Logged {
            id: row.follow_up_id,
            quiet_until,
        };
        let (asker, row) = (trainer.clone(), Arc::new(row));
        let reason = told.left_reason;
        self.together(move |this, tx| {
            let (asker, row) = (asker.clone(), Arc::clone(&row));
            Box::pin(async move { this.log_within(tx, &asker, &row, reason).await })
        })
        .await?;
        let subjects = [told.group.0, told.person.0];
        self.audit()
            .record(trainer.account(), "logFollowUp", subjects)
            .await?;
        Ok(logged)
    }

    async fn log_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        row: &follow_up::Model,
        reason: Option<LeftReason>,
    ) -> Result<()> {
        self.own_group(tx, trainer, row.group_id).await?;
        let memberships = store::memberships(tx, row.group_id, row.person_id).await?;
        if memberships.is_empty() {
            let code = Code::NotFound;
            return Err(Error::user(code, "personId", "group-member-unknown"));
        }
        if !store::insert_follow_up(tx, row.clone()).await? {
            let before = store::follow_up(tx, row.follow_up_id).await?;
            let matter =
                |row: &follow_up::Model| (row.group_id, row.person_id, row.account_id, row.outcome);
            return match before {
                Some(before) if matter(&before) == matter(row) => Ok(()),
                _ => Err(Error::user(Code::Conflict, "id", "id-taken")),
            };
        }
        if row.outcome == FollowUpOutcome::Left {
            self.end_within(tx, row.group_id, row.person_id, reason)
                .await?;
        }
        Ok(())
    }
}

fn members(roster: &Roster) -> impl Iterator<Item = &Member> {
    roster.members.iter().flat_map(|(_, page)| &page.members)
}

/// What is assigned and left, by due day: each assignment with its next lesson.
fn left(roster: &Roster, member: &Member) -> Vec<(ModuleId, LessonId, NaiveDate)> {
    let standing = |id: &AssignmentId| {
        let mut standings = member.standings.iter();
        standings.find(|standing| standing.assignment == *id)
    };
    let mut left: Vec<_> = roster
        .assignments
        .iter()
        .filter_map(|assignment| {
            let standing = standing(&assignment.id)?;
            let open = !matches!(standing.state, State::Done | State::Excused);
            let next = standing.next.filter(|_| open)?;
            Some((assignment.module, next, assignment.due_on))
        })
        .collect();
    // The curriculum's order settles what is due on the same day.
    left.sort_by_key(|(_, _, due_on)| *due_on);
    left
}

/// The check each person failed often enough without passing it; of several, the one failed last.
fn failed_checks(answers: Vec<store::QuizAnswer>) -> BTreeMap<PersonId, ModuleId> {
    let mut tries: BTreeMap<(PersonId, ModuleId), (usize, bool)> = BTreeMap::new();
    let mut failed = BTreeMap::new();
    for answer in answers {
        let key = (answer.person, answer.module);
        let (fails, passed) = tries.entry(key).or_default();
        *fails += usize::from(!answer.passed);
        *passed |= answer.passed;
        if *passed {
            failed.retain(|person, module| (*person, *module) != key);
        } else if *fails >= FAILED_CHECKS {
            failed.insert(answer.person, answer.module);
        }
    }
    failed
}

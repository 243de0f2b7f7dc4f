//! Who needs a call, in order, why, and the smallest thing to do: a pure function, so that a trainer who asks "why
//! her?" gets the same answer as the code does.
//!
//! Invariant: people who never started come before everybody else, however late the others are: most of those whom
//! a programme loses were never in it.
//! Invariant: a phone that has not been heard of says nothing about learning. Who has one and is silent is asked to
//! let it sync, not to learn.

use chrono::{Duration, NaiveDate};
use entity::{
    follow_up::FollowUpOutcome,
    ids::{GroupId, LessonId, ModuleId, PersonId},
};

/// Days without learning after which somebody who started counts as stalled.
pub const STALLED_DAYS: i64 = 14;
/// Days ahead that a due day comes near.
pub const DUE_SOON_DAYS: i64 = 7;
/// Days after which a phone that was not heard of counts as silent.
pub const SILENT_DAYS: i64 = 14;
/// Failed tries of one check, without a pass, after which a trainer helps.
pub const FAILED_CHECKS: usize = 2;
/// How many people a trainer can follow up in a week, unless she says otherwise.
pub const WEEKLY_CAPACITY: usize = 12;

/// Why somebody is on the list, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Has not begun any lesson.
    NeverOpened,
    /// Failed one check twice and has not passed it.
    FailedCheckTwice,
    /// Began, and has not learned for a while.
    Stalled,
    /// A due day is near or past, and lessons are left.
    DueSoon,
    /// The phone has not been heard of: what was learned on it is not known.
    PhoneSilent,
}

/// The smallest thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NextAction {
    /// Call, and open the first lesson together.
    OpenFirstLesson,
    /// Has no phone of her own: invite to the next session.
    InviteToSession,
    /// Has no phone, and no session is planned: visit at home.
    VisitAtHome,
    /// Go through the check's questions together.
    RepeatCheckTogether,
    /// Ask what is in the way, and agree on a day for the next lesson.
    AgreeOnNextLesson,
    /// Remind of the due day.
    FinishBeforeDue,
    /// Ask to let the phone sync where there is signal.
    AskToSync,
}

/// What is known of a member today.
#[derive(Clone, Debug)]
pub struct MemberFacts {
    /// In which group.
    pub group: GroupId,
    /// Who.
    pub person: PersonId,
    /// As the person writes it.
    pub full_name: String,
    /// Orders by given name.
    pub name_sort_key: String,
    /// First day in the group.
    pub joined_on: NaiveDate,
    /// Last day of learning, of any lesson; nothing for somebody who never started.
    pub last_activity_on: Option<NaiveDate>,
    /// What is assigned and left, by due day: module, its next lesson, and the day.
    pub left: Vec<(ModuleId, LessonId, NaiveDate)>,
    /// The check failed often enough without a pass, if there is one.
    pub failed_check: Option<ModuleId>,
    /// Whether she has an account.
    pub has_phone: bool,
    /// Last day her phone was heard of; nothing without a phone.
    pub phone_heard_on: Option<NaiveDate>,
    /// The latest follow-up: what came of it, and from which day she may be on the list again.
    pub followed_up: Option<(FollowUpOutcome, NaiveDate)>,
    /// The group's next planned session.
    pub next_session_on: Option<NaiveDate>,
}

/// Somebody to follow up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// In which group.
    pub group: GroupId,
    /// Who.
    pub person: PersonId,
    /// As the person writes it.
    pub full_name: String,
    /// Orders by given name.
    pub name_sort_key: String,
    /// Why, the most urgent.
    pub reason: Reason,
    /// Every reason, the most urgent first.
    pub reasons: Vec<Reason>,
    /// Since how many days the reason holds; for a due day, how many days it is past, below 0 while it is ahead.
    pub days: i64,
    /// The smallest thing to do.
    pub action: NextAction,
    /// The lesson it is about, where it is about one.
    pub lesson: Option<LessonId>,
    /// The module it is about, where it is about one.
    pub module: Option<ModuleId>,
    /// The day that matters: the due day, or that of the next session.
    pub on: Option<NaiveDate>,
    /// Whether she is among those the trainer can follow up this week.
    pub this_week: bool,
}

/// The list: whom to follow up, the most urgent first. `capacity` is how many more the trainer can follow up this
/// week.
pub fn worklist(members: &[MemberFacts], today: NaiveDate, capacity: usize) -> Vec<Item> {
    let mut items: Vec<Item> = members
        .iter()
        .filter_map(|member| item(member, today))
        .collect();
    items.sort_by(|a, b| key(a).cmp(&key(b)));
    // One person in two groups is called once.
    let mut seen = std::collections::BTreeSet::new();
    items.retain(|item| seen.insert(item.person));
    for item in items.iter_mut().take(capacity) {
        item.this_week = true;
    }
    items
}

/// Never started first; then the reason; then who waits longest; then by name, then by id.
fn key(item: &Item) -> impl Ord {
    let started = item.reason != Reason::NeverOpened;
    let longest = std::cmp::Reverse(item.days);
    let name = item.name_sort_key.clone();
    (started, item.reason, longest, name, item.person, item.group)
}

fn item(member: &MemberFacts, today: NaiveDate) -> Option<Item> {
    let quiet = member.followed_up.is_some_and(|(_, until)| today < until);
    if quiet {
        return None;
    }
    let reasons = reasons(member, today);
    let reason = *reasons.first()?;
    let days = |since: NaiveDate| (today - since).num_days();
    let next = member.left.first();
    let lesson = next.map(|(_, lesson, _)| *lesson);
    let module = next.map(|(module, _, _)| *module);
    let due_on = next.map(|(_, _, due_on)| *due_on);
    let (days, action, lesson, module, on) = match reason {
        Reason::NeverOpened => {
            let (action, on) = first_step(member);
            (
                days(member.joined_on),
                action,
                lesson,
                module,
                on.or(due_on),
            )
        }
        Reason::FailedCheckTwice => {
            let since = member.last_activity_on.unwrap_or(member.joined_on);
            let check = member.failed_check;
            (
                days(since),
                NextAction::RepeatCheckTogether,
                None,
                check,
                None,
            )
        }
        Reason::Stalled => {
            let since = member.last_activity_on.unwrap_or(member.joined_on);
            let action = NextAction::AgreeOnNextLesson;
            (days(since), action, lesson, module, due_on)
        }
        Reason::DueSoon => {
            let late = due_on.map_or(0, days);
            (late, NextAction::FinishBeforeDue, lesson, module, due_on)
        }
        Reason::PhoneSilent => {
            let since = member.phone_heard_on.unwrap_or(member.joined_on);
            (days(since), NextAction::AskToSync, None, None, None)
        }
    };
    Some(Item {
        group: member.group,
        person: member.person,
        full_name: member.full_name.clone(),
        name_sort_key: member.name_sort_key.clone(),
        reason,
        reasons,
        days,
        action,
        lesson,
        module,
        on,
        this_week: false,
    })
}

/// What brings somebody who never started to the first lesson.
fn first_step(member: &MemberFacts) -> (NextAction, Option<NaiveDate>) {
    match (member.has_phone, member.next_session_on) {
        (true, _) => (NextAction::OpenFirstLesson, None),
        (false, Some(on)) => (NextAction::InviteToSession, Some(on)),
        (false, None) => (NextAction::VisitAtHome, None),
    }
}

fn reasons(member: &MemberFacts, today: NaiveDate) -> Vec<Reason> {
    let older = |day: NaiveDate, days: i64| (today - day).num_days() >= days;
    let started = member.last_activity_on.is_some();
    let silent = member.has_phone
        && older(
            member.phone_heard_on.unwrap_or(member.joined_on),
            SILENT_DAYS,
        );
    let due = |day: &NaiveDate| *day <= today + Duration::days(DUE_SOON_DAYS);
    let learned_long_ago = member
        .last_activity_on
        .is_some_and(|day| older(day, STALLED_DAYS));
    let holds = |reason: &Reason| match reason {
        Reason::NeverOpened => !started,
        Reason::FailedCheckTwice => member.failed_check.is_some(),
        // Of a silent phone it is not known whether learning stalled.
        Reason::Stalled => learned_long_ago && !member.left.is_empty() && !silent,
        Reason::DueSoon => started && member.left.iter().any(|(_, _, day)| due(day)),
        Reason::PhoneSilent => silent,
    };
    [
        Reason::NeverOpened,
        Reason::FailedCheckTwice,
        Reason::Stalled,
        Reason::DueSoon,
        Reason::PhoneSilent,
    ]
    .into_iter()
    .filter(holds)
    .collect()
}

/// Days for which somebody is left alone after a follow-up, unless the trainer says otherwise.
pub fn quiet_days(outcome: FollowUpOutcome) -> i64 {
    match outcome {
        FollowUpOutcome::NoAnswer => 1,
        FollowUpOutcome::Reached => 5,
        FollowUpOutcome::WillContinue => 7,
        FollowUpOutcome::Left => 0,
    }
}

#[cfg(test)]
#[path = "worklist_tests.rs"]
mod tests;

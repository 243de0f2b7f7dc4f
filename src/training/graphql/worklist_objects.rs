//! Somebody on the worklist, and the sentences that say why and what to do.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_graphql::{Context, Enum, ID, SimpleObject};
use entity::ids::PersonId;
use fluent_templates::fluent_bundle::FluentValue;

use super::{GroupPerson, care::named_person};
use crate::{
    content::{
        Catalogue,
        graphql::{LessonObject, ModuleObject},
    },
    graphql::{context::language, date::Date, ids::wire},
    learning::lacking::Lacking,
    messages::{Language, text_with},
    training::worklist::{Item, NextAction, Reason},
};

/// Why somebody is on the worklist, the most urgent first. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub enum WorklistReason {
    /// Has not begun any lesson.
    NeverOpened,
    /// Failed one module's check twice and has not passed it.
    FailedCheckTwice,
    /// Began, and has not learned for 14 days.
    Stalled,
    /// Lessons are due within 7 days, or were due.
    DueSoon,
    /// The phone was not heard of for 14 days: what was learned on it is not known.
    PhoneSilent,
}

/// The smallest thing to do. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "NextAction")]
pub enum WorklistAction {
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

/// Somebody to follow up.
#[derive(SimpleObject)]
pub struct WorklistItem {
    /// Whom.
    person: GroupPerson,
    /// A telephone to reach her on, E.164, if one was told.
    phone: Option<String>,
    /// In which group.
    group_id: ID,
    /// Why, the most urgent.
    reason: WorklistReason,
    /// Every reason, the most urgent first.
    reasons: Vec<WorklistReason>,
    /// The reason as a sentence, in the language of the request.
    reason_text: String,
    /// Since how many days the reason holds; for DUE_SOON how many days the due day is past, below 0 while it is
    /// ahead.
    days: i32,
    /// The smallest thing to do.
    next_action: WorklistAction,
    /// The thing to do as a sentence, in the language of the request.
    next_action_text: String,
    /// The lesson it is about, where it is about one.
    lesson: Option<LessonObject>,
    /// The module it is about, where it is about one.
    module: Option<ModuleObject>,
    /// The day that matters: the due day, or that of the next session.
    on: Option<Date>,
    /// Whether she is among those whom the viewer can still follow up this week.
    this_week: bool,
    /// What following her up can do for the figures of where she lives: the indicators she would count in and does not yet,
    /// the nearest first. Indicators of children with a disability are not told here.
    towards: Vec<WorklistGain>,
}

/// An indicator somebody does not count in yet. Once she has done what is left, its gap where she lives is smaller by one.
#[derive(SimpleObject)]
pub struct WorklistGain {
    /// Code of the indicator.
    indicator: String,
    /// Lessons left to finish.
    lessons_left: i32,
    /// Modules whose check is left to pass.
    checks_left: i32,
    /// The same as a sentence, in the language of the request.
    text: String,
}

impl WorklistGain {
    fn of(language: Language, (indicator, lacking): (String, Lacking)) -> Self {
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        let mut arguments: HashMap<Cow<'static, str>, FluentValue<'_>> = HashMap::new();
        arguments.insert("indicator".into(), indicator.as_str().into());
        arguments.insert("lessons".into(), lacking.lessons.to_string().into());
        arguments.insert("checks".into(), lacking.checks.to_string().into());
        let text = text_with(language, "worklist-towards", &arguments);
        Self {
            lessons_left: count(lacking.lessons),
            checks_left: count(lacking.checks),
            text,
            indicator,
        }
    }
}

impl WorklistItem {
    pub(super) fn of(
        ctx: &Context<'_>,
        item: &Item,
        phones: &BTreeMap<PersonId, String>,
        towards: Vec<(String, Lacking)>,
        catalogue: &Arc<Catalogue>,
    ) -> Self {
        let lesson = item.lesson.and_then(|id| catalogue.lesson(id));
        let module = item.module.and_then(|id| catalogue.module(id));
        let told = Told {
            language: language(ctx),
            days: item.days.abs().to_string(),
            lesson: lesson.map(|lesson| lesson.code.to_string()),
            module: module.map(|module| module.code.to_string()),
            on: item.on.map(|on| on.format("%d/%m/%Y").to_string()),
        };
        Self {
            person: named_person(item.person, &item.full_name),
            phone: phones.get(&item.person).cloned(),
            group_id: wire(item.group),
            reason: item.reason.into(),
            reasons: item.reasons.iter().map(|reason| (*reason).into()).collect(),
            reason_text: told.reason(item),
            days: i32::try_from(item.days).unwrap_or(i32::MAX),
            next_action: item.action.into(),
            next_action_text: told.action(item),
            lesson: lesson.and_then(|lesson| LessonObject::new(catalogue, lesson)),
            module: module.and_then(|module| ModuleObject::new(catalogue, module)),
            on: item.on.map(Date),
            this_week: item.this_week,
            towards: towards
                .into_iter()
                .map(|one| WorklistGain::of(language(ctx), one))
                .collect(),
        }
    }
}

/// What a sentence may name.
struct Told {
    language: Language,
    days: String,
    lesson: Option<String>,
    module: Option<String>,
    on: Option<String>,
}

impl Told {
    fn say(&self, key: &str) -> String {
        let mut arguments: HashMap<Cow<'static, str>, FluentValue<'_>> = HashMap::new();
        arguments.insert("days".into(), self.days.as_str().into());
        for (name, value) in [
            ("lesson", &self.lesson),
            ("module", &self.module),
            ("on", &self.on),
        ] {
            let value = value.as_deref().unwrap_or("–");
            arguments.insert(name.into(), value.into());
        }
        text_with(self.language, key, &arguments)
    }

    fn reason(&self, item: &Item) -> String {
        self.say(match item.reason {
            Reason::NeverOpened => "worklist-never-opened",
            Reason::FailedCheckTwice => "worklist-failed-check",
            Reason::Stalled => "worklist-stalled",
            Reason::DueSoon if item.days > 0 => "worklist-overdue",
            Reason::DueSoon => "worklist-due-soon",
            Reason::PhoneSilent => "worklist-phone-silent",
        })
    }

    fn action(&self, item: &Item) -> String {
        self.say(match item.action {
            NextAction::OpenFirstLesson if item.lesson.is_some() => "action-open-first-lesson",
            NextAction::OpenFirstLesson => "action-open-any-lesson",
            NextAction::InviteToSession => "action-invite-to-session",
            NextAction::VisitAtHome => "action-visit-at-home",
            NextAction::RepeatCheckTogether => "action-repeat-check",
            NextAction::AgreeOnNextLesson => "action-agree-on-next",
            NextAction::FinishBeforeDue => "action-finish-before-due",
            NextAction::AskToSync => "action-ask-to-sync",
        })
    }
}

//! Assigning modules and lessons, to a whole group or to members of it.
//!
//! Invariant: an assignment is a wish and no record. Making, changing or withdrawing one touches nothing that anybody
//! has learned.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{Months, NaiveDate};
use entity::{
    assignment,
    ids::{GroupId, LessonId, ModuleId, PersonId, ReleaseId},
};

use super::{NOTE_LIMIT, Training, check_count, store};
use crate::{
    auth::capability::Trainer,
    content::Catalogue,
    db::Tx,
    error::{Error, Result, UserError, UserErrorCode as Code},
    people::name,
};

/// How far ahead a due day may lie, in months.
const DUE_WITHIN: Months = Months::new(24);
/// The most assignments that stand in a group at a time: a roster shows them all.
pub const MOST_ASSIGNED: usize = 500;

/// What to assign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Work {
    /// Whole modules.
    Modules(Vec<ModuleId>),
    /// Single lessons.
    Lessons(Vec<LessonId>),
}

/// Something to assign.
#[derive(Clone, Debug)]
pub struct NewAssignments {
    /// In which group.
    pub group: GroupId,
    /// What.
    pub work: Work,
    /// To these members only; to the whole group when there are none.
    pub persons: Vec<PersonId>,
    /// Last day.
    pub due_on: NaiveDate,
    /// What the trainer writes to it; what was written before stays when absent.
    pub note: Option<String>,
}

/// One thing to learn: its module, the lesson if it is one, and the releases in force.
type Thing = (ModuleId, Option<LessonId>, Vec<ReleaseId>);

impl Training {
    /// Assigns modules to a whole group. One that is assigned already gets the new due day.
    ///
    /// # Errors
    /// As [`Training::assign`].
    pub async fn assign_modules(
        &self,
        trainer: &Trainer,
        group: GroupId,
        modules: Vec<ModuleId>,
        due_on: NaiveDate,
    ) -> Result<()> {
        let new = NewAssignments {
            group,
            work: Work::Modules(modules),
            persons: Vec::new(),
            due_on,
            note: None,
        };
        self.assign(trainer, new).await
    }

    /// Assigns modules or lessons to a group or to members of it. What is assigned already gets the new due day, and the
    /// note if there is one; the releases it pins stay.
    ///
    /// # Errors
    /// Everything the trainer can mend, all at once; then nothing was written.
    pub async fn assign(&self, trainer: &Trainer, new: NewAssignments) -> Result<()> {
        let (things, note) = self.check_assignment(&new)?;
        let subjects = [new.group.0].into_iter();
        let subjects: Vec<_> = subjects.chain(new.persons.iter().map(|id| id.0)).collect();
        let operation = match &new.work {
            Work::Modules(_) => "assignModules",
            Work::Lessons(_) => "assignLessons",
        };
        let work = Arc::new((trainer.clone(), new, things, note));
        self.together(move |this, tx| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (asker, new, things, note) = &*work;
                this.assign_within(tx, asker, new, things, note.as_deref())
                    .await
            })
        })
        .await?;
        let account = trainer.account();
        self.audit().record(account, operation, subjects).await
    }

    /// What there is to learn, and the note as it is kept.
    fn check_assignment(&self, new: &NewAssignments) -> Result<(Vec<Thing>, Option<String>)> {
        let catalogue = self.0.content.catalogue();
        let mut errors = Vec::new();
        let things = match &new.work {
            Work::Modules(modules) => {
                check_count(modules.len(), "moduleIds", "modules-required")?;
                modules_of(&catalogue, modules, &mut errors)
            }
            Work::Lessons(lessons) => {
                check_count(lessons.len(), "lessonIds", "assign-lessons-required")?;
                lessons_of(&catalogue, lessons, &mut errors)
            }
        };
        if !new.persons.is_empty() {
            check_count(new.persons.len(), "personIds", "members-required")?;
        }
        self.check_due(new.due_on, &mut errors);
        let note = note_of(new.note.as_deref(), &mut errors);
        if errors.is_empty() {
            Ok((things, note))
        } else {
            Err(Error::User(errors))
        }
    }

    pub(super) fn check_due(&self, due_on: NaiveDate, errors: &mut Vec<UserError>) {
        let today = self.0.clock.today();
        let latest = today.checked_add_months(DUE_WITHIN).unwrap_or(today);
        let wrong = |key| UserError::new(Code::DateOutOfRange, "dueOn", key);
        if due_on < today {
            errors.push(wrong("due-day-past"));
        } else if due_on > latest {
            errors.push(wrong("due-day-too-late").with("latest", latest));
        }
    }

    async fn assign_within(
        &self,
        tx: &Tx,
        trainer: &Trainer,
        new: &NewAssignments,
        things: &[Thing],
        note: Option<&str>,
    ) -> Result<()> {
        self.own_group(tx, trainer, new.group).await?;
        let members = match new.persons.is_empty() {
            true => Default::default(),
            false => store::members(tx, new.group).await?,
        };
        let strangers = new.persons.iter().enumerate();
        let strangers = strangers.filter(|(_, person)| !members.contains(person));
        let errors: Vec<_> = strangers
            .map(|(at, _)| {
                let field = format!("personIds.{at}");
                UserError::new(Code::NotFound, &field, "assign-person-unknown")
            })
            .collect();
        if !errors.is_empty() {
            return Err(Error::User(errors));
        }
        let persons: Vec<Option<PersonId>> = match new.persons.is_empty() {
            true => vec![None],
            false => new.persons.iter().copied().map(Some).collect(),
        };
        let standing = store::assignments(tx, new.group).await?;
        let count = standing.len();
        let key = |row: &assignment::Model| (row.module_id, row.lesson_id, row.person_id);
        let mut standing: HashMap<_, _> =
            standing.into_iter().map(|row| (key(&row), row)).collect();
        let (mut fresh, mut touched) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for (module, lesson, releases) in things {
            for person in &persons {
                if !seen.insert((*module, *lesson, *person)) {
                    continue;
                }
                if let Some(before) = standing.remove(&(*module, *lesson, *person)) {
                    let note = note.map(str::to_owned).or_else(|| before.note.clone());
                    if (before.due_on, &before.note) != (new.due_on, &note) {
                        let (id, by) = (before.assignment_id, trainer.account());
                        store::change_assignment(tx, id, (new.due_on, note), by).await?;
                        touched.push((id, *person));
                    }
                    continue;
                }
                let row = assignment::Model {
                    assignment_id: self.0.clock.id(),
                    group_id: new.group,
                    module_id: *module,
                    due_on: new.due_on,
                    assigned_by: trainer.account(),
                    assigned_at: self.0.clock.now(),
                    withdrawn_at: None,
                    lesson_id: *lesson,
                    person_id: *person,
                    note: note.map(str::to_owned),
                    releases: Some(serde_json::to_string(releases).map_err(Error::internal)?),
                };
                touched.push((row.assignment_id, *person));
                fresh.push(row);
            }
        }
        if count + fresh.len() > MOST_ASSIGNED {
            let error = UserError::new(Code::TooMany, "groupId", "assigned-too-many");
            return Err(error.with("limit", MOST_ASSIGNED).into());
        }
        store::insert_assignments(tx, fresh).await?;
        self.tell_assigned(tx, new.group, &touched).await
    }
}

pub(super) fn note_of(text: Option<&str>, errors: &mut Vec<UserError>) -> Option<String> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    name::line(text, NOTE_LIMIT, "note")
        .map_err(|error| errors.push(error))
        .ok()
}

fn modules_of(
    catalogue: &Catalogue,
    modules: &[ModuleId],
    errors: &mut Vec<UserError>,
) -> Vec<Thing> {
    let mut things = Vec::new();
    for (at, id) in modules.iter().enumerate() {
        let field = format!("moduleIds.{at}");
        let Some(module) = catalogue.module(*id) else {
            errors.push(UserError::new(Code::NotFound, &field, "module-unknown"));
            continue;
        };
        let lessons = catalogue.published_of(module);
        let releases: Vec<_> = lessons
            .filter_map(|lesson| Some(lesson.release.as_ref()?.id))
            .collect();
        if releases.is_empty() {
            errors.push(UserError::new(Code::Closed, &field, "module-unpublished"));
        }
        things.push((*id, None, releases));
    }
    things
}

fn lessons_of(
    catalogue: &Catalogue,
    lessons: &[LessonId],
    errors: &mut Vec<UserError>,
) -> Vec<Thing> {
    let mut things = Vec::new();
    for (at, id) in lessons.iter().enumerate() {
        let field = format!("lessonIds.{at}");
        let found = catalogue.lesson(*id);
        let release = found.and_then(|lesson| Some((lesson.module, lesson.release.as_ref()?.id)));
        match release {
            Some((module, release)) => things.push((module, Some(*id), vec![release])),
            None => errors.push(UserError::new(Code::NotFound, &field, "lesson-unknown")),
        }
    }
    things
}

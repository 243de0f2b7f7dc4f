//! What changed of one person, and when: the counter behind `changes(scope: ME)`.
//!
//! Invariant: whatever of a person's record an answer shows is marked in the transaction that changes it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use entity::ids::{AssignmentId, ChildId, LessonId, ModuleId, PersonId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use uuid::Uuid;

use super::{
    Learning,
    merge::PersonState,
    path::AssignedWork,
    store::{self, Record},
};
use crate::{
    auth::capability::Learner,
    content::Catalogue,
    db::Tx,
    delta::{self, Page, Place},
    error::Error,
};

/// A thing of one person that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The person: name, audiences, residence, consents.
    Person,
    /// A child.
    Child(ChildId),
    /// How far a lesson is.
    Lesson(LessonId),
    /// How far a module is.
    Module(ModuleId),
    /// What is assigned to her, and how far she is with it.
    Assignment(AssignmentId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person => f.write_str("a"),
            Self::Child(id) => write!(f, "c{}", id.0.simple()),
            Self::Lesson(id) => write!(f, "l{}", id.0.simple()),
            Self::Module(id) => write!(f, "m{}", id.0.simple()),
            Self::Assignment(id) => write!(f, "s{}", id.0.simple()),
        }
    }
}

impl Subject {
    fn of_text(text: &str) -> Option<Self> {
        let id = || Uuid::try_parse(text.get(1..)?).ok();
        match text.as_bytes().first()? {
            b'a' if text.len() == 1 => Some(Self::Person),
            b'c' => Some(Self::Child(id()?.into())),
            b'l' => Some(Self::Lesson(id()?.into())),
            b'm' => Some(Self::Module(id()?.into())),
            b's' => Some(Self::Assignment(id()?.into())),
            _ => None,
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(from)?;
        Self::of_text(&text).ok_or_else(|| D::Error::custom("not a thing that changes"))
    }
}

/// The revision at which each thing last changed. A thing without a mark is as it was at revision 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Changes(BTreeMap<Subject, i64>);

/// What changed of one person behind a place, with the record it was read from.
#[derive(Clone, Debug)]
pub struct OwnChanges {
    /// The run of things.
    pub page: Page<Subject>,
    /// The record at that moment.
    pub record: Record,
}

impl Record {
    /// Marks things as changed now.
    pub(super) fn mark(&mut self, subjects: impl IntoIterator<Item = Subject>) {
        for subject in subjects {
            self.revision += 1;
            self.changes.0.insert(subject, self.revision);
        }
    }

    /// Marks what differs from the state before, and the modules it counts in.
    ///
    /// Invariant: a record that differs has another revision, also where nobody sees the difference (an event taken back
    /// before it came): whoever writes from an older reading writes nothing.
    pub(super) fn mark_learned(&mut self, before: &PersonState, catalogue: &Catalogue) {
        let changed = learned(before, &self.state, catalogue);
        if changed.is_empty() && *before != self.state {
            self.revision += 1;
        }
        self.mark(changed);
    }

    /// Marks what a changed household may have changed: the person, the children, and how much of each module applies.
    pub(super) fn mark_household(&mut self, catalogue: &Catalogue) {
        let children = self.facts.children.iter();
        let children: Vec<_> = children.map(|child| Subject::Child(child.id)).collect();
        let modules = catalogue.modules().iter();
        let modules: Vec<_> = modules.map(|module| Subject::Module(module.id)).collect();
        self.mark([Subject::Person]);
        self.mark(children);
        self.mark(modules);
    }

    /// Everything there is to tell, each with the revision at which it last changed. What is assigned changes with
    /// every lesson of it.
    fn things(&self, assigned: &[AssignedWork]) -> BTreeMap<Subject, i64> {
        let known = self.state.lessons.keys().map(|id| Subject::Lesson(*id));
        let known = known.chain(self.state.quizzes.keys().map(|id| Subject::Module(*id)));
        let children = self.facts.children.iter();
        let known = known.chain(children.map(|child| Subject::Child(child.id)));
        let mut things: BTreeMap<Subject, i64> = known.map(|subject| (subject, 0)).collect();
        things.insert(Subject::Person, 0);
        things.extend(&self.changes.0);
        for work in assigned {
            let lessons = work.lessons.iter().map(|id| Subject::Lesson(*id));
            let changed = lessons
                .filter_map(|lesson| things.get(&lesson).copied())
                .max();
            let told = things.entry(Subject::Assignment(work.id)).or_insert(0);
            *told = changed.unwrap_or(0).max(*told);
        }
        things
    }
}

/// The lessons and modules that stand differently.
fn learned(before: &PersonState, now: &PersonState, catalogue: &Catalogue) -> BTreeSet<Subject> {
    let lessons = before.lessons.keys().chain(now.lessons.keys());
    let lessons = lessons.filter(|id| before.lessons.get(id) != now.lessons.get(id));
    let mut changed = BTreeSet::new();
    for lesson in lessons {
        changed.insert(Subject::Lesson(*lesson));
        let module = catalogue.lesson(*lesson).map(|lesson| lesson.module);
        changed.extend(module.map(Subject::Module));
    }
    let quizzes = before.quizzes.keys().chain(now.quizzes.keys());
    let quizzes = quizzes.filter(|id| before.quizzes.get(id) != now.quizzes.get(id));
    changed.extend(quizzes.map(|module| Subject::Module(*module)));
    changed
}

impl Learning {
    /// What changed of the learner behind a place; nothing for somebody without a record.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn changes(
        &self,
        learner: &Learner,
        since: Option<&Place>,
        first: usize,
    ) -> Result<Option<OwnChanges>, Error> {
        let Some(record) = self.record_of(learner).await? else {
            return Ok(None);
        };
        let up_to_date =
            since.is_some_and(|since| since.revision >= record.revision && since.behind.is_none());
        let assigned = match up_to_date {
            true => Vec::new(),
            false => self.0.delegation.assigned(record.person).await?,
        };
        let things = record.things(&assigned).into_iter();
        let things = things.map(|(subject, revision)| (revision, subject.to_string(), subject));
        let page = delta::page(things, record.revision, since, first);
        Ok(Some(OwnChanges { page, record }))
    }

    /// Notes for people that what is assigned to them changed. Who has no record yet has no phone to tell.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn mark_assigned(
        &self,
        tx: &Tx,
        persons: &BTreeSet<PersonId>,
        assignments: &[AssignmentId],
    ) -> Result<(), Error> {
        if assignments.is_empty() {
            return Ok(());
        }
        // In the order of ids: two trainers at once never wait for each other.
        for person in persons {
            if let Some(mut record) = store::record_to_change(tx, *person).await? {
                record.mark(assignments.iter().map(|id| Subject::Assignment(*id)));
                store::save_record(tx, &record).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_that_change_survive_being_stored() {
        let id = Uuid::from_u128(0x0123_4567_89ab_cdef);
        let mut record = Record::new(id.into(), 1);
        record.mark([
            Subject::Person,
            Subject::Child(id.into()),
            Subject::Lesson(id.into()),
            Subject::Module(id.into()),
            Subject::Assignment(id.into()),
        ]);
        let stored = serde_json::to_string(&record.changes).unwrap();
        assert_eq!(
            serde_json::from_str::<Changes>(&stored).unwrap(),
            record.changes
        );
        assert_eq!(record.revision, 5);
        for wrong in [r#"{"":1}"#, r#"{"x":1}"#, r#"{"l":1}"#, r#"{"ab":1}"#] {
            assert!(serde_json::from_str::<Changes>(wrong).is_err(), "{wrong}");
        }
    }
}

//! What changed of the curriculum, and when: the counter behind `changes(scope: CONTENT)`.
//!
//! Invariant: whoever writes the curriculum notes what it touches in the same transaction, and the catalogue in memory
//! tells of nothing newer than the rows it was built from.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use entity::{
    content_change,
    ids::{DomainId, LessonId, ModuleId, OptionId, QuestionId, ReleaseId},
};

use super::{Catalogue, Content, plan::Plan, rows::Rows, store};
use crate::{
    delta::{self, Page, Place},
    error::Result,
};

/// A thing of the curriculum that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A domain: what it is called.
    Domain(DomainId),
    /// A module: what it is called, its quiz, and whether anything of it is published.
    Module(ModuleId),
    /// A lesson: what is published of it, and whom it is for.
    Lesson(LessonId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(id) => write!(f, "d{}", id.0.simple()),
            Self::Module(id) => write!(f, "m{}", id.0.simple()),
            Self::Lesson(id) => write!(f, "l{}", id.0.simple()),
        }
    }
}

impl Subject {
    /// The row that remembers a revision of it.
    pub(super) fn row(self, revision: i64) -> content_change::Model {
        let (kind, subject_id) = match self {
            Self::Domain(id) => ("DOMAIN", id.0),
            Self::Module(id) => ("MODULE", id.0),
            Self::Lesson(id) => ("LESSON", id.0),
        };
        content_change::Model {
            kind: kind.to_owned(),
            subject_id,
            revision,
        }
    }

    fn of_row(row: &content_change::Model) -> Option<Self> {
        match row.kind.as_str() {
            "DOMAIN" => Some(Self::Domain(row.subject_id.into())),
            "MODULE" => Some(Self::Module(row.subject_id.into())),
            "LESSON" => Some(Self::Lesson(row.subject_id.into())),
            _ => None,
        }
    }
}

/// The counter, and the revision at which each thing last changed. A thing without a mark is as it was at revision 0.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    revision: i64,
    at: BTreeMap<Subject, i64>,
}

impl Marks {
    /// Put together from the rows.
    pub(super) fn of(rows: &[content_change::Model]) -> Self {
        let at: BTreeMap<Subject, i64> = rows
            .iter()
            .filter_map(|row| Some((Subject::of_row(row)?, row.revision)))
            .collect();
        Self {
            revision: rows.iter().map(|row| row.revision).max().unwrap_or(0),
            at,
        }
    }
}

/// What a plan changes, by what an answer shows.
pub(super) fn touched(current: &Rows, plan: &Plan) -> BTreeSet<Subject> {
    let mut subjects = BTreeSet::new();
    let sides = [&plan.put, &plan.remove];
    let everywhere = [current, &plan.put, &plan.remove];
    let lesson_of: BTreeMap<ReleaseId, LessonId> = everywhere
        .iter()
        .flat_map(|rows| &rows.releases)
        .map(|row| (row.release_id, row.lesson_id))
        .collect();
    let module_of: BTreeMap<LessonId, ModuleId> = everywhere
        .iter()
        .flat_map(|rows| &rows.lessons)
        .map(|row| (row.lesson_id, row.module_id))
        .collect();
    let asked_in: BTreeMap<QuestionId, ModuleId> = everywhere
        .iter()
        .flat_map(|rows| &rows.questions)
        .map(|row| (row.question_id, row.module_id))
        .collect();
    let answers: BTreeMap<OptionId, QuestionId> = everywhere
        .iter()
        .flat_map(|rows| &rows.options)
        .map(|row| (row.option_id, row.question_id))
        .collect();
    for rows in sides {
        let domains = rows.domains.iter().map(|row| row.domain_id);
        let domains = domains.chain(rows.domain_texts.iter().map(|row| row.domain_id));
        subjects.extend(domains.map(Subject::Domain));
        let questions = rows.questions.iter().map(|row| row.question_id);
        let questions = questions
            .chain(rows.question_texts.iter().map(|row| row.question_id))
            .chain(rows.options.iter().map(|row| row.question_id))
            .chain(
                rows.option_texts
                    .iter()
                    .filter_map(|row| answers.get(&row.option_id).copied()),
            );
        let modules = rows.modules.iter().map(|row| row.module_id);
        let modules = modules
            .chain(rows.module_texts.iter().map(|row| row.module_id))
            .chain(rows.counts_for.iter().map(|row| row.module_id))
            .chain(rows.core_for.iter().map(|row| row.module_id))
            .chain(questions.filter_map(|id| asked_in.get(&id).copied()));
        subjects.extend(modules.map(Subject::Module));
        let lessons = rows.lessons.iter().map(|row| row.lesson_id);
        let mut lessons: BTreeSet<LessonId> = lessons
            .chain(rows.lesson_age_bands.iter().map(|row| row.lesson_id))
            .chain(rows.lesson_disabilities.iter().map(|row| row.lesson_id))
            .chain(rows.releases.iter().map(|row| row.lesson_id))
            .chain(
                rows.variants
                    .iter()
                    .filter_map(|row| lesson_of.get(&row.release_id).copied()),
            )
            .collect();
        if !rows.age_bands.is_empty() {
            lessons.extend(module_of.keys());
        }
        // A module is shown while something of it is published.
        let modules = lessons.iter().filter_map(|id| module_of.get(id).copied());
        subjects.extend(modules.map(Subject::Module));
        subjects.extend(lessons.into_iter().map(Subject::Lesson));
    }
    subjects
}

impl Catalogue {
    /// The count of changes it tells of.
    pub fn revision(&self) -> i64 {
        self.marks.revision
    }
}

impl Content {
    /// What changed of the curriculum behind a place, and the catalogue it is told from.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn changes(
        &self,
        since: Option<&Place>,
        first: usize,
    ) -> Result<(Page<Subject>, std::sync::Arc<Catalogue>)> {
        let known = self.catalogue().marks.revision;
        // Another server may have changed the curriculum and answered this phone before.
        if since.is_some_and(|since| since.revision > known)
            && store::revision(self.db.latest()).await? > known
        {
            self.reload().await?;
        }
        let catalogue = self.catalogue();
        let domains = catalogue.domains().iter();
        let modules = catalogue.modules().iter();
        let lessons = catalogue.lessons().iter();
        let all = domains
            .map(|domain| Subject::Domain(domain.id))
            .chain(modules.map(|module| Subject::Module(module.id)))
            .chain(lessons.map(|lesson| Subject::Lesson(lesson.id)));
        let mut things: BTreeMap<Subject, i64> = all.map(|subject| (subject, 0)).collect();
        things.extend(&catalogue.marks.at);
        let things = things.into_iter();
        let things = things.map(|(subject, revision)| (revision, subject.to_string(), subject));
        let page = delta::page(things, catalogue.marks.revision, since, first);
        Ok((page, catalogue))
    }
}

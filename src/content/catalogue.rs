//! The curriculum in memory: an immutable snapshot that screens are answered from.

use std::{collections::HashMap, ops::Range, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ids::{DomainId, LessonId, ModuleId, OptionId, QuestionId, ReleaseId},
    lesson::LessonAudience,
    lesson_release::{CompletionRule, ReleaseState},
    lesson_variant::Modality,
    question::{QuestionKind, QuestionShape},
};

use super::{
    applicability::{AgeBand, Bands, Disabilities},
    lives::Lives,
};

/// What a thing says, by language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts<T>(pub(super) Vec<(Box<str>, T)>);

/// What is said, and in which language it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served<'a, T> {
    /// BCP 47 tag of the language.
    pub language: &'a str,
    /// What is said.
    pub said: &'a T,
}

impl<T> Texts<T> {
    /// In the language asked for, else in Vietnamese, else in any; nothing when nothing is said at all.
    /// `en-GB` is content with `en`.
    pub fn served(&self, asked: &str) -> Option<Served<'_, T>> {
        let in_language = |tag: &str| {
            let mut all = self.0.iter();
            all.find(|(language, _)| language.eq_ignore_ascii_case(tag))
        };
        let primary = asked.split('-').next().unwrap_or_default();
        let (language, said) = in_language(asked)
            .or_else(|| in_language(primary))
            .or_else(|| in_language("vi"))
            .or_else(|| self.0.first())?;
        Some(Served { language, said })
    }

    /// Everything said, with its language.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(language, said)| (&**language, said))
    }
}

/// What a domain is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainText {
    /// Its title.
    pub title: Box<str>,
    /// What it is about.
    pub summary: Box<str>,
}

/// What a module is called and teaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleText {
    /// Its title.
    pub title: Box<str>,
    /// What it is about.
    pub summary: Box<str>,
    /// What one can do after it.
    pub competency: Box<str>,
}

/// A domain.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// For example `HC`.
    pub code: Box<str>,
    /// What it is called.
    pub texts: Texts<DomainText>,
    pub(super) modules: Range<usize>,
}

/// A module.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its id.
    pub id: ModuleId,
    /// Its domain.
    pub domain: DomainId,
    /// For example `HC1`.
    pub code: Box<str>,
    /// What it is called and teaches.
    pub texts: Texts<ModuleText>,
    /// Questions of its quiz to answer rightly.
    pub pass_mark: u16,
    /// Its quiz.
    pub questions: Vec<Question>,
    /// Indicators the curriculum says it counts for, for example `D3`.
    pub counts_for: Vec<Box<str>>,
    /// Programmes whose core list it is on, for example `VN1438`.
    pub core_for: Vec<Box<str>>,
    pub(super) lessons: Range<usize>,
}

/// A quiz question. Which choices are right stays inside the server.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its id.
    pub id: QuestionId,
    /// For example `HC1-Q1`.
    pub code: Box<str>,
    /// How many choices it takes.
    pub kind: QuestionKind,
    /// How it is asked; among sentences when absent.
    pub shape: Option<QuestionShape>,
    /// What it asks.
    pub texts: Texts<Box<str>>,
    /// Why the right answer is right. It stays inside the server until the question was answered.
    pub explanations: Texts<Box<str>>,
    /// What can be chosen; of an order in the right one.
    pub choices: Vec<Choice>,
}

/// What can be chosen as an answer.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its id.
    pub id: OptionId,
    /// What it says.
    pub texts: Texts<Box<str>>,
    /// Address of the picture that stands for it.
    pub picture: Option<Box<str>>,
    pub(super) correct: bool,
}

impl Question {
    /// The right choices. They stay inside the server.
    pub(crate) fn right_choices(&self) -> impl Iterator<Item = OptionId> {
        self.choices
            .iter()
            .filter(|choice| choice.correct)
            .map(|choice| choice.id)
    }

    /// Whether exactly the right choices are chosen: in any order, or where an order is asked for, in the right one.
    pub fn is_right(&self, chosen: &[OptionId]) -> bool {
        if self.shape == Some(QuestionShape::Order) {
            return self.choices.iter().map(|choice| &choice.id).eq(chosen);
        }
        let known = |id| self.choices.iter().any(|choice| choice.id == id);
        chosen.iter().all(|id| known(*id))
            && self
                .choices
                .iter()
                .all(|choice| choice.correct == chosen.contains(&choice.id))
    }
}

/// A lesson.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its id.
    pub id: LessonId,
    /// Its module.
    pub module: ModuleId,
    /// For example `HC1.1`.
    pub code: Box<str>,
    /// Whom it is for.
    pub audience: LessonAudience,
    /// How long it takes.
    pub minutes: u16,
    /// Ages it is for.
    pub bands: Bands,
    /// Kinds of disability it is for; none means every child.
    pub disabilities: Disabilities,
    /// What is published of it; nothing while it is a draft or when it was retired.
    pub release: Option<Release>,
    /// When it was one of its module's lessons.
    pub lives: Lives,
    /// The releases that asked for a refresher, by number.
    pub refreshers: Vec<Refresher>,
}

/// A release for which having finished an earlier one does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresher {
    /// Its number: completions of releases from it on count.
    pub number: u32,
    /// The first day on which earlier completions no longer do: the one after it was published.
    pub from_on: NaiveDate,
    /// Why, in the editors' words.
    pub reasons: Texts<Box<str>>,
}

impl Lesson {
    /// The last release that asked for a refresher; nothing when none did, or nothing is published.
    pub fn refresher(&self) -> Option<&Refresher> {
        self.release.as_ref()?;
        self.refreshers.last()
    }
}

/// A published release.
#[derive(Clone, Debug)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// From 1.
    pub number: u32,
    /// What completes it.
    pub completion_rule: CompletionRule,
    /// Minutes, or percent of the quiz, where the rule needs a number.
    pub completion_value: Option<u32>,
    /// Under which licence it may be used.
    pub licence: Box<str>,
    /// Where it comes from.
    pub source: Box<str>,
    /// The professional who signed it, and the day; absent while nobody has.
    pub review: Option<(Box<str>, NaiveDate)>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// BCP 47 tag of the language it was written in; the others are translations.
    pub source_language: Box<str>,
    /// By modality, in the languages it exists in.
    pub variants: Vec<(Modality, Texts<Arc<Variant>>)>,
}

/// A release in one language and modality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its title.
    pub title: Box<str>,
    /// What it is about.
    pub summary: Box<str>,
    /// Markdown.
    pub body: Box<str>,
    /// Size of the body in UTF-8.
    pub bytes: u32,
    /// SHA-256 of the body, lower-case hexadecimal.
    pub sha256: Box<str>,
    /// Whether it is a translation of an older text than the source language has here.
    pub outdated: bool,
}

impl Release {
    /// The variant of a modality, in the language asked for, else Vietnamese, else any.
    pub fn variant(&self, asked: &str, modality: Modality) -> Option<Served<'_, Arc<Variant>>> {
        let mut all = self.variants.iter();
        let (_, texts) = all.find(|(found, _)| *found == modality)?;
        texts.served(asked)
    }

    /// Title and summary: of the written text, or of whatever modality there is.
    pub fn heading(&self, asked: &str) -> Option<Served<'_, Arc<Variant>>> {
        self.variant(asked, Modality::Text)
            .or_else(|| self.variants.first()?.1.served(asked))
    }
}

/// A release of any state, as events name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseRef {
    /// The lesson it is of.
    pub lesson: LessonId,
    /// From 1.
    pub number: u32,
    /// Where it stands.
    pub state: ReleaseState,
}

/// The curriculum: domains, modules and lessons in their order, and everything published of them.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub(super) bands: Vec<AgeBand>,
    pub(super) domains: Vec<Arc<Domain>>,
    pub(super) modules: Vec<Arc<Module>>,
    pub(super) lessons: Vec<Arc<Lesson>>,
    pub(super) module_by_id: HashMap<ModuleId, usize>,
    pub(super) lesson_by_id: HashMap<LessonId, usize>,
    pub(super) question_by_id: HashMap<QuestionId, (usize, usize)>,
    pub(super) releases: HashMap<ReleaseId, ReleaseRef>,
    pub(super) search: super::search::SearchIndex,
    pub(super) marks: super::changes::Marks,
}

impl Catalogue {
    /// The age bands, youngest first.
    pub fn bands(&self) -> &[AgeBand] {
        &self.bands
    }

    /// The domains in their order.
    pub fn domains(&self) -> &[Arc<Domain>] {
        &self.domains
    }

    /// The modules, domain by domain in their order.
    pub fn modules(&self) -> &[Arc<Module>] {
        &self.modules
    }

    /// The lessons, module by module in their order, published or not.
    pub fn lessons(&self) -> &[Arc<Lesson>] {
        &self.lessons
    }

    /// The modules of a domain in their order.
    pub fn modules_of(&self, domain: &Domain) -> &[Arc<Module>] {
        self.modules.get(domain.modules.clone()).unwrap_or_default()
    }

    /// The lessons of a module in their order, published or not.
    pub fn lessons_of(&self, module: &Module) -> &[Arc<Lesson>] {
        self.lessons.get(module.lessons.clone()).unwrap_or_default()
    }

    /// The published lessons of a module in their order.
    pub fn published_of(&self, module: &Module) -> impl Iterator<Item = &Arc<Lesson>> {
        let lessons = self.lessons_of(module).iter();
        lessons.filter(|lesson| lesson.release.is_some())
    }

    /// The module of an id.
    pub fn module(&self, id: ModuleId) -> Option<&Arc<Module>> {
        self.modules.get(*self.module_by_id.get(&id)?)
    }

    /// The module of a code such as `HC1`.
    pub fn module_by_code(&self, code: &str) -> Option<&Arc<Module>> {
        self.modules.iter().find(|module| &*module.code == code)
    }

    /// The lesson of an id, published or not.
    pub fn lesson(&self, id: LessonId) -> Option<&Arc<Lesson>> {
        self.lessons.get(*self.lesson_by_id.get(&id)?)
    }

    /// The lesson of a code such as `HC1.1`, published or not.
    pub fn lesson_by_code(&self, code: &str) -> Option<&Arc<Lesson>> {
        self.lessons.iter().find(|lesson| &*lesson.code == code)
    }

    /// A question, with the module whose quiz asks it.
    pub fn question(&self, id: QuestionId) -> Option<(&Arc<Module>, &Question)> {
        let (module, at) = self.question_by_id.get(&id)?;
        let module = self.modules.get(*module)?;
        Some((module, module.questions.get(*at)?))
    }

    /// A release of any state.
    pub fn release(&self, id: ReleaseId) -> Option<ReleaseRef> {
        self.releases.get(&id).copied()
    }

    /// Whether having completed a release counts for another of the same lesson: it is that one, a later one, or an
    /// earlier one with no release between that asks for a refresher.
    pub fn counts_for(&self, completed: ReleaseId, wanted: ReleaseId) -> bool {
        match (self.release(completed), self.release(wanted)) {
            _ if completed == wanted => true,
            (Some(completed), Some(wanted)) if completed.lesson == wanted.lesson => {
                self.counts_up_to(completed, wanted.number)
            }
            _ => false,
        }
    }

    fn counts_up_to(&self, completed: ReleaseRef, number: u32) -> bool {
        let lesson = self.lesson(completed.lesson);
        let asked = lesson.map_or(&[][..], |lesson| &lesson.refreshers);
        let mut between = asked.iter().map(|refresher| refresher.number);
        !between.any(|asked| completed.number < asked && asked <= number)
    }

    /// Published lessons in which every word of `text` occurs, best first. See [`super::search`].
    pub fn search(&self, text: &str) -> Vec<&Arc<Lesson>> {
        self.search
            .find(text)
            .into_iter()
            .filter_map(|at| self.lessons.get(at))
            .collect()
    }
}

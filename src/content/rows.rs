//! The curriculum as the tables hold it, and the catalogue put together from it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use entity::{
    age_band, domain, domain_text,
    ids::{LessonId, ModuleId, OptionId, QuestionId, ReleaseId},
    lesson, lesson_age_band, lesson_disability, lesson_release,
    lesson_release::ReleaseState,
    lesson_variant,
    lesson_variant::Modality,
    module, module_core_for, module_counts_for, module_text, option_text, question,
    question_option, question_text,
};

use super::{
    applicability::{AgeBand, Bands},
    catalogue::{
        Catalogue, Choice, Domain, DomainText, Lesson, Module, ModuleText, Question, Refresher,
        Release, ReleaseRef, Texts, Variant,
    },
    editing::fingerprint,
    lives::Lives,
    search::SearchIndex,
};
use crate::clock::day_in_viet_nam;

/// Rows of every table of the curriculum: all of them, or those to write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Table `domain`.
    pub domains: Vec<domain::Model>,
    /// Table `domain_text`.
    pub domain_texts: Vec<domain_text::Model>,
    /// Table `module`.
    pub modules: Vec<module::Model>,
    /// Table `module_text`.
    pub module_texts: Vec<module_text::Model>,
    /// Table `module_counts_for`.
    pub counts_for: Vec<module_counts_for::Model>,
    /// Table `module_core_for`.
    pub core_for: Vec<module_core_for::Model>,
    /// Table `age_band`.
    pub age_bands: Vec<age_band::Model>,
    /// Table `lesson`.
    pub lessons: Vec<lesson::Model>,
    /// Table `lesson_age_band`.
    pub lesson_age_bands: Vec<lesson_age_band::Model>,
    /// Table `lesson_disability`.
    pub lesson_disabilities: Vec<lesson_disability::Model>,
    /// Table `lesson_release`.
    pub releases: Vec<lesson_release::Model>,
    /// Table `lesson_variant`.
    pub variants: Vec<lesson_variant::Model>,
    /// Table `question`.
    pub questions: Vec<question::Model>,
    /// Table `question_text`.
    pub question_texts: Vec<question_text::Model>,
    /// Table `question_option`.
    pub options: Vec<question_option::Model>,
    /// Table `option_text`.
    pub option_texts: Vec<option_text::Model>,
}

impl Catalogue {
    /// Puts the catalogue together. Rows that belong to nothing are left out: foreign keys allow none.
    pub fn of(rows: Rows) -> Self {
        let releases = release_refs(&rows);
        let bands = bands(rows.age_bands);
        let mut lessons = Shelf::by(rows.lessons, |lesson| lesson.module_id);
        let mut lesson_bands = Shelf::by(rows.lesson_age_bands, |band| band.lesson_id);
        let mut kinds = Shelf::by(rows.lesson_disabilities, |kind| kind.lesson_id);
        let mut histories = Shelf::by(rows.releases.clone(), |release| release.lesson_id);
        let mut published = published(rows.releases, rows.variants);
        let mut quizzes = quizzes(
            rows.questions,
            rows.question_texts,
            rows.options,
            rows.option_texts,
        );
        let mut modules = Shelf::by(rows.modules, |module| module.domain_id);
        let mut module_texts = Shelf::by(rows.module_texts, |text| text.module_id);
        let mut counts_for = Shelf::by(rows.counts_for, |link| link.module_id);
        let mut core_for = Shelf::by(rows.core_for, |link| link.module_id);
        let mut domain_texts = Shelf::by(rows.domain_texts, |text| text.domain_id);

        let mut catalogue = Self {
            bands,
            releases,
            ..Self::default()
        };
        let mut domains = rows.domains;
        domains.sort_by(|a, b| (a.position, &a.code).cmp(&(b.position, &b.code)));
        for domain in domains {
            let first_module = catalogue.modules.len();
            for module in modules.take_sorted(domain.domain_id, |m| (m.position, m.code.clone())) {
                let first_lesson = catalogue.lessons.len();
                for row in lessons.take_sorted(module.module_id, |l| (l.position, l.code.clone())) {
                    let codes = lesson_bands.take(row.lesson_id);
                    let history = histories.take_sorted(row.lesson_id, |release| release.number);
                    let at = |band: &AgeBand| codes.iter().any(|code| *code.age_band == *band.code);
                    let lesson = Lesson {
                        bands: Bands::fitting(&catalogue.bands, at),
                        disabilities: kinds
                            .take(row.lesson_id)
                            .iter()
                            .map(|kind| kind.disability)
                            .collect(),
                        release: published.remove(&row.lesson_id),
                        lives: Lives::of(&history),
                        refreshers: history.iter().filter_map(refresher).collect(),
                        id: row.lesson_id,
                        module: row.module_id,
                        code: row.code.into(),
                        audience: row.audience,
                        minutes: u16::try_from(row.minutes).unwrap_or_default(),
                    };
                    catalogue.lessons.push(Arc::new(lesson));
                }
                let texts = module_texts.take(module.module_id).into_iter();
                let counts_for = counts_for.take(module.module_id).into_iter();
                let core_for = core_for.take(module.module_id).into_iter();
                catalogue.modules.push(Arc::new(Module {
                    texts: texts_of(texts.map(|text| {
                        let said = ModuleText {
                            title: text.title.into(),
                            summary: text.summary.into(),
                            competency: text.competency.into(),
                        };
                        (text.language, said)
                    })),
                    questions: quizzes.remove(&module.module_id).unwrap_or_default(),
                    counts_for: counts_for.map(|link| link.indicator_code.into()).collect(),
                    core_for: core_for.map(|link| link.programme_code.into()).collect(),
                    id: module.module_id,
                    domain: module.domain_id,
                    code: module.code.into(),
                    pass_mark: u16::try_from(module.pass_mark).unwrap_or_default(),
                    lessons: first_lesson..catalogue.lessons.len(),
                }));
            }
            let texts = domain_texts.take(domain.domain_id).into_iter();
            catalogue.domains.push(Arc::new(Domain {
                texts: texts_of(texts.map(|text| {
                    let said = DomainText {
                        title: text.title.into(),
                        summary: text.summary.into(),
                    };
                    (text.language, said)
                })),
                id: domain.domain_id,
                code: domain.code.into(),
                modules: first_module..catalogue.modules.len(),
            }));
        }
        catalogue.index();
        catalogue
    }

    fn index(&mut self) {
        let lessons = self.lessons.iter().enumerate();
        self.lesson_by_id = lessons.map(|(at, lesson)| (lesson.id, at)).collect();
        for (at, module) in self.modules.iter().enumerate() {
            self.module_by_id.insert(module.id, at);
            let questions = module.questions.iter().enumerate();
            self.question_by_id
                .extend(questions.map(|(place, question)| (question.id, (at, place))));
        }
        self.search = SearchIndex::of(&self.lessons);
    }
}

/// Rows by what they belong to.
struct Shelf<K, T>(HashMap<K, Vec<T>>);

impl<K: std::hash::Hash + Eq, T> Shelf<K, T> {
    fn by(rows: Vec<T>, key: impl Fn(&T) -> K) -> Self {
        let mut shelf: HashMap<K, Vec<T>> = HashMap::new();
        for row in rows {
            shelf.entry(key(&row)).or_default().push(row);
        }
        Self(shelf)
    }

    fn take(&mut self, key: K) -> Vec<T> {
        self.0.remove(&key).unwrap_or_default()
    }

    fn take_sorted<O: Ord>(&mut self, key: K, order: impl Fn(&T) -> O) -> Vec<T> {
        let mut rows = self.take(key);
        rows.sort_by_key(order);
        rows
    }
}

/// Texts in a settled order, so that "any language" is always the same one.
fn texts_of<T>(texts: impl Iterator<Item = (String, T)>) -> Texts<T> {
    let mut texts: Vec<_> = texts
        .map(|(language, said)| (language.into_boxed_str(), said))
        .collect();
    texts.sort_by(|(one, _), (other, _)| one.cmp(other));
    Texts(texts)
}

fn bands(mut rows: Vec<age_band::Model>) -> Vec<AgeBand> {
    rows.sort_by_key(|band| band.to_month_exclusive);
    rows.into_iter()
        .map(|band| AgeBand {
            code: band.age_band.into(),
            from_month: band.from_month,
            to_month_exclusive: band.to_month_exclusive,
            label_vi: band.label_vi.into(),
            label_en: band.label_en.into(),
        })
        .collect()
}

/// What a release that was published asks of those who finished an earlier one.
fn refresher(release: &lesson_release::Model) -> Option<Refresher> {
    let was_published = matches!(
        release.state,
        ReleaseState::Published | ReleaseState::Retired
    );
    let published = day_in_viet_nam(release.published_at?);
    if !release.refresher_required || !was_published {
        return None;
    }
    let reasons = release.refresher_reasons.as_deref().unwrap_or("{}");
    let reasons: BTreeMap<String, Box<str>> = serde_json::from_str(reasons).unwrap_or_default();
    Some(Refresher {
        number: number(release.number),
        from_on: published.succ_opt().unwrap_or(published),
        reasons: texts_of(reasons.into_iter()),
    })
}

fn release_refs(rows: &Rows) -> HashMap<ReleaseId, ReleaseRef> {
    let reference = |release: &lesson_release::Model| ReleaseRef {
        lesson: release.lesson_id,
        number: number(release.number),
        state: release.state,
    };
    let releases = rows.releases.iter();
    releases
        .map(|release| (release.release_id, reference(release)))
        .collect()
}

fn published(
    releases: Vec<lesson_release::Model>,
    variants: Vec<lesson_variant::Model>,
) -> HashMap<LessonId, Release> {
    let mut variants = Shelf::by(variants, |variant| variant.release_id);
    releases
        .into_iter()
        .filter(|release| release.state == ReleaseState::Published)
        .map(|release| {
            let all = variants.take(release.release_id);
            let source_language = release.source_language.as_deref().unwrap_or("vi");
            let sources: HashMap<Modality, String> = all
                .iter()
                .filter(|variant| variant.language == source_language)
                .map(|v| (v.modality, fingerprint(&v.title, &v.summary, &v.body)))
                .collect();
            let source_language: Box<str> = source_language.into();
            let by_modality = Shelf::by(all, |v| v.modality);
            let said = |variant: lesson_variant::Model| {
                let source = sources.get(&variant.modality);
                let source = source.or_else(|| sources.get(&Modality::Text));
                let made_of = variant.source_sha256.as_ref().zip(source);
                let said = Variant {
                    title: variant.title.into(),
                    summary: variant.summary.into(),
                    body: variant.body.into(),
                    bytes: number(variant.bytes),
                    sha256: variant.sha256.into(),
                    outdated: made_of.is_some_and(|(made_of, source)| made_of != source),
                };
                (variant.language, Arc::new(said))
            };
            let mut variants: Vec<(Modality, Texts<Arc<Variant>>)> = by_modality
                .0
                .into_iter()
                .map(|(modality, all)| (modality, texts_of(all.into_iter().map(said))))
                .collect();
            variants.sort_by_key(|(modality, _)| *modality);
            let shown = Release {
                variants,
                source_language,
                id: release.release_id,
                number: number(release.number),
                completion_rule: release.completion_rule,
                completion_value: release.completion_value.map(number),
                licence: release.licence.into(),
                source: release.source.into(),
                review: release
                    .reviewed_by
                    .zip(release.reviewed_on)
                    .map(|(by, on)| (by.into(), on)),
                published_at: release.published_at,
            };
            (release.lesson_id, shown)
        })
        .collect()
}

fn quizzes(
    questions: Vec<question::Model>,
    question_texts: Vec<question_text::Model>,
    options: Vec<question_option::Model>,
    option_texts: Vec<option_text::Model>,
) -> HashMap<ModuleId, Vec<Question>> {
    let mut questions = Shelf::by(questions, |question| question.module_id);
    let mut question_texts: Shelf<QuestionId, _> = Shelf::by(question_texts, |t| t.question_id);
    let mut options = Shelf::by(options, |option| option.question_id);
    let mut option_texts: Shelf<OptionId, _> = Shelf::by(option_texts, |text| text.option_id);
    let mut choices = |question| {
        let rows = options.take_sorted(question, |option: &question_option::Model| option.position);
        let choice = |option: question_option::Model| Choice {
            id: option.option_id,
            texts: texts_of(
                option_texts
                    .take(option.option_id)
                    .into_iter()
                    .map(|text| (text.language, text.text.into())),
            ),
            correct: option.correct,
            picture: option.picture.map(Into::into),
        };
        rows.into_iter().map(choice).collect()
    };
    let mut asked = |row: question::Model| {
        let (mut texts, mut explanations) = (Vec::new(), Vec::new());
        for text in question_texts.take(row.question_id) {
            let explanation = text.explanation.map(Into::into);
            explanations.extend(explanation.map(|said| (text.language.clone(), said)));
            texts.push((text.language, text.text.into()));
        }
        Question {
            id: row.question_id,
            kind: row.kind,
            shape: row.shape,
            texts: texts_of(texts.into_iter()),
            explanations: texts_of(explanations.into_iter()),
            choices: choices(row.question_id),
            code: row.code.into(),
        }
    };
    let modules: Vec<ModuleId> = questions.0.keys().copied().collect();
    modules
        .into_iter()
        .map(|module| {
            let rows = questions.take_sorted(module, |question| question.position);
            (module, rows.into_iter().map(&mut asked).collect())
        })
        .collect()
}

/// A stored number that a CHECK or its writer keeps from being negative.
fn number(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}

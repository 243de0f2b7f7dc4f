//! Reading a curriculum: `curriculum.json` and `lessons/<code>.<language>.md` beside it, every fault named.

use std::collections::BTreeSet;

use crate::shipped::{Faults, Findings, Node, parse};
use entity::{
    age_band,
    disability::Disability,
    domain, domain_text,
    ids::{LessonId, ModuleId, ReleaseId, shipped},
    lesson,
    lesson::LessonAudience,
    lesson_age_band, lesson_disability, lesson_release,
    lesson_release::{CompletionRule, ReleaseState},
    lesson_variant,
    lesson_variant::Modality,
    module, module_core_for, module_counts_for, module_text,
};

use super::{
    bodies::{self, LANGUAGES},
    rows::Rows,
};

pub use super::bodies::read_files;

mod quiz;

/// A well-formed curriculum, every lesson as its first release.
#[derive(Clone, Debug)]
pub struct Curriculum {
    pub(super) rows: Rows,
    /// What the file says about its own review.
    pub(super) review_status: String,
}

/// Reads a curriculum. `file` names it in faults; `body` gives the text of a body such as `HC1.1.vi.md`, or says why not.
///
/// # Errors
/// Every fault found, by file, place and reason.
pub fn read(
    file: &str,
    text: &str,
    body: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Curriculum, Faults> {
    let findings = Findings::default();
    let value = parse(&findings, file, text);
    if value.is_null() {
        return findings.unless_any(()).map(|()| Curriculum {
            rows: Rows::default(),
            review_status: String::new(),
        });
    }
    let root = Node::root(&findings, file, &value);
    let mut reader = Reader {
        findings: &findings,
        body,
        rows: Rows::default(),
        codes: BTreeSet::new(),
        licence: licence(&root),
        source: source(&root),
    };
    for band in root.list("age_bands") {
        reader.age_band(&band);
    }
    for (position, domain) in (0..).zip(root.list("domains")) {
        reader.domain(position, &domain);
    }
    reader.core_lists(&root.at("coverage_rule"));
    let curriculum = Curriculum {
        rows: reader.rows,
        review_status: root.text("review_status"),
    };
    findings.unless_any(curriculum)
}

/// "CC BY 4.0" out of "CC BY 4.0 for the text (…)".
fn licence(root: &Node<'_>) -> String {
    let said = root.text("licence_suggestion");
    match said.split_once(" for ") {
        Some((licence, _)) => licence.to_owned(),
        None => said,
    }
}

fn source(root: &Node<'_>) -> String {
    let consulted: Vec<String> = root
        .list("frameworks_consulted")
        .iter()
        .map(Node::words)
        .collect();
    format!(
        "Vun curriculum {}, original text. Consulted: {}.",
        root.text("version"),
        consulted.join("; ")
    )
}

struct Reader<'a> {
    findings: &'a Findings,
    body: &'a dyn Fn(&str) -> Result<String, String>,
    rows: Rows,
    codes: BTreeSet<String>,
    licence: String,
    source: String,
}

impl Reader<'_> {
    /// The code of a thing, which nothing else has, and which begins as its parent's codes do.
    fn code(&mut self, node: &Node<'_>, beginning: &str) -> String {
        let code = node.text("code");
        if !code.starts_with(beginning) || code.len() == beginning.len() {
            node.at("code").fault(format!(
                "a code beginning with {beginning:?} is needed, not {code:?}"
            ));
        }
        // Codes name files.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if !code.chars().all(plain) {
            node.at("code")
                .fault("a code has only letters without accents, digits, dots and hyphens");
        }
        if !self.codes.insert(code.clone()) {
            node.at("code").fault(format!("{code:?} is used twice"));
        }
        code
    }

    fn age_band(&mut self, node: &Node<'_>) {
        let band = age_band::Model {
            age_band: self.code(node, ""),
            from_month: node.whole_or_none("from_month", 0, 215),
            to_month_exclusive: node.whole("to_month_exclusive", 0, 216),
            label_vi: node.text("label_vi"),
            label_en: node.text("label_en"),
        };
        if band
            .from_month
            .is_some_and(|from| from >= band.to_month_exclusive)
        {
            node.fault("from_month must be less than to_month_exclusive");
        }
        self.rows.age_bands.push(band);
        if self.rows.age_bands.len() > 16 {
            node.fault("at most 16 age bands");
        }
    }

    fn domain(&mut self, position: i32, node: &Node<'_>) {
        let code = self.code(node, "");
        let domain_id = shipped(&format!("domain:{code}"));
        for (language, _) in LANGUAGES {
            self.rows.domain_texts.push(domain_text::Model {
                domain_id,
                language: language.to_owned(),
                title: node.text(&format!("title_{language}")),
                summary: node.text(&format!("summary_{language}")),
            });
        }
        for (place, module) in (0..).zip(node.list("modules")) {
            let module_code = self.code(&module, &code);
            let module_id = shipped(&format!("module:{module_code}"));
            let questions = module.list("quiz");
            self.rows.modules.push(module::Model {
                module_id,
                domain_id,
                code: module_code.clone(),
                position: place,
                pass_mark: module.whole(
                    "pass_mark",
                    i32::from(!questions.is_empty()),
                    i32::try_from(questions.len()).unwrap_or(i32::MAX),
                ),
            });
            self.module(module_id, &module_code, &module);
            for (place, question) in (0..).zip(questions) {
                self.question(module_id, &module_code, place, &question);
            }
        }
        self.rows.domains.push(domain::Model {
            domain_id,
            code,
            position,
        });
    }

    fn module(&mut self, module_id: ModuleId, code: &str, node: &Node<'_>) {
        for (language, _) in LANGUAGES {
            self.rows.module_texts.push(module_text::Model {
                module_id,
                language: language.to_owned(),
                title: node.text(&format!("title_{language}")),
                summary: node.text(&format!("summary_{language}")),
                competency: node.text(&format!("competency_{language}")),
            });
        }
        let indicators: BTreeSet<String> = node
            .list("counts_for_indicators")
            .iter()
            .map(Node::words)
            .collect();
        let link = |indicator_code| module_counts_for::Model {
            module_id,
            indicator_code,
        };
        self.rows
            .counts_for
            .extend(indicators.into_iter().map(link));
        for (place, lesson) in (0..).zip(node.list("lessons")) {
            self.lesson(module_id, code, place, &lesson);
        }
    }

    fn lesson(&mut self, module_id: ModuleId, module: &str, position: i32, node: &Node<'_>) {
        let code = self.code(node, &format!("{module}."));
        let lesson_id: LessonId = shipped(&format!("lesson:{code}"));
        let audience = node.at("audience").word(
            "\"parent_caregiver\", \"staff_collaborator\" or \"both\"",
            |word| match word {
                "parent_caregiver" => Some(LessonAudience::Caregiver),
                "staff_collaborator" => Some(LessonAudience::Staff),
                "both" => Some(LessonAudience::Both),
                _ => None,
            },
        );
        self.rows.lessons.push(lesson::Model {
            lesson_id,
            module_id,
            code: code.clone(),
            position,
            audience: audience.unwrap_or(LessonAudience::Both),
            minutes: node.whole("minutes", 1, 240),
        });
        self.lesson_ages(lesson_id, node);
        self.lesson_disabilities(lesson_id, node);
        let release_id: ReleaseId = shipped(&format!("release:{code}:1"));
        self.rows.releases.push(lesson_release::Model {
            release_id,
            lesson_id,
            number: 1,
            state: ReleaseState::Published,
            completion_rule: CompletionRule::Opened,
            completion_value: None,
            refresher_required: false,
            licence: self.licence.clone(),
            source: self.source.clone(),
            reviewed_by: None,
            reviewed_on: None,
            published_at: None,
            source_language: None,
            refresher_reasons: None,
            published_by: None,
            signed_by: None,
            retired_at: None,
            retired_by: None,
            retired_reason: None,
        });
        for (language, headings) in LANGUAGES {
            let title = node.text(&format!("title_{language}"));
            let name = format!("{code}.{language}.md");
            let body = bodies::checked(self.findings, &name, (self.body)(&name), &title, headings);
            self.rows.variants.push(lesson_variant::Model {
                release_id,
                language: language.to_owned(),
                modality: Modality::Text,
                title,
                summary: node.text(&format!("summary_{language}")),
                bytes: i32::try_from(body.len()).unwrap_or(i32::MAX),
                sha256: bodies::sha256(&body),
                source_sha256: None,
                body,
            });
        }
    }

    fn lesson_ages(&mut self, lesson_id: LessonId, node: &Node<'_>) {
        let known: BTreeSet<String> = self
            .rows
            .age_bands
            .iter()
            .map(|band| band.age_band.clone())
            .collect();
        let mut bands = BTreeSet::new();
        for band in node.list("child_age_bands") {
            let code = band.word("the code of one of the age_bands", |word| {
                known.get(word).cloned()
            });
            bands.extend(code);
        }
        if bands.is_empty() {
            node.at("child_age_bands")
                .fault("at least one age band is needed");
        }
        let link = |age_band| lesson_age_band::Model {
            lesson_id,
            age_band,
        };
        self.rows
            .lesson_age_bands
            .extend(bands.into_iter().map(link));
    }

    /// `ANY` stands alone and is stored as no row.
    fn lesson_disabilities(&mut self, lesson_id: LessonId, node: &Node<'_>) {
        let said = node.list("disability_types");
        let mut kinds = BTreeSet::new();
        let mut any = false;
        for kind in &said {
            kinds.extend(
                kind.word("ANY or one of the disability_types", |word| match word {
                    "ANY" => Some(None),
                    other => disability(other).map(Some),
                })
                .inspect(|kind| any |= kind.is_none())
                .flatten(),
            );
        }
        if said.is_empty() || any && said.len() > 1 {
            node.at("disability_types")
                .fault("either [\"ANY\"] or at least one kind of disability is needed");
        }
        let link = |disability| lesson_disability::Model {
            lesson_id,
            disability,
        };
        self.rows
            .lesson_disabilities
            .extend(kinds.into_iter().map(link));
    }

    /// `core_modules_<programme>`: the modules each programme asks for.
    fn core_lists(&mut self, rule: &Node<'_>) {
        for key in rule.keys() {
            let Some(programme) = key.strip_prefix("core_modules_") else {
                continue;
            };
            let modules = &self.rows.modules;
            let mut core = BTreeSet::new();
            for module in rule.list(key) {
                core.extend(module.word("the code of a module", |code| {
                    let found = modules.iter().find(|module| module.code == code)?;
                    Some(found.module_id)
                }));
            }
            let link = |module_id| module_core_for::Model {
                module_id,
                programme_code: programme.to_owned(),
            };
            self.rows.core_for.extend(core.into_iter().map(link));
        }
    }
}

fn disability(word: &str) -> Option<Disability> {
    match word {
        "MOBILITY" => Some(Disability::Mobility),
        "HEARING_SPEECH" => Some(Disability::HearingSpeech),
        "VISION" => Some(Disability::Vision),
        "NEURO_MENTAL" => Some(Disability::NeuroMental),
        "INTELLECTUAL" => Some(Disability::Intellectual),
        "OTHER" => Some(Disability::Other),
        _ => None,
    }
}

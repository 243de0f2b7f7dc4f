//! What an import would change: pure, from what is there and what the files say.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::{
    ids::{LessonId, ReleaseId, shipped},
    lesson_release,
    lesson_release::ReleaseState,
    lesson_variant,
};

use crate::shipped::{Report, Tally, settled};

use super::{import::Curriculum, rows::Rows};

/// Rows to write, rows to remove, and what to say about it.
pub struct Plan {
    /// New and changed rows.
    pub put: Rows,
    /// Rows the files no longer hold: links, questions and answers of things they do hold.
    pub remove: Rows,
    /// What changes, by kind.
    pub report: Report,
}

/// Compares what is there with what the files say.
///
/// Invariant: a release that is there keeps its text; domains, modules and lessons that the files do not name, and lessons
/// that editors published or retired, are left as they are.
pub fn plan(current: &Rows, curriculum: &Curriculum, now: DateTime<Utc>) -> Plan {
    let edited = edited_here(current);
    let wanted = without(curriculum.rows.clone(), &edited);
    let codes = wanted.lessons.clone();
    let lessons: BTreeSet<_> = wanted.lessons.iter().map(|row| row.lesson_id).collect();
    let modules: BTreeSet<_> = wanted.modules.iter().map(|row| row.module_id).collect();
    let asked: BTreeSet<_> = wanted.questions.iter().map(|row| row.question_id).collect();
    let mut put = Rows::default();
    let mut gone = Rows::default();
    let mut kinds = Vec::new();
    macro_rules! settle {
        ($kind:literal, $field:ident, $key:expr, $ours:expr) => {{
            let tally;
            (put.$field, gone.$field, tally) = settled(&current.$field, wanted.$field, $key, $ours);
            kinds.push(($kind, tally));
        }};
    }
    settle!("domain", domains, |row| row.domain_id, |_| false);
    settle!(
        "domain text",
        domain_texts,
        |row| (row.domain_id, row.language.clone()),
        |_| false
    );
    settle!("module", modules, |row| row.module_id, |_| false);
    settle!(
        "module text",
        module_texts,
        |row| (row.module_id, row.language.clone()),
        |_| false
    );
    settle!(
        "indicator a module counts for",
        counts_for,
        |row| (row.module_id, row.indicator_code.clone()),
        |row| modules.contains(&row.module_id)
    );
    settle!(
        "core module of a programme",
        core_for,
        |row| (row.module_id, row.programme_code.clone()),
        |row| modules.contains(&row.module_id)
    );
    settle!("age band", age_bands, |row| row.age_band.clone(), |_| false);
    settle!("lesson", lessons, |row| row.lesson_id, |_| false);
    settle!(
        "age band of a lesson",
        lesson_age_bands,
        |row| (row.lesson_id, row.age_band.clone()),
        |row| lessons.contains(&row.lesson_id)
    );
    settle!(
        "disability type of a lesson",
        lesson_disabilities,
        |row| (row.lesson_id, row.disability),
        |row| lessons.contains(&row.lesson_id)
    );
    let files = Rows {
        lessons: codes,
        releases: wanted.releases,
        variants: wanted.variants,
        ..Rows::default()
    };
    let (releases, variants) = releases(current, &files, now, &mut put);
    kinds.push(("release", releases));
    kinds.push(("variant", variants));
    settle!("question", questions, |row| row.question_id, |row| modules
        .contains(&row.module_id));
    let closed: BTreeSet<_> = gone.questions.iter().map(|row| row.question_id).collect();
    settle!(
        "question text",
        question_texts,
        |row| (row.question_id, row.language.clone()),
        |row| closed.contains(&row.question_id)
    );
    settle!("answer", options, |row| row.option_id, |row| asked
        .contains(&row.question_id)
        || closed.contains(&row.question_id));
    let closed: BTreeSet<_> = gone.options.iter().map(|row| row.option_id).collect();
    settle!(
        "answer text",
        option_texts,
        |row| (row.option_id, row.language.clone()),
        |row| closed.contains(&row.option_id)
    );
    let mut notes = vec![format!(
        "every lesson is marked unreviewed until a named professional signs it ({})",
        curriculum.review_status
    )];
    let others = current.lessons.iter();
    let others = others.filter(|lesson| !lessons.contains(&lesson.lesson_id));
    notes.extend(
        others.map(|lesson| match edited.contains(&lesson.lesson_id) {
            true => format!(
                "lesson {} was changed by editors: left as it is",
                lesson.code
            ),
            false => format!(
                "lesson {} is here and not in the files: left as it is",
                lesson.code
            ),
        }),
    );
    Plan {
        put,
        remove: gone,
        report: Report { kinds, notes },
    }
}

/// The lessons that editors published or retired: what they decided, files do not undo.
fn edited_here(current: &Rows) -> BTreeSet<LessonId> {
    let edited = current
        .releases
        .iter()
        .filter(|release| release.published_by.is_some() || release.retired_by.is_some());
    edited.map(|release| release.lesson_id).collect()
}

/// Rows without those of some lessons.
fn without(mut rows: Rows, lessons: &BTreeSet<LessonId>) -> Rows {
    rows.lessons.retain(|row| !lessons.contains(&row.lesson_id));
    rows.lesson_age_bands
        .retain(|row| !lessons.contains(&row.lesson_id));
    rows.lesson_disabilities
        .retain(|row| !lessons.contains(&row.lesson_id));
    rows.releases
        .retain(|row| !lessons.contains(&row.lesson_id));
    let releases: BTreeSet<ReleaseId> = rows.releases.iter().map(|row| row.release_id).collect();
    rows.variants
        .retain(|row| releases.contains(&row.release_id));
    rows
}

/// The releases to write: for a lesson whose text no release holds, the next one, with what was published retired.
fn releases(current: &Rows, wanted: &Rows, now: DateTime<Utc>, put: &mut Rows) -> (Tally, Tally) {
    let (mut releases, mut variants) = (Tally::default(), Tally::default());
    let texts_there = by_release(&current.variants);
    let texts_wanted = by_release(&wanted.variants);
    let codes: BTreeMap<LessonId, &str> = wanted
        .lessons
        .iter()
        .map(|lesson| (lesson.lesson_id, &*lesson.code))
        .collect();
    for release in &wanted.releases {
        let none = Vec::new();
        let texts = texts_wanted.get(&release.release_id).unwrap_or(&none);
        let before: Vec<_> = current
            .releases
            .iter()
            .filter(|there| there.lesson_id == release.lesson_id)
            .collect();
        let said_before = before.iter().any(|there| {
            let there_texts = texts_there.get(&there.release_id).unwrap_or(&none);
            there.licence == release.licence && says_all(there_texts, texts)
        });
        if said_before {
            releases.unchanged += 1;
            variants.unchanged += texts.len();
            continue;
        }
        let number = before.iter().map(|there| there.number).max().unwrap_or(0) + 1;
        let code = codes.get(&release.lesson_id).copied().unwrap_or_default();
        let release_id: ReleaseId = shipped(&format!("release:{code}:{number}"));
        match number {
            1 => releases.new += 1,
            _ => releases.changed += 1,
        }
        variants.new += texts.len();
        // Retired first: a lesson never has two published releases, not even inside the statement.
        let published = before.iter();
        let published = published.filter(|there| there.state == ReleaseState::Published);
        put.releases
            .extend(published.map(|there| lesson_release::Model {
                state: ReleaseState::Retired,
                retired_at: Some(now),
                ..(*there).clone()
            }));
        put.releases.push(lesson_release::Model {
            release_id,
            number,
            published_at: Some(now),
            ..release.clone()
        });
        put.variants
            .extend(texts.iter().map(|text| lesson_variant::Model {
                release_id,
                ..(*text).clone()
            }));
    }
    (releases, variants)
}

fn by_release(
    variants: &[lesson_variant::Model],
) -> BTreeMap<ReleaseId, Vec<&lesson_variant::Model>> {
    let mut texts: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for variant in variants {
        texts.entry(variant.release_id).or_default().push(variant);
    }
    texts
}

/// Whether a release says everything that is wanted; it may say more, such as a translation added here.
fn says_all(there: &[&lesson_variant::Model], wanted: &[&lesson_variant::Model]) -> bool {
    wanted.iter().all(|wanted| {
        there.iter().any(|there| {
            (there.language == wanted.language && there.modality == wanted.modality)
                && (there.title == wanted.title && there.summary == wanted.summary)
                && there.sha256 == wanted.sha256
        })
    })
}

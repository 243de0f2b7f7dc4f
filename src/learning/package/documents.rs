//! Lessons and quizzes as files of a package: canonical JSON, the same bytes for the same content.
//!
//! A quiz tells no right answer. For each question stand a `salt` and an `answer`: the SHA-256, in lower-case hexadecimal, of
//! the UTF-8 text `<salt>:<id>,<id>…` with the ids of the right options, sorted as text, or in the right order where an order is
//! asked for. So a phone can tell at once whether an answer was right. It keeps answers out of sight, not out of reach of
//! somebody who tries every one: the server counts what it is sent, and explanations come only from it.

use std::{collections::BTreeMap, sync::Arc};

use entity::{
    ids::MediaId,
    lesson_release::CompletionRule,
    lesson_variant::Modality,
    question::{QuestionKind, QuestionShape},
};
use serde_json::{Map, Value, json};

use crate::{
    canonical,
    content::{
        blocks::{self, Block, Kind},
        catalogue::{Choice, Lesson, Module, Question, Release, Served, Variant},
        media::{Item, check},
        shuffle::shuffle,
    },
    error::Result,
    installation::keys::Secret,
    messages::{self, Language},
};

/// Keeps this use of the key apart from others.
const ABOUT: &str = "vun-quiz-salt/1";

/// What bodies show, by id.
pub type Shown = BTreeMap<MediaId, Arc<Item>>;

/// A lesson in one language and modality.
///
/// # Errors
/// Never: it holds whole numbers only.
pub fn lesson(
    (module, lesson, release): (&Module, &Lesson, &Release),
    modality: Modality,
    served: Served<'_, Arc<Variant>>,
    shown: &Shown,
) -> Result<String> {
    let (language, said) = (served.language, served.said);
    let blocks = blocks::parse(&said.body);
    let blocks: Vec<Value> = blocks
        .iter()
        .map(|block| self::block(block, language, shown))
        .collect();
    let mut told = Map::new();
    told.insert("id".to_owned(), json!(release.id.to_string()));
    told.insert("number".to_owned(), json!(release.number));
    told.insert(
        "completionRule".to_owned(),
        json!(completion(release.completion_rule)),
    );
    if let Some(value) = release.completion_value {
        told.insert("completionValue".to_owned(), json!(value));
    }
    told.insert("licence".to_owned(), json!(release.licence));
    told.insert("source".to_owned(), json!(release.source));
    match &release.review {
        Some((by, on)) => {
            told.insert("reviewedBy".to_owned(), json!(by));
            told.insert("reviewedOn".to_owned(), json!(on.to_string()));
        }
        None => {
            let notice = messages::text(spoken(language), "lesson-unreviewed");
            told.insert("notice".to_owned(), json!(notice));
        }
    }
    canonical::text(&json!({
        "format": "vun-lesson/1",
        "module": named_module(module, language),
        "lesson": { "id": lesson.id.to_string(), "code": lesson.code, "minutes": lesson.minutes },
        "release": told,
        "language": language,
        "modality": word(modality),
        "title": said.title,
        "summary": said.summary,
        "blocks": blocks,
    }))
}

/// The quiz of a module in one language.
///
/// # Errors
/// Never: it holds whole numbers only.
pub fn quiz(module: &Module, language: &str, key: &Secret) -> Result<String> {
    let mut questions = Vec::new();
    for question in &module.questions {
        questions.push(self::question(question, language, key)?);
    }
    canonical::text(&json!({
        "format": "vun-quiz/1",
        "module": named_module(module, language),
        "language": language,
        "passMark": module.pass_mark,
        "questions": questions,
    }))
}

fn question(question: &Question, language: &str, key: &Secret) -> Result<Value> {
    let mac = key.mac(ABOUT, question.id.to_string().as_bytes())?;
    let salt = canonical::hex(mac.get(..16).unwrap_or_default());
    let is_order = question.shape == Some(QuestionShape::Order);
    let mut right: Vec<String> = if is_order {
        let all = question.choices.iter();
        all.map(|choice| choice.id.to_string()).collect()
    } else {
        question.right_choices().map(|id| id.to_string()).collect()
    };
    if !is_order {
        right.sort_unstable();
    }
    let mut choices: Vec<&Choice> = question.choices.iter().collect();
    if is_order {
        // As written they stand in the right order.
        shuffle(&mut choices, "", |choice| choice.id.0);
    }
    let options = choices.into_iter().map(|choice| {
        let mut told = Map::new();
        told.insert("id".to_owned(), json!(choice.id.to_string()));
        let text = choice.texts.served(language).map(|text| text.said);
        told.insert("text".to_owned(), json!(text));
        if let Some(picture) = &choice.picture {
            told.insert("picture".to_owned(), json!(picture));
        }
        Value::Object(told)
    });
    let text = question.texts.served(language).map(|text| text.said);
    Ok(json!({
        "id": question.id.to_string(),
        "kind": asked(question),
        "text": text,
        "options": options.collect::<Vec<_>>(),
        "answer": canonical::sha256(&format!("{salt}:{}", right.join(","))),
        "salt": salt,
    }))
}

fn named_module(module: &Module, language: &str) -> Value {
    let title = module.texts.served(language).map(|text| &text.said.title);
    json!({ "id": module.id.to_string(), "code": module.code, "title": title })
}

/// A block; what is empty or the same as another is left out.
fn block(block: &Block, language: &str, shown: &Shown) -> Value {
    let mut told = Map::new();
    told.insert("kind".to_owned(), json!(kind(block.kind)));
    if let Some(level) = block.level {
        told.insert("level".to_owned(), json!(level));
    }
    let written = |told: &mut Map<String, Value>, text: &str, markdown: &str| {
        if !text.is_empty() {
            told.insert("text".to_owned(), json!(text));
        }
        if !markdown.is_empty() && markdown != text {
            told.insert("markdown".to_owned(), json!(markdown));
        }
    };
    written(&mut told, &block.text, &block.markdown);
    if !block.items.is_empty() {
        told.insert("ordered".to_owned(), json!(block.ordered));
        let items = block.items.iter().map(|item| {
            let mut told = Map::new();
            written(&mut told, &item.text, &item.markdown);
            Value::Object(told)
        });
        told.insert("items".to_owned(), items.collect());
    }
    if let Some(url) = &block.url {
        told.insert("url".to_owned(), json!(url));
        if let Some(item) = check::named(url).and_then(|id| shown.get(&id)) {
            told.insert("media".to_owned(), media(item, language));
        }
    }
    Value::Object(told)
}

fn media(item: &Item, language: &str) -> Value {
    let told = check::told(item, language).cloned().unwrap_or_default();
    let mut said = Map::new();
    said.insert("id".to_owned(), json!(item.id.to_string()));
    said.insert("files".to_owned(), json!(item.files));
    if let Some(alt_text) = told.alt_text {
        said.insert("altText".to_owned(), json!(alt_text));
    }
    if let Some(transcript) = told.transcript {
        said.insert("transcript".to_owned(), json!(transcript));
    }
    Value::Object(said)
}

fn spoken(language: &str) -> Language {
    Language::of_tag(language).unwrap_or_default()
}

/// The word of a modality, as the API has it.
pub fn word(modality: Modality) -> &'static str {
    match modality {
        Modality::Text => "TEXT",
        Modality::Audio => "AUDIO",
        Modality::Video => "VIDEO",
        Modality::SignVideo => "SIGN_VIDEO",
        Modality::EasyRead => "EASY_READ",
        Modality::Picture => "PICTURE",
    }
}

fn completion(rule: CompletionRule) -> &'static str {
    match rule {
        CompletionRule::Opened => "OPENED",
        CompletionRule::Minutes => "MINUTES",
        CompletionRule::QuizScore => "QUIZ_SCORE",
        CompletionRule::TrainerConfirms => "TRAINER_CONFIRMS",
    }
}

fn asked(question: &Question) -> &'static str {
    match (question.shape, question.kind) {
        (Some(QuestionShape::Order), _) => "ORDER",
        (Some(QuestionShape::PictureChoice), _) => "PICTURE_CHOICE",
        (None, QuestionKind::Single) => "SINGLE",
        (None, QuestionKind::Multiple) => "MULTIPLE",
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Heading => "HEADING",
        Kind::Paragraph => "PARAGRAPH",
        Kind::Steps => "STEPS",
        Kind::Tip => "TIP",
        Kind::Warning => "WARNING",
        Kind::PracticeTask => "PRACTICE_TASK",
        Kind::Media => "MEDIA",
        Kind::SelfCheck => "SELF_CHECK",
    }
}

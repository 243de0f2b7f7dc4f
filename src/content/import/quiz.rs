//! Reading the questions of a quiz.

use std::collections::BTreeSet;

use entity::{
    ids::{ModuleId, OptionId, QuestionId, shipped},
    option_text, question,
    question::{QuestionKind, QuestionShape},
    question_option, question_text,
};

use super::{LANGUAGES, Reader};
use crate::shipped::Node;

impl Reader<'_> {
    /// One question. `kind` is `single` (when left out), `multiple`, `order` or `picture_choice`; `answer` is the place of the
    /// right answer, or of each of several. An order gives its answers in the right order and needs no `answer`.
    pub(super) fn question(
        &mut self,
        module_id: ModuleId,
        module: &str,
        position: i32,
        node: &Node<'_>,
    ) {
        let code = self.code(node, &format!("{module}-"));
        let question_id: QuestionId = shipped(&format!("question:{code}"));
        for (language, _) in LANGUAGES {
            self.rows.question_texts.push(question_text::Model {
                question_id,
                language: language.to_owned(),
                text: node.text(&format!("question_{language}")),
                explanation: node.text_or_none(&format!("explanation_{language}")),
            });
        }
        let (kind, shape) = kind(node);
        let options = node.list("options");
        if options.len() < 2 {
            node.at("options").fault("at least two answers are needed");
        }
        let right = right(node, kind, shape, options.len());
        for (position, option) in (0..).zip(options) {
            let option_id: OptionId = shipped(&format!("option:{code}:{position}"));
            let picture = option.text_or_none("picture");
            if shape == Some(QuestionShape::PictureChoice) && picture.is_none() {
                option.fault("a picture is needed");
            }
            self.rows.options.push(question_option::Model {
                option_id,
                question_id,
                position,
                correct: right.contains(&position),
                picture,
            });
            for (language, _) in LANGUAGES {
                self.rows.option_texts.push(option_text::Model {
                    option_id,
                    language: language.to_owned(),
                    text: option.text(language),
                });
            }
        }
        self.rows.questions.push(question::Model {
            question_id,
            module_id,
            code,
            position,
            kind,
            shape,
        });
    }
}

fn kind(node: &Node<'_>) -> (QuestionKind, Option<QuestionShape>) {
    if node.at("kind").is_null() {
        return (QuestionKind::Single, None);
    }
    let allowed = "\"single\", \"multiple\", \"order\" or \"picture_choice\"";
    let said = node.at("kind").word(allowed, |word| match word {
        "single" => Some((QuestionKind::Single, None)),
        "multiple" => Some((QuestionKind::Multiple, None)),
        "order" => Some((QuestionKind::Multiple, Some(QuestionShape::Order))),
        "picture_choice" => Some((QuestionKind::Single, Some(QuestionShape::PictureChoice))),
        _ => None,
    });
    said.unwrap_or((QuestionKind::Single, None))
}

/// The places of the right answers.
fn right(
    node: &Node<'_>,
    kind: QuestionKind,
    shape: Option<QuestionShape>,
    options: usize,
) -> BTreeSet<i32> {
    let count = i32::try_from(options).unwrap_or(i32::MAX);
    match (kind, shape) {
        (_, Some(QuestionShape::Order)) => (0..count).collect(),
        (QuestionKind::Single, _) => [node.whole("answer", 0, (count - 1).max(0))].into(),
        (QuestionKind::Multiple, _) => {
            let places: BTreeSet<i32> = (0..count)
                .filter(|place| {
                    node.list("answer")
                        .iter()
                        .any(|said| said.is_number(*place))
                })
                .collect();
            if places.len() != node.list("answer").len() || places.is_empty() {
                node.at("answer")
                    .fault("the place of each right answer is needed, once");
            }
            places
        }
    }
}

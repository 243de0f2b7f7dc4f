//! Editing over HTTP: drafts, translations, review, publication, refreshers, retirement.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{app::TestApp, authorization::operation, given::Actor, requests::Answer};

mod always;
mod drafts;
mod learners;
mod publishing;

/// Who writes, who reviews, and the lesson they work on.
pub struct Desk {
    pub author: Actor,
    pub reviewer: Actor,
}

pub const REVIEWER: &str = "BS. Trần Thị Duyệt, Trung tâm Y tế mẫu";

impl Desk {
    pub async fn of(app: &TestApp) -> Self {
        Self {
            author: app.editor().await,
            reviewer: app.editor().await,
        }
    }

    /// A draft of a lesson, with what `input` says.
    pub async fn save(&self, app: &TestApp, input: Value) -> Answer {
        mutate(app, &self.author, "saveLessonDraft", input).await
    }

    /// Has a draft submitted, reviewed by the other editor and published.
    pub async fn publish(&self, app: &TestApp, draft: &Value, more: Value) -> Answer {
        let submitted = json!({ "id": draft });
        let answer = mutate(app, &self.author, "submitForReview", submitted).await;
        assert!(answer.user_errors("submitForReview").is_empty(), "{answer}");
        let mut input = json!({ "id": draft, "reviewedBy": REVIEWER });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        mutate(app, &self.reviewer, "publishRelease", input).await
    }

    /// Publishes the next release of a lesson with a paragraph more in both languages; its id.
    pub async fn next_release(&self, app: &TestApp, code: &str, more: Value) -> Value {
        let lesson = lesson_id(app, code);
        let answer = self
            .save(app, json!({ "lessonId": lesson, "minutes": 11 }))
            .await;
        let draft = answer.data("saveLessonDraft.draft").clone();
        for text in draft["texts"].as_array().unwrap() {
            let body = format!(
                "{}\n\nThêm một đoạn {}.\n",
                text["body"].as_str().unwrap(),
                draft["id"]
            );
            let (mutation, input) = match text["isTranslation"].as_bool().unwrap() {
                true => (
                    "translateLesson",
                    json!({ "draftId": draft["id"], "language": text["language"], "body": body }),
                ),
                false => (
                    "saveLessonDraft",
                    json!({ "id": draft["id"], "body": body }),
                ),
            };
            let answer = mutate(app, &self.author, mutation, input).await;
            assert!(answer.user_errors(mutation).is_empty(), "{answer}");
        }
        let answer = self.publish(app, &draft["id"], more).await;
        assert!(answer.user_errors("publishRelease").is_empty(), "{answer}");
        answer.data("publishRelease.lesson.release.id").clone()
    }
}

pub async fn mutate(app: &TestApp, who: &Actor, field: &str, input: Value) -> Answer {
    let variables = json!({ "input": input });
    who.graphql(app, &operation(field), variables).await
}

pub async fn ask(app: &TestApp, who: &Actor, field: &str, variables: Value) -> Answer {
    who.graphql(app, &operation(field), variables).await
}

pub fn lesson_id(app: &TestApp, code: &str) -> Uuid {
    let catalogue = app.app.content.catalogue();
    catalogue.lesson_by_code(code).expect(code).id.0
}

pub fn module_id(app: &TestApp, code: &str) -> Uuid {
    let catalogue = app.app.content.catalogue();
    catalogue.module_by_code(code).expect(code).id.0
}

/// A new lesson of HC1, whole in Vietnamese.
pub fn new_lesson(app: &TestApp, code: &str) -> Value {
    json!({
        "id": app.clock.id::<Uuid>(), "lessonId": app.clock.id::<Uuid>(), "moduleId": module_id(app, "HC1"),
        "code": code, "title": "Rửa mũi cho bé", "summary": "Rửa mũi bằng nước muối sinh lý.",
        "body": "## Vì sao quan trọng\n\nBé thở dễ hơn.\n\n## Làm thế nào\n\n1. Đặt bé nằm nghiêng\n2. Nhỏ từng giọt\n\n\
                 ## Khi nào cần giúp đỡ\n\nGọi 115 khi bé tím tái.\n",
        "audiences": ["CAREGIVER"], "minutes": 6, "ageBands": ["A1", "A2"], "disabilityTypes": [],
        "completionRule": "MINUTES", "completionValue": 5,
        "licence": "CC BY 4.0", "source": "Tài liệu mẫu",
    })
}

pub const ENGLISH: &str = "## Why it matters\n\nThe baby breathes more easily.\n\n## How to do it\n\n\
    1. Lay the baby on its side\n2. Drop by drop\n\n## When to ask for help\n\nCall 115 when the baby turns blue.\n";

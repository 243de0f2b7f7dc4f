//! Finishing lessons and answering quizzes, many at once and in any shape: nothing is lost and the counters agree.

use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;
use vun::generate::{Generate, run};

use crate::app::{TestApp, on_both};

const COMPLETE: &str = "mutation($input: CompleteLessonInput!) { completeLesson(input: $input) { \
    lessonProgress { status } moduleProgress { completedCount } userErrors { code field message } } }";
const UPLOAD: &str = "mutation($input: UploadLearningEventsInput!) { uploadLearningEvents(input: $input) { \
    receipts { outcome code } userErrors { code field message } } }";

fn lessons(app: &TestApp) -> Vec<String> {
    let catalogue = app.app.content.catalogue();
    let published = catalogue.lessons().iter();
    published.map(|lesson| lesson.id.to_string()).collect()
}

async fn finished(app: &TestApp, person: entity::ids::PersonId) -> usize {
    let events = vun::learning::store::events_of(app.db.write(), person).await;
    let record = vun::learning::store::record(app.db.write(), person).await;
    let record = record.expect("a record").expect("a record");
    let kept: BTreeSet<_> = events
        .expect("events")
        .iter()
        .filter_map(|event| event.happened.lesson())
        .collect();
    let merged: BTreeSet<_> = record.state.lessons.keys().copied().collect();
    assert_eq!(kept, merged, "what is stored is what is merged");
    merged.len()
}

#[tokio::test]
async fn of_twelve_lessons_finished_at_once_by_one_person_none_is_lost() {
    on_both(async |app: TestApp| {
        let caregiver = app.caregiver().await;
        let (app, caregiver) = (&app, &caregiver);
        let sent = lessons(app).into_iter().take(12).map(|lesson| async move {
            let input = json!({ "input": { "eventId": Uuid::now_v7(), "lessonId": lesson } });
            let answer = caregiver.graphql(app, COMPLETE, input).await;
            assert!(answer.user_errors("completeLesson").is_empty());
        });
        futures_util::future::join_all(sent).await;
        assert_eq!(finished(app, caregiver.person).await, 12);
    })
    .await;
}

#[tokio::test]
async fn one_event_sent_by_two_phones_at_once_counts_once() {
    on_both(async |app: TestApp| {
        let caregiver = app.caregiver().await;
        let lesson = lessons(&app).remove(0);
        let input = json!({ "input": { "eventId": Uuid::now_v7(), "lessonId": lesson, "occurredAt": "2026-11-20T08:00:00Z" } });
        let send = || caregiver.graphql(&app, COMPLETE, input.clone());
        for answer in futures_util::future::join_all([send(), send(), send()]).await {
            assert!(answer.user_errors("completeLesson").is_empty());
        }
        let events = vun::learning::store::events_of(app.db.write(), caregiver.person).await;
        assert_eq!(events.expect("events").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_id_used_again_for_another_lesson_is_refused_and_changes_nothing() {
    on_both(async |app: TestApp| {
        let caregiver = app.caregiver().await;
        let id = Uuid::now_v7();
        for (lesson, refused) in lessons(&app).into_iter().take(2).zip([false, true]) {
            let input = json!({ "input": { "eventId": id, "lessonId": lesson } });
            let answer = caregiver.graphql(&app, COMPLETE, input).await;
            assert_eq!(!answer.user_errors("completeLesson").is_empty(), refused);
        }
        assert_eq!(finished(&app, caregiver.person).await, 1);
    })
    .await;
}

/// An event of any kind a phone may send, sometimes one that takes an earlier one back.
fn random_event(chance: &mut StdRng, app: &TestApp, earlier: &[String]) -> Value {
    let catalogue = app.app.content.catalogue();
    let modules = catalogue.modules();
    let module = &modules[chance.random_range(0..modules.len())];
    let days = chance.random_range(0..400);
    let at = (app.clock.now() - chrono::Duration::hours(days * 24 + 1)).to_rfc3339();
    let kinds = [
        "OPENED",
        "PROGRESSED",
        "COMPLETED",
        "COMPLETED",
        "PRACTISED_AT_HOME",
        "QUIZ_ANSWERED",
        "VOIDED",
    ];
    let mut event = json!({ "id": Uuid::now_v7(), "occurredAt": at, "kind": kinds[chance.random_range(0..kinds.len())] });
    if event["kind"] == "VOIDED" && earlier.is_empty() {
        event["kind"] = json!("OPENED");
    }
    let kind = event["kind"].as_str().map(str::to_owned);
    match kind.as_deref() {
        Some("VOIDED") => {
            event["targetEventId"] = json!(earlier[chance.random_range(0..earlier.len())])
        }
        Some("QUIZ_ANSWERED") => {
            event["moduleId"] = json!(module.id.to_string());
            let answers = module.questions.iter().map(|question| {
                let choice = &question.choices[chance.random_range(0..question.choices.len())];
                json!({ "questionId": question.id.to_string(), "optionIds": [choice.id.to_string()] })
            });
            event["answers"] = answers.collect();
        }
        kind => {
            let lessons = catalogue.lessons_of(module);
            let lesson = &lessons[chance.random_range(0..lessons.len())];
            event["lessonId"] = json!(lesson.id.to_string());
            if kind == Some("PROGRESSED") {
                event["percent"] = json!(chance.random_range(0..=100));
            }
        }
    }
    event
}

#[tokio::test]
async fn after_ten_thousand_random_events_of_five_hundred_people_the_check_finds_nothing_until_a_counter_is_changed()
 {
    on_both(async |app: TestApp| {
        let directory = tempfile::tempdir().expect("a directory");
        let tokens = directory.path().join("tokens");
        let asked = Generate { caregivers: 500, events_each: 0, seed: 11, groups: 0, accounts: 500, tokens: Some(tokens.clone()) };
        run(&app.app, asked).await.expect("a population");
        let lines = std::fs::read_to_string(tokens).expect("the tokens");
        let mut chance = StdRng::seed_from_u64(11);
        let mut accepted = 0;
        for line in lines.lines().filter(|line| line.contains("caregiver")) {
            let line: Value = serde_json::from_str(line).expect("an object");
            let mut events: Vec<Value> = Vec::new();
            let mut ids = Vec::new();
            for _ in 0..24 {
                let event = random_event(&mut chance, &app, &ids);
                ids.push(event["id"].as_str().expect("an id").to_owned());
                events.push(event);
            }
            let answer = app.graphql(line["token"].as_str(), UPLOAD, json!({ "input": { "events": events } })).await;
            let receipts = answer.data("uploadLearningEvents.receipts").clone();
            let outcomes = receipts.as_array().expect("receipts").iter();
            accepted += outcomes.filter(|receipt| receipt["outcome"] == "ACCEPTED").count();
        }
        // The others are taken back twice, or are about what has no quiz.
        assert!(accepted >= 10_000, "{accepted}");
        app.app.coverage.fold().await.expect("folded");
        let check = || app.app.coverage.check(&app.app.learning);
        let (people, differences) = check().await.expect("checked");
        assert!(people >= 500 && differences.is_empty(), "{differences:?}");
        let wrong = "UPDATE coverage_month SET total = total + 1 WHERE indicator_id = (SELECT indicator_id FROM \
            indicator WHERE code = 'D3') AND measure = 'POPULATION'";
        app.db.write().execute_unprepared(wrong).await.expect("changed by hand");
        let (_, differences) = check().await.expect("checked");
        assert!(!differences.is_empty());
    })
    .await;
}

//! Publishing: immutable numbered releases, seen at once here and within seconds elsewhere, signed by a professional.

use serde_json::{Value, json};

use super::{Desk, REVIEWER, ask, lesson_id, mutate, new_lesson};
use crate::{
    app::{Product, TestApp, on_both},
    authorization::operation,
    requests::graphql,
};

/// What changed of the curriculum behind a cursor, as somebody signed in is told.
async fn changed(
    app: &TestApp,
    desk: &Desk,
    since: Option<&str>,
) -> (Vec<String>, Vec<String>, String) {
    let asked = json!({ "scope": "CONTENT", "since": since, "first": 200 });
    let answer = ask(app, &desk.author, "changes", asked).await;
    let page = answer.data("changes");
    let names = |list: &str, name: &str| -> Vec<String> {
        let all = page[list].as_array().unwrap().iter();
        all.filter_map(|node| node[name].as_str().map(str::to_owned))
            .collect()
    };
    (
        names("nodes", "code"),
        names("tombstones", "id"),
        page["cursor"].as_str().unwrap().to_owned(),
    )
}

#[tokio::test]
async fn a_publication_is_the_next_number_and_the_one_before_keeps_its_text() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let (_, _, cursor) = changed(&app, &desk, None).await;
        let before = app.app.content.catalogue();
        let old = before
            .lesson_by_code("HC1.1")
            .unwrap()
            .release
            .clone()
            .unwrap();
        let new = desk.next_release(&app, "HC1.1", json!({})).await;
        let after = app.app.content.catalogue();
        let shown = after
            .lesson_by_code("HC1.1")
            .unwrap()
            .release
            .clone()
            .unwrap();
        assert_eq!((shown.number, &json!(shown.id.0)), (2, &new));
        assert_eq!(after.lesson_by_code("HC1.1").unwrap().minutes, 11);
        let gone = after.release(old.id).unwrap();
        assert_eq!(
            (gone.number, gone.state),
            (1, entity::lesson_release::ReleaseState::Retired)
        );
        let (codes, gone, cursor) = changed(&app, &desk, Some(&cursor)).await;
        assert_eq!((codes, gone), (vec!["HC1.1".to_owned()], vec![]));
        let (codes, _, _) = changed(&app, &desk, Some(&cursor)).await;
        assert_eq!(codes, Vec::<String>::new(), "nothing is told twice");

        // Publishing the same draft again changes nothing.
        let again = json!({ "id": new, "reviewedBy": REVIEWER });
        let answer = mutate(&app, &desk.reviewer, "publishRelease", again).await;
        assert_eq!(answer.data("publishRelease.lesson.release.number"), 2);
        assert!(answer.user_errors("publishRelease").is_empty());
        // An import of the shipped files leaves what editors made of them.
        app.app.load_shipped().await.unwrap();
        let kept = app.app.content.catalogue();
        let kept = kept.lesson_by_code("HC1.1").unwrap();
        assert_eq!(
            (kept.release.as_ref().unwrap().number, kept.minutes),
            (2, 11)
        );
    })
    .await;
}

#[tokio::test]
async fn a_draft_opened_before_another_release_does_not_silently_take_its_place() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let lesson = lesson_id(&app, "HC1.1");
        let answer = desk
            .save(&app, json!({ "lessonId": lesson, "minutes": 14 }))
            .await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();
        app.app
            .content
            .import(crate::content::revised(), false)
            .await
            .unwrap();
        let answer = desk.publish(&app, &draft, json!({})).await;
        assert_eq!(
            answer.user_errors("publishRelease"),
            [("CONFLICT", "overNewer")]
        );
        let input = json!({ "id": draft, "reviewedBy": REVIEWER, "overNewer": true });
        let answer = mutate(&app, &desk.reviewer, "publishRelease", input).await;
        assert_eq!(answer.data("publishRelease.lesson.release.number"), 3);
    })
    .await;
}

#[tokio::test]
async fn another_server_follows_and_takes_in_what_phones_learned_from_the_first() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let learner = app.caregiver().await;
        let other = Product::open(&app.db, &app.clock).await;
        let seen = |code: &'static str| {
            let catalogue = other.app.content.catalogue();
            catalogue.lesson_by_code(code).and_then(|lesson| lesson.release.clone())
        };
        let release = desk.next_release(&app, "HC1.1", json!({})).await;
        assert_eq!(seen("HC1.1").unwrap().number, 1, "it has not looked yet");
        // The phone had the new release from the first server, and sends to the second.
        let input = json!({ "input": {
            "eventId": app.clock.id::<uuid::Uuid>(), "lessonId": lesson_id(&app, "HC1.1"), "releaseId": release,
        } });
        let answer = graphql(&other.router, Some(&learner.token), &operation("completeLesson"), input).await;
        assert!(answer.user_errors("completeLesson").is_empty(), "{answer}");
        assert_eq!(seen("HC1.1").unwrap().number, 2);
        // What nobody asked for is followed by looking: one small read when there is nothing new.
        let retire = json!({ "lessonId": lesson_id(&app, "HC1.2"), "reason": "Cũ" });
        mutate(&app, &desk.author, "retireLesson", retire).await;
        assert!(other.app.content.catch_up().await.unwrap());
        assert!(seen("HC1.2").is_none());
        let (news, statements) = app
            .statements_of(async || other.app.content.catch_up().await.unwrap())
            .await;
        assert_eq!((news, statements), (false, 1));
    })
    .await;
}

#[tokio::test]
async fn a_retired_lesson_leaves_lists_search_and_sync_and_comes_back_by_publishing() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let id = lesson_id(&app, "HC1.2");
        let (_, _, cursor) = changed(&app, &desk, None).await;
        let retire = json!({ "lessonId": id, "reason": "Hướng dẫn cũ" });
        let answer = mutate(&app, &desk.author, "retireLesson", retire.clone()).await;
        assert_eq!(answer.data("retireLesson.retiredId"), &json!(id));
        let at = answer.data("retireLesson.retiredAt").clone();
        app.clock.advance(chrono::Duration::minutes(1));
        let again = mutate(&app, &desk.reviewer, "retireLesson", retire).await;
        assert_eq!(again.data("retireLesson.retiredAt"), &at, "again changes nothing");

        let (codes, gone, cursor) = changed(&app, &desk, Some(&cursor)).await;
        assert_eq!((codes, gone), (vec![], vec![id.to_string()]));
        let everywhere = r#"{ lesson(code: "HC1.2") { code } module(code: "HC1") { lessons { code } }
            searchLessons(text: "HC1", first: 100) { nodes { code } } all: searchLessons(text: "con", first: 100) { nodes { code } } }"#;
        let answer = app.graphql(None, everywhere, json!({})).await;
        assert!(!answer.to_string().contains("HC1.2"), "{answer}");
        assert_eq!(ask(&app, &desk.author, "node", json!({ "id": id })).await.code(), "NOT_FOUND");

        // An import of the shipped files does not bring it back.
        app.app.load_shipped().await.unwrap();
        assert!(app.app.content.catalogue().lesson_by_code("HC1.2").unwrap().release.is_none());
        // Publishing another draft does; it begins with what was last published.
        let answer = desk.save(&app, json!({ "lessonId": id, "minutes": 9 })).await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();
        let answer = desk.publish(&app, &draft, json!({})).await;
        assert_eq!(answer.data("publishRelease.lesson.release.number"), 2);
        let (codes, gone, _) = changed(&app, &desk, Some(&cursor)).await;
        assert_eq!((codes, gone), (vec!["HC1.2".to_owned()], vec![]));
    })
    .await;
}

#[tokio::test]
async fn a_module_of_which_nothing_is_left_is_gone_too() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let (_, _, cursor) = changed(&app, &desk, None).await;
        let catalogue = app.app.content.catalogue();
        let module = catalogue.module_by_code("ED5").unwrap();
        for lesson in catalogue.lessons_of(module) {
            let retire = json!({ "lessonId": lesson.id.0, "reason": "Cũ" });
            mutate(&app, &desk.author, "retireLesson", retire).await;
        }
        let (_, gone, _) = changed(&app, &desk, Some(&cursor)).await;
        assert!(gone.contains(&module.id.0.to_string()));
    })
    .await;
}

#[tokio::test]
async fn shipped_lessons_are_marked_as_drafts_until_a_named_professional_signs_them() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let document = r#"query L($code: String!) { lesson(code: $code) { release { id reviewState reviewedBy reviewedOn
            vi: reviewNotice(language: "vi") en: reviewNotice(language: "en") km: reviewNotice(language: "km") } } }"#;
        let release = async |code: &str| -> Value {
            let answer = app.graphql(None, document, json!({ "code": code })).await;
            answer.data("lesson.release").clone()
        };
        let codes: Vec<String> = {
            let catalogue = app.app.content.catalogue();
            catalogue.lessons().iter().map(|lesson| lesson.code.to_string()).collect()
        };
        for code in &codes {
            let shown = release(code).await;
            assert_eq!(shown["reviewState"], "UNREVIEWED", "{code}");
            assert_eq!((&shown["reviewedBy"], &shown["reviewedOn"]), (&json!(null), &json!(null)));
            // In every language: one that the server does not speak is told in the language of the request.
            for language in ["vi", "en", "km"] {
                assert!(shown[language].as_str().is_some_and(|notice| !notice.is_empty()), "{code} {language}");
            }
        }
        let before = release("HC1.1").await;
        let sign = |by: &str| json!({ "releaseId": before["id"], "reviewedBy": by, "reviewedOn": "2026-11-22" });
        let answer = mutate(&app, &desk.reviewer, "signRelease", sign(REVIEWER)).await;
        assert!(answer.user_errors("signRelease").is_empty(), "{answer}");
        let after = release("HC1.1").await;
        assert_eq!((&after["reviewState"], &after["reviewedBy"]), (&json!("REVIEWED"), &json!(REVIEWER)));
        assert_eq!((&after["vi"], &after["id"]), (&json!(null), &before["id"]));
        // Once: the same again changes nothing, another name is refused.
        let answer = mutate(&app, &desk.reviewer, "signRelease", sign(REVIEWER)).await;
        assert!(answer.user_errors("signRelease").is_empty());
        let answer = mutate(&app, &desk.author, "signRelease", sign("BS. Khác")).await;
        assert_eq!(answer.user_errors("signRelease"), [("CONFLICT", "releaseId")]);
        let early = json!({ "releaseId": release("HC1.3").await["id"], "reviewedBy": REVIEWER, "reviewedOn": "2026-11-01" });
        let answer = mutate(&app, &desk.reviewer, "signRelease", early).await;
        assert_eq!(answer.user_errors("signRelease"), [("DATE_OUT_OF_RANGE", "reviewedOn")]);
    })
    .await;
}

#[tokio::test]
async fn a_new_lesson_of_another_language_falls_back_as_every_lesson_does() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let mut input = new_lesson(&app, "HC1.6");
        input["sourceLanguage"] = json!("km");
        let answer = desk.save(&app, input).await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();
        let answer = desk.publish(&app, &draft, json!({})).await;
        assert!(answer.user_errors("publishRelease").is_empty(), "{answer}");
        let document = r#"{ lesson(code: "HC1.6") { servedLanguage(language: "vi") release { sourceLanguage } } }"#;
        let answer = app.graphql(None, document, json!({})).await;
        assert_eq!(answer.data("lesson.servedLanguage"), "km");
        assert_eq!(answer.data("lesson.release.sourceLanguage"), "km");
    })
    .await;
}

//! What a publication means for those who learn: completions count, a refresher comes back with its reason, nothing is lost.

use std::collections::BTreeSet;

use chrono::Duration;
use entity::{ids::IndicatorId, indicator::Computed, lesson::LessonAudience};
use serde_json::{Value, json};
use uuid::Uuid;
use vun::{content::applicability::is_for, learning::tiers::Tier};

use super::{Desk, ask, lesson_id, mutate, new_lesson};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

const WHY: &str = "Cách pha nước muối đã thay đổi.";

fn refresher() -> Value {
    let reasons = json!([{ "language": "vi", "text": WHY }, { "language": "en", "text": "Saline is mixed otherwise now." }]);
    json!({ "refresherRequired": true, "refresherReasons": reasons })
}

async fn complete(app: &TestApp, who: &Actor, code: &str, release: Option<&Value>) {
    let input = json!({
        "eventId": app.clock.id::<Uuid>(), "lessonId": lesson_id(app, code), "releaseId": release,
    });
    let answer = mutate(app, who, "completeLesson", input).await;
    assert!(answer.user_errors("completeLesson").is_empty(), "{answer}");
}

/// The lesson in somebody's path, and what is said of it.
async fn step(app: &TestApp, who: &Actor, code: &str) -> Option<Value> {
    let document = r#"{ learningPath(first: 100) { lesson { code } reason refresherRequired refresherReason
        en: refresherReason(language: "en") } }"#;
    let answer = who.graphql(app, document, json!({})).await;
    let steps = answer.data("learningPath").as_array().unwrap();
    steps
        .iter()
        .find(|step| step["lesson"]["code"] == code)
        .cloned()
}

async fn progress(app: &TestApp, who: &Actor, code: &str) -> Value {
    let document = r#"query P($code: String!) { lesson(code: $code) { release { refresherRequired refresherReason }
        progress { status completedAt refresherRequired refresherReason }
        module { progress { completedCount refresherCount status } } } }"#;
    let answer = who.graphql(app, document, json!({ "code": code })).await;
    answer.data("lesson").clone()
}

async fn caregiver_with_a_child(app: &TestApp) -> Actor {
    let who = app.caregiver().await;
    let child = json!({ "id": app.clock.id::<Uuid>(), "bornMonth": "2026-01" });
    let answer = mutate(app, &who, "saveChild", child).await;
    assert!(answer.user_errors("saveChild").is_empty(), "{answer}");
    who
}

#[tokio::test]
async fn a_completion_counts_for_the_next_release_unless_a_refresher_is_asked_for_with_its_reason()
{
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let who = caregiver_with_a_child(&app).await;
        assert!(step(&app, &who, "HC1.1").await.is_some());
        complete(&app, &who, "HC1.1", None).await;
        assert!(step(&app, &who, "HC1.1").await.is_none());
        let done = progress(&app, &who, "HC1.1").await;
        assert_eq!(done["module"]["progress"]["completedCount"], 1);

        let second = desk.next_release(&app, "HC1.1", json!({})).await;
        assert!(step(&app, &who, "HC1.1").await.is_none());
        assert_eq!(
            progress(&app, &who, "HC1.1").await["progress"],
            done["progress"]
        );

        app.clock.advance(Duration::days(2));
        let who = app.sign_in_again(&who).await;
        let desk = Desk {
            author: app.sign_in_again(&desk.author).await,
            reviewer: app.sign_in_again(&desk.reviewer).await,
        };
        let third = desk.next_release(&app, "HC1.1", refresher()).await;
        let back = step(&app, &who, "HC1.1").await.expect("it comes back");
        assert_eq!(
            (&back["refresherRequired"], &back["refresherReason"]),
            (&json!(true), &json!(WHY))
        );
        assert_eq!(back["en"], "Saline is mixed otherwise now.");
        assert!(back["reason"].as_str().unwrap().contains(WHY), "{back}");
        let now = progress(&app, &who, "HC1.1").await;
        assert_eq!(
            now["progress"]["status"], "COMPLETED",
            "what was finished stays finished"
        );
        assert_eq!(
            now["progress"]["completedAt"],
            done["progress"]["completedAt"]
        );
        assert_eq!(now["progress"]["refresherReason"], WHY);
        assert_eq!(now["release"]["refresherReason"], WHY);
        assert_eq!(
            (
                &now["module"]["progress"]["completedCount"],
                &now["module"]["progress"]["refresherCount"]
            ),
            (&json!(0), &json!(1))
        );
        // Somebody who never saw it is asked for nothing twice.
        let newcomer = caregiver_with_a_child(&app).await;
        assert_eq!(
            step(&app, &newcomer, "HC1.1").await.unwrap()["refresherRequired"],
            false
        );

        // An older release that was still on the phone is kept, and does not do.
        complete(&app, &who, "HC1.1", Some(&second)).await;
        assert!(step(&app, &who, "HC1.1").await.is_some());
        complete(&app, &who, "HC1.1", Some(&third)).await;
        assert!(step(&app, &who, "HC1.1").await.is_none());
        let now = progress(&app, &who, "HC1.1").await;
        assert_eq!(now["progress"]["refresherRequired"], false);
        assert_eq!(
            (
                &now["module"]["progress"]["completedCount"],
                &now["module"]["progress"]["refresherCount"]
            ),
            (&json!(1), &json!(0))
        );
        // The release after it asks for nothing again.
        desk.next_release(&app, "HC1.1", json!({})).await;
        assert!(step(&app, &who, "HC1.1").await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_refresher_needs_a_reason_in_the_source_language_and_a_release_before_it() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let answer = desk
            .save(
                &app,
                json!({ "lessonId": lesson_id(&app, "HC1.1"), "minutes": 3 }),
            )
            .await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();
        let english = json!([{ "language": "en", "text": "Why" }]);
        let twice = json!([{ "language": "vi", "text": "Vì" }, { "language": "vi", "text": "Vì" }]);
        for (more, expected) in [
            (
                json!({ "refresherRequired": true }),
                ("REQUIRED", "refresherReasons"),
            ),
            (
                json!({ "refresherRequired": true, "refresherReasons": english }),
                ("REQUIRED", "refresherReasons"),
            ),
            (
                json!({ "refresherRequired": true, "refresherReasons": twice }),
                ("CONFLICT", "refresherReasons.1.language"),
            ),
            (
                json!({ "refresherReasons": english }),
                ("REQUIRED", "refresherRequired"),
            ),
        ] {
            let answer = desk.publish(&app, &draft, more).await;
            assert_eq!(answer.user_errors("publishRelease"), [expected], "{answer}");
        }
        let answer = desk.save(&app, new_lesson(&app, "HC1.6")).await;
        let first = answer.data("saveLessonDraft.draft.id").clone();
        let answer = desk.publish(&app, &first, refresher()).await;
        assert_eq!(
            answer.user_errors("publishRelease"),
            [("INVALID", "refresherRequired")]
        );
    })
    .await;
}

#[tokio::test]
async fn the_impact_is_known_before_and_small_numbers_stay_hidden() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let trainer = app.trainer(app.ward()).await;
        let group = json!({ "id": app.clock.id::<Uuid>(), "name": "Nhóm mẫu", "areaId": app.ward().0 });
        let answer = mutate(&app, &trainer, "createGroup", group).await;
        let group = answer.data("createGroup.group.id").clone();
        let mut members = Vec::new();
        for at in 0..7 {
            let who = app.caregiver().await;
            members.push(json!(who.person.0));
            match at {
                0..5 => complete(&app, &who, "HC1.1", None).await,
                _ => {
                    let opened = json!({ "deviceId": "m", "events": [{
                        "id": app.clock.id::<Uuid>(), "kind": "OPENED", "lessonId": lesson_id(&app, "HC1.1"),
                        "occurredAt": app.clock.now().to_rfc3339(),
                    }] });
                    mutate(&app, &who, "uploadLearningEvents", opened).await;
                }
            }
            let code = answer.data("createGroup.group.joinCode");
            mutate(&app, &who, "joinGroup", json!({ "joinCode": code })).await;
        }
        let assign = json!({ "groupId": group, "moduleIds": [super::module_id(&app, "HC1")], "dueOn": "2026-12-22" });
        mutate(&app, &trainer, "assignModules", assign).await;
        let answer = desk.save(&app, json!({ "lessonId": lesson_id(&app, "HC1.1"), "minutes": 3 })).await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();

        let shown = async |asked: bool| {
            let asked = json!({ "draftId": draft, "refresherRequired": asked });
            ask(&app, &desk.author, "previewPublication", asked).await.data("previewPublication").clone()
        };
        let count = |shown: &Value, name: &str| (shown["total"][name]["state"].clone(), shown["total"][name]["value"].clone());
        let quiet = shown(false).await;
        assert_eq!(quiet["number"], 2);
        assert_eq!(count(&quiet, "completed"), (json!("EXACT"), json!(5)));
        assert_eq!(count(&quiet, "inProgress"), (json!("POOLED"), json!(null)), "two people are too few to show");
        assert_eq!(count(&quiet, "assigned"), (json!("EXACT"), json!(7)));
        assert_eq!(count(&quiet, "needingRefresher"), (json!("EXACT"), json!(0)));
        assert_eq!(count(&shown(true).await, "needingRefresher"), (json!("EXACT"), json!(5)));
        // All live in one province: what is hidden of the country is hidden of it.
        let provinces = quiet["byProvince"].as_array().unwrap();
        assert_eq!(provinces.len(), 1, "{quiet:#}");
        assert_eq!(provinces[0]["numbers"]["inProgress"]["value"], json!(null));

        // Looking changes nothing; what it said comes true.
        assert_eq!(app.app.content.catalogue().lesson_by_code("HC1.1").unwrap().release.as_ref().unwrap().number, 1);
        desk.publish(&app, &draft, refresher()).await;
        let retiring = ask(&app, &desk.author, "previewRetirement", json!({ "lessonId": lesson_id(&app, "HC1.1") })).await;
        assert_eq!(retiring.data("previewRetirement.total.completed.value"), 5);
        let fresh = json!({ "draftId": app.clock.id::<Uuid>() });
        assert_eq!(ask(&app, &desk.author, "previewPublication", fresh).await.code(), "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn what_was_learned_of_a_retired_lesson_stays_and_late_uploads_are_taken_in() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let (early, late) = (
            caregiver_with_a_child(&app).await,
            caregiver_with_a_child(&app).await,
        );
        let release = {
            let catalogue = app.app.content.catalogue();
            json!(
                catalogue
                    .lesson_by_code("HC1.1")
                    .unwrap()
                    .release
                    .as_ref()
                    .unwrap()
                    .id
                    .0
            )
        };
        complete(&app, &early, "HC1.1", None).await;
        let retire = json!({ "lessonId": lesson_id(&app, "HC1.1"), "reason": "Cũ" });
        mutate(&app, &desk.author, "retireLesson", retire).await;
        complete(&app, &late, "HC1.1", Some(&release)).await;
        for who in [&early, &late] {
            assert!(step(&app, who, "HC1.1").await.is_none());
            let record = app
                .app
                .learning
                .record_of(&learner(&app, who).await)
                .await
                .unwrap()
                .unwrap();
            let lesson = entity::ids::LessonId(lesson_id(&app, "HC1.1"));
            assert!(record.state.lessons[&lesson].completed.is_some());
            assert!(
                record
                    .tiers
                    .values()
                    .any(|tiers| tiers.contains_key(&Tier::Reached)),
                "it still counts as reached"
            );
        }
    })
    .await;
}

async fn learner(app: &TestApp, who: &Actor) -> vun::auth::capability::Learner {
    let viewer = app
        .app
        .auth
        .viewer(Some(&who.token))
        .await
        .unwrap()
        .unwrap();
    viewer.learner()
}

/// Everything staff indicators ask of somebody, done at one instant, and told later.
async fn finish_staff_lessons(
    app: &TestApp,
    who: &Actor,
    codes: &BTreeSet<String>,
    at: chrono::DateTime<chrono::Utc>,
) {
    let events: Vec<Value> = codes
        .iter()
        .map(|code| {
            let catalogue = app.app.content.catalogue();
            let lesson = catalogue.lesson_by_code(code).unwrap();
            json!({ "id": app.clock.id::<Uuid>(), "kind": "COMPLETED", "lessonId": lesson.id.0,
                "releaseId": lesson.release.as_ref().unwrap().id.0, "occurredAt": at.to_rfc3339() })
        })
        .collect();
    let answer = mutate(
        app,
        who,
        "uploadLearningEvents",
        json!({ "deviceId": "m", "events": events }),
    )
    .await;
    let receipts = answer
        .data("uploadLearningEvents.receipts")
        .as_array()
        .unwrap();
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt["outcome"] == "ACCEPTED"),
        "{answer}"
    );
}

/// The day on which somebody completed what an indicator asks for.
async fn completed_on(app: &TestApp, who: &Actor, indicator: IndicatorId) -> Option<String> {
    let record = app.app.learning.record_of(&learner(app, who).await).await;
    let record = record.unwrap().unwrap();
    let day = record.tiers.get(&indicator)?.get(&Tier::Completed)?;
    Some(day.to_string())
}

#[tokio::test]
async fn a_lesson_added_or_a_refresher_asked_for_later_takes_no_credit_from_what_arrives_late() {
    on_both(async |app| {
        let staff_lessons: BTreeSet<String> = {
            let catalogue = app.app.content.catalogue();
            let lessons = catalogue.lessons().iter();
            let staff = lessons.filter(|lesson| is_for(lesson, LessonAudience::Staff));
            staff.map(|lesson| lesson.code.to_string()).collect()
        };
        // An indicator of staff, one of its modules, and a lesson of that which is for staff.
        let (indicator, module, again) = {
            let (catalogue, rulebook) = (app.app.content.catalogue(), app.app.learning.rulebook());
            let mut indicators = rulebook.indicators().iter();
            let indicator = indicators
                .find(|known| known.row.computed == Computed::Staff && !known.modules.is_empty())
                .unwrap();
            let found = staff_lessons.iter().find_map(|code| {
                let module = catalogue.lesson_by_code(code)?.module;
                let asked = indicator.modules.contains(&module);
                asked.then(|| (catalogue.module(module).unwrap().code.to_string(), code.clone()))
            });
            let (module, again) = found.unwrap();
            (indicator.row.indicator_id, module, again)
        };
        let again = &again;
        let desk = Desk::of(&app).await;
        let (prompt, late, after) = (app.staff().await, app.staff().await, app.staff().await);
        let then = app.clock.now();
        finish_staff_lessons(&app, &prompt, &staff_lessons, then).await;
        let day = completed_on(&app, &prompt, indicator).await;
        assert_eq!(day.as_deref(), Some("2026-11-22"));

        // The same day a lesson for staff is added, and another is asked to be seen again.
        let mut added = new_lesson(&app, &format!("{module}.9"));
        added["moduleId"] = json!(super::module_id(&app, &module));
        added["audiences"] = json!(["STAFF"]);
        let answer = desk.save(&app, added).await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();
        let answer = desk.publish(&app, &draft, json!({})).await;
        assert!(answer.user_errors("publishRelease").is_empty(), "{answer}");
        let old = {
            let catalogue = app.app.content.catalogue();
            json!(catalogue.lesson_by_code(again).unwrap().release.as_ref().unwrap().id.0)
        };
        desk.next_release(&app, again, refresher()).await;

        app.clock.advance(Duration::days(3));
        let (late, after, prompt) = (app.sign_in_again(&late).await, app.sign_in_again(&after).await, app.sign_in_again(&prompt).await);
        // She had finished in time, and her phone comes back only now.
        let mut rest = staff_lessons.clone();
        rest.remove(again);
        finish_staff_lessons(&app, &late, &rest, then).await;
        let input = json!({ "deviceId": "m", "events": [{ "id": app.clock.id::<Uuid>(), "kind": "COMPLETED",
            "lessonId": lesson_id(&app, again), "releaseId": old, "occurredAt": then.to_rfc3339() }] });
        let answer = mutate(&app, &late, "uploadLearningEvents", input.clone()).await;
        assert_eq!(answer.data("uploadLearningEvents.receipts.0.outcome"), "ACCEPTED");
        assert_eq!(completed_on(&app, &late, indicator).await, day);
        assert_eq!(completed_on(&app, &prompt, indicator).await, day, "who had it keeps it");

        // Who finishes now needs both the added lesson and the release that was asked for.
        let now = app.clock.now();
        finish_staff_lessons(&app, &after, &rest, now).await;
        let mut input = input;
        input["events"][0]["id"] = json!(app.clock.id::<Uuid>());
        input["events"][0]["occurredAt"] = json!(now.to_rfc3339());
        mutate(&app, &after, "uploadLearningEvents", input).await;
        let before = completed_on(&app, &after, indicator).await;
        finish_staff_lessons(&app, &after, &[format!("{module}.9")].into(), now).await;
        finish_staff_lessons(&app, &after, &[again.clone()].into(), now).await;
        assert_eq!(before, None, "nothing was complete without them");
        let done = completed_on(&app, &after, indicator).await;
        assert_eq!(done.as_deref(), Some("2026-11-25"));
    })
    .await;
}

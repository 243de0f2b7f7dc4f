//! Sync over HTTP: deltas, devices and their digests, events set aside, carrier phones, and bad batches.

use std::collections::BTreeMap;

use chrono::Duration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
};

async fn call(
    app: &TestApp,
    who: &Actor,
    field: &str,
    variables: Value,
) -> crate::requests::Answer {
    who.graphql(app, &operation(field), variables).await
}

async fn upload(app: &TestApp, who: &Actor, device: &str, events: &[Value]) -> Vec<String> {
    let input = json!({ "input": { "deviceId": device, "events": events } });
    let answer = call(app, who, "uploadLearningEvents", input).await;
    assert!(
        answer.user_errors("uploadLearningEvents").is_empty(),
        "{answer}"
    );
    let receipts = answer.data("uploadLearningEvents.receipts").as_array();
    let said = |receipt: &Value| {
        let code = receipt["code"].as_str().unwrap_or_default();
        format!("{} {code}", receipt["outcome"].as_str().unwrap())
            .trim()
            .to_owned()
    };
    receipts.unwrap().iter().map(said).collect()
}

fn event(app: &TestApp, kind: &str, lesson: &str) -> Value {
    let catalogue = app.app.content.catalogue();
    let lesson = catalogue.lesson_by_code(lesson).unwrap().id;
    json!({
        "id": app.clock.id::<Uuid>(), "kind": kind, "lessonId": lesson.to_string(),
        "occurredAt": app.clock.now().to_rfc3339(),
    })
}

/// Everything behind a cursor, page by page: nodes by id, the last cursor, how many pages; gone ones are dropped.
async fn pull(
    app: &TestApp,
    who: &Actor,
    scope: &str,
    held: &mut BTreeMap<String, Value>,
    mut since: Option<String>,
    first: usize,
) -> (String, usize) {
    let mut pages = 0;
    loop {
        pages += 1;
        let asked = json!({ "scope": scope, "since": since, "first": first });
        let answer = call(app, who, "changes", asked).await;
        let page = answer.data("changes");
        assert_eq!(page["fullResyncRequired"], false);
        let nodes = page["nodes"].as_array().unwrap();
        assert!(nodes.len() <= first);
        for node in nodes {
            held.insert(node["id"].as_str().unwrap().to_owned(), node.clone());
        }
        for gone in page["tombstones"].as_array().unwrap() {
            held.remove(gone["id"].as_str().unwrap());
        }
        let cursor = page["cursor"].as_str().unwrap().to_owned();
        if page["hasMore"] == false {
            return (cursor, pages);
        }
        since = Some(cursor);
    }
}

fn of_type<'h>(held: &'h BTreeMap<String, Value>, name: &str) -> Vec<&'h Value> {
    held.values()
        .filter(|node| node["__typename"] == name)
        .collect()
}

#[tokio::test]
async fn a_phone_that_follows_its_cursor_holds_what_the_server_holds() {
    on_both(async |app| {
        let who = app.caregiver().await;
        let child = json!({ "input": { "id": app.clock.id::<Uuid>(), "bornMonth": "2025-07", "nickname": "Bi" } });
        let saved = call(&app, &who, "saveChild", child).await;
        let child = saved.data("saveChild.child.id").as_str().unwrap().to_owned();
        let mut held = BTreeMap::new();
        let (cursor, pages) = pull(&app, &who, "ME", &mut held, None, 7).await;
        assert!(pages > 1);
        assert_eq!(of_type(&held, "Child").len(), 1);
        assert_eq!(of_type(&held, "ViewerPerson").len(), 1);

        // Nothing new: one empty page.
        let before = held.clone();
        let (same, pages) = pull(&app, &who, "ME", &mut held, Some(cursor.clone()), 50).await;
        assert_eq!((&same, pages, &held), (&cursor, 1, &before));

        // What was learned, and only that.
        upload(&app, &who, "máy 1", &[event(&app, "COMPLETED", "HC1.1")]).await;
        let mut news = BTreeMap::new();
        let (cursor, _) = pull(&app, &who, "ME", &mut news, Some(cursor), 50).await;
        let lessons = of_type(&news, "LessonProgress");
        assert_eq!((lessons.len(), news.len()), (1, 2));
        assert_eq!((&lessons[0]["status"], &lessons[0]["lesson"]["code"]), (&json!("COMPLETED"), &json!("HC1.1")));
        held.extend(news.clone());

        // The same node by its id, for her and for nobody else.
        let id = lessons[0]["id"].clone();
        let node = call(&app, &who, "node", json!({ "id": id })).await;
        assert_eq!(node.data("node.__typename"), "LessonProgress");
        let other = app.caregiver().await;
        for id in [&id, &json!(child), &json!(who.person.0), &json!("x"), &json!(Uuid::nil())] {
            assert_eq!(call(&app, &other, "node", json!({ "id": id })).await.code(), "NOT_FOUND");
        }
        let own = call(&app, &who, "node", json!({ "id": child })).await;
        assert_eq!(own.data("node.__typename"), "Child");

        // A removed child leaves a tombstone.
        call(&app, &who, "removeChild", json!({ "input": { "id": child } })).await;
        let (cursor, _) = pull(&app, &who, "ME", &mut held, Some(cursor), 50).await;
        assert!(of_type(&held, "Child").is_empty());

        // A cursor is of one scope and one person, and cannot be changed.
        let mut wrong = cursor.clone();
        wrong.replace_range(0..1, if wrong.starts_with('A') { "B" } else { "A" });
        for (who, scope, since) in [(&other, "ME", &cursor), (&who, "CONTENT", &cursor), (&who, "ME", &wrong)] {
            let answer = call(&app, who, "changes", json!({ "scope": scope, "since": since })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer}");
        }
        for scope in ["YOU", "", "\"; DROP TABLE learner"] {
            let answer = call(&app, &who, "changes", json!({ "scope": scope })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer}");
        }
        for first in [0, -1, 201] {
            let answer = call(&app, &who, "changes", json!({ "scope": "ME", "first": first })).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{answer}");
        }
        // The server was set back: the cursor is ahead of its counter.
        let ahead = vun::delta::Place { revision: 1 << 40, behind: None };
        let since = ahead.cursor(&format!("ME:{}", who.person));
        let answer = call(&app, &who, "changes", json!({ "scope": "ME", "since": since })).await;
        assert_eq!(answer.data("changes.fullResyncRequired"), true);
        let mut anew = BTreeMap::new();
        let since = answer.data("changes.cursor").as_str().unwrap().to_owned();
        pull(&app, &who, "ME", &mut anew, Some(since), 50).await;
        assert_eq!(anew, held);
    })
    .await;
}

#[tokio::test]
async fn the_curriculum_syncs_in_pages_and_then_only_what_changed() {
    on_both(async |app| {
        let who = app.caregiver().await;
        let mut held = BTreeMap::new();
        let (cursor, _) = pull(&app, &who, "CONTENT", &mut held, None, 40).await;
        let catalogue = app.app.content.catalogue();
        assert_eq!(of_type(&held, "Lesson").len(), catalogue.lessons().len());
        assert_eq!(of_type(&held, "Module").len(), catalogue.modules().len());
        let (same, pages) = pull(&app, &who, "CONTENT", &mut held, Some(cursor.clone()), 40).await;
        assert_eq!((same, pages), (cursor, 1));
    })
    .await;
}

#[tokio::test]
async fn one_broken_event_in_the_middle_blocks_no_other() {
    on_both(async |app| {
        let who = app.caregiver().await;
        let mut events: Vec<Value> = (0..5).map(|_| event(&app, "OPENED", "HC1.1")).collect();
        events[1]["id"] = json!("không phải UUID");
        events[2]["occurredAt"] = json!("hôm qua");
        events[3]["lessonId"] = json!(app.clock.id::<Uuid>());
        let said = upload(&app, &who, "máy 1", &events).await;
        let expected = [
            "ACCEPTED",
            "REJECTED EVENT_ID_INVALID",
            "REJECTED TIME_INVALID",
            "QUARANTINED LESSON_UNKNOWN",
            "ACCEPTED",
        ];
        assert_eq!(said, expected);
        // From 1970 and 2090: the first waits for the right date, the second is held to have happened now.
        let (mut old, mut ahead) = (
            event(&app, "COMPLETED", "HC1.1"),
            event(&app, "COMPLETED", "HC1.1"),
        );
        old["occurredAt"] = json!("1970-01-01T00:00:00Z");
        ahead["occurredAt"] = json!("2090-01-01T00:00:00Z");
        let said = upload(&app, &who, "máy 1", &[old, ahead.clone()]).await;
        assert_eq!(said, ["QUARANTINED TIME_IMPLAUSIBLE", "ACCEPTED"]);
        let path = "{ lesson(code: \"HC1.1\") { progress { completedAt } } }";
        let first = who
            .graphql(&app, path, json!({}))
            .await
            .data("lesson.progress.completedAt")
            .clone();
        assert_eq!(first, json!(app.clock.now().to_rfc3339()));
        // Sent again later, it is still held to have happened when it first came.
        app.clock.advance(Duration::minutes(5));
        assert_eq!(upload(&app, &who, "máy 2", &[ahead]).await, ["DUPLICATE"]);
        let now = who
            .graphql(&app, path, json!({}))
            .await
            .data("lesson.progress.completedAt")
            .clone();
        assert_eq!(now, first);
    })
    .await;
}

#[tokio::test]
async fn the_same_batch_from_two_phones_at_once_counts_once() {
    on_both(async |app| {
        let who = app.caregiver().await;
        let events: Vec<Value> = (0..50).map(|_| event(&app, "OPENED", "HC1.2")).collect();
        let (one, two) = tokio::join!(
            upload(&app, &who, "máy 1", &events),
            upload(&app, &who, "máy 2", &events)
        );
        let accepted = |said: &[String]| said.iter().filter(|said| *said == "ACCEPTED").count();
        assert_eq!(accepted(&one) + accepted(&two), 50);
        assert!(
            one.iter()
                .chain(&two)
                .all(|said| said == "ACCEPTED" || said == "DUPLICATE")
        );
        let digest =
            |answer: crate::requests::Answer| answer.data("deviceDigest.0.count").as_u64().unwrap();
        let mut there = 0;
        for device in ["máy 1", "máy 2"] {
            there += digest(call(&app, &who, "deviceDigest", json!({ "deviceId": device })).await);
        }
        assert_eq!(there, 50);
    })
    .await;
}

#[tokio::test]
async fn a_device_proves_that_nothing_is_missing() {
    on_both(async |app| {
        let who = app.caregiver().await;
        let mut events: Vec<Value> = (0..6).map(|_| event(&app, "OPENED", "HC1.2")).collect();
        events[5]["lessonId"] = json!(app.clock.id::<Uuid>());
        let input = json!({ "input": {
            "deviceId": "máy 1", "deviceLabel": "Điện thoại của mẹ", "appVersion": "1.2", "events": events,
        } });
        call(&app, &who, "uploadLearningEvents", input).await;
        let mut combined = [0_u8; 16];
        for event in &events {
            let id = Uuid::try_parse(event["id"].as_str().unwrap()).unwrap();
            let name = Sha256::digest(id.as_bytes());
            combined.iter_mut().zip(name).for_each(|(to, from)| *to ^= from);
        }
        let hex: String = combined.iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = call(&app, &who, "deviceDigest", json!({ "deviceId": "máy 1" })).await;
        assert_eq!(digest.data("deviceDigest.0.count"), 6);
        assert_eq!(digest.data("deviceDigest.0.combined"), hex.as_str());
        let aside = digest.data("deviceDigest.0.events").as_array().unwrap();
        assert_eq!(aside.iter().filter(|held| held["setAside"] == true).count(), 1);
        // What it does not tell stays; others see nothing of it.
        app.clock.advance(Duration::minutes(3));
        upload(&app, &who, "máy 1", &[]).await;
        let devices = call(&app, &who, "devices", json!({})).await;
        assert_eq!(devices.data("devices.0.label"), "Điện thoại của mẹ");
        assert_eq!(devices.data("devices.0.lastSyncAt"), &json!(app.clock.now().to_rfc3339()));
        let other = app.caregiver().await;
        let digest = call(&app, &other, "deviceDigest", json!({ "deviceId": "máy 1" })).await;
        assert_eq!(digest.data("deviceDigest.0.count"), 0);
        for prefixes in [json!(["XYZ"]), json!(vec!["a"; 65])] {
            let asked = json!({ "deviceId": "máy 1", "prefixes": prefixes });
            assert_eq!(call(&app, &who, "deviceDigest", asked).await.code(), "BAD_USER_INPUT");
        }
    })
    .await;
}

#[tokio::test]
async fn an_administrator_mends_and_replays_and_it_counts_as_if_it_had_come_right() {
    on_both(async |app| {
        let (who, right) = (app.caregiver().await, app.caregiver().await);
        let administrator = app.administrator(app.province()).await;
        let elsewhere = app.administrator(app.other_province()).await;
        let mut wrong = event(&app, "COMPLETED", "HC1.1");
        let lesson = wrong["lessonId"].clone();
        wrong["occurredAt"] = json!("1970-01-02T00:00:00Z");
        let mut unknown = event(&app, "COMPLETED", "HC1.1");
        unknown["lessonId"] = json!(app.clock.id::<Uuid>());
        upload(&app, &who, "máy 1", &[wrong.clone(), unknown.clone()]).await;
        app.clock.advance(Duration::minutes(5));

        let inbox = call(&app, &elsewhere, "quarantine", json!({})).await;
        assert_eq!(inbox.data("quarantine.nodes"), &json!([]));
        let inbox = call(&app, &administrator, "quarantine", json!({})).await;
        let nodes = inbox.data("quarantine.nodes").as_array().unwrap();
        assert_eq!(nodes.len(), 2);
        assert_eq!(nodes[0]["senderId"], json!(who.person.0));

        let settle = async |by: &Actor, field: &str, input: Value| {
            let answer = call(&app, by, field, json!({ "input": input })).await;
            assert!(answer.user_errors(field).is_empty(), "{answer}");
            let receipts = answer.data(&format!("{field}.receipts")).as_array().unwrap().clone();
            let said = |receipt: &Value| {
                format!("{} {}", receipt["outcome"], receipt["code"]).replace('"', "")
            };
            receipts.iter().map(said).collect::<Vec<_>>()
        };
        let replay = "replayQuarantinedEvents";
        // Not hers to mend; then still wrong; then right; then nothing more to do.
        let at = "2026-11-20T08:00:00+07:00";
        let mend = json!({ "eventIds": [wrong["id"]], "occurredAt": at });
        assert_eq!(settle(&elsewhere, replay, mend.clone()).await, Vec::<String>::new());
        let as_it_is = json!({ "eventIds": [wrong["id"]] });
        assert_eq!(settle(&administrator, replay, as_it_is).await, ["QUARANTINED TIME_IMPLAUSIBLE"]);
        assert_eq!(settle(&administrator, replay, mend.clone()).await, ["ACCEPTED null"]);
        assert_eq!(settle(&administrator, replay, mend).await, ["DUPLICATE null"]);
        assert_eq!(upload(&app, &who, "máy 1", &[wrong.clone()]).await, ["DUPLICATE"]);
        let dismiss = json!({ "eventIds": [unknown["id"]] });
        let said = settle(&administrator, "dismissQuarantinedEvents", dismiss).await;
        assert_eq!(said, ["REJECTED DISMISSED"]);
        assert_eq!(upload(&app, &who, "máy 1", &[unknown]).await, ["REJECTED DISMISSED"]);

        let outcomes = call(&app, &who, "setAsideEvents", json!({})).await;
        let outcomes = outcomes.data("setAsideEvents.nodes").as_array().unwrap().clone();
        let outcomes: Vec<_> = outcomes.iter().map(|event| event["outcome"].as_str().unwrap()).collect();
        let outcomes: std::collections::BTreeSet<_> = outcomes.into_iter().collect();
        assert_eq!(Vec::from_iter(outcomes), ["ACCEPTED", "DISMISSED"]);

        // The same record as of somebody whose event came right at once.
        let mut good = event(&app, "COMPLETED", "HC1.1");
        good["occurredAt"] = json!(at);
        assert_eq!(upload(&app, &right, "máy 9", &[good]).await, ["ACCEPTED"]);
        let seen = "query($id: ID!) { lesson(id: $id) { progress { status completedAt evidence lastActivityAt } module { progress { completedCount status } } } }";
        let mended = who.graphql(&app, seen, json!({ "id": lesson })).await.json;
        let never_wrong = right.graphql(&app, seen, json!({ "id": lesson })).await.json;
        assert_eq!(mended, never_wrong);
        assert_eq!(mended["data"]["lesson"]["progress"]["status"], "COMPLETED");
    })
    .await;
}

#[tokio::test]
async fn a_carrier_phone_records_for_her_groups_members_and_a_wrong_person_is_mended() {
    on_both(async |app| {
        let trainer = app.trainer(app.ward()).await;
        let (member, stranger) = (app.caregiver().await, app.caregiver().await);
        let input = json!({ "id": app.clock.id::<Uuid>(), "name": "Nhóm mẫu", "areaId": app.ward().0 });
        let made = call(&app, &trainer, "createGroup", json!({ "input": input })).await;
        let group = made.data("createGroup.group.id").as_str().unwrap().to_owned();
        let add = json!({ "input": { "groupId": group, "personIds": [member.person.0] } });
        call(&app, &trainer, "addMembers", add).await;
        let assign = json!({ "input": {
            "groupId": group, "moduleIds": [app.app.content.catalogue().module_by_code("HC1").unwrap().id.to_string()],
            "dueOn": "2026-12-31",
        } });
        call(&app, &trainer, "assignModules", assign).await;
        let mut held = BTreeMap::new();
        let (cursor, _) = pull(&app, &trainer, &group, &mut held, None, 50).await;
        assert_eq!((of_type(&held, "Group").len(), of_type(&held, "GroupMember").len()), (1, 1));

        let for_whom = |person: &Actor, kind: &str| {
            let mut event = event(&app, kind, "HC1.1");
            event["personId"] = json!(person.person.0);
            event
        };
        let not_hers = for_whom(&stranger, "COMPLETED");
        let events = [
            for_whom(&member, "ATTENDED_IN_PERSON"),
            not_hers.clone(),
            event(&app, "ATTENDED_IN_PERSON", "HC1.1"),
        ];
        let said = upload(&app, &trainer, "máy của tổ", &events).await;
        let expected = ["ACCEPTED", "QUARANTINED PERSON_UNKNOWN", "REJECTED TRAINER_ONLY"];
        assert_eq!(said, expected);
        // A stranger's phone records for nobody.
        let said = upload(&app, &stranger, "máy lạ", &[for_whom(&member, "OPENED")]).await;
        assert_eq!(said, ["QUARANTINED PERSON_UNKNOWN"]);

        // The trainer's screen follows.
        let mut news = BTreeMap::new();
        let (cursor, _) = pull(&app, &trainer, &group, &mut news, Some(cursor), 50).await;
        assert_eq!(news.len(), 1);
        assert_eq!(of_type(&news, "GroupMember")[0]["completedCount"], 1);
        assert_eq!(call(&app, &stranger, "changes", json!({ "scope": group })).await.code(), "FORBIDDEN");

        // The administrator knows who was meant.
        let administrator = app.administrator(app.province()).await;
        let mend = json!({ "input": { "eventIds": [not_hers["id"]], "personId": member.person.0 } });
        let answer = call(&app, &administrator, "replayQuarantinedEvents", mend).await;
        assert_eq!(answer.data("replayQuarantinedEvents.receipts.0.outcome"), "ACCEPTED");

        let leave = json!({ "input": { "groupId": group, "personId": member.person.0 } });
        call(&app, &trainer, "removeMember", leave).await;
        pull(&app, &trainer, &group, &mut held, Some(cursor), 50).await;
        assert!(of_type(&held, "GroupMember").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_release_retired_meanwhile_still_counts_for_who_had_it() {
    use entity::lesson_release::{self, ReleaseState};
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
    on_both(async |app| {
        let who = app.caregiver().await;
        let lesson = app
            .app
            .content
            .catalogue()
            .lesson_by_code("HC1.1")
            .unwrap()
            .clone();
        let release = lesson.release.as_ref().unwrap().id;
        lesson_release::Entity::update_many()
            .col_expr(
                lesson_release::Column::State,
                Expr::value(ReleaseState::Retired),
            )
            .filter(lesson_release::Column::ReleaseId.eq(release))
            .exec(app.db.write())
            .await
            .unwrap();
        let mut named = event(&app, "COMPLETED", "HC1.1");
        named["releaseId"] = json!(release.0);
        let unnamed = event(&app, "COMPLETED", "HC1.1");
        app.app.content.reload().await.unwrap();
        let said = upload(&app, &who, "máy 1", &[named, unnamed]).await;
        assert_eq!(said, ["ACCEPTED", "QUARANTINED LESSON_NOT_PUBLISHED"]);
    })
    .await;
}

#[tokio::test]
async fn the_first_lesson_on_a_fresh_phone_takes_three_requests_and_less_than_forty_kilobytes() {
    on_both(async |app| {
        let (mut requests, mut bytes) = (0, 0);
        let mut count = |document: &str, variables: &Value, answer: &crate::requests::Answer| {
            requests += 1;
            bytes += document.len() + variables.to_string().len() + answer.json.to_string().len();
        };
        let sign_up = operation("signUp");
        let variables = json!({ "input": {
            "login": "may-moi", "password": crate::given::PASSWORD, "fullName": "Người mẫu",
            "areaId": app.ward().0, "audiences": ["CAREGIVER"], "language": "vi",
            "consents": ["LEARNING_RECORD", "CHILD_PROFILE"],
        } });
        let answer = app.graphql(None, &sign_up, variables.clone()).await;
        count(&sign_up, &variables, &answer);
        let token = answer.data("signUp.session.accessToken").as_str().unwrap().to_owned();
        let save = operation("saveChild");
        let variables = json!({ "input": { "bornMonth": "2025-07" } });
        let answer = app.graphql(Some(&token), &save, variables.clone()).await;
        count(&save, &variables, &answer);
        let first = "query { learningPath(first: 5) { reason childId lesson { id code title summary minutes } } \
                     first: learningPath(first: 1) { lesson { id release { id number reviewNotice licence source } \
                     variant { language title sha256 blocks { kind level text markdown ordered items { text markdown } } } \
                     module { id title quiz(seed: \"1\") { passMark questions { id kind text options { id text } } } } } } }";
        let answer = app.graphql(Some(&token), first, json!({})).await;
        count(first, &json!({}), &answer);
        let blocks = answer.data("first.0.lesson.variant.blocks").as_array().unwrap();
        assert!(blocks.len() > 5);
        assert_eq!(requests, 3);
        assert!(bytes <= 40_000, "{bytes} bytes");
        eprintln!("first lesson on a fresh phone: {requests} requests, {bytes} bytes before compression");
    })
    .await;
}

#[tokio::test]
async fn a_path_names_what_was_assigned_and_the_age_counted_from_the_due_date() {
    on_both(async |app| {
        let (trainer, who) = (app.trainer(app.ward()).await, app.caregiver().await);
        let child = json!({ "input": { "bornMonth": "2025-11", "prematureWeeks": 12 } });
        let saved = call(&app, &who, "saveChild", child).await;
        assert!(saved.user_errors("saveChild").is_empty(), "{saved}");
        let path = "{ learningPath(first: 100) { lesson { code } reason dueOn childId } }";
        let before = who.graphql(&app, path, json!({})).await;
        let reason = before.data("learningPath.0.reason").as_str().unwrap().to_owned();
        assert!(reason.contains("sinh non") && reason.contains('9'), "{reason}");

        let input = json!({ "id": app.clock.id::<Uuid>(), "name": "Nhóm mẫu", "areaId": app.ward().0 });
        let made = call(&app, &trainer, "createGroup", json!({ "input": input })).await;
        let join = json!({ "input": { "joinCode": made.data("createGroup.group.joinCode") } });
        call(&app, &who, "joinGroup", join).await;
        let module = app.app.content.catalogue().module_by_code("HC3").unwrap().id;
        let assign = json!({ "input": {
            "groupId": made.data("createGroup.group.id"), "moduleIds": [module.to_string()], "dueOn": "2026-12-24",
        } });
        call(&app, &trainer, "assignModules", assign).await;
        let after = who.graphql(&app, path, json!({})).await;
        assert_eq!(after.data("learningPath.0.dueOn"), "2026-12-24");
        let first = after.data("learningPath.0.lesson.code").as_str().unwrap();
        assert!(first.starts_with("HC3."), "{first}");
        let reason = after.data("learningPath.0.reason").as_str().unwrap();
        assert!(reason.contains("24/12/2026"), "{reason}");
    })
    .await;
}

#[tokio::test]
async fn a_quiz_explains_after_answering_keeps_attempts_and_asks_again_after_thirty_days() {
    on_both(async |app| {
        let who = app.caregiver().await;
        let module = app.app.content.catalogue().module_by_code("HC1").unwrap().clone();
        let answers = |right: bool| -> Vec<Value> {
            let chosen = |question: &vun::content::catalogue::Question| {
                let mut choices = question.choices.iter();
                let found = choices.find(|choice| question.is_right(&[choice.id]) == right).unwrap().id;
                json!({ "questionId": question.id.to_string(), "optionIds": [found.to_string()] })
            };
            module.questions.iter().map(chosen).collect()
        };
        let submit = "mutation($input: SubmitQuizInput!) { submitQuiz(input: $input) { userErrors { code field message } \
            attempt { score passed answers { questionId right rightOptionIds explanation } } \
            moduleProgress { quizBestScore quizPassed recheckFrom retained } } }";
        let input = |right| json!({ "input": {
            "eventId": app.clock.id::<Uuid>(), "moduleId": module.id.to_string(), "answers": answers(right),
        } });
        let failed = who.graphql(&app, submit, input(false)).await;
        assert_eq!(failed.data("submitQuiz.attempt.passed"), false);
        assert_eq!(failed.data("submitQuiz.attempt.answers.0.right"), false);
        assert_eq!(failed.data("submitQuiz.attempt.answers.0.rightOptionIds"), &Value::Null);
        app.clock.advance(Duration::minutes(1));
        let passed = who.graphql(&app, submit, input(true)).await;
        assert_eq!(passed.data("submitQuiz.attempt.score"), 3);
        let right = passed.data("submitQuiz.attempt.answers.0.rightOptionIds").as_array().unwrap();
        assert_eq!(right.len(), 1);
        let progress = passed.data("submitQuiz.moduleProgress");
        assert_eq!((&progress["recheckFrom"], &progress["retained"]), (&json!("2026-12-22"), &json!(false)));

        // Nothing that can be asked about a quiz tells which option is right.
        let asked = "{ module(code: \"HC1\") { quiz(seed: \"a\") { attempts { score } questions { id options { id } } } } }";
        let shuffled = who.graphql(&app, asked, json!({})).await;
        assert_eq!(shuffled.data("module.quiz.attempts"), &json!([{ "score": 3 }, { "score": 0 }]));
        for question in shuffled.data("module.quiz.questions").as_array().unwrap() {
            let ids: Vec<&str> = question["options"].as_array().unwrap().iter().map(|o| o["id"].as_str().unwrap()).collect();
            let key = |id: &str| Sha256::digest(format!("a:{id}"));
            assert!(ids.is_sorted_by_key(|id| key(id)));
        }

        app.clock.advance(Duration::days(30));
        let who = app.sign_in_again(&who).await;
        let again = who.graphql(&app, submit, input(true)).await;
        let progress = again.data("submitQuiz.moduleProgress");
        assert_eq!((&progress["recheckFrom"], &progress["retained"]), (&Value::Null, &json!(true)));

        // Home practice stands apart from completion.
        upload(&app, &who, "máy 1", &[event(&app, "PRACTISED_AT_HOME", "HC1.1")]).await;
        let seen = "{ lesson(code: \"HC1.1\") { progress { status practisedAt practiceEvidence evidence } } }";
        let seen = who.graphql(&app, seen, json!({})).await;
        let progress = seen.data("lesson.progress");
        assert_eq!(progress["practiceEvidence"], json!(["TICKED"]));
        assert_eq!((&progress["status"], &progress["evidence"]), (&json!("NOT_STARTED"), &json!([])));
        assert!(progress["practisedAt"].is_string());
    })
    .await;
}

//! What a person is shown: always, whether or not it rang, also by delta sync; and what she wishes.

use serde_json::{Value, json};
use vun::config::Settings;

use super::world::{World, group_of};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

const CHANGES: &str = "query($since: String) { changes(scope: ME, since: $since) { cursor hasMore \
    nodes { id __typename ... on Notice { kind title text readAt } } tombstones { id typename } } }";

async fn changed(world: &World, actor: &Actor, since: Option<&str>) -> (Vec<Value>, String) {
    let answer = crate::requests::graphql(
        &world.router,
        Some(&actor.token),
        CHANGES,
        json!({ "since": since }),
    )
    .await;
    let nodes = answer.data("changes.nodes").as_array().unwrap().clone();
    let cursor = answer.data("changes.cursor").as_str().unwrap().to_owned();
    let notices = nodes
        .into_iter()
        .filter(|node| node["__typename"] == "Notice");
    (notices.collect(), cursor)
}

async fn world(test: &TestApp) -> (World, Actor, Actor, Value) {
    let world = World::open(test, &Settings::default()).await;
    let trainer = test.trainer(test.ward()).await;
    let member = test.caregiver().await;
    let group = group_of(&world, &trainer, &[member.person], test).await;
    (world, trainer, member, group)
}

#[tokio::test]
async fn a_notice_is_shown_comes_with_delta_sync_and_is_marked_read() {
    on_both(async |test| {
        let (world, trainer, member, group) = world(&test).await;
        let (none, cursor) = changed(&world, &member, None).await;
        assert!(none.is_empty());
        let input = json!({ "groupId": group, "text": "Thứ năm 9 giờ." });
        world.done(Some(&trainer), "announceToGroup", input).await;
        let listed = world.call(Some(&member), "notices", json!({})).await;
        assert_eq!(listed.data("notices.unreadCount"), 1);
        let notice = listed.data("notices.nodes.0").clone();
        assert_eq!(notice["text"], "Thứ năm 9 giờ.");
        assert_eq!(notice["title"], "Bạn có tin nhắn từ hướng dẫn viên.");
        assert_eq!(
            (&notice["groupId"], &notice["readAt"]),
            (&group, &Value::Null)
        );
        let (told, cursor) = changed(&world, &member, Some(&cursor)).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["id"], notice["id"]);
        let (again, cursor) = changed(&world, &member, Some(&cursor)).await;
        assert!(again.is_empty(), "{again:?}");

        for _ in 0..2 {
            let input = json!({ "ids": [notice["id"]] });
            let read = world.done(Some(&member), "markNoticeRead", input).await;
            let at = read.data("markNoticeRead.notices.0.readAt");
            assert_eq!(at, &json!("2026-11-22T02:00:00+00:00"));
        }
        let (read, cursor) = changed(&world, &member, Some(&cursor)).await;
        assert_eq!(read[0]["readAt"], json!("2026-11-22T02:00:00+00:00"));
        assert!(changed(&world, &member, Some(&cursor)).await.0.is_empty());
        let node = "query($id: ID!) { node(id: $id) { id __typename } }";
        let node = member
            .graphql(&test, node, json!({ "id": notice["id"] }))
            .await;
        assert_eq!(node.data("node.__typename"), "Notice");

        // It is nobody else's, whoever sent it.
        let others = trainer
            .graphql(
                &test,
                "query($id: ID!) { node(id: $id) { id } }",
                json!({ "id": notice["id"] }),
            )
            .await;
        assert_eq!(others.code(), "NOT_FOUND");
        let input = json!({ "input": { "ids": [notice["id"]] } });
        let refused = world.call(Some(&trainer), "markNoticeRead", input).await;
        assert_eq!(
            refused.user_errors("markNoticeRead"),
            [("NOT_FOUND", "ids")]
        );
    })
    .await;
}

#[tokio::test]
async fn pages_of_notices_follow_each_other_and_what_has_expired_is_not_shown() {
    on_both(async |test| {
        let (world, mut trainer, member, group) = world(&test).await;
        for day in 0..5 {
            let input =
                json!({ "groupId": group, "text": format!("Tin {day}"), "shownForDays": 4 });
            world.done(Some(&trainer), "announceToGroup", input).await;
            test.clock.advance(chrono::Duration::days(1));
            trainer = test.sign_in_again(&trainer).await;
        }
        let member = test.sign_in_again(&member).await;
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = world
                .call(
                    Some(&member),
                    "notices",
                    json!({ "first": 2, "after": after }),
                )
                .await;
            for node in page.data("notices.nodes").as_array().unwrap() {
                seen.push(node["text"].as_str().unwrap().to_owned());
            }
            if page.data("notices.pageInfo.hasNextPage") == false {
                break;
            }
            after = page.data("notices.pageInfo.endCursor").clone();
        }
        // The first two were shown for four days.
        assert_eq!(seen, ["Tin 4", "Tin 3", "Tin 2"]);
        let too_many = world
            .call(Some(&member), "notices", json!({ "first": 101 }))
            .await;
        assert_eq!(too_many.code(), "BAD_USER_INPUT");

        test.clock.advance(chrono::Duration::days(60));
        world.app.notices.forget_old().await.unwrap();
        let member = test.sign_in_again(&member).await;
        let none = world.call(Some(&member), "notices", json!({})).await;
        assert_eq!(none.data("notices.nodes"), &json!([]));
    })
    .await;
}

#[tokio::test]
async fn what_a_person_wishes_is_kept_and_what_cannot_be_is_refused() {
    on_both(async |test| {
        let (world, _, member, _) = world(&test).await;
        let asked = world
            .call(Some(&member), "noticePreferences", json!({}))
            .await;
        let usual = asked.data("noticePreferences");
        assert_eq!(
            (
                &usual["quietFrom"],
                &usual["quietUntil"],
                &usual["ownQuietHours"]
            ),
            (&json!("21:00"), &json!("07:00"), &json!(false))
        );
        assert_eq!(
            (&usual["muted"], &usual["language"]),
            (&json!([]), &json!("vi"))
        );
        let input = json!({ "quietFrom": "19:30", "quietUntil": "08:15", "language": "en" });
        let saved = world
            .done(Some(&member), "saveNoticePreferences", input)
            .await;
        let own = saved.data("saveNoticePreferences.preferences");
        assert_eq!(
            (&own["quietFrom"], &own["language"]),
            (&json!("19:30"), &json!("en"))
        );
        let muted = world.done(Some(&member), "muteNotices", json!({})).await;
        let expected = json!(["REMINDERS", "TRAINER_MESSAGES"]);
        assert_eq!(muted.data("muteNotices.preferences.muted"), &expected);
        let input = json!({ "kinds": ["REMINDERS"], "muted": false });
        let unmuted = world.done(Some(&member), "muteNotices", input).await;
        let expected = json!(["TRAINER_MESSAGES"]);
        assert_eq!(unmuted.data("muteNotices.preferences.muted"), &expected);
        let input = json!({ "usualQuietHours": true });
        let back = world
            .done(Some(&member), "saveNoticePreferences", input)
            .await;
        assert_eq!(
            back.data("saveNoticePreferences.preferences.ownQuietHours"),
            false
        );
        for (input, expected) in [
            (
                json!({ "quietFrom": "19:30" }),
                vec![("REQUIRED", "quietUntil")],
            ),
            (
                json!({ "quietUntil": "19:30" }),
                vec![("REQUIRED", "quietFrom")],
            ),
            (
                json!({ "quietFrom": "25:00", "quietUntil": "x", "language": "fr" }),
                vec![
                    ("INVALID", "quietFrom"),
                    ("INVALID", "quietUntil"),
                    ("INVALID", "language"),
                ],
            ),
        ] {
            let answer = world
                .call(
                    Some(&member),
                    "saveNoticePreferences",
                    json!({ "input": input }),
                )
                .await;
            assert_eq!(answer.user_errors("saveNoticePreferences"), expected);
        }
    })
    .await;
}

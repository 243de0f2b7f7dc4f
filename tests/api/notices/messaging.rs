//! What trainers send: to their own groups only, within limits, and without learning who turned it off.

use entity::{delivery::DeliveryState as State, notice::NoticeKind};
use serde_json::{Value, json};
use uuid::Uuid;
use vun::config::Settings;

use super::world::{Web, World, deliveries, give_phone, group_of, states, with_gateway};
use crate::app::on_both;

#[tokio::test]
async fn a_message_to_a_group_reaches_everybody_it_can_and_says_how_many() {
    on_both(async |test| {
        let web = Web::start().await;
        let world = World::open(&test, &with_gateway(&web)).await;
        let trainer = test.trainer(test.ward()).await;
        let mut members = Vec::new();
        for number in 0..6 {
            let member = test.caregiver().await;
            give_phone(&test, member.person, &format!("+84912345{number:03}")).await;
            members.push(member);
        }
        world
            .done(Some(&members[0]), "muteNotices", json!({ "kinds": ["TRAINER_MESSAGES"] }))
            .await;
        let phoneless = test.caregiver().await;
        let mut ids: Vec<_> = members.iter().map(|member| member.person).collect();
        ids.push(phoneless.person);
        let group = group_of(&world, &trainer, &ids, &test).await;
        let id = Uuid::new_v4();
        let input = json!({ "id": id, "groupId": group, "text": "Thứ năm 9 giờ." });
        let sent = world.done(Some(&trainer), "announceToGroup", input.clone()).await;
        assert_eq!(sent.data("announceToGroup.announcement.summary.waitingCount"), 7);
        world.send().await;
        // The same again changes nothing, and tells what became of it.
        let again = world.done(Some(&trainer), "announceToGroup", input).await;
        let expected = json!({
            "recipientCount": 7, "sentCount": 5, "waitingCount": 0, "mutedCount": 1, "failedCount": 0,
            "noChannelCount": 1,
        });
        assert_eq!(again.data("announceToGroup.announcement.summary"), &expected);
        assert_eq!(web.got().len(), 5);
        let listed = world
            .call(Some(&trainer), "announcements", json!({ "groupId": group }))
            .await;
        assert_eq!(listed.data("announcements.0.summary"), &expected);
        assert_eq!(listed.data("announcements").as_array().unwrap().len(), 1);
        // Who muted finds it in the app all the same.
        let shown = world.call(Some(&members[0]), "notices", json!({})).await;
        assert_eq!(shown.data("notices.nodes.0.text"), "Thứ năm 9 giờ.");

        let other = json!({ "id": id, "groupId": group, "text": "Khác." });
        let conflict = world
            .call(Some(&trainer), "announceToGroup", json!({ "input": other }))
            .await;
        assert_eq!(conflict.user_errors("announceToGroup"), [("CONFLICT", "id")]);
    })
    .await;
}

#[tokio::test]
async fn of_a_small_group_nobody_learns_who_turned_messages_off() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let trainer = test.trainer(test.ward()).await;
        let mut seen = Vec::new();
        for mutes in [false, true] {
            let member = test.caregiver().await;
            if mutes {
                world.done(Some(&member), "muteNotices", json!({})).await;
            }
            let group = group_of(&world, &trainer, &[member.person], &test).await;
            let input = json!({ "groupId": group, "text": "Chào bạn." });
            world.done(Some(&trainer), "announceToGroup", input).await;
            let input = json!({ "personId": member.person.0, "template": "CONTINUE" });
            let nudged = world.done(Some(&trainer), "nudgePerson", input).await;
            world.send().await;
            let listed = world
                .call(Some(&trainer), "announcements", json!({ "groupId": group }))
                .await;
            let summary = listed.data("announcements.0.summary").clone();
            let at = nudged.data("nudgePerson.createdAt").clone();
            seen.push((summary, at));
            let nudge = states(&test, member.person, NoticeKind::NudgeContinue).await;
            let rang = nudge[0].0 == State::Sent;
            assert_eq!(rang, !mutes);
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0].0["mutedCount"], Value::Null);
    })
    .await;
}

#[tokio::test]
async fn messages_that_cannot_be_sent_say_why_and_nothing_is_written() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let trainer = test.trainer(test.ward()).await;
        let stranger = test.trainer(test.ward()).await;
        let member = test.caregiver().await;
        let outsider = test.caregiver().await;
        let group = group_of(&world, &trainer, &[member.person], &test).await;
        let announce = async |input: Value| {
            let answer = world
                .call(Some(&trainer), "announceToGroup", json!({ "input": input }))
                .await;
            answer.user_errors("announceToGroup")
        };
        let long = "ạ".repeat(10_000);
        for (input, expected) in [
            (
                json!({ "groupId": group, "text": "" }),
                vec![("REQUIRED", "text")],
            ),
            (
                json!({ "groupId": group, "text": long }),
                vec![("INVALID", "text")],
            ),
            (
                json!({ "groupId": group, "text": "a\u{202e}b" }),
                vec![("INVALID", "text")],
            ),
            (
                json!({ "groupId": group, "text": "", "shownForDays": 0 }),
                vec![("REQUIRED", "text"), ("DATE_OUT_OF_RANGE", "shownForDays")],
            ),
            (
                json!({ "groupId": group, "text": "a", "shownForDays": 91 }),
                vec![("DATE_OUT_OF_RANGE", "shownForDays")],
            ),
            (
                json!({ "groupId": Uuid::new_v4(), "text": "a" }),
                vec![("NOT_FOUND", "groupId")],
            ),
        ] {
            assert_eq!(announce(input).await, expected);
        }
        let input = json!({ "groupId": group, "text": "a" });
        let refused = world
            .call(
                Some(&stranger),
                "announceToGroup",
                json!({ "input": input }),
            )
            .await;
        assert_eq!(
            refused.user_errors("announceToGroup"),
            [("NOT_FOUND", "groupId")]
        );
        let refused = world
            .call(
                Some(&stranger),
                "announcements",
                json!({ "groupId": group }),
            )
            .await;
        assert_eq!(refused.code(), "NOT_FOUND");
        let input = json!({ "personId": outsider.person.0, "template": "CONTINUE" });
        let refused = world
            .call(Some(&trainer), "nudgePerson", json!({ "input": input }))
            .await;
        assert_eq!(
            refused.user_errors("nudgePerson"),
            [("NOT_FOUND", "personId")]
        );
        assert!(deliveries(&test, member.person).await.is_empty());
        // Three a day, and the next day more.
        for _ in 0..3 {
            assert!(
                announce(json!({ "groupId": group, "text": "a" }))
                    .await
                    .is_empty()
            );
        }
        let more = announce(json!({ "groupId": group, "text": "a" })).await;
        assert_eq!(more, [("TOO_MANY", "groupId")]);
    })
    .await;
}

#[tokio::test]
async fn somebody_without_a_phone_cannot_be_reminded_and_the_trainer_is_told() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let trainer = test.trainer(test.ward()).await;
        let group = group_of(&world, &trainer, &[test.caregiver().await.person], &test).await;
        let input = json!({
            "fullName": "Người mẫu", "areaId": test.ward().0, "audiences": ["CAREGIVER"],
            "consents": ["LEARNING_RECORD"], "groupId": group,
        });
        let made = world.done(Some(&trainer), "registerPerson", input).await;
        let person = made.data("registerPerson.person.id").clone();
        let input = json!({ "personId": person, "template": "OPEN_FIRST_LESSON" });
        let refused = world
            .call(Some(&trainer), "nudgePerson", json!({ "input": input }))
            .await;
        assert_eq!(
            refused.user_errors("nudgePerson"),
            [("CONFLICT", "personId")]
        );
    })
    .await;
}

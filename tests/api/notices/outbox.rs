//! One cause makes one notice, and one notice goes out once though several servers send; what is refused is tried again.

use chrono::Duration;
use entity::{
    delivery::{self, DeliveryState as State},
    notice::NoticeKind,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use super::world::{Reply, Web, World, deliveries, give_phone, group_of, states, with_gateway};
use crate::app::{TestApp, on_both};

const PHONE: &str = "+84912345678";

/// Somebody with a telephone in a group whose trainer reminds her.
async fn nudged(test: &TestApp, world: &World) -> (crate::given::Actor, crate::given::Actor) {
    let trainer = test.trainer(test.ward()).await;
    let member = test.caregiver().await;
    give_phone(test, member.person, PHONE).await;
    group_of(world, &trainer, &[member.person], test).await;
    let input = json!({ "personId": member.person.0, "template": "CONTINUE" });
    world.done(Some(&trainer), "nudgePerson", input).await;
    (trainer, member)
}

#[tokio::test]
async fn servers_that_send_at_once_send_each_notice_once() {
    on_both(async |test| {
        let web = Web::start().await;
        let settings = with_gateway(&web);
        let one = World::open(&test, &settings).await;
        let other = World::open(&test, &settings).await;
        let third = World::open(&test, &settings).await;
        let trainer = test.trainer(test.ward()).await;
        let mut members = Vec::new();
        for number in 0..24 {
            let member = test.caregiver().await;
            give_phone(&test, member.person, &format!("+849123456{number:02}")).await;
            members.push(member.person);
        }
        let group = group_of(&one, &trainer, &members, &test).await;
        let input = json!({ "groupId": group, "text": "Buổi học lúc 9 giờ." });
        one.done(Some(&trainer), "announceToGroup", input).await;
        let (a, b, c) = tokio::join!(one.send(), other.send(), third.send());
        assert_eq!(a + b + c, 24);
        let mut ids: Vec<_> = web
            .got()
            .iter()
            .map(|got| got.json()["id"].clone())
            .collect();
        ids.sort_by_key(ToString::to_string);
        ids.dedup();
        assert_eq!((web.got().len(), ids.len()), (24, 24));
        // Nothing is left to send.
        assert_eq!(one.send().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_gateway_that_hangs_or_fails_is_tried_again_ever_later_and_then_no_more() {
    on_both(async |test| {
        let web = Web::start().await;
        let world = World::open(&test, &with_gateway(&web)).await;
        web.reply([
            Reply::Hang,
            Reply::Status(500, json!({})),
            Reply::Redirect(format!("{}/inside", web.url)),
            Reply::Status(503, json!({})),
            Reply::Status(429, json!({})),
            Reply::Status(500, json!({})),
        ]);
        let (_, member) = nudged(&test, &world).await;
        let mut seen = Vec::new();
        for minutes in [1, 5, 30, 120, 360] {
            assert_eq!(world.send().await, 1);
            let (_, row) = deliveries(&test, member.person).await.remove(0);
            let pause = row.not_before - test.clock.now();
            assert_eq!(pause, Duration::minutes(minutes));
            assert_eq!(row.state, State::Queued);
            seen.push(row.reason.unwrap());
            // Too early: nothing happens.
            assert_eq!(world.send().await, 0);
            test.clock.advance(pause);
        }
        // It is evening by now; the rules hold for tries as well.
        assert_eq!(world.send().await, 1);
        let (_, row) = deliveries(&test, member.person).await.remove(0);
        assert_eq!((row.state, row.attempts), (State::Failed, 6));
        assert_eq!(row.reason.as_deref(), Some("answered 500"));
        assert_eq!(
            seen,
            [
                "no answer in time",
                "answered 500",
                "answered 302",
                "answered 503",
                "answered 429"
            ]
        );
        // The redirect was not followed.
        assert!(web.got().iter().all(|got| got.path == "/sms"));
        assert_eq!(world.send().await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_the_gateway_refuses_for_good_is_not_tried_again() {
    on_both(async |test| {
        let web = Web::start().await;
        let world = World::open(&test, &with_gateway(&web)).await;
        web.reply([Reply::Status(400, json!({}))]);
        let (_, member) = nudged(&test, &world).await;
        world.send().await;
        let state = states(&test, member.person, NoticeKind::NudgeContinue).await;
        assert_eq!(state, [(State::Failed, Some("answered 400".to_owned()))]);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_died_after_sending_leads_to_a_second_copy_with_the_same_id() {
    on_both(async |test| {
        let web = Web::start().await;
        let world = World::open(&test, &with_gateway(&web)).await;
        let (_, member) = nudged(&test, &world).await;
        world.send().await;
        // As if the server had died between the answer and the note of it: the lease is there, the state is not.
        let (notice, _) = deliveries(&test, member.person).await.remove(0);
        let row = delivery::ActiveModel {
            notice_id: sea_orm::ActiveValue::Set(notice.notice_id),
            state: sea_orm::ActiveValue::Set(State::Queued),
            lease_id: sea_orm::ActiveValue::Set(Some(test.clock.id())),
            leased_until: sea_orm::ActiveValue::Set(Some(test.clock.now() + Duration::minutes(5))),
            finished_at: sea_orm::ActiveValue::Set(None),
            ..Default::default()
        };
        delivery::Entity::update(row)
            .exec_without_returning(test.db.write())
            .await
            .unwrap();
        assert_eq!(world.send().await, 0, "the lease still holds");
        test.clock.advance(Duration::minutes(5));
        assert_eq!(world.send().await, 1);
        let got = web.got();
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].json()["id"], got[1].json()["id"]);
        assert_eq!(
            got[0].headers["idempotency-key"],
            got[1].headers["idempotency-key"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_cause_that_is_given_up_leaves_no_notice_behind() {
    on_both(async |test| {
        let world = World::open(&test, &vun::config::Settings::default()).await;
        let (trainer, member) = nudged(&test, &world).await;
        let before = delivery::Entity::find()
            .count(test.db.write())
            .await
            .unwrap();
        let input = json!({ "personId": member.person.0, "template": "CONTINUE" });
        let again = world
            .call(Some(&trainer), "nudgePerson", json!({ "input": input }))
            .await;
        assert_eq!(again.user_errors("nudgePerson"), [("CONFLICT", "personId")]);
        let after = delivery::Entity::find()
            .count(test.db.write())
            .await
            .unwrap();
        assert_eq!(before, after);
    })
    .await;
}

#[tokio::test]
async fn sending_to_many_takes_a_bounded_number_of_statements_to_look_them_up() {
    on_both(async |test| {
        let world = World::open(&test, &vun::config::Settings::default()).await;
        let trainer = test.trainer(test.ward()).await;
        let mut sent = Vec::new();
        for many in [2, 10] {
            let mut members = Vec::new();
            for _ in 0..many {
                members.push(test.caregiver().await.person);
            }
            let group = group_of(&world, &trainer, &members, &test).await;
            let input = json!({ "groupId": group, "text": "Chào cả nhóm." });
            // What is on record is written beside: let it be written, and count it.
            let audit = world.app.auth.audit();
            audit.flush().await.unwrap();
            let (_, statements) = test
                .statements_of(async || {
                    world.done(Some(&trainer), "announceToGroup", input).await;
                    audit.flush().await.unwrap();
                })
                .await;
            sent.push(statements);
            let (_, statements) = test
                .statements_of(async || world.app.notices.send_due().await.unwrap())
                .await;
            // One for each to settle it, and the rest for all together.
            sent.push(statements - many);
        }
        assert_eq!(sent[..2], sent[2..]);
    })
    .await;
}

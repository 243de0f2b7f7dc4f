//! A new password: the code reaches its person alone, on a channel or over the desk, and works once.

use axum::http::StatusCode;
use chrono::Duration;
use entity::notice::NoticeKind;
use secrecy::SecretString;
use serde_json::{Value, json};
use vun::{auth::SignIn, config::Settings};

use super::{
    channels::{code_in, verify_email},
    world::{Relay, Web, World, give_phone, group_of, states, with_gateway, with_relay},
};
use crate::{app::on_both, given::Actor};

const NEW: &str = "mot mat khau moi 2027";

async fn ask(world: &World, login: &str) -> Value {
    let input = json!({ "login": login });
    let asked = world.done(None, "requestPasswordReset", input).await;
    asked.data("requestPasswordReset").clone()
}

async fn reset(world: &World, login: &str, code: &str) -> Vec<crate::requests::UserError> {
    let input = json!({ "input": { "login": login, "code": code, "password": NEW } });
    let answer = world.call(None, "resetPassword", input).await;
    answer.user_errors("resetPassword")
}

async fn signs_in(world: &World, actor: &Actor, password: &str) -> bool {
    let told = SignIn {
        login: actor.login.clone(),
        password: SecretString::from(password),
        device: None,
    };
    world.app.auth.sign_in(told, None).await.is_ok()
}

#[tokio::test]
async fn a_code_sent_to_the_telephone_sets_a_password_once_and_signs_every_device_out() {
    on_both(async |test| {
        let web = Web::start().await;
        let world = World::open(&test, &with_gateway(&web)).await;
        let member = test.caregiver().await;
        give_phone(&test, member.person, "+84912345678").await;
        // In the middle of the night: who asked is waiting.
        test.clock.advance(Duration::hours(15));
        let member = test.sign_in_again(&member).await;
        ask(&world, &member.login.to_uppercase()).await;
        assert_eq!(world.send().await, 1);
        let text = web.got()[0].json()["text"].as_str().unwrap().to_owned();
        let code = code_in(&text);
        assert!(
            reset(
                &world,
                &member.login,
                &format!("{} {}", &code[..4], &code[4..])
            )
            .await
            .is_empty()
        );
        assert!(signs_in(&world, &member, NEW).await);
        assert!(!signs_in(&world, &member, crate::given::PASSWORD).await);
        let stale = world
            .call(Some(&member), "noticePreferences", json!({}))
            .await;
        assert_eq!(
            (stale.status, stale.code()),
            (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
        );
        assert_eq!(
            reset(&world, &member.login, &code).await,
            [("NOT_FOUND", "code")]
        );
        // She is told of it.
        let told = states(&test, member.person, NoticeKind::PasswordChanged).await;
        assert_eq!(told.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_login_name_that_nobody_has_answers_the_same_at_the_same_cost() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let member = test.caregiver().await;
        let mut cost = Vec::new();
        for login in [&*member.login, "khong-ai-co-ten-nay", "không phải tên"] {
            let (answer, statements) = test.statements_of(async || ask(&world, login).await).await;
            cost.push((answer, statements));
        }
        assert_eq!(cost[0], cost[1]);
        assert_eq!(cost[0], cost[2]);
        let (wrong, one) = test
            .statements_of(async || reset(&world, &member.login, "1234 5678").await)
            .await;
        let (unknown, other) = test
            .statements_of(async || reset(&world, "khong-ai-co-ten-nay", "1234 5678").await)
            .await;
        assert_eq!((wrong, one), (unknown, other));
        assert_eq!(
            reset(&world, &member.login, "mã sai").await,
            [("NOT_FOUND", "code")]
        );
    })
    .await;
}

#[tokio::test]
async fn a_code_is_good_for_five_tries_and_fifteen_minutes() {
    on_both(async |test| {
        let relay = Relay::start().await;
        let world = World::open(&test, &with_relay(&relay)).await;
        let member = test.caregiver().await;
        verify_email(&world, &relay, &member, "me@example.vn").await;
        let code = async || {
            ask(&world, &member.login).await;
            world.send().await;
            code_in(&relay.got().pop().unwrap().1)
        };
        let first = code().await;
        let wrong = if first == "00000000" {
            "00000001"
        } else {
            "00000000"
        };
        for _ in 0..5 {
            assert_eq!(
                reset(&world, &member.login, wrong).await,
                [("NOT_FOUND", "code")]
            );
        }
        assert_eq!(
            reset(&world, &member.login, &first).await,
            [("NOT_FOUND", "code")]
        );
        let second = code().await;
        test.clock.advance(Duration::minutes(15));
        assert_eq!(
            reset(&world, &member.login, &second).await,
            [("NOT_FOUND", "code")]
        );
        let third = code().await;
        test.clock.advance(Duration::minutes(14));
        assert!(reset(&world, &member.login, &third).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn asking_too_often_is_refused_whether_or_not_anybody_has_the_name() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let member = test.caregiver().await;
        for login in [&*member.login, "khong-ai-co-ten-nay"] {
            for _ in 0..4 {
                ask(&world, login).await;
            }
            let input = json!({ "input": { "login": login } });
            let refused = world.call(None, "requestPasswordReset", input).await;
            assert_eq!(refused.code(), "RATE_LIMITED");
        }
    })
    .await;
}

#[tokio::test]
async fn who_can_be_reached_on_no_channel_is_helped_by_her_trainer() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let trainer = test.trainer(test.ward()).await;
        let stranger = test.trainer(test.ward()).await;
        let member = test.caregiver().await;
        group_of(&world, &trainer, &[member.person], &test).await;
        ask(&world, &member.login).await;
        world.send().await;
        let asked = world.call(Some(&trainer), "notices", json!({})).await;
        let notice = asked.data("notices.nodes.0");
        assert_eq!(notice["kind"], "RESET_ASKED");
        assert_eq!(notice["personId"], json!(member.person.0));
        assert!(notice["text"].as_str().unwrap().contains("Người mẫu"));
        assert!(!notice["title"].as_str().unwrap().contains("Người mẫu"));
        let none = world.call(Some(&stranger), "notices", json!({})).await;
        assert_eq!(none.data("notices.nodes"), &json!([]));

        let input = json!({ "personId": member.person.0 });
        let refused = world
            .call(
                Some(&stranger),
                "createResetCode",
                json!({ "input": input.clone() }),
            )
            .await;
        assert_eq!(
            refused.user_errors("createResetCode"),
            [("NOT_FOUND", "personId")]
        );
        let made = world
            .done(Some(&trainer), "createResetCode", input.clone())
            .await;
        let first = made
            .data("createResetCode.code")
            .as_str()
            .unwrap()
            .to_owned();
        let made = world.done(Some(&trainer), "createResetCode", input).await;
        let code = made
            .data("createResetCode.code")
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            reset(&world, &member.login, &first).await,
            [("NOT_FOUND", "code")]
        );
        assert!(reset(&world, &member.login, &code).await.is_empty());
        assert!(signs_in(&world, &member, NEW).await);
    })
    .await;
}

#[tokio::test]
async fn a_trainer_cannot_take_over_the_account_of_somebody_with_a_standing() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let trainer = test.trainer(test.ward()).await;
        let supervisor = test.supervisor(test.ward()).await;
        group_of(&world, &trainer, &[supervisor.person], &test).await;
        let input = json!({ "input": { "personId": supervisor.person.0 } });
        let refused = world.call(Some(&trainer), "createResetCode", input).await;
        assert_eq!(
            refused.user_errors("createResetCode"),
            [("CONFLICT", "personId")]
        );
    })
    .await;
}

#[tokio::test]
async fn no_code_goes_into_the_log_or_into_a_push_and_a_poor_password_is_refused() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let member = test.caregiver().await;
        give_phone(&test, member.person, "+84912345678").await;
        ask(&world, &member.login).await;
        world.send().await;
        // Nobody leads her, and the log carries no codes: nothing was made.
        assert!(
            states(&test, member.person, NoticeKind::ResetCode)
                .await
                .is_empty()
        );
        let input = json!({ "login": member.login, "code": "1234 5678", "password": "12345678" });
        let refused = world
            .call(None, "resetPassword", json!({ "input": input }))
            .await;
        assert_eq!(
            refused.user_errors("resetPassword"),
            [("INVALID", "password")]
        );
        assert!(
            states(&test, member.person, NoticeKind::PasswordChanged)
                .await
                .is_empty()
        );
    })
    .await;
}

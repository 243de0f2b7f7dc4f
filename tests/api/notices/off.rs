//! Turning notices off by one tap, without signing in.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use entity::{delivery::DeliveryState as State, notice::NoticeKind};
use serde_json::json;
use vun::{config::Settings, notices::preferences::Mute};

use super::world::{World, group_of, states};
use crate::{
    app::on_both,
    requests::{Answer, send},
};

async fn tap(world: &World, method: Method, token: &str, body: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/off/{token}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap();
    send(&world.router, request).await
}

#[tokio::test]
async fn opening_the_link_asks_and_answering_it_turns_off() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let trainer = test.trainer(test.ward()).await;
        let member = test.caregiver().await;
        let group = group_of(&world, &trainer, &[member.person], &test).await;
        let off = &world.app.notices;
        let token = off
            .off_token(member.person, Mute::TrainerMessages)
            .await
            .unwrap();
        let muted = async || {
            let asked = world
                .call(Some(&member), "noticePreferences", json!({}))
                .await;
            asked.data("noticePreferences.muted").clone()
        };
        let asked = tap(&world, Method::GET, &token, "").await;
        assert_eq!(asked.status, StatusCode::OK);
        let page = asked.json.as_str().unwrap();
        assert!(
            page.contains("<form method=\"post\">") && page.contains("lang=\"vi\""),
            "{page}"
        );
        let policy = asked.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"));
        assert_eq!(
            muted().await,
            json!([]),
            "a program that follows links changes nothing"
        );

        for body in ["List-Unsubscribe=One-Click", ""] {
            let done = tap(&world, Method::POST, &token, body).await;
            assert_eq!(done.status, StatusCode::OK);
            assert_eq!(muted().await, json!(["TRAINER_MESSAGES"]));
        }
        let input = json!({ "groupId": group, "text": "Thứ năm 9 giờ." });
        world.done(Some(&trainer), "announceToGroup", input).await;
        world.send().await;
        let state = states(&test, member.person, NoticeKind::Announcement).await;
        assert_eq!(state, [(State::Suppressed, Some("MUTED".to_owned()))]);
    })
    .await;
}

#[tokio::test]
async fn a_link_that_is_not_ours_does_nothing() {
    on_both(async |test| {
        let world = World::open(&test, &Settings::default()).await;
        let member = test.caregiver().await;
        let token = world
            .app
            .notices
            .off_token(member.person, Mute::Reminders)
            .await
            .unwrap();
        let mut changed = Vec::new();
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            changed.push(String::from_utf8(other).unwrap());
        }
        changed.extend(["x".to_owned(), "A".repeat(44), "A".repeat(5_000)]);
        for wrong in changed {
            for method in [Method::GET, Method::POST] {
                let answer = tap(&world, method, &wrong, "").await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
            }
        }
        let asked = world
            .call(Some(&member), "noticePreferences", json!({}))
            .await;
        assert_eq!(asked.data("noticePreferences.muted"), &json!([]));
    })
    .await;
}

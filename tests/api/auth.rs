//! Accounts, devices and standings, on both databases.

use std::collections::HashSet;

use chrono::Duration;
use entity::standing::StandingKind;
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;
use vun::{
    auth::{SignIn, SignUp, Target, rate::RateLimits},
    error::Error,
};

use crate::accounts::*;

const SESSION: &str = "session { accessToken refreshToken expiresAt }";

#[tokio::test]
async fn bad_sign_ups_are_refused_with_the_field_and_nothing_is_written() {
    on_both(async |app| {
        app.caregiver("me.bong").await;
        let before = app.rows().await;
        let unknown = Uuid::now_v7().to_string();
        for (change, code, field) in [
            (json!({ "login": "ME.BONG" }), "TAKEN", "login"),
            (json!({ "login": "mẹ bống" }), "INVALID", "login"),
            (json!({ "login": "ab" }), "INVALID", "login"),
            (json!({ "login": "abc\u{0}" }), "INVALID", "login"),
            (json!({ "password": "1234567" }), "INVALID", "password"),
            (json!({ "password": "Me.Bong.2" }), "INVALID", "password"),
            (json!({ "password": "matkhau123" }), "INVALID", "password"),
            (
                json!({ "password": "x".repeat(10_000) }),
                "INVALID",
                "password",
            ),
            (json!({ "fullName": "  " }), "REQUIRED", "fullName"),
            (json!({ "fullName": "An\u{0}" }), "INVALID", "fullName"),
            (json!({ "fullName": "An\u{202e}" }), "INVALID", "fullName"),
            (
                json!({ "fullName": "A".repeat(201) }),
                "INVALID",
                "fullName",
            ),
            (
                json!({ "areaId": app.places.closed.to_string() }),
                "CLOSED",
                "areaId",
            ),
            (
                json!({ "areaId": app.places.province.to_string() }),
                "INVALID",
                "areaId",
            ),
            (json!({ "areaId": unknown }), "NOT_FOUND", "areaId"),
            (json!({ "areaId": "25978" }), "INVALID", "areaId"),
            (json!({ "audiences": [] }), "REQUIRED", "audiences"),
            (json!({ "language": "km" }), "INVALID", "language"),
            (
                json!({ "consentTextVersion": "1999-01" }),
                "INVALID",
                "consentTextVersion",
            ),
            (json!({ "device": "Máy\u{0}" }), "INVALID", "device"),
            (json!({ "id": "1" }), "INVALID", "id"),
            (json!({ "id": Uuid::nil().to_string() }), "INVALID", "id"),
        ] {
            let mut input = app.sign_up_input("me.bong.2");
            for (name, value) in change.as_object().unwrap() {
                input[name] = value.clone();
            }
            let payload = app.mutate(None, "signUp", input, SESSION).await;
            assert_eq!(payload["session"], Value::Null);
            let expected = [(code.to_owned(), field.to_owned())];
            assert_eq!(complaints(&payload), expected, "{change} {payload}");
        }
        let mut input = app.sign_up_input("x");
        input["areaId"] = json!(app.places.closed.to_string());
        input["fullName"] = json!("");
        let payload = app.mutate(None, "signUp", input, SESSION).await;
        assert_eq!(complaints(&payload).len(), 3, "every complaint at once");
        let (atlas, today) = (app.areas.atlas(), app.areas.today());
        let successor = atlas.name(app.places.commune, today).to_owned();
        let closed = payload["userErrors"].as_array().unwrap().last().unwrap();
        assert!(closed["message"].as_str().unwrap().contains(&successor));
        assert_eq!(app.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn a_sign_up_sent_again_is_answered_and_nothing_is_taken_for_granted() {
    on_both(async |app| {
        let mut input = app.sign_up_input("me.bong");
        input["id"] = json!(Uuid::now_v7().to_string());
        input["consents"] = json!([]);
        let fields = "session { accessToken refreshToken } viewer { account { id } person { id consents { id } } }";
        let first = app.mutate(None, "signUp", input.clone(), fields).await;
        assert_eq!(first["viewer"]["person"]["id"], input["id"]);
        assert_eq!(first["viewer"]["person"]["consents"], json!([]));
        let (persons, accounts) = (app.count("person").await, app.count("account").await);
        let again = app.mutate(None, "signUp", input.clone(), fields).await;
        assert_eq!(again["viewer"], first["viewer"]);
        assert!(app.auth.viewer(Some(&tokens(&again).0)).await.is_ok());
        for stranger in [json!({ "password": "Nắng rồi nhé" }), json!({ "id": Uuid::now_v7().to_string() }), json!({ "id": null })] {
            let mut theirs = input.clone();
            for (name, value) in stranger.as_object().unwrap() {
                theirs[name] = value.clone();
            }
            let refused = app.mutate(None, "signUp", theirs, fields).await;
            assert_eq!(complaints(&refused), [("TAKEN".to_owned(), "login".to_owned())]);
        }
        let mut same_id = input.clone();
        same_id["login"] = json!("me.khac");
        let refused = app.mutate(None, "signUp", same_id, fields).await;
        assert_eq!(complaints(&refused), [("TAKEN".to_owned(), "id".to_owned())]);
        assert_eq!((app.count("person").await, app.count("account").await), (persons, accounts));
    })
    .await;
}

#[tokio::test]
async fn one_of_many_sign_ups_for_one_login_wins() {
    on_both(async |app| {
        let many =
            (0..8).map(|_| app.mutate(None, "signUp", app.sign_up_input("me.bong"), SESSION));
        let answers = join_all(many).await;
        let won = answers
            .iter()
            .filter(|answer| answer["session"].is_object());
        assert_eq!(won.count(), 1);
        assert_eq!(app.count("person").await, 1);
        assert_eq!(app.count("account").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_unknown_login_a_wrong_password_and_a_disabled_account_answer_the_same() {
    on_both(async |app| {
        app.caregiver("me.bong").await;
        app.caregiver("me.khoa").await;
        app.auth
            .disable(&Target::Login("me.khoa".to_owned()))
            .await
            .unwrap();
        let before = app.rows().await;
        let mut answers = HashSet::new();
        for (login, password) in [
            ("me.bong", "Nắng rồi nhé"),
            ("nobody", PASSWORD),
            ("not a login", PASSWORD),
            ("", ""),
            ("me.khoa", PASSWORD),
            ("me.bong\u{0}", PASSWORD),
        ] {
            let input = json!({ "login": login, "password": password });
            let payload = app.mutate(None, "signIn", input, SESSION).await;
            answers.insert(payload.to_string());
            assert_eq!(
                complaints(&payload),
                [("WRONG_CREDENTIALS".to_owned(), String::new())]
            );
        }
        assert_eq!(answers.len(), 1);
        assert_eq!(app.rows().await, before);
        let input = json!({ "login": " Me.BONG ", "password": PASSWORD });
        assert!(app.mutate(None, "signIn", input, SESSION).await["session"].is_object());
    })
    .await;
}

impl Accounts {
    async fn refresh(&self, refresh_token: &str) -> Option<(String, String)> {
        let input = json!({ "refreshToken": refresh_token });
        let payload = self.mutate(None, "refreshSession", input, SESSION).await;
        if payload.is_array() {
            assert_eq!(code(&payload), "UNAUTHENTICATED");
            return None;
        }
        Some(tokens(&payload))
    }

    async fn is_good(&self, access_token: &str) -> bool {
        match self.auth.viewer(Some(access_token)).await {
            Ok(viewer) => viewer.is_some(),
            Err(Error::Unauthenticated) => false,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_refresh_token_is_traded_once_and_its_access_token_ends_with_it() {
    on_both(async |app| {
        let (access_1, refresh_1) = app.caregiver("me.bong").await;
        assert!(app.is_good(&access_1).await);
        let (access_2, refresh_2) = app.refresh(&refresh_1).await.unwrap();
        assert!(!app.is_good(&access_1).await);
        assert!(app.is_good(&access_2).await);
        app.clock.advance(Duration::minutes(59));
        assert!(app.is_good(&access_2).await);
        app.clock.advance(Duration::minutes(1));
        assert!(!app.is_good(&access_2).await);
        let (access_3, _) = app.refresh(&refresh_2).await.unwrap();
        assert!(app.is_good(&access_3).await);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_answered_again() {
    on_both(async |app| {
        let (_, refresh_1) = app.caregiver("me.bong").await;
        let lost = app.refresh(&refresh_1).await.unwrap();
        let at_once = app.refresh(&refresh_1).await.unwrap();
        assert_eq!(lost, at_once);
        app.clock.advance(Duration::hours(30));
        let later = app.refresh(&refresh_1).await.unwrap();
        assert_ne!(later, at_once);
        assert!(!app.is_good(&at_once.0).await);
        assert_eq!(app.refresh(&at_once.1).await, None);
        assert!(app.is_good(&later.0).await);
        assert!(app.refresh(&later.1).await.is_some());
        assert_eq!(
            app.count("session WHERE used_at IS NULL AND revoked_at IS NULL")
                .await,
            1
        );
    })
    .await;
}

#[tokio::test]
async fn a_replay_signs_the_device_out_and_no_other() {
    on_both(async |app| {
        let (_, refresh_1) = app.caregiver("me.bong").await;
        let other_device = app.sign_in("me.bong").await;
        // Used by asking something.
        let (access_2, refresh_2) = app.refresh(&refresh_1).await.unwrap();
        assert!(app.is_good(&access_2).await);
        assert_eq!(app.refresh(&refresh_1).await, None);
        assert!(!app.is_good(&access_2).await);
        assert_eq!(app.refresh(&refresh_2).await, None);
        assert!(app.is_good(&other_device).await);
        // Used by trading on.
        let input = json!({ "login": "me.bong", "password": PASSWORD });
        let (_, refresh_1) = tokens(&app.mutate(None, "signIn", input, SESSION).await);
        let (_, refresh_2) = app.refresh(&refresh_1).await.unwrap();
        let (access_3, _) = app.refresh(&refresh_2).await.unwrap();
        assert_eq!(app.refresh(&refresh_1).await, None);
        assert!(!app.is_good(&access_3).await);
    })
    .await;
}

#[tokio::test]
async fn fifty_refreshes_at_once_leave_one_live_pair() {
    on_both(async |app| {
        let (_, refresh) = app.caregiver("me.bong").await;
        let answers = join_all((0..50).map(|_| app.refresh(&refresh))).await;
        let pairs: HashSet<_> = answers.into_iter().flatten().collect();
        assert_eq!(pairs.len(), 1);
        let (access, refresh) = pairs.into_iter().next().unwrap();
        assert!(app.is_good(&access).await);
        assert_eq!(
            app.count("session WHERE used_at IS NULL AND revoked_at IS NULL")
                .await,
            1
        );
        assert_eq!(app.count("session").await, 2);
        assert!(app.refresh(&refresh).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn expired_unknown_and_broken_tokens_are_refused() {
    on_both(async |app| {
        let (access, refresh) = app.caregiver("me.bong").await;
        let long = "A".repeat(100_000);
        for broken in [
            "",
            "é",
            "null",
            &long,
            &"A".repeat(43),
            &access,
            &format!("{refresh}="),
        ] {
            assert_eq!(app.refresh(broken).await, None);
        }
        for broken in ["", "é", &long, &"A".repeat(43), &refresh] {
            assert!(!app.is_good(broken).await);
        }
        assert!(app.auth.viewer(None).await.unwrap().is_none());
        app.clock.advance(Duration::days(90));
        assert_eq!(app.refresh(&refresh).await, None);
        app.auth.forget_old().await.unwrap();
        app.clock.advance(Duration::seconds(1));
        app.auth.forget_old().await.unwrap();
        assert_eq!(app.count("session").await, 0);
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_device_at_once_and_can_be_sent_again() {
    on_both(async |app| {
        let (access, refresh) = app.caregiver("me.bong").await;
        let second = app.sign_in("me.bong").await;
        let third = app.sign_in("me.bong").await;
        assert!(app.is_good(&access).await && app.is_good(&second).await);
        for _ in 0..2 {
            let input = json!({ "refreshToken": refresh });
            let payload = app
                .mutate(Some(&access), "signOut", input, "viewer { account { id } }")
                .await;
            assert_eq!(payload, json!({ "viewer": null, "userErrors": [] }));
            assert!(!app.is_good(&access).await);
            assert_eq!(app.refresh(&refresh).await, None);
        }
        assert!(app.is_good(&second).await);
        let visitor = app
            .mutate(None, "signOut", json!({}), "viewer { account { id } }")
            .await;
        assert_eq!(code(&visitor), "UNAUTHENTICATED");
        let unknown = json!({ "refreshToken": "A".repeat(43) });
        let nobody = app
            .mutate(None, "signOut", unknown, "viewer { account { id } }")
            .await;
        assert_eq!(nobody["userErrors"], json!([]));
        let everywhere = json!({ "everywhere": true });
        app.mutate(
            Some(&second),
            "signOut",
            everywhere,
            "viewer { account { id } }",
        )
        .await;
        assert!(!app.is_good(&second).await && !app.is_good(&third).await);
    })
    .await;
}

#[tokio::test]
async fn the_device_signed_in_longest_makes_room_for_the_twenty_first() {
    on_both(async |app| {
        let (first, _) = app.caregiver("me.bong").await;
        assert!(app.is_good(&first).await);
        let mut last = String::new();
        for _ in 0..20 {
            app.clock.advance(Duration::milliseconds(2));
            last = app.sign_in("me.bong").await;
        }
        assert!(!app.is_good(&first).await);
        assert!(app.is_good(&last).await);
        assert_eq!(app.count("session WHERE revoked_at IS NULL").await, 20);
    })
    .await;
}

#[tokio::test]
async fn guesses_are_counted_across_nodes_and_lock_out_nobody_who_was_there_before() {
    on_both(async |app| {
        let (owner, stranger) = (Some("nha-cua-me"), None);
        let mut input = app.sign_up_input("me.bong");
        input["device"] = json!(owner);
        app.mutate(None, "signUp", input, SESSION).await;
        let limits = RateLimits {
            stranger_guesses_per_hour: 4,
            known_guesses_per_hour: 2,
            ..RateLimits::default()
        };
        let nodes = [app.node(limits), app.node(limits)];
        let attempt = async |node: usize, login: &str, password: &str, device: Option<&str>| {
            let told = SignIn {
                login: login.to_owned(),
                password: password.to_owned().into(),
                device: device.map(str::to_owned),
            };
            match nodes[node].sign_in(told, None).await {
                Ok(_) => "in",
                Err(Error::User(_)) => "wrong",
                Err(Error::RateLimited {
                    retry_after: 1..=3600,
                }) => "limited",
                Err(other) => panic!("{other:?}"),
            }
        };
        for login in ["me.bong", "nobody"] {
            let guesses = (0..8).map(|number| attempt(number % 2, login, "Nắng rồi nhé", stranger));
            let mut outcomes = join_all(guesses).await;
            outcomes.sort_unstable();
            let expected = [
                "limited", "limited", "limited", "limited", "wrong", "wrong", "wrong", "wrong",
            ];
            assert_eq!(outcomes, expected, "{login}");
        }
        assert_eq!(attempt(0, "me.bong", PASSWORD, stranger).await, "limited");
        for _ in 0..3 {
            assert_eq!(
                attempt(1, "me.bong", PASSWORD, owner).await,
                "in",
                "the right password is no guess"
            );
        }
        assert_eq!(attempt(0, "me.bong", "Nắng rồi nhé", owner).await, "wrong");
        assert_eq!(attempt(1, "me.bong", "Nắng rồi nhé", owner).await, "wrong");
        assert_eq!(attempt(0, "me.bong", PASSWORD, owner).await, "limited");
        app.clock.advance(Duration::hours(1));
        assert_eq!(attempt(0, "me.bong", PASSWORD, stranger).await, "in");
        app.clock.advance(Duration::hours(3));
        app.auth.forget_old().await.unwrap();
        assert_eq!(app.count("sign_in_attempt").await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_tries_too_often_is_told_to_come_back() {
    on_both(async |app| {
        let query = "mutation { signIn(input: { login: \"nobody\", password: \"x\" }) { userErrors { code } } }";
        let mut codes = HashSet::new();
        for _ in 0..21 {
            let answer = app.send_from(Some("203.0.113.7"), None, query, json!({})).await;
            if let Some(error) = answer["errors"].get(0) {
                assert!(error["extensions"]["retryAfterSeconds"].as_u64().unwrap() > 0);
                codes.insert(error["extensions"]["code"].to_string());
            }
        }
        assert_eq!(codes, HashSet::from(["\"RATE_LIMITED\"".to_owned()]));
        let other = app.send_from(Some("203.0.113.8"), None, query, json!({})).await;
        assert!(other["errors"].is_null(), "{other}");
    })
    .await;
}

const STANDING: &str = "standing { id accountId kind areaId fromOn toOn }";

#[tokio::test]
async fn an_administrator_grants_within_her_area_and_nothing_else() {
    on_both(async |app| {
        let (_, admin) = app.with_standing("qt.tinh", StandingKind::Administrator, app.places.province).await;
        let (_, national) = app.with_standing("qt.nuoc", StandingKind::Administrator, app.places.country).await;
        app.caregiver("me.bong").await;
        let mut far = app.sign_up_input("me.xa");
        far["areaId"] = json!(app.places.far_commune.to_string());
        app.mutate(None, "signUp", far, SESSION).await;
        let before = app.rows().await;
        let input = |login: &str, kind: &str, area: entity::ids::AreaId| {
            json!({ "login": login, "kind": kind, "areaId": area.to_string() })
        };
        let with = |mut input: Value, more: Value| {
            for (name, value) in more.as_object().unwrap() {
                input[name] = value.clone();
            }
            input
        };
        let trainer = |area| input("me.bong", "TRAINER", area);
        for (input, code, field) in [
            (trainer(app.places.far_province), "NOT_FOUND", "areaId"),
            (trainer(app.places.country), "NOT_FOUND", "areaId"),
            (trainer(entity::ids::AreaId(Uuid::now_v7())), "NOT_FOUND", "areaId"),
            (input("me.xa", "TRAINER", app.places.commune), "NOT_FOUND", "login"),
            (input("nobody", "TRAINER", app.places.commune), "NOT_FOUND", "login"),
            (input("me.bong", "EDITOR", app.places.province), "INVALID", "areaId"),
            (trainer(app.places.closed), "CLOSED", "areaId"),
            (with(trainer(app.places.commune), json!({ "fromOn": "2026-11-21" })), "DATE_OUT_OF_RANGE", "fromOn"),
            (with(trainer(app.places.commune), json!({ "toOn": "2026-11-22" })), "DATE_OUT_OF_RANGE", "toOn"),
            (with(trainer(app.places.commune), json!({ "accountId": Uuid::now_v7().to_string() })), "REQUIRED", "accountId"),
            (with(trainer(app.places.commune), json!({ "id": "x" })), "INVALID", "id"),
        ] {
            let payload = app.mutate(Some(&admin), "grantStanding", input.clone(), STANDING).await;
            assert_eq!(complaints(&payload), [(code.to_owned(), field.to_owned())], "{input}");
        }
        let (token, _) = app.caregiver("me.na").await;
        let before = { let mut rows = app.rows().await; assert_ne!(rows, before); rows.truncate(11); rows };
        let refused = app.mutate(Some(&token), "grantStanding", trainer(app.places.commune), STANDING).await;
        assert_eq!(code(&refused), "FORBIDDEN");
        let visitor = app.mutate(None, "revokeStanding", json!({ "id": Uuid::now_v7().to_string() }), STANDING).await;
        assert_eq!(code(&visitor), "UNAUTHENTICATED");
        assert_eq!(app.rows().await, before);
        let editor = input("me.xa", "EDITOR", app.places.country);
        let granted = app.mutate(Some(&national), "grantStanding", editor, STANDING).await;
        assert_eq!(granted["standing"]["kind"], "EDITOR", "{granted}");
    })
    .await;
}

#[tokio::test]
async fn a_standing_counts_from_the_next_request_until_it_is_revoked() {
    on_both(async |app| {
        let (administrator, admin) = app.with_standing("qt.tinh", StandingKind::Administrator, app.places.province).await;
        let (token, _) = app.caregiver("me.bong").await;
        let kinds = async || -> Vec<StandingKind> {
            let viewer = app.auth.viewer(Some(&token)).await.unwrap().unwrap();
            viewer.standings().iter().map(|standing| standing.kind).collect()
        };
        assert_eq!(kinds().await, []);
        let id = Uuid::now_v7().to_string();
        let grant = json!({ "id": id, "login": "me.bong", "kind": "TRAINER", "areaId": app.places.commune.to_string() });
        let granted = app.mutate(Some(&admin), "grantStanding", grant.clone(), STANDING).await;
        assert_eq!(granted["userErrors"], json!([]), "{granted}");
        assert_eq!(granted, app.mutate(Some(&admin), "grantStanding", grant.clone(), STANDING).await);
        let mut unnamed = grant.clone();
        unnamed.as_object_mut().unwrap().remove("id");
        assert_eq!(granted, app.mutate(Some(&admin), "grantStanding", unnamed, STANDING).await);
        let mut other = grant.clone();
        other["kind"] = json!("SUPERVISOR");
        let refused = app.mutate(Some(&admin), "grantStanding", other, STANDING).await;
        assert_eq!(complaints(&refused), [("TAKEN".to_owned(), "id".to_owned())]);
        assert_eq!(kinds().await, [StandingKind::Trainer]);
        let viewer = app.auth.viewer(Some(&token)).await.unwrap().unwrap();
        assert!(viewer.trainer().is_ok());
        assert!(matches!(viewer.supervisor(), Err(Error::Forbidden)));
        let later = json!({ "login": "me.bong", "kind": "SUPERVISOR", "areaId": app.places.commune.to_string(), "fromOn": "2026-11-23", "toOn": "2026-11-25" });
        app.mutate(Some(&admin), "grantStanding", later, STANDING).await;
        assert_eq!(kinds().await, [StandingKind::Trainer]);
        app.day("2026-11-22T17:00:00Z");
        let token = app.sign_in("me.bong").await;
        let admin = app.sign_in("qt.tinh").await;
        let kinds = async |token: &str| -> Vec<StandingKind> {
            let viewer = app.auth.viewer(Some(token)).await.unwrap().unwrap();
            viewer.standings().iter().map(|standing| standing.kind).collect()
        };
        assert_eq!(kinds(&token).await, [StandingKind::Trainer, StandingKind::Supervisor]);
        let revoked = app.mutate(Some(&admin), "revokeStanding", json!({ "id": id }), STANDING).await;
        assert_eq!(revoked["standing"]["toOn"], "2026-11-23");
        assert_eq!(kinds(&token).await, [StandingKind::Supervisor]);
        assert_eq!(revoked, app.mutate(Some(&admin), "revokeStanding", json!({ "id": id }), STANDING).await);
        let again = app.mutate(Some(&admin), "grantStanding", grant, STANDING).await;
        assert_eq!(again, revoked, "a grant sent again late does not bring it back");
        app.day("2026-11-25T03:00:00Z");
        let token = app.sign_in("me.bong").await;
        assert_eq!(kinds(&token).await, []);
        app.auth.audit().flush().await.unwrap();
        assert!(app.count("audit_log").await >= 5);
        let theirs = format!("audit_log WHERE account_id <> '{administrator}'");
        if app.db.backend() == sea_orm::DbBackend::Postgres {
            assert_eq!(app.count(&theirs).await, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_supervisor_sees_the_areas_below_hers_and_learns_of_no_other() {
    on_both(async |app| {
        let (_, token) = app
            .with_standing("gs.tinh", StandingKind::Supervisor, app.places.province)
            .await;
        let viewer = app.auth.viewer(Some(&token)).await.unwrap().unwrap();
        let (supervisor, atlas) = (viewer.supervisor().unwrap(), app.areas.atlas());
        for area in [
            app.places.province,
            app.places.commune,
            app.places.closed,
            app.places.closed,
        ] {
            let scope = supervisor.scope(&atlas, area).unwrap();
            assert_eq!(scope.area(), area);
            assert!(!scope.is_own_commune());
        }
        for area in [
            app.places.country,
            app.places.far_province,
            app.places.far_commune,
            entity::ids::AreaId(Uuid::now_v7()),
        ] {
            assert!(matches!(
                supervisor.scope(&atlas, area),
                Err(Error::NotFound)
            ));
        }
        let (_, token) = app
            .with_standing("gs.phuong", StandingKind::Supervisor, app.places.commune)
            .await;
        let viewer = app.auth.viewer(Some(&token)).await.unwrap().unwrap();
        let scope = viewer
            .supervisor()
            .unwrap()
            .scope(&atlas, app.places.commune)
            .unwrap();
        assert!(scope.is_own_commune());
        assert_eq!(scope.account(), viewer.account());
    })
    .await;
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_on_every_node_that_asks() {
    on_both(async |app| {
        let (access, refresh) = app.caregiver("me.bong").await;
        assert!(app.is_good(&access).await);
        app.auth
            .disable(&Target::Login("me.bong".to_owned()))
            .await
            .unwrap();
        assert!(!app.is_good(&access).await);
        let other_node = app.node(RateLimits::default());
        assert!(matches!(
            other_node.viewer(Some(&access)).await,
            Err(Error::Unauthenticated)
        ));
        assert_eq!(app.refresh(&refresh).await, None);
        let nobody = app.auth.disable(&Target::Login("nobody".to_owned())).await;
        assert!(matches!(nobody, Err(Error::User(_))));
    })
    .await;
}

#[tokio::test]
async fn every_audit_row_is_committed_before_a_flush_returns() {
    on_both(async |app| {
        let account = entity::ids::AccountId(Uuid::now_v7());
        let records = (0..1500).map(|_| {
            let subjects = [Uuid::now_v7(), Uuid::now_v7()];
            app.auth.audit().record(account, "group", subjects)
        });
        for recorded in join_all(records).await {
            recorded.unwrap();
        }
        app.auth.audit().flush().await.unwrap();
        assert_eq!(app.count("audit_log").await, 1500);
    })
    .await;
}

#[tokio::test]
async fn secrets_are_printed_nowhere() {
    on_both(async |app| {
        let told = SignUp {
            id: None,
            login: "me.bong".to_owned(),
            password: PASSWORD.to_owned().into(),
            full_name: "Gia đình mẫu 1".to_owned(),
            area: app.places.commune,
            audiences: vec![vun::people::household::Audience::Caregiver],
            consents: Vec::new(),
            text_version: None,
            language: "vi".to_owned(),
            device: None,
        };
        let printed_input = format!("{told:?}");
        let (session, viewer) = app.auth.sign_up(told, None).await.unwrap();
        use sea_orm::EntityTrait;
        use secrecy::ExposeSecret;
        let rows = entity::session::Entity::find()
            .all(app.db.write())
            .await
            .unwrap();
        let accounts = entity::account::Entity::find()
            .all(app.db.write())
            .await
            .unwrap();
        let printed = format!("{printed_input} {session:?} {viewer:?} {rows:?} {accounts:?}");
        for secret in [
            PASSWORD,
            session.access_token.expose_secret(),
            session.refresh_token.expose_secret(),
            "$argon2id$",
            &format!("{:?}", rows[0].access_hash.0),
        ] {
            assert!(!printed.contains(secret), "{secret}");
        }
        assert!(accounts[0].password_hash.0.starts_with("$argon2id$"));
    })
    .await;
}

#[tokio::test]
async fn a_password_hashed_at_another_cost_is_hashed_again_at_sign_in() {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    on_both(async |app| {
        app.caregiver("me.bong").await;
        let cheap = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(64, 1, 1, None).unwrap(),
        );
        let hash = cheap
            .hash_password(PASSWORD.as_bytes())
            .unwrap()
            .to_string();
        run(
            &app.db,
            "UPDATE account SET password_hash = $1",
            [hash.into()],
        )
        .await;
        app.sign_in("me.bong").await;
        let todays = "account WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
        assert_eq!(app.count(todays).await, 1);
        app.sign_in("me.bong").await;
    })
    .await;
}

#[tokio::test]
async fn every_type_field_and_argument_is_described() {
    on_both(async |app| {
        let answer = app
            .send(
                None,
                "{ __schema { types { name description
                    fields(includeDeprecated: true) { name description args { name description } }
                    inputFields { name description } enumValues { name description } } } }",
                json!({}),
            )
            .await;
        let mut silent = Vec::new();
        for kind in answer["data"]["__schema"]["types"].as_array().unwrap() {
            let name = kind["name"].as_str().unwrap();
            if name.starts_with("__") || name == "ID" {
                continue;
            }
            let mut look = |path: String, thing: &Value| {
                if thing["description"].as_str().is_none_or(str::is_empty) {
                    silent.push(path);
                }
            };
            if !["Query", "Mutation"].contains(&name) {
                look(name.to_owned(), kind);
            }
            for list in ["fields", "inputFields", "enumValues"] {
                for part in kind[list].as_array().into_iter().flatten() {
                    look(format!("{name}.{}", part["name"]), part);
                    for argument in part["args"].as_array().into_iter().flatten() {
                        look(
                            format!("{name}.{}.{}", part["name"], argument["name"]),
                            argument,
                        );
                    }
                }
            }
        }
        assert_eq!(silent, Vec::<String>::new());
    })
    .await;
}

//! What each channel is handed, over real SMTP and HTTP: words that may be seen on a locked screen, and a signature.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{delivery::DeliveryState as State, notice::NoticeKind, push_token};
use hmac::{Hmac, Mac};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use sha2::Sha256;
use vun::config::Settings;

use super::world::{
    KEY, Relay, Reply, Web, World, give_phone, group_of, states, with_gateway, with_relay,
};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

const TEXT: &str = "Thứ năm 9 giờ, mang theo sổ.";

/// The trainer of a group of one, who tells it something.
async fn announced(test: &TestApp, world: &World, member: &Actor) -> Actor {
    let trainer = test.trainer(test.ward()).await;
    let group = group_of(world, &trainer, &[member.person], test).await;
    let input = json!({ "groupId": group, "text": TEXT });
    world.done(Some(&trainer), "announceToGroup", input).await;
    trainer
}

#[tokio::test]
async fn the_gateway_gets_a_signed_request_that_gives_nothing_away() {
    on_both(async |test| {
        let web = Web::start().await;
        let world = World::open(&test, &with_gateway(&web)).await;
        let member = test.caregiver().await;
        give_phone(&test, member.person, "+84912345678").await;
        announced(&test, &world, &member).await;
        assert_eq!(world.send().await, 1);
        let got = web.got();
        let [got] = &got[..] else {
            panic!("one request: {got:?}");
        };
        let body = got.json();
        assert_eq!(body["to"], "+84912345678");
        assert_eq!(
            (&body["kind"], &body["language"]),
            (&json!("ANNOUNCEMENT"), &json!("vi"))
        );
        assert_eq!(body["text"], "Bạn có tin nhắn từ hướng dẫn viên.");
        assert!(
            !got.body.contains("sổ"),
            "no words of the trainer on a locked screen"
        );
        let signature = got.headers["x-vun-signature"].to_str().unwrap();
        let (seconds, signed) = signature
            .strip_prefix("t=")
            .unwrap()
            .split_once(",v1=")
            .unwrap();
        assert_eq!(seconds, test.clock.now().timestamp().to_string());
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(KEY.as_bytes()).unwrap();
        let mac = mac
            .chain_update(format!("{seconds}.{}", got.body))
            .finalize();
        let hex: String = mac
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(signed, hex);
    })
    .await;
}

/// Gives somebody a verified e-mail address, by the code that is sent to it.
pub async fn verify_email(world: &World, relay: &Relay, actor: &Actor, email: &str) {
    let told = world
        .done(Some(actor), "saveContactEmail", json!({ "email": email }))
        .await;
    assert_eq!(
        told.data("saveContactEmail.preferences.emailVerified"),
        false
    );
    world.send().await;
    let (to, message) = relay.got().pop().expect("a mail with the code");
    assert_eq!(to, format!("<{email}>"));
    let code = code_in(&message);
    let shown = world
        .done(Some(actor), "confirmContactEmail", json!({ "code": code }))
        .await;
    assert_eq!(
        shown.data("confirmContactEmail.preferences.emailVerified"),
        true
    );
}

/// The text of a mail, decoded.
pub fn text_of(message: &str) -> String {
    let (head, body) = message.split_once("\n\n").expect("a head and a body");
    if head
        .to_lowercase()
        .contains("content-transfer-encoding: base64")
    {
        let joined: String = body.split_whitespace().collect();
        let bytes = base64::engine::general_purpose::STANDARD.decode(joined);
        return String::from_utf8(bytes.unwrap()).unwrap();
    }
    if !head.to_lowercase().contains("quoted-printable") {
        return body.to_owned();
    }
    let joined = body.replace("=\n", "");
    let (mut bytes, mut rest) = (Vec::new(), joined.bytes());
    while let Some(byte) = rest.next() {
        if byte != b'=' {
            bytes.push(byte);
            continue;
        }
        let hex = [rest.next().unwrap(), rest.next().unwrap()];
        let hex = std::str::from_utf8(&hex).unwrap();
        bytes.push(u8::from_str_radix(hex, 16).unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

/// The code of eight digits in a mail or a text.
pub fn code_in(message: &str) -> String {
    let text = match message.contains("\n\n") {
        true => text_of(message),
        false => message.to_owned(),
    };
    let mut words = text.split(|c: char| !c.is_ascii_digit());
    let code = words.find(|word| word.len() == 8);
    code.unwrap_or_else(|| panic!("no code in {text}"))
        .to_owned()
}

#[tokio::test]
async fn an_e_mail_holds_the_message_and_the_link_to_turn_it_off() {
    on_both(async |test| {
        let relay = Relay::start().await;
        let world = World::open(&test, &with_relay(&relay)).await;
        let member = test.caregiver().await;
        verify_email(&world, &relay, &member, "me@example.vn").await;
        announced(&test, &world, &member).await;
        assert_eq!(world.send().await, 1);
        let (to, message) = relay.got().pop().unwrap();
        assert_eq!(to, "<me@example.vn>");
        let text = text_of(&message);
        assert!(
            text.starts_with("Bạn có tin nhắn từ hướng dẫn viên."),
            "{text}"
        );
        assert!(
            text.contains(TEXT) && text.contains("https://vun.example/off/"),
            "{text}"
        );
        let head = message.split_once("\n\n").unwrap().0.replace("\n ", " ");
        assert!(
            head.contains("List-Unsubscribe: <https://vun.example/off/"),
            "{head}"
        );
        assert!(
            head.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
            "{head}"
        );
        assert!(!head.contains("sổ"), "{head}");
        let state = states(&test, member.person, NoticeKind::Announcement).await;
        assert_eq!(state, [(State::Sent, None)]);
    })
    .await;
}

#[tokio::test]
async fn nothing_but_the_code_goes_to_an_address_that_was_not_shown_to_be_hers() {
    on_both(async |test| {
        let relay = Relay::start().await;
        let world = World::open(&test, &with_relay(&relay)).await;
        let member = test.caregiver().await;
        let input = json!({ "email": "me@example.vn" });
        world
            .done(Some(&member), "saveContactEmail", input.clone())
            .await;
        announced(&test, &world, &member).await;
        world.send().await;
        assert_eq!(relay.got().len(), 1, "the code alone");
        let state = states(&test, member.person, NoticeKind::Announcement).await;
        assert_eq!(state, [(State::Suppressed, Some("NO_CHANNEL".to_owned()))]);
        // Asking again at once sends no second code.
        let again = world
            .call(Some(&member), "saveContactEmail", json!({ "input": input }))
            .await;
        assert_eq!(
            again.user_errors("saveContactEmail"),
            [("TOO_MANY", "email")]
        );
        let right = code_in(&relay.got()[0].1);
        let wrong = if right == "00000000" {
            "00000001"
        } else {
            "00000000"
        };
        for _ in 0..5 {
            let answer = world
                .call(
                    Some(&member),
                    "confirmContactEmail",
                    json!({ "input": { "code": wrong } }),
                )
                .await;
            assert_eq!(
                answer.user_errors("confirmContactEmail"),
                [("NOT_FOUND", "code")]
            );
        }
        // Five tries are all there are.
        let answer = world
            .call(
                Some(&member),
                "confirmContactEmail",
                json!({ "input": { "code": right } }),
            )
            .await;
        assert_eq!(
            answer.user_errors("confirmContactEmail"),
            [("NOT_FOUND", "code")]
        );
    })
    .await;
}

#[tokio::test]
async fn an_address_that_could_become_a_header_is_refused() {
    on_both(async |test| {
        let relay = Relay::start().await;
        let world = World::open(&test, &with_relay(&relay)).await;
        let member = test.caregiver().await;
        for wrong in [
            "me@example.vn\r\nBcc: all@example.vn",
            "Tên <me@example.vn>",
            "me@localhost",
        ] {
            let answer = world
                .call(
                    Some(&member),
                    "saveContactEmail",
                    json!({ "input": { "email": wrong } }),
                )
                .await;
            assert_eq!(
                answer.user_errors("saveContactEmail"),
                [("INVALID", "email")]
            );
        }
        assert_eq!(world.send().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_relay_that_is_busy_is_tried_again_and_one_that_refuses_is_not() {
    on_both(async |test| {
        let relay = Relay::start().await;
        let world = World::open(&test, &with_relay(&relay)).await;
        let member = test.caregiver().await;
        verify_email(&world, &relay, &member, "me@example.vn").await;
        announced(&test, &world, &member).await;
        relay.refuse(Some("451 later"));
        world.send().await;
        let state = states(&test, member.person, NoticeKind::Announcement).await;
        assert_eq!(state, [(State::Queued, Some("answered 451".to_owned()))]);
        relay.refuse(Some("550 nobody of that name: me@example.vn"));
        test.clock.advance(chrono::Duration::minutes(1));
        world.send().await;
        let state = states(&test, member.person, NoticeKind::Announcement).await;
        // The reason repeats no address.
        assert_eq!(state, [(State::Failed, Some("answered 550".to_owned()))]);
    })
    .await;
}

/// Settings with a push service whose account was made for this test.
fn with_push(web: &Web, folder: &tempfile::TempDir) -> Settings {
    let file = folder.path().join("account.json");
    let account = json!({
        "type": "service_account", "project_id": "vun-mau", "client_email": "vun@vun-mau.example",
        "private_key": include_str!("push_test_key.pem"), "token_uri": format!("{}/token", web.url),
    });
    std::fs::write(&file, account.to_string()).unwrap();
    Settings {
        fcm_account: Some(file),
        fcm_url: web.url.clone(),
        ..Settings::default()
    }
}

fn granted() -> Reply {
    Reply::Status(
        200,
        json!({ "access_token": "mau", "expires_in": 3600, "token_type": "Bearer" }),
    )
}

async fn register(world: &World, actor: &Actor, device: &str, token: &str) {
    let input = json!({ "deviceId": device, "token": token });
    world.done(Some(actor), "registerPushToken", input).await;
}

#[tokio::test]
async fn a_push_says_only_that_something_changed() {
    on_both(async |test| {
        let (web, folder) = (Web::start().await, tempfile::tempdir().unwrap());
        let world = World::open(&test, &with_push(&web, &folder)).await;
        let member = test.caregiver().await;
        register(&world, &member, "máy mẫu", "device-1").await;
        announced(&test, &world, &member).await;
        web.reply([granted()]);
        world.send().await;
        let got = web.got();
        let [token, push] = &got[..] else {
            panic!("a token, then a push: {got:?}");
        };
        assert_eq!(
            (&*token.path, &*push.path),
            ("/token", "/v1/projects/vun-mau/messages:send")
        );
        let assertion = token.body.split("assertion=").nth(1).unwrap();
        let (signed, signature) = assertion.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let public = include_bytes!("push_test_key.der");
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public[..])
            .verify(signed.as_bytes(), &signature)
            .expect("signed by the account's key");
        let claims = URL_SAFE_NO_PAD
            .decode(signed.split('.').nth(1).unwrap())
            .unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["iss"], "vun@vun-mau.example");
        assert_eq!(claims["exp"], test.clock.now().timestamp() + 3600);
        assert_eq!(push.headers["authorization"], "Bearer mau");
        let message = &push.json()["message"];
        assert_eq!(message["token"], "device-1");
        assert_eq!(message["data"]["change"], "ME");
        let keys: Vec<_> = message["data"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["change", "id"], "nothing else is told");
        assert!(message.get("notification").is_none() && !push.body.contains("tin nhắn"));
        let state = states(&test, member.person, NoticeKind::Announcement).await;
        assert_eq!(state, [(State::Sent, None)]);
    })
    .await;
}

#[tokio::test]
async fn a_device_that_is_gone_or_signed_out_is_pushed_to_no_more() {
    on_both(async |test| {
        let (web, folder) = (Web::start().await, tempfile::tempdir().unwrap());
        let world = World::open(&test, &with_push(&web, &folder)).await;
        let member = test.caregiver().await;
        register(&world, &member, "máy mẫu", "device-1").await;
        announced(&test, &world, &member).await;
        let gone =
            json!({ "error": { "code": 404, "details": [{ "errorCode": "UNREGISTERED" }] } });
        web.reply([granted(), Reply::Status(404, gone)]);
        world.send().await;
        let state = states(&test, member.person, NoticeKind::Announcement).await;
        assert_eq!(state[0].0, State::Failed);
        let left = push_token::Entity::find()
            .count(test.db.write())
            .await
            .unwrap();
        assert_eq!(left, 0);

        // A token belongs to whoever registered it last: a phone that was passed on.
        let other = test.caregiver().await;
        register(&world, &member, "máy mẫu", "device-2").await;
        register(&world, &other, "máy mẫu", "device-2").await;
        let left = push_token::Entity::find()
            .all(test.db.write())
            .await
            .unwrap();
        assert_eq!((left.len(), left[0].account_id), (1, other.account));
        let signed_out = world
            .call(Some(&other), "signOut", json!({ "input": {} }))
            .await;
        assert!(signed_out.errors().is_empty(), "{signed_out}");
        announced(&test, &world, &other).await;
        world.send().await;
        let state = states(&test, other.person, NoticeKind::Announcement).await;
        assert_eq!(state, [(State::Suppressed, Some("NO_CHANNEL".to_owned()))]);
    })
    .await;
}

#[tokio::test]
async fn settings_that_would_send_in_the_clear_or_unsigned_refuse_to_start() {
    on_both(async |test| {
        let gateway = |url: &str, key: Option<&str>| Settings {
            webhook_url: Some(url.to_owned()),
            webhook_key: key.map(Into::into),
            ..Settings::default()
        };
        for wrong in [
            gateway("http://gateway.example/sms", Some(KEY)),
            gateway("https://gateway.example/sms", None),
            gateway("https://gateway.example/sms", Some("ngan")),
            gateway("file:///etc/passwd", Some(KEY)),
            Settings {
                smtp_url: Some("smtps://a:b@relay.example".into()),
                ..Settings::default()
            },
            Settings {
                smtp_url: Some("http://relay.example".into()),
                mail_from: Some("vun@vun.example".to_owned()),
                ..Settings::default()
            },
            Settings {
                fcm_account: Some("/nowhere/account.json".into()),
                ..Settings::default()
            },
            Settings {
                quiet_hours: "21-7".to_owned(),
                ..Settings::default()
            },
            Settings {
                report_periods: "WEEK".to_owned(),
                ..Settings::default()
            },
        ] {
            let opened = vun::app::App::open(test.db.clone(), test.clock.clone(), &wrong).await;
            let error = opened.err().expect("refused");
            let vun::error::Error::Internal(cause) = error else {
                panic!("{error:?}");
            };
            assert!(!cause.to_string().contains("a:b"), "{cause}");
        }
    })
    .await;
}

//! Certificates: made out when a programme's requirement is reached, checked by anyone, and gone with what they rest on.

use axum::{body::Body, http::Request};
use chrono::Duration;
use flate2::read::ZlibDecoder;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::Read as _};
use tower::ServiceExt as _;
use uuid::Uuid;

use super::world::{change, erase};
use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    coverage::{everything, upload, with_child},
    given::{Actor, PASSWORD},
};

async fn programme(app: &TestApp) -> Value {
    let all = app
        .graphql(None, "{ programmes { id code } }", json!({}))
        .await;
    let all = all
        .data("programmes")
        .as_array()
        .expect("programmes")
        .clone();
    let found = all.iter().find(|programme| programme["code"] == "VN1438");
    found.expect("the programme")["id"].clone()
}

async fn check(app: &TestApp, code: &str) -> Value {
    let answer = app
        .graphql(None, &operation("certificate"), json!({ "code": code }))
        .await;
    answer.data("certificate").clone()
}

async fn paper(app: &TestApp, who: &Actor, path: &str) -> (u16, Vec<u8>) {
    let request = Request::get(path)
        .header("authorization", format!("Bearer {}", who.token))
        .body(Body::empty());
    let answer = app
        .router
        .clone()
        .oneshot(request.expect("a request"))
        .await;
    let answer = answer.expect("an answer");
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.expect("a body");
    (status, body.to_bytes().to_vec())
}

/// The text of a page, as a reader that follows the font's own table of characters copies it out.
fn text_of(pdf: &[u8]) -> String {
    let find = |from: usize, what: &[u8]| {
        let rest = pdf.get(from..)?;
        let at = rest.windows(what.len()).position(|window| window == what)?;
        Some(from + at)
    };
    let (mut at, mut streams) = (0, Vec::new());
    while let Some(start) = find(at, b"stream\n") {
        let start = start + 7;
        let Some(end) = find(start, b"\nendstream") else {
            break;
        };
        streams.push(pdf[start..end].to_vec());
        at = end + 10;
    }
    let mut meanings = BTreeMap::new();
    let mut content = Vec::new();
    for stream in streams {
        let text = String::from_utf8_lossy(&stream).into_owned();
        if text.contains("beginbfchar") {
            for line in text.lines().filter(|line| line.starts_with('<')) {
                let parts: Vec<_> = line
                    .split(['<', '>', ' '])
                    .filter(|part| !part.is_empty())
                    .collect();
                if let [glyph, letter] = parts[..]
                    && let (Ok(glyph), Ok(letter)) = (
                        u16::from_str_radix(glyph, 16),
                        u32::from_str_radix(letter, 16),
                    )
                {
                    meanings.insert(glyph, char::from_u32(letter).expect("a character"));
                }
            }
        }
        let mut inflated = Vec::new();
        if ZlibDecoder::new(&stream[..])
            .read_to_end(&mut inflated)
            .is_ok()
            && inflated.windows(2).any(|pair| pair == b"Tf")
        {
            content = inflated;
        }
    }
    // Strings are written as literals in brackets, with escapes, or in hexadecimal.
    let mut text = String::new();
    let mut bytes = content.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let mut string = Vec::new();
        match byte {
            b'(' => {
                let mut depth = 1;
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'\\' => match bytes.next() {
                            Some(b'n') => string.push(b'\n'),
                            Some(b'r') => string.push(b'\r'),
                            Some(b't') => string.push(b'\t'),
                            Some(b'b') => string.push(8),
                            Some(b'f') => string.push(12),
                            Some(digit @ b'0'..=b'7') => {
                                let mut value = u32::from(digit - b'0');
                                for _ in 0..2 {
                                    if let Some(digit @ b'0'..=b'7') = bytes.peek().copied() {
                                        value = value * 8 + u32::from(digit - b'0');
                                        bytes.next();
                                    }
                                }
                                string.push(u8::try_from(value).expect("a byte"));
                            }
                            Some(other) => string.push(other),
                            None => {}
                        },
                        b'(' => {
                            depth += 1;
                            string.push(byte);
                        }
                        b')' if depth == 1 => break,
                        b')' => {
                            depth -= 1;
                            string.push(byte);
                        }
                        other => string.push(other),
                    }
                }
            }
            b'<' => {
                let hex: String = bytes
                    .by_ref()
                    .take_while(|byte| *byte != b'>')
                    .map(char::from)
                    .collect();
                let pairs = hex.as_bytes().chunks(2);
                string.extend(pairs.filter_map(|pair| {
                    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
                }));
            }
            _ => continue,
        }
        for glyph in string.chunks(2) {
            if let [high, low] = glyph {
                text.push(meanings[&u16::from_be_bytes([*high, *low])]);
            }
        }
        text.push('\n');
    }
    text
}

#[test]
fn the_text_of_a_certificate_comes_out_as_it_went_in() {
    use vun::learning::certificates::paper::{Told, draw};
    // Decomposed, as some phones send it: what comes out is composed.
    let name = "Nguye\u{302}\u{303}n Thị Ước ở Quảng Ngãi";
    let told = Told {
        full_name: name.to_owned(),
        programme: "Trợ giúp trẻ em khuyết tật tiếp cận các dịch vụ bảo vệ, chăm sóc, giáo dục tại cộng đồng".to_owned(),
        decision: "1438/QĐ-TTg".to_owned(),
        reached_on: "2026-11-22".parse().unwrap(),
        code: "ABCDEF-GHJKMN-PQRSTV".to_owned(),
        leads_to: "https://example.org/chung-nhan/ABCDEF-GHJKMN-PQRSTV".to_owned(),
    };
    let pdf = draw(&told).expect("a page");
    assert!(
        pdf.starts_with(b"%PDF-") && pdf.len() < 60_000,
        "{} bytes",
        pdf.len()
    );
    let text = text_of(&pdf);
    assert!(text.contains("Nguyễn Thị Ước ở Quảng Ngãi\n"), "{text}");
    assert!(text.contains("Quyết định số 1438/QĐ-TTg"), "{text}");
    assert!(text.contains("Ngày 22 tháng 11 năm 2026"), "{text}");
    assert!(text.contains("ABCDEF-GHJKMN-PQRSTV"), "{text}");
    assert_eq!(draw(&told).expect("a page"), pdf, "the same page again");
}

#[tokio::test]
async fn a_certificate_is_made_out_once_checked_by_anyone_and_withdrawn_with_its_holder() {
    on_both(async |app| {
        let (mut she, other) = (with_child(&app).await, with_child(&app).await);
        let programme = programme(&app).await;
        let input = json!({ "input": { "programmeId": programme } });
        let early = she
            .graphql(&app, &operation("issueCertificate"), input.clone())
            .await;
        assert_eq!(
            early.user_errors("issueCertificate"),
            [("CONFLICT", "programmeId")]
        );
        let unknown = json!({ "input": { "programmeId": Uuid::now_v7() } });
        let unknown = she
            .graphql(&app, &operation("issueCertificate"), unknown)
            .await;
        assert_eq!(
            unknown.user_errors("issueCertificate"),
            [("NOT_FOUND", "programmeId")]
        );

        let events = everything(&app, &she).await;
        upload(&app, &she, &events).await;
        let issue = || change(&app, Some(&she), "issueCertificate", input["input"].clone());
        // Two phones at once, and again: one certificate.
        let (one, two) = tokio::join!(issue(), issue());
        let certificate = one["certificate"].clone();
        assert_eq!(two["certificate"], certificate);
        assert_eq!(issue().await["certificate"], certificate);
        let code = certificate["code"].as_str().expect("a code").to_owned();
        assert_eq!(certificate["state"], "VALID");
        let own = she
            .graphql(&app, &operation("certificates"), json!({}))
            .await;
        assert_eq!(own.data("certificates").as_array().map(Vec::len), Some(1));

        // Anyone who holds the paper learns initials, programme and day; nobody else learns anything.
        let checked = check(&app, &format!(" {} ", code.to_lowercase())).await;
        assert_eq!(checked["initials"], "N. M.");
        assert_eq!(checked["programme"]["code"], "VN1438");
        assert_eq!(checked["state"], "VALID");
        assert_eq!(checked["reachedOn"], certificate["reachedOn"]);
        for wrong in ["", "x", "000000-000000-000000", &code[..19]] {
            assert_eq!(check(&app, wrong).await, Value::Null, "{wrong}");
        }
        let path = certificate["path"].as_str().expect("a path");
        let (status, pdf) = paper(&app, &she, path).await;
        assert_eq!(status, 200);
        let text = text_of(&pdf);
        assert!(text.contains("Người mẫu") && text.contains(&code), "{text}");
        assert_eq!(paper(&app, &other, path).await.0, 404, "somebody else's");
        assert_eq!(
            paper(&app, &she, "/certificates/x/certificate.pdf").await.0,
            404
        );

        // What it rests on is taken back, and counts again.
        let quizzes: Vec<&Value> = events
            .iter()
            .filter(|event| event["kind"] == "QUIZ_ANSWERED")
            .collect();
        let voids: Vec<Value> = quizzes
            .iter()
            .map(|event| {
                json!({
                    "id": Uuid::now_v7(), "kind": "VOIDED", "targetEventId": event["id"],
                    "occurredAt": app.clock.now().to_rfc3339(),
                })
            })
            .collect();
        upload(&app, &she, &voids).await;
        assert_eq!(check(&app, &code).await["state"], "REVOKED");
        assert_eq!(
            paper(&app, &she, path).await.0,
            404,
            "no paper of what does not hold"
        );
        let again: Vec<Value> = quizzes
            .iter()
            .map(|event| {
                let mut again = (*event).clone();
                again["id"] = json!(Uuid::now_v7());
                again
            })
            .collect();
        upload(&app, &she, &again).await;
        assert_eq!(check(&app, &code).await["state"], "VALID");

        app.clock.advance(Duration::minutes(1));
        she = app.sign_in_again(&she).await;
        assert_eq!(
            erase(&app, &she, PASSWORD)
                .await
                .data("eraseMyAccount.isErased"),
            true
        );
        let withdrawn = check(&app, &code).await;
        assert_eq!(withdrawn["state"], "WITHDRAWN");
        assert_eq!(withdrawn["initials"], Value::Null);
        assert_eq!(withdrawn["programme"]["code"], "VN1438");
    })
    .await;
}

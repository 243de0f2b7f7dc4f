//! Families: what is written, what is refused with nothing written, and that everything can be sent again.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::accounts::*;

const CHILD: &str = "child { id nickname bornMonth dueMonth sex prematureWeeks disabilities { type degree basis } }";

#[tokio::test]
async fn a_family_is_recorded_and_read_back() {
    on_both(async |app| {
        let (token, _) = app.caregiver("me.bong").await;
        let id = Uuid::now_v7().to_string();
        let input = json!({
            "id": id, "nickname": "Bống", "bornMonth": "2021-04", "sex": "FEMALE", "prematureWeeks": 3,
            "disabilities": [{ "type": "MOBILITY", "degree": "SEVERE", "basis": "CERTIFICATE" }, { "basis": "CONCERN" }],
        });
        let saved = app.mutate(Some(&token), "saveChild", input, CHILD).await;
        assert_eq!(saved["userErrors"], json!([]), "{saved}");
        assert_eq!(saved["child"]["bornMonth"], "2021-04");
        let answer = app
            .send(
                Some(&token),
                "{ viewer { account { id login } standings { id }
                    person { fullName audiences residence { areaId since }
                        children { id nickname bornMonth dueMonth sex prematureWeeks disabilities { type degree basis } }
                        consents { purpose withdrawnAt textVersion } } } }",
                json!({}),
            )
            .await;
        let viewer = &answer["data"]["viewer"];
        assert_eq!(viewer["account"]["login"], "me.bong");
        let person = &viewer["person"];
        assert_eq!(person["fullName"], "Gia đình mẫu 1");
        assert_eq!(person["audiences"], json!(["CAREGIVER"]));
        assert_eq!(
            person["residence"],
            json!({ "areaId": app.places.commune.to_string(), "since": "2026-11-22" })
        );
        assert_eq!(person["consents"].as_array().unwrap().len(), 4);
        let expected = json!({
            "id": id, "nickname": "Bống", "bornMonth": "2021-04", "dueMonth": null, "sex": "FEMALE", "prematureWeeks": 3,
        });
        let mut child = person["children"][0].clone();
        let mut disabilities = child["disabilities"].take().as_array().unwrap().clone();
        disabilities.sort_by_key(Value::to_string);
        assert_eq!(
            disabilities,
            [
                json!({ "type": "MOBILITY", "degree": "SEVERE", "basis": "CERTIFICATE" }),
                json!({ "type": null, "degree": null, "basis": "CONCERN" }),
            ]
        );
        child.as_object_mut().unwrap().remove("disabilities");
        assert_eq!(child, expected);
    })
    .await;
}

#[tokio::test]
async fn bad_children_are_refused_with_the_field_and_nothing_is_written() {
    on_both(async |app| {
        let (token, _) = app.caregiver("me.bong").await;
        let (other, _) = app.caregiver("me.na").await;
        let theirs = Uuid::now_v7().to_string();
        app.mutate(Some(&other), "saveChild", json!({ "id": theirs }), CHILD)
            .await;
        let before = app.rows().await;
        for (input, code, field) in [
            (
                json!({ "bornMonth": "2026-12" }),
                "DATE_OUT_OF_RANGE",
                "bornMonth",
            ),
            (
                json!({ "bornMonth": "2010-11" }),
                "DATE_OUT_OF_RANGE",
                "bornMonth",
            ),
            (
                json!({ "dueMonth": "2027-10" }),
                "DATE_OUT_OF_RANGE",
                "dueMonth",
            ),
            (
                json!({ "dueMonth": "2026-10" }),
                "DATE_OUT_OF_RANGE",
                "dueMonth",
            ),
            (
                json!({ "bornMonth": "2021-04", "dueMonth": "2026-12" }),
                "INVALID",
                "dueMonth",
            ),
            (json!({ "nickname": "Bo\u{0}ng" }), "INVALID", "nickname"),
            (
                json!({ "nickname": "a".repeat(10_000) }),
                "INVALID",
                "nickname",
            ),
            (
                json!({ "bornMonth": "2021-04", "prematureWeeks": 40 }),
                "INVALID",
                "prematureWeeks",
            ),
            (json!({ "id": "not-an-id" }), "INVALID", "id"),
            (json!({ "id": Uuid::nil().to_string() }), "INVALID", "id"),
            (json!({ "id": theirs, "nickname": "Na" }), "NOT_FOUND", "id"),
            (
                json!({ "disabilities": [{ "type": "VISION" }, { "type": "VISION" }] }),
                "INVALID",
                "disabilities.1.type",
            ),
        ] {
            let payload = app
                .mutate(Some(&token), "saveChild", input.clone(), CHILD)
                .await;
            assert_eq!(payload["child"], Value::Null);
            assert_eq!(
                complaints(&payload),
                [(code.to_owned(), field.to_owned())],
                "{input}"
            );
        }
        for unwell in [
            json!({ "bornMonth": "2021-13" }),
            json!({ "bornMonth": "0000-01" }),
            json!({ "bornMonth": "2021-04-01" }),
            json!({ "sex": "OTHER" }),
            json!({ "prematureWeeks": 4_000_000_000_u32 }),
        ] {
            let payload = app
                .mutate(Some(&token), "saveChild", unwell.clone(), CHILD)
                .await;
            assert!(payload[0]["message"].is_string(), "{unwell} {payload}");
        }
        let removal = app
            .mutate(
                Some(&token),
                "removeChild",
                json!({ "id": theirs }),
                "removedId",
            )
            .await;
        assert_eq!(
            complaints(&removal),
            [("NOT_FOUND".to_owned(), "id".to_owned())]
        );
        let visitor = app.mutate(None, "saveChild", json!({}), CHILD).await;
        assert_eq!(code(&visitor), "UNAUTHENTICATED");
        assert_eq!(app.rows().await, before);
        assert_eq!(
            app.changes.0.lock().unwrap().len(),
            3,
            "two sign-ups and one child"
        );
    })
    .await;
}

#[tokio::test]
async fn every_change_of_a_household_can_be_sent_again() {
    on_both(async |app| {
        let (token, _) = app.caregiver("me.bong").await;
        let token = Some(token.as_str());
        let id = Uuid::now_v7().to_string();
        let requests = [
            ("saveChild", json!({ "id": id, "nickname": "Bống", "bornMonth": "2021-04",
                "disabilities": [{ "type": "VISION" }, { "type": "OTHER", "degree": "MILD", "basis": "SCREENING" }] }), CHILD),
            ("saveChild", json!({ "id": id, "disabilities": [{ "type": "OTHER", "degree": "MILD", "basis": "SCREENING" }] }), CHILD),
            ("saveChild", json!({ "id": id, "clearDisabilities": true, "clearNickname": true }), CHILD),
            ("withdrawConsent", json!({ "purpose": "STATISTICS" }), "consent { id withdrawnAt }"),
            ("giveConsent", json!({ "purpose": "STATISTICS", "textVersion": "2026-11", "language": "en" }), "consent { id givenAt }"),
            ("giveConsent", json!({ "purpose": "REFERRAL", "textVersion": "2026-11", "language": "vi" }), "consent { id givenAt }"),
            ("removeChild", json!({ "id": id }), "removedId"),
        ];
        for (mutation, input, fields) in requests {
            let first = app.mutate(token, mutation, input.clone(), fields).await;
            assert_eq!(first["userErrors"], json!([]), "{mutation} {first}");
            let (rows, changes) = (app.rows().await, app.changes.0.lock().unwrap().len());
            app.clock.advance(chrono::Duration::seconds(1));
            let again = app.mutate(token, mutation, input, fields).await;
            assert_eq!(again, first);
            assert_eq!(app.rows().await, rows);
            assert_eq!(app.changes.0.lock().unwrap().len(), changes, "{mutation}");
        }
        let back = app.mutate(token, "saveChild", json!({ "id": id }), CHILD).await;
        assert_eq!(complaints(&back), [("NOT_FOUND".to_owned(), "id".to_owned())]);
        let kept = app.send(token, "{ viewer { person { children { id } } } }", json!({})).await;
        assert_eq!(kept["data"]["viewer"]["person"]["children"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn history_is_kept_as_dated_rows() {
    on_both(async |app| {
        let (token, _) = app.caregiver("me.bong").await;
        let viewer = app.auth.viewer(Some(&token)).await.unwrap().unwrap();
        let learner = viewer.learner();
        let id = Uuid::now_v7().to_string();
        let save = async |input| {
            let token = app.sign_in("me.bong").await;
            app.mutate(Some(&token), "saveChild", input, CHILD).await
        };
        save(json!({ "id": id, "disabilities": [{ "type": "VISION" }] })).await;
        app.day("2026-12-01T03:00:00Z");
        save(json!({ "id": id, "disabilities": [{ "type": "MOBILITY" }] })).await;
        app.day("2027-01-05T03:00:00Z");
        let token = app.sign_in("me.bong").await;
        let removal = json!({ "id": id });
        app.mutate(Some(&token), "removeChild", removal, "removedId")
            .await;
        let withdrawal = json!({ "purpose": "CHILD_PROFILE" });
        app.mutate(
            Some(&token),
            "withdrawConsent",
            withdrawal,
            "consent { id }",
        )
        .await;
        let refused = save(json!({ "nickname": "Tí" })).await;
        assert_eq!(
            complaints(&refused),
            [("CONSENT_MISSING".to_owned(), String::new())]
        );

        let household = app.people.household(&learner).await.unwrap();
        let child = household.children.first().unwrap();
        assert_eq!(child.recorded_on.to_string(), "2026-11-22");
        assert_eq!(child.removed_on.unwrap().to_string(), "2027-01-05");
        assert_eq!(child.to_on, child.removed_on);
        let spells: Vec<_> = child
            .disabilities
            .iter()
            .map(|entry| {
                (
                    entry.recorded_on.to_string(),
                    entry.removed_on.unwrap().to_string(),
                )
            })
            .collect();
        assert_eq!(
            spells,
            [
                ("2026-11-22".to_owned(), "2026-12-01".to_owned()),
                ("2026-12-01".to_owned(), "2027-01-05".to_owned()),
            ]
        );
        assert!(
            household
                .consent(vun::people::household::Purpose::ChildProfile)
                .is_none()
        );
        assert_eq!(household.consents.len(), 4);
        let page = vun::people::store::households(app.db.read(), None, 10)
            .await
            .unwrap();
        assert_eq!(page, std::slice::from_ref(&household));
        let rest = vun::people::store::households(app.db.read(), Some(household.person), 10);
        assert_eq!(rest.await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_households_holds_what_each_holds_alone() {
    on_both(async |app| {
        for number in 0..7 {
            let (token, _) = app.caregiver(&format!("me.{number}")).await;
            for child in 0..number % 3 {
                let input = json!({ "nickname": format!("Bé {child}"), "disabilities": [{ "type": "OTHER" }] });
                app.mutate(Some(&token), "saveChild", input, CHILD).await;
            }
        }
        let mut after = None;
        let mut seen = 0;
        loop {
            let page = vun::people::store::households(app.db.read(), after, 3).await.unwrap();
            let Some(last) = page.last() else { break };
            assert!(page.len() <= 3);
            after = Some(last.person);
            for household in &page {
                let alone = vun::people::store::household(app.db.read(), household.person).await;
                assert_eq!(alone.unwrap().as_ref(), Some(household));
                seen += 1;
            }
        }
        assert_eq!(seen, 7);
    })
    .await;
}

#[tokio::test]
async fn twenty_children_at_once_are_kept_and_no_more() {
    on_both(async |app| {
        let (token, _) = app.caregiver("me.bong").await;
        let many = (0..30).map(|_| app.mutate(Some(&token), "saveChild", json!({}), CHILD));
        let answers = futures_util::future::join_all(many).await;
        let refused = answers.iter().filter(|answer| answer["child"].is_null());
        for answer in refused.clone() {
            assert_eq!(complaints(answer), [("TOO_MANY".to_owned(), String::new())]);
        }
        assert_eq!(refused.count(), 10);
        assert_eq!(app.count("child").await, 20);
    })
    .await;
}

#[tokio::test]
async fn a_consent_needs_a_text_that_exists() {
    on_both(async |app| {
        let (token, _) = app.caregiver("me.bong").await;
        let before = app.rows().await;
        for (version, language, field) in [
            ("2020-01", "vi", "textVersion"),
            ("", "vi", "textVersion"),
            ("2026-11", "km", "language"),
        ] {
            let input =
                json!({ "purpose": "REFERRAL", "textVersion": version, "language": language });
            let payload = app
                .mutate(Some(&token), "giveConsent", input, "consent { id }")
                .await;
            assert_eq!(
                complaints(&payload),
                [("INVALID".to_owned(), field.to_owned())]
            );
        }
        assert_eq!(app.rows().await, before);
        let texts = app
            .send(
                None,
                "{ consentTexts(language: \"en\") { purpose version title body hash isDraft } }",
                json!({}),
            )
            .await;
        assert_eq!(texts["data"]["consentTexts"].as_array().unwrap().len(), 5);
    })
    .await;
}

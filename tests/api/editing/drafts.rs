//! Drafts: opened, written, translated side by side, submitted, returned, signed by somebody else.

use serde_json::json;

use super::{Desk, ENGLISH, REVIEWER, ask, lesson_id, mutate, new_lesson};
use crate::app::on_both;

#[tokio::test]
async fn a_new_lesson_is_a_draft_nobody_but_editors_sees_until_it_is_published() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let input = new_lesson(&app, "HC1.6");
        let answer = desk.save(&app, input.clone()).await;
        assert!(answer.user_errors("saveLessonDraft").is_empty(), "{answer}");
        let draft = answer.data("saveLessonDraft.draft").clone();
        assert_eq!(
            (&draft["state"], &draft["revision"]),
            (&json!("DRAFT"), &json!(1))
        );
        assert_eq!(draft["ageBands"], json!(["A1", "A2"]));
        let text = &draft["texts"][0];
        assert!(
            text["body"]
                .as_str()
                .unwrap()
                .starts_with("# Rửa mũi cho bé\n\n## Vì sao")
        );
        assert_eq!(
            text["bytes"].as_u64().unwrap(),
            text["body"].as_str().unwrap().len() as u64
        );

        // Saving the same again changes nothing, not even for a phone that lost the answer.
        let again = desk.save(&app, input.clone()).await;
        assert_eq!(again.data("saveLessonDraft.draft.revision"), 1);

        // Nobody else sees it.
        let visitor = |field: &'static str, variables| {
            let document = crate::authorization::operation(field);
            let app = &app;
            async move { app.graphql(None, &document, variables).await }
        };
        assert_eq!(
            visitor("lesson", json!({ "code": "HC1.6" }))
                .await
                .data("lesson"),
            &json!(null)
        );
        let found = visitor("searchLessons", json!({ "text": "rửa mũi cho bé" })).await;
        assert!(!found.to_string().contains("HC1.6"));
        assert_eq!(
            visitor("node", json!({ "id": input["lessonId"] }))
                .await
                .code(),
            "NOT_FOUND"
        );
        assert_eq!(
            visitor("node", json!({ "id": draft["id"] })).await.code(),
            "NOT_FOUND"
        );

        // The other editor finds it in her list, whoever opened it.
        let list = ask(&app, &desk.reviewer, "drafts", json!({ "first": 1 })).await;
        assert_eq!(list.data("drafts.nodes.0.code"), "HC1.6");

        // It is published, and everybody sees it at once: in lists, search and node.
        let answer = desk.publish(&app, &draft["id"], json!({})).await;
        let lesson = answer.data("publishRelease.lesson").clone();
        assert_eq!(lesson["release"]["number"], 1);
        assert_eq!(lesson["release"]["id"], draft["id"]);
        assert_eq!(lesson["release"]["reviewState"], "REVIEWED");
        assert_eq!(lesson["release"]["reviewedBy"], REVIEWER);
        assert_eq!(lesson["release"]["reviewNotice"], json!(null));
        let found = visitor("searchLessons", json!({ "text": "rua mui cho be" })).await;
        assert!(found.to_string().contains("HC1.6"), "{found}");
        assert_eq!(
            visitor("node", json!({ "id": input["lessonId"] }))
                .await
                .data("node.code"),
            "HC1.6"
        );
        let module = "{ module(code: \"HC1\") { lessons { code } } }";
        let module = app.graphql(None, module, json!({})).await;
        assert!(module.to_string().contains("HC1.6"), "{module}");
    })
    .await;
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named_by_its_field() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let whole = new_lesson(&app, "HC1.7");
        for (field, bad, expected) in [
            ("licence", json!(null), ("REQUIRED", "licence")),
            ("source", json!(null), ("REQUIRED", "source")),
            ("licence", json!("  "), ("REQUIRED", "licence")),
            ("title", json!(null), ("REQUIRED", "title")),
            ("body", json!("# Rửa mũi cho bé\n"), ("REQUIRED", "body")),
            ("body", json!("a\u{0}b"), ("INVALID", "body")),
            ("code", json!("HC2.7"), ("INVALID", "code")),
            ("code", json!("HC1.1"), ("TAKEN", "code")),
            ("code", json!("HC1./../x"), ("INVALID", "code")),
            ("minutes", json!(0), ("INVALID", "minutes")),
            (
                "ageBands",
                json!(["A1", "A99"]),
                ("NOT_FOUND", "ageBands.1"),
            ),
            ("audiences", json!([]), ("REQUIRED", "audiences")),
            (
                "completionValue",
                json!(null),
                ("REQUIRED", "completionValue"),
            ),
            (
                "completionValue",
                json!(1000),
                ("INVALID", "completionValue"),
            ),
            (
                "sourceLanguage",
                json!("Tiếng Việt"),
                ("INVALID", "sourceLanguage"),
            ),
            (
                "moduleId",
                json!(app.clock.id::<uuid::Uuid>()),
                ("NOT_FOUND", "moduleId"),
            ),
        ] {
            let mut input = whole.clone();
            input[field] = bad;
            let answer = desk.save(&app, input).await;
            assert_eq!(
                answer.user_errors("saveLessonDraft"),
                [expected],
                "{field}: {answer}"
            );
        }
        // Nothing of it was written: the code is still free.
        let answer = desk.save(&app, whole).await;
        assert!(answer.user_errors("saveLessonDraft").is_empty(), "{answer}");
        for (field, input, expected) in [
            (
                "saveLessonDraft",
                json!({ "title": "?" }),
                ("REQUIRED", "lessonId"),
            ),
            (
                "saveLessonDraft",
                json!({ "lessonId": app.clock.id::<uuid::Uuid>() }),
                ("NOT_FOUND", "lessonId"),
            ),
            (
                "translateLesson",
                json!({ "language": "en" }),
                ("REQUIRED", "draftId"),
            ),
            ("submitForReview", json!({ "id": "x" }), ("INVALID", "id")),
            (
                "submitForReview",
                json!({ "id": app.clock.id::<uuid::Uuid>() }),
                ("NOT_FOUND", "id"),
            ),
            (
                "retireLesson",
                json!({ "lessonId": lesson_id(&app, "HC1.2"), "reason": " " }),
                ("REQUIRED", "reason"),
            ),
        ] {
            let answer = mutate(&app, &desk.author, field, input).await;
            assert_eq!(answer.user_errors(field), [expected], "{answer}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_translation_that_lost_a_block_is_refused_and_the_block_named() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let answer = desk.save(&app, new_lesson(&app, "HC1.6")).await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();
        let translate = async |body: String| {
            let input = json!({
                "draftId": draft, "language": "en", "title": "Rinsing the nose",
                "summary": "Rinsing with saline.", "body": body,
            });
            let answer = mutate(&app, &desk.author, "translateLesson", input).await;
            assert!(answer.user_errors("translateLesson").is_empty(), "{answer}");
        };
        for (body, difference, says) in [
            (
                ENGLISH.replace("The baby breathes more easily.\n\n", ""),
                "LOST",
                "Bé thở dễ hơn.",
            ),
            (
                ENGLISH.replace("2. Drop by drop\n", ""),
                "ITEMS",
                "Đặt bé nằm nghiêng",
            ),
            (
                format!("{ENGLISH}\nBuy our drops.\n"),
                "ADDED",
                "Buy our drops.",
            ),
            (
                ENGLISH.replace("When to ask for help", "The end"),
                "KIND",
                "Gọi 115 khi bé tím tái.",
            ),
        ] {
            translate(body).await;
            let answer = mutate(
                &app,
                &desk.author,
                "submitForReview",
                json!({ "id": draft }),
            )
            .await;
            let errors = answer.user_errors("submitForReview");
            assert_eq!(errors, [("CONFLICT", "texts.en.TEXT.body")], "{answer}");
            assert!(errors[0].message.contains(says), "{answer}");
            let shown = ask(
                &app,
                &desk.reviewer,
                "draft",
                json!({ "id": draft, "language": "en" }),
            )
            .await;
            let pairs = shown.data("draft.sideBySide").as_array().unwrap();
            let wrong: Vec<_> = pairs
                .iter()
                .filter(|pair| !pair["difference"].is_null())
                .collect();
            assert_eq!(wrong.len(), 1, "{shown}");
            assert_eq!(wrong[0]["difference"], difference);
        }
        translate(ENGLISH.to_owned()).await;
        let shown = ask(
            &app,
            &desk.reviewer,
            "draft",
            json!({ "id": draft, "language": "en" }),
        )
        .await;
        let pairs = shown.data("draft.sideBySide").as_array().unwrap();
        assert_eq!(pairs.len(), 7);
        assert_eq!(pairs[6]["source"]["kind"], "WARNING");
        assert!(pairs.iter().all(|pair| pair["difference"].is_null()));
        let answer = mutate(
            &app,
            &desk.author,
            "submitForReview",
            json!({ "id": draft }),
        )
        .await;
        assert!(answer.user_errors("submitForReview").is_empty(), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn what_a_phone_must_not_run_and_media_nobody_describes_are_refused() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let mut input = new_lesson(&app, "HC1.6");
        input["body"] =
            json!("Một đoạn <script>x()</script>\n\n[a](javascript:x)\n\n![](tranh.jpg)\n");
        input["summary"] = json!(null);
        let answer = desk.save(&app, input).await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();
        assert_eq!(
            answer
                .data("saveLessonDraft.draft.problems")
                .as_array()
                .unwrap()
                .len(),
            5
        );
        let answer = mutate(
            &app,
            &desk.author,
            "submitForReview",
            json!({ "id": draft }),
        )
        .await;
        let body = "texts.vi.TEXT.body";
        let expected = [
            ("REQUIRED", "texts.vi.TEXT.summary"),
            ("INVALID", body),
            ("INVALID", body),
            ("REQUIRED", body),
            ("INVALID", body),
        ];
        assert_eq!(answer.user_errors("submitForReview"), expected, "{answer}");
    })
    .await;
}

#[tokio::test]
async fn a_translation_of_an_older_source_is_marked_and_one_made_anew_is_not() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let lesson = lesson_id(&app, "HC1.1");
        let answer = desk.save(&app, json!({ "lessonId": lesson, "summary": "Tóm tắt mới." })).await;
        let draft = answer.data("saveLessonDraft.draft").clone();
        let outdated = |draft: &serde_json::Value| -> Vec<(String, bool)> {
            let texts = draft["texts"].as_array().unwrap().iter();
            texts.map(|text| (text["language"].as_str().unwrap().to_owned(), text["outdated"] == true)).collect()
        };
        // The English text was made of the source as it was released.
        assert_eq!(outdated(&draft), [("en".to_owned(), true), ("vi".to_owned(), false)]);
        let input = json!({ "draftId": draft["id"], "language": "en", "summary": "New summary." });
        let answer = mutate(&app, &desk.author, "translateLesson", input).await;
        assert_eq!(outdated(answer.data("translateLesson.draft")), [("en".to_owned(), false), ("vi".to_owned(), false)]);
        // A translator who read the source before it changed says so.
        let seen = draft["texts"][1]["sha256"].clone();
        desk.save(&app, json!({ "id": draft["id"], "summary": "Tóm tắt mới hơn." })).await;
        let input = json!({ "draftId": draft["id"], "language": "en", "summary": "Newer.", "sourceSha256": seen });
        let answer = mutate(&app, &desk.author, "translateLesson", input).await;
        assert_eq!(outdated(answer.data("translateLesson.draft"))[0], ("en".to_owned(), true));
        // Published all the same, and marked for everybody.
        let answer = desk.publish(&app, &draft["id"], json!({})).await;
        assert!(answer.user_errors("publishRelease").is_empty(), "{answer}");
        let document = r#"{ lesson(code: "HC1.1") { en: variant(language: "en") { outdated } vi: variant(language: "vi") { outdated } } }"#;
        let answer = app.graphql(None, document, json!({})).await;
        assert_eq!(answer.data("lesson.en.outdated"), true);
        assert_eq!(answer.data("lesson.vi.outdated"), false);
        // The source language itself is no translation, and one that is taken out is gone.
        let again = desk.save(&app, json!({ "lessonId": lesson, "minutes": 5 })).await;
        let draft = again.data("saveLessonDraft.draft.id").clone();
        let input = json!({ "draftId": draft, "language": "vi", "title": "?" });
        let answer = mutate(&app, &desk.author, "translateLesson", input).await;
        assert_eq!(answer.user_errors("translateLesson"), [("INVALID", "language")]);
        let input = json!({ "draftId": draft, "language": "en", "remove": true });
        let answer = mutate(&app, &desk.author, "translateLesson", input).await;
        assert_eq!(outdated(answer.data("translateLesson.draft")).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_reviewer_is_somebody_else_than_the_author_and_named() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let answer = desk.save(&app, new_lesson(&app, "HC1.6")).await;
        let draft = answer.data("saveLessonDraft.draft.id").clone();
        let id = || json!({ "id": draft });
        let signed = |by: &str| json!({ "id": draft, "reviewedBy": by });
        let errors =
            async |who, field, input| mutate(&app, who, field, input).await.user_errors(field);
        let (author, reviewer) = (&desk.author, &desk.reviewer);

        assert_eq!(
            errors(reviewer, "approveDraft", signed(REVIEWER)).await,
            [("CONFLICT", "id")]
        );
        assert_eq!(
            errors(reviewer, "publishRelease", signed(REVIEWER)).await,
            [("CONFLICT", "id")]
        );
        assert!(errors(author, "submitForReview", id()).await.is_empty());
        // Nobody writes in it now.
        assert_eq!(
            errors(
                author,
                "saveLessonDraft",
                json!({ "id": draft, "minutes": 3 })
            )
            .await,
            [("CLOSED", "id")]
        );
        assert_eq!(
            errors(author, "approveDraft", signed(REVIEWER)).await,
            [("CONFLICT", "id")]
        );
        assert_eq!(
            errors(author, "publishRelease", signed(REVIEWER)).await,
            [("CONFLICT", "id")]
        );
        assert_eq!(
            errors(reviewer, "publishRelease", id()).await,
            [("REQUIRED", "reviewedBy")]
        );
        // In the author's name.
        assert_eq!(
            errors(reviewer, "approveDraft", signed("BS. NGƯỜI MẪU")).await,
            [("CONFLICT", "reviewedBy")]
        );
        for day in ["2026-11-23", "2026-11-21"] {
            let input = json!({ "id": draft, "reviewedBy": REVIEWER, "reviewedOn": day });
            assert_eq!(
                errors(reviewer, "approveDraft", input).await,
                [("DATE_OUT_OF_RANGE", "reviewedOn")]
            );
        }
        // Returned with a comment that the author reads; written on; submitted again.
        let back = json!({ "id": draft, "comment": "Thiếu liều lượng" });
        assert!(
            errors(reviewer, "returnDraft", back.clone())
                .await
                .is_empty()
        );
        assert!(
            errors(reviewer, "returnDraft", back).await.is_empty(),
            "again changes nothing"
        );
        assert!(
            errors(
                author,
                "saveLessonDraft",
                json!({ "id": draft, "minutes": 3 })
            )
            .await
            .is_empty()
        );
        assert!(errors(author, "submitForReview", id()).await.is_empty());
        assert!(
            errors(reviewer, "approveDraft", signed(REVIEWER))
                .await
                .is_empty()
        );
        // Who wrote may publish what somebody else signed.
        assert!(errors(author, "publishRelease", id()).await.is_empty());
        let answer = ask(
            &app,
            author,
            "draft",
            json!({ "id": draft, "language": "en" }),
        )
        .await;
        let steps = answer.data("draft.steps").as_array().unwrap();
        let kinds: Vec<_> = steps
            .iter()
            .map(|step| step["kind"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "OPENED",
                "SUBMITTED",
                "RETURNED",
                "SUBMITTED",
                "APPROVED",
                "PUBLISHED"
            ]
        );
        assert_eq!(steps[2]["comment"], "Thiếu liều lượng");
        assert_eq!(
            (&steps[4]["comment"], &steps[4]["byViewer"]),
            (&json!(REVIEWER), &json!(false))
        );
    })
    .await;
}

#[tokio::test]
async fn two_editors_do_not_write_over_each_other_and_a_lesson_has_one_open_draft() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        let lesson = lesson_id(&app, "HC2.1");
        let first = desk
            .save(&app, json!({ "lessonId": lesson, "minutes": 4 }))
            .await;
        let draft = first.data("saveLessonDraft.draft").clone();
        let late = json!({ "id": draft["id"], "expectedRevision": 0, "minutes": 5 });
        let answer = mutate(&app, &desk.reviewer, "saveLessonDraft", late).await;
        assert_eq!(
            answer.user_errors("saveLessonDraft"),
            [("CONFLICT", "expectedRevision")]
        );
        let read =
            json!({ "id": draft["id"], "expectedRevision": draft["revision"], "minutes": 5 });
        let answer = mutate(&app, &desk.reviewer, "saveLessonDraft", read).await;
        assert_eq!(answer.data("saveLessonDraft.draft.minutes"), 5);
        let second =
            json!({ "id": app.clock.id::<uuid::Uuid>(), "lessonId": lesson, "minutes": 6 });
        let answer = mutate(&app, &desk.reviewer, "saveLessonDraft", second).await;
        assert_eq!(
            answer.user_errors("saveLessonDraft"),
            [("CONFLICT", "lessonId")]
        );
        // Both open one at once: one draft comes of it.
        let other = lesson_id(&app, "HC2.2");
        let open = || json!({ "lessonId": other, "minutes": 7 });
        let (one, two) = tokio::join!(
            desk.save(&app, open()),
            mutate(&app, &desk.reviewer, "saveLessonDraft", open())
        );
        assert_eq!(
            one.data("saveLessonDraft.draft.id"),
            two.data("saveLessonDraft.draft.id")
        );
        // One that is given up makes room for another.
        let gone = json!({ "id": draft["id"] });
        let answer = mutate(&app, &desk.author, "discardDraft", gone).await;
        assert_eq!(answer.data("discardDraft.draft.state"), "DISCARDED");
        let fresh = desk
            .save(&app, json!({ "lessonId": lesson, "minutes": 4 }))
            .await;
        assert_ne!(fresh.data("saveLessonDraft.draft.id"), &draft["id"]);
        let list = ask(
            &app,
            &desk.author,
            "drafts",
            json!({ "state": "DISCARDED" }),
        )
        .await;
        assert_eq!(list.data("drafts.nodes").as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn drafts_are_paged_without_losing_or_repeating_one() {
    on_both(async |app| {
        let desk = Desk::of(&app).await;
        for code in ["HC1.1", "HC1.2", "HC1.3", "HC1.4", "HC1.5"] {
            let answer = desk
                .save(
                    &app,
                    json!({ "lessonId": lesson_id(&app, code), "minutes": 33 }),
                )
                .await;
            assert!(answer.user_errors("saveLessonDraft").is_empty(), "{answer}");
        }
        let (mut seen, mut after) = (Vec::new(), json!(null));
        loop {
            let page = ask(
                &app,
                &desk.author,
                "drafts",
                json!({ "first": 2, "after": after }),
            )
            .await;
            let nodes = page.data("drafts.nodes").as_array().unwrap();
            seen.extend(
                nodes
                    .iter()
                    .map(|node| node["code"].as_str().unwrap().to_owned()),
            );
            if page.data("drafts.pageInfo.hasNextPage") == false {
                break;
            }
            after = page.data("drafts.pageInfo.endCursor").clone();
        }
        seen.sort();
        assert_eq!(seen, ["HC1.1", "HC1.2", "HC1.3", "HC1.4", "HC1.5"]);
    })
    .await;
}

#[tokio::test]
async fn every_shipped_translation_has_the_blocks_of_its_source() {
    on_both(async |app| {
        use vun::content::editing::pairs::side_by_side;
        let catalogue = app.app.content.catalogue();
        for lesson in catalogue.lessons() {
            let release = lesson.release.as_ref().unwrap();
            let text = |language| {
                release
                    .variant(language, entity::lesson_variant::Modality::Text)
                    .unwrap()
            };
            let pairs = side_by_side(("vi", &text("vi").said.body), ("en", &text("en").said.body));
            let wrong: Vec<_> = pairs
                .iter()
                .filter(|pair| pair.difference.is_some())
                .collect();
            assert!(wrong.is_empty(), "{}: {wrong:#?}", lesson.code);
        }
    })
    .await;
}

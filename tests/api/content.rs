//! The shipped curriculum in both databases: loaded once, whole or not at all, and answered over GraphQL.

use async_graphql::{EmptyMutation, EmptySubscription, Request, Schema};
use serde_json::json;
use vun::{
    content::{
        Content,
        graphql::ContentQuery,
        import::{Curriculum, read, read_files},
    },
    messages::Language,
};

use crate::app::{TestApp, on_both_empty};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/curriculum");

/// The shipped curriculum.
pub fn shipped() -> Curriculum {
    let file = format!("{FOLDER}/curriculum.json");
    read_files(file.as_ref()).unwrap_or_else(|faults| panic!("{faults}"))
}

/// The curriculum with one body changed.
pub fn revised() -> Curriculum {
    let text = std::fs::read_to_string(format!("{FOLDER}/curriculum.json")).unwrap();
    let body = |name: &str| {
        let body = std::fs::read_to_string(format!("{FOLDER}/lessons/{name}"));
        let body = body.map_err(|error| error.to_string())?;
        Ok(match name {
            "HC1.1.vi.md" => body + "\nThêm một câu.\n",
            _ => body,
        })
    };
    read("curriculum.json", &text, &body).unwrap()
}

/// The curriculum in an empty database, not yet loaded.
pub async fn opened(app: &TestApp) -> Content {
    migration::up(app.db.write()).await.unwrap();
    let content = Content::open(app.db.clone(), app.clock.clone()).await;
    content.unwrap()
}

#[tokio::test]
async fn loading_twice_changes_nothing_and_a_dry_run_writes_nothing() {
    on_both_empty(async |app| {
        let content = opened(&app).await;
        let dry = content.import(shipped(), true).await.unwrap();
        assert_eq!(dry.of("lesson").new, 73);
        content.reload().await.unwrap();
        assert!(content.catalogue().lessons().is_empty());

        let first = content.import(shipped(), false).await.unwrap();
        assert_eq!(first, dry);
        let counts = {
            let catalogue = content.catalogue();
            let questions = catalogue
                .modules()
                .iter()
                .map(|module| module.questions.len());
            let bodies = catalogue.lessons().iter().map(|lesson| {
                let release = lesson.release.as_ref().unwrap();
                release
                    .variants
                    .iter()
                    .map(|(_, texts)| texts.iter().count())
                    .sum::<usize>()
            });
            (
                catalogue.domains().len(),
                catalogue.modules().len(),
                catalogue.lessons().len(),
                bodies.sum::<usize>(),
                questions.sum::<usize>(),
            )
        };
        assert_eq!(counts, (3, 15, 73, 146, 45));

        let second = content.import(shipped(), false).await.unwrap();
        assert!(second.changes_nothing(), "{second}");
        let reread = Content::open(app.db.clone(), app.clock.clone())
            .await
            .unwrap();
        assert_eq!(reread.catalogue().lessons().len(), 73);
    })
    .await;
}

#[tokio::test]
async fn a_changed_body_is_a_new_release_and_the_old_one_keeps_its_text() {
    on_both_empty(async |app| {
        let content = opened(&app).await;
        content.import(shipped(), false).await.unwrap();
        let before = content.catalogue();
        let report = content.import(revised(), false).await.unwrap();
        assert_eq!(report.of("release").changed, 1);
        let after = content.catalogue();
        let release = |catalogue: &vun::content::Catalogue, code| {
            let lesson = catalogue.lesson_by_code(code).unwrap();
            let release = lesson.release.clone().unwrap();
            (release.id, release.number)
        };
        let (old, new) = (release(&before, "HC1.1"), release(&after, "HC1.1"));
        assert_eq!((old.1, new.1), (1, 2));
        assert_eq!(release(&before, "HC1.2"), release(&after, "HC1.2"));
        assert!(
            after.counts_for(old.0, new.0),
            "nobody asked for a refresher"
        );
        assert_eq!(
            after.release(old.0).unwrap().state,
            entity::lesson_release::ReleaseState::Retired
        );
        // Neither file changes anything now: both texts were released.
        for again in [revised(), shipped()] {
            let report = content.import(again, false).await.unwrap();
            assert!(report.changes_nothing(), "{report}");
        }
        assert_eq!(release(&content.catalogue(), "HC1.1"), new);
    })
    .await;
}

#[tokio::test]
async fn a_lesson_never_has_two_published_releases() {
    use sea_orm::ConnectionTrait;
    on_both_empty(async |app| {
        let content = opened(&app).await;
        content.import(shipped(), false).await.unwrap();
        content.import(revised(), false).await.unwrap();
        let published = app
            .db
            .write()
            .execute_unprepared("UPDATE lesson_release SET state = 'PUBLISHED' WHERE number = 1");
        assert!(published.await.is_err());
    })
    .await;
}

async fn ask(content: &Content, language: Language, query: &str) -> serde_json::Value {
    let schema = Schema::build(ContentQuery, EmptyMutation, EmptySubscription)
        .data(content.clone())
        .finish();
    let answer = schema.execute(Request::new(query).data(language)).await;
    serde_json::to_value(answer).unwrap()
}

#[tokio::test]
async fn a_visitor_reads_a_module_with_its_lessons_and_quiz() {
    on_both_empty(async |app| {
        let content = opened(&app).await;
        content.import(shipped(), false).await.unwrap();
        let answer = ask(
            &content,
            Language::English,
            r#"{ module(code: "HC1") {
                code title vi: title(language: "vi") servedLanguage(language: "km") minutes coreFor domain { code }
                lessons { code title audiences ageBands { code label } disabilityTypes }
                quiz { passMark questions { code kind text options { text } } }
            } }"#,
        )
        .await;
        let module = &answer["data"]["module"];
        assert_eq!(module["title"], "Everyday health and illness prevention");
        assert_eq!(module["vi"], "Sức khỏe và phòng bệnh hằng ngày");
        assert_eq!(module["servedLanguage"], "vi");
        assert_eq!(module["minutes"], 12 + 15 + 10 + 10 + 8);
        assert_eq!(module["coreFor"], json!(["VN1437", "VN1438"]));
        assert_eq!(module["lessons"].as_array().unwrap().len(), 5);
        assert_eq!(module["lessons"][1]["audiences"], json!(["CAREGIVER", "STAFF"]));
        assert_eq!(module["lessons"][0]["ageBands"][0], json!({"code": "A0", "label": "pregnancy"}));
        assert_eq!(module["quiz"]["passMark"], 2);
        assert_eq!(module["quiz"]["questions"][0]["kind"], "SINGLE");
        assert_eq!(module["quiz"]["questions"][0]["options"].as_array().unwrap().len(), 3);
        assert!(answer.get("errors").is_none(), "{answer}");
    })
    .await;
}

#[tokio::test]
async fn a_lesson_says_that_nobody_reviewed_it_and_which_language_is_served() {
    on_both_empty(async |app| {
        let content = opened(&app).await;
        content.import(shipped(), false).await.unwrap();
        let answer = ask(
            &content,
            Language::Vietnamese,
            r#"{ lesson(code: "HC4.1") {
                title(language: "en") disabilityTypes module { code }
                release { number state completionRule licence reviewed reviewedBy reviewNotice en: reviewNotice(language: "en") publishedAt }
                variant(language: "km") { language modality bytes sha256 body }
                audio: variant(language: "vi", modality: AUDIO) { language }
            } }"#,
        )
        .await;
        let lesson = &answer["data"]["lesson"];
        assert_eq!(lesson["disabilityTypes"], json!(["MOBILITY", "NEURO_MENTAL"]));
        let release = &lesson["release"];
        assert_eq!(release["reviewed"], false);
        assert!(release["reviewNotice"].as_str().unwrap().starts_with("Bản thảo: chưa có"));
        assert!(release["en"].as_str().unwrap().starts_with("Draft: no health"));
        assert_eq!((&release["licence"], &release["state"]), (&json!("CC BY 4.0"), &json!("PUBLISHED")));
        assert_eq!(release["publishedAt"], "2026-11-22T02:00:00+00:00");
        let variant = &lesson["variant"];
        assert_eq!((&variant["language"], &variant["modality"]), (&json!("vi"), &json!("TEXT")));
        assert_eq!(variant["bytes"].as_u64().unwrap(), variant["body"].as_str().unwrap().len() as u64);
        assert_eq!(lesson["audio"], json!(null));
    })
    .await;
}

#[tokio::test]
async fn what_is_not_published_is_not_there() {
    use sea_orm::ConnectionTrait;
    on_both_empty(async |app| {
        let content = opened(&app).await;
        content.import(shipped(), false).await.unwrap();
        let retired = "UPDATE lesson_release SET state = 'RETIRED' WHERE lesson_id IN \
             (SELECT lesson_id FROM lesson WHERE code LIKE 'ED1.%' OR code = 'HC1.1')";
        app.db.write().execute_unprepared(retired).await.unwrap();
        content.reload().await.unwrap();
        let answer = ask(
            &content,
            Language::Vietnamese,
            r#"{ lesson(code: "HC1.1") { code } module(code: "ED1") { code } home: module(code: "HC1") { lessons { code } }
                modules(domain: "ED", first: 100) { nodes { code } } searchLessons(text: "Lịch khám và tiêm chủng của con") { nodes { code } } }"#,
        )
        .await;
        let data = &answer["data"];
        assert_eq!((&data["lesson"], &data["module"]), (&json!(null), &json!(null)));
        assert_eq!(data["home"]["lessons"].as_array().unwrap().len(), 4);
        assert_eq!(data["modules"]["nodes"].as_array().unwrap().len(), 4);
        let found = data["searchLessons"]["nodes"].as_array().unwrap();
        assert!(!found.contains(&json!({"code": "HC1.1"})));
    })
    .await;
}

#[tokio::test]
async fn modules_are_narrowed_and_paged_and_bad_arguments_are_errors() {
    on_both_empty(async |app| {
        let content = opened(&app).await;
        content.import(shipped(), false).await.unwrap();
        let answer = ask(
            &content,
            Language::English,
            r#"{ staff: modules(audience: STAFF, first: 100) { nodes { code } }
                page: modules(first: 2) { nodes { code } pageInfo { hasNextPage endCursor } }
                rest: modules(first: 2, after: "p1") { nodes { code } }
                none: modules(domain: "XX") { nodes { code } }
                domains { code modules { code } }
                found: searchLessons(text: "phong duoi nuoc", first: 1) { nodes { code } } }"#,
        )
        .await;
        let data = &answer["data"];
        assert_eq!(data["staff"]["nodes"].as_array().unwrap().len(), 12);
        assert_eq!(
            data["page"]["pageInfo"],
            json!({"hasNextPage": true, "endCursor": "p1"})
        );
        assert_eq!(
            data["rest"]["nodes"],
            json!([{"code": "HC3"}, {"code": "HC4"}])
        );
        assert_eq!(data["none"]["nodes"], json!([]));
        assert_eq!(data["domains"][2]["modules"].as_array().unwrap().len(), 5);
        assert_eq!(data["found"]["nodes"], json!([{"code": "HC3.2"}]));
        let long = "a".repeat(201);
        for (query, message) in [
            (
                "{ modules(first: 101) { nodes { code } } }".to_owned(),
                "`first` must be between 1 and 100",
            ),
            (
                "{ module { code } }".to_owned(),
                "Give either the id or the code",
            ),
            (
                r#"{ lesson(id: "x", code: "HC1.1") { code } }"#.to_owned(),
                "Give either the id or the code",
            ),
            (
                format!("{{ searchLessons(text: \"{long}\") {{ nodes {{ code }} }} }}"),
                "longer than 200",
            ),
        ] {
            let answer = ask(&content, Language::English, &query).await;
            let error = &answer["errors"][0];
            assert!(
                error["message"].as_str().unwrap().contains(message),
                "{answer}"
            );
            assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT");
        }
        let unknown = ask(
            &content,
            Language::English,
            r#"{ lesson(id: "x") { code } }"#,
        )
        .await;
        assert_eq!(unknown["data"]["lesson"], json!(null));
    })
    .await;
}

#[tokio::test]
async fn no_field_of_the_curriculum_tells_a_right_answer() {
    on_both_empty(async |app| {
        let content = opened(&app).await;
        let schema = Schema::build(ContentQuery, EmptyMutation, EmptySubscription)
            .data(content)
            .finish();
        let sdl = schema.sdl().to_lowercase();
        let fields = sdl
            .lines()
            .filter(|line| line.contains(": ") && !line.contains('"'))
            // What the learner herself answered is no secret to her.
            .filter(|line| !line.contains("[givenanswer!]!"));
        for field in fields {
            assert!(
                !field.contains("correct") && !field.contains("answer"),
                "{field}"
            );
        }
    })
    .await;
}

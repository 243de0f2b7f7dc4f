//! The three walk-throughs of the README, run with the very documents it shows.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::{Actor, PASSWORD},
    requests::Answer,
    sources::root,
};

async fn step(app: &TestApp, actor: Option<&Actor>, name: &str, variables: Value) -> Answer {
    let token = actor.map(|actor| actor.token.as_str());
    let document = operation(&format!("walkthrough_{name}"));
    let answer = app.graphql(token, &document, variables).await;
    assert!(answer.errors().is_empty(), "{name}: {answer}");
    answer
}

#[tokio::test]
async fn a_parent_learns_a_lesson_and_answers_a_quiz() {
    on_both(async |app| {
        let parent = app.caregiver().await;
        let child = json!({ "input": { "nickname": "Bé mẫu", "bornMonth": "2025-05" } });
        let saved = parent.graphql(&app, &operation("saveChild"), child).await;
        assert_eq!(saved.user_errors("saveChild"), [] as [(&str, &str); 0]);

        let who = json!({ "login": parent.login, "password": PASSWORD });
        let signed_in = step(&app, None, "parent_1_sign_in", who).await;
        assert_eq!(signed_in.data("signIn.viewer.person.children.0.nickname"), "Bé mẫu");
        let token = signed_in.data("signIn.session.accessToken").as_str().expect("a token").to_owned();
        let parent = Actor { token, ..parent };

        let path = step(&app, Some(&parent), "parent_2_path", json!({})).await;
        let lesson = path.data("learningPath.0.lesson");
        assert!(lesson["variant"]["body"].as_str().is_some_and(|body| body.len() > 100), "{path}");

        let event = json!({ "eventId": app.clock.id::<Uuid>(), "lessonId": lesson["id"] });
        for _ in 0..2 {
            let done = step(&app, Some(&parent), "parent_3_complete", event.clone()).await;
            assert_eq!(done.data("completeLesson.lessonProgress.status"), "COMPLETED", "{done}");
            assert_eq!(done.data("completeLesson.moduleProgress.completedCount"), 1, "{done}");
        }

        let code = json!({ "code": lesson["module"]["code"] });
        let quiz = step(&app, Some(&parent), "parent_4_quiz", code).await;
        let questions = quiz.data("module.quiz.questions").as_array().expect("questions");
        let answers: Vec<_> = questions
            .iter()
            .map(|question| {
                json!({ "questionId": question["id"], "optionIds": [question["options"][0]["id"]] })
            })
            .collect();
        let sent = json!({
            "eventId": app.clock.id::<Uuid>(), "moduleId": quiz.data("module.id"), "answers": answers,
        });
        let marked = step(&app, Some(&parent), "parent_5_answer", sent).await;
        assert_eq!(marked.data("submitQuiz.attempt.outOf"), questions.len(), "{marked}");
    })
    .await;
}

#[tokio::test]
async fn a_trainer_sees_her_group_learn() {
    on_both(async |app| {
        let (trainer, parent) = (app.trainer(app.ward()).await, app.caregiver().await);
        let made = step(
            &app,
            Some(&trainer),
            "trainer_1_group",
            json!({ "areaId": app.ward().0 }),
        )
        .await;
        let group = made.data("createGroup.group");
        let module = app
            .graphql(None, &operation("module"), json!({ "code": "HC1" }))
            .await;
        let assigned = json!({
            "groupId": group["id"], "moduleId": module.data("module.id"),
            "dueOn": app.clock.today() + Duration::days(30),
        });
        let assigned = step(&app, Some(&trainer), "trainer_2_assign", assigned).await;
        let lessons = assigned
            .data("assignModules.group.lessons")
            .as_array()
            .expect("lessons")
            .len();
        assert!(lessons > 0, "{assigned}");

        let code = json!({ "joinCode": group["joinCode"] });
        let joined = step(&app, Some(&parent), "trainer_3_join", code).await;
        assert_eq!(joined.data("joinGroup.group.id"), &group["id"], "{joined}");
        let lesson = app
            .graphql(None, &operation("lesson"), json!({ "code": "HC1.1" }))
            .await;
        let event =
            json!({ "eventId": app.clock.id::<Uuid>(), "lessonId": lesson.data("lesson.id") });
        step(&app, Some(&parent), "parent_3_complete", event).await;

        let asked = json!({ "id": group["id"] });
        let roster = step(&app, Some(&trainer), "trainer_4_roster", asked).await;
        let member = roster.data("group.members.nodes.0");
        assert_eq!(
            member["lessonStates"].as_array().map(Vec::len),
            Some(lessons),
            "{roster}"
        );
        assert_eq!(member["completedCount"], 1, "{roster}");
    })
    .await;
}

#[tokio::test]
async fn a_supervisor_sees_coverage_against_the_target() {
    on_both(async |app| {
        let supervisor = app.supervisor(app.province()).await;
        let ward = json!({ "areaId": app.ward().0 });
        let entered = step(
            &app,
            Some(&supervisor),
            "supervisor_1_register",
            ward.clone(),
        )
        .await;
        assert_eq!(
            entered.data("setDenominator.denominator.value"),
            40,
            "{entered}"
        );
        let seen = step(&app, Some(&supervisor), "supervisor_2_coverage", ward).await;
        assert_eq!(seen.data("coverage.numerator.state"), "EXACT", "{seen}");
        assert_eq!(seen.data("coverage.numerator.value"), 0, "{seen}");
        assert_eq!(seen.data("coverage.denominator.value"), 40, "{seen}");
        assert!(seen.data("coverage.target.percent").is_number(), "{seen}");
    })
    .await;
}

#[test]
fn the_readme_shows_the_documents_that_are_run() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let folder = root().join("tests/api/operations");
    for entry in std::fs::read_dir(folder).expect("the documents").flatten() {
        let name = entry.file_name().into_string().expect("a readable name");
        if name.starts_with("walkthrough_") {
            assert!(readme.contains(&name), "README.md does not show {name}");
        }
    }
}

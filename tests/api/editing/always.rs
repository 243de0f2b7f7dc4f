//! What holds after any sequence of editors' work: releases never change, and nobody's completion is lost.

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Desk, ENGLISH, REVIEWER, lesson_id, mutate};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

const LESSONS: [&str; 3] = ["HC1.1", "HC1.2", "HC2.1"];

/// Everything a release says, by its id: the columns that may never change once it is published.
async fn releases(app: &TestApp) -> BTreeMap<String, String> {
    let sql = "SELECT r.release_id AS id, r.number, r.completion_rule, r.completion_value, r.refresher_required, \
                 r.refresher_reasons, r.licence, r.source, r.source_language, v.language, v.modality, v.title, v.summary, \
                 v.body, v.bytes, v.sha256, v.source_sha256 \
               FROM lesson_release r JOIN lesson_variant v ON v.release_id = r.release_id \
               ORDER BY r.release_id, v.language, v.modality";
    let statement = Statement::from_string(app.db.backend(), sql);
    let rows = app.db.write().query_all_raw(statement).await.unwrap();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    for row in rows {
        let text = |name: &str| {
            row.try_get::<Option<String>>("", name)
                .unwrap()
                .unwrap_or_default()
        };
        let number = |name: &str| {
            row.try_get::<Option<i32>>("", name)
                .unwrap()
                .unwrap_or_default()
        };
        let id: Uuid = row.try_get("", "id").unwrap();
        let refresher: bool = row.try_get("", "refresher_required").unwrap();
        let words = [
            "completion_rule",
            "refresher_reasons",
            "licence",
            "source",
            "source_language",
            "language",
            "modality",
            "title",
            "summary",
            "body",
            "sha256",
            "source_sha256",
        ];
        let words = words.map(text).join("\u{1}");
        let numbers = ["number", "completion_value", "bytes"].map(number);
        said.entry(id.to_string())
            .or_default()
            .push_str(&format!("{words}{numbers:?}{refresher}\n"));
    }
    said
}

/// Numbers without a gap, at most one published of each lesson, and hashes that are those of the bodies.
async fn sound(app: &TestApp) {
    use sea_orm::EntityTrait;
    use sha2::Digest;
    let rows = entity::lesson_release::Entity::find()
        .all(app.db.write())
        .await
        .unwrap();
    let mut numbers: BTreeMap<_, Vec<i32>> = BTreeMap::new();
    for row in &rows {
        numbers.entry(row.lesson_id).or_default().push(row.number);
    }
    for numbers in numbers.values_mut() {
        numbers.sort_unstable();
        assert!(
            numbers.iter().copied().eq(1..=numbers.len() as i32),
            "{numbers:?}"
        );
    }
    let variants = entity::lesson_variant::Entity::find()
        .all(app.db.write())
        .await
        .unwrap();
    for variant in variants {
        let hash: String = sha2::Sha256::digest(&variant.body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            (variant.sha256, variant.bytes),
            (hash, variant.body.len() as i32)
        );
    }
}

/// The lessons somebody has finished, with the instant, and the tiers she has.
async fn finished(
    app: &TestApp,
    who: &Actor,
) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let viewer = app
        .app
        .auth
        .viewer(Some(&who.token))
        .await
        .unwrap()
        .unwrap();
    let record = app
        .app
        .learning
        .record_of(&viewer.learner())
        .await
        .unwrap()
        .unwrap();
    let lessons =
        record.state.lessons.iter().filter_map(|(id, state)| {
            Some((id.to_string(), state.completed.as_ref()?.at.to_string()))
        });
    let tiers = record.tiers.iter().flat_map(|(indicator, tiers)| {
        tiers
            .iter()
            .map(move |(tier, day)| (format!("{indicator} {tier:?}"), day.to_string()))
    });
    (lessons.collect(), tiers.collect())
}

async fn act(
    app: &TestApp,
    (desk, signer): (&Desk, &Actor),
    learner: &Actor,
    chance: &mut StdRng,
    drafts: &mut Vec<Value>,
) {
    let code = LESSONS[chance.random_range(0..LESSONS.len())];
    let who = [&desk.author, &desk.reviewer][chance.random_range(0..2)];
    let draft = match drafts.len() {
        0 => json!(app.clock.id::<Uuid>()),
        many => drafts[chance.random_range(0..many)].clone(),
    };
    let word = chance.random_range(0..1000);
    let (field, input) = match chance.random_range(0..14) {
        0 | 1 => (
            "saveLessonDraft",
            json!({ "lessonId": lesson_id(app, code), "summary": format!("Tóm tắt {word}"),
            "body": format!("Đoạn {word}."), "minutes": 1 + word % 240 }),
        ),
        2 => (
            "saveLessonDraft",
            json!({ "id": draft, "title": format!("Tên {word}"), "licence": format!("CC {word}") }),
        ),
        3 => (
            "translateLesson",
            json!({ "draftId": draft, "language": "en", "title": "T", "summary": "S",
            "body": if word % 2 == 0 { format!("Paragraph {word}.") } else { ENGLISH.to_owned() } }),
        ),
        4 => (
            "translateLesson",
            json!({ "draftId": draft, "language": "en", "remove": true }),
        ),
        5 | 6 => ("submitForReview", json!({ "id": draft })),
        7 => (
            "returnDraft",
            json!({ "id": draft, "comment": format!("Sửa {word}") }),
        ),
        8 | 11..14 => (
            "publishRelease",
            json!({ "id": draft, "reviewedBy": REVIEWER, "overNewer": true,
            "refresherRequired": word % 3 == 0,
            "refresherReasons": if word % 3 == 0 { json!([{ "language": "vi", "text": "Vì" }]) } else { json!([]) } }),
        ),
        9 => match word % 4 {
            0 => (
                "retireLesson",
                json!({ "lessonId": lesson_id(app, code), "reason": "Cũ" }),
            ),
            1 => ("discardDraft", json!({ "id": draft })),
            2 => {
                app.app.load_shipped().await.unwrap();
                return;
            }
            _ => (
                "approveDraft",
                json!({ "id": draft, "reviewedBy": REVIEWER }),
            ),
        },
        _ => {
            let input =
                json!({ "eventId": app.clock.id::<Uuid>(), "lessonId": lesson_id(app, code) });
            mutate(app, learner, "completeLesson", input).await;
            return;
        }
    };
    // A third editor signs and publishes more often than those who write.
    let decides = ["approveDraft", "publishRelease", "returnDraft"].contains(&field);
    let who = if decides && word % 5 > 0 { signer } else { who };
    let answer = mutate(app, who, field, input).await;
    answer.user_errors(field);
    // Half of the texts are written so that the draft could be published next.
    let draft = answer
        .json
        .pointer("/data/saveLessonDraft/draft/id")
        .cloned();
    if let Some(draft) = draft.filter(|_| word % 2 == 0) {
        let gone = json!({ "draftId": draft, "language": "en", "remove": true });
        mutate(app, who, "translateLesson", gone).await;
        mutate(app, who, "submitForReview", json!({ "id": draft })).await;
    }
    if let Some(id) = answer.json.pointer(&format!("/data/{field}/draft/id"))
        && !drafts.contains(id)
    {
        drafts.push(id.clone());
    }
}

#[tokio::test]
async fn no_sequence_of_editors_work_changes_a_release_or_loses_a_completion() {
    on_both(async |app| {
        let (mut published, mut completions) = (0, 0);
        for seed in 0..3 {
            let chance = &mut StdRng::seed_from_u64(seed);
            let desk = Desk::of(&app).await;
            let (signer, learner) = (app.editor().await, app.caregiver().await);
            let child = json!({ "id": app.clock.id::<Uuid>(), "bornMonth": "2026-01" });
            mutate(&app, &learner, "saveChild", child).await;
            let mut drafts = Vec::new();
            let mut known = releases(&app).await;
            let mut done = finished(&app, &learner).await;
            for _ in 0..60 {
                act(&app, (&desk, &signer), &learner, chance, &mut drafts).await;
                let now = releases(&app).await;
                for (id, said) in &known {
                    assert_eq!(now.get(id), Some(said), "seed {seed}: release {id} changed");
                }
                known = now;
                let now = finished(&app, &learner).await;
                for (lesson, at) in &done.0 {
                    assert_eq!(
                        now.0.get(lesson),
                        Some(at),
                        "seed {seed}: a completion was lost"
                    );
                }
                for (tier, day) in &done.1 {
                    assert!(
                        now.1.get(tier).is_some_and(|kept| kept <= day),
                        "seed {seed}: {tier} was lost"
                    );
                }
                done = now;
            }
            (published, completions) = (known.len(), completions + done.0.len());
            sound(&app).await;
            // What is in memory is what a server that starts now would read.
            let fresh = crate::app::Product::open(&app.db, &app.clock).await;
            let shown = |catalogue: &vun::content::Catalogue| -> Vec<String> {
                catalogue
                    .lessons()
                    .iter()
                    .map(|lesson| format!("{lesson:?}"))
                    .collect()
            };
            assert_eq!(
                shown(&app.app.content.catalogue()),
                shown(&fresh.app.content.catalogue())
            );
        }
        assert!(
            published > 73 && completions > 0,
            "{published} releases, {completions} completions: nothing was tried"
        );
    })
    .await;
}

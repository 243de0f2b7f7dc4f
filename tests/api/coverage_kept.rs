//! What a server keeps of counters is never older than the counters, whichever server changes them.

use serde_json::{Value, json};

use crate::{
    app::{Product, on_both},
    authorization::operation,
    coverage::with_child,
    requests::graphql,
};

const FIGURES: &str = "query($area: ID!) { coverage(areaId: $area, indicator: \"D3\", tier: REACHED, denominator: REGISTERED) { \
    numerator { value } denominator { value } freshness { newestOn } } }";

#[tokio::test]
async fn two_servers_answer_alike_whoever_of_them_counts_and_folds() {
    on_both(async |app| {
        let other = Product::open(&app.db, &app.clock).await;
        let watching = app.supervisor(app.country()).await;
        let areas = [app.ward(), app.province(), app.country()];
        let ask = async |router, area: entity::ids::AreaId| {
            let variables = json!({ "area": area.0 });
            let answer = graphql(router, Some(&watching.token), FIGURES, variables).await;
            answer.data("coverage").clone()
        };
        for area in areas {
            assert_eq!(ask(&app.router, area).await, ask(&other.router, area).await);
        }
        let begin = ask(&app.router, app.ward()).await;
        let count = |answer: &Value, of: &str| answer[of]["value"].as_i64().unwrap_or_default();
        let (mut reached, mut people) = (count(&begin, "numerator"), count(&begin, "denominator"));
        for step in 0..12 {
            let caregiver = with_child(&app).await;
            people += 1;
            if step % 2 == 0 {
                let path = "{ learningPath(first: 1) { lesson { id } } }";
                let path = caregiver.graphql(&app, path, json!({})).await;
                let event = json!({ "id": app.clock.id::<uuid::Uuid>(), "kind": "OPENED",
                    "lessonId": path.data("learningPath.0.lesson.id"), "occurredAt": app.clock.now().to_rfc3339() });
                let input = json!({ "input": { "events": [event] } });
                let router = if step % 4 == 0 { &other.router } else { &app.router };
                let document = operation("uploadLearningEvents");
                let sent = graphql(router, Some(&caregiver.token), &document, input).await;
                assert_eq!(sent.data("uploadLearningEvents.receipts.0.outcome"), "ACCEPTED");
                reached += 1;
            }
            match step % 3 {
                0 => app.app.coverage.fold().await.map(|_| ()),
                1 => other.app.coverage.fold().await.map(|_| ()),
                _ => Ok(()),
            }
            .expect("folded");
            for area in areas {
                let (here, there) = (ask(&app.router, area).await, ask(&other.router, area).await);
                assert_eq!(here, there, "step {step}");
            }
            let ward = ask(&other.router, app.ward()).await;
            if ward["denominator"]["value"].is_i64() {
                assert_eq!((count(&ward, "numerator"), count(&ward, "denominator")), (reached, people), "step {step}");
            }
        }
        assert!(people >= 12, "the ward is shown in the end");
        let ward = ask(&app.router, app.ward()).await;
        assert_eq!((count(&ward, "numerator"), count(&ward, "denominator")), (reached, people));
    })
    .await;
}

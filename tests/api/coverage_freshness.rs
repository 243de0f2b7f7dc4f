//! How many devices have synced since the day of a figure, told without telling of any single one.

use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    coverage::with_child,
    given::Actor,
};

async fn sync(app: &TestApp, who: &Actor, device: &str) {
    let path = "{ learningPath(first: 1) { lesson { id } } }";
    let answer = who.graphql(app, path, json!({})).await;
    let event = json!({ "id": app.clock.id::<Uuid>(), "kind": "OPENED",
        "lessonId": answer.data("learningPath.0.lesson.id"), "occurredAt": app.clock.now().to_rfc3339() });
    let input = json!({ "deviceId": device, "events": [event] });
    let document = operation("uploadLearningEvents");
    let sent = who.graphql(app, &document, json!({ "input": input })).await;
    assert_eq!(
        sent.data("uploadLearningEvents.receipts.0.outcome"),
        "ACCEPTED"
    );
}

async fn freshness(app: &TestApp, who: &Actor, area: entity::ids::AreaId, on: &str) -> Value {
    let document = "query($area: ID!, $on: Date) { coverage(areaId: $area, indicator: \"D3\", on: $on, denominator: REGISTERED) { \
        freshness { devicesSynced devicesSyncedSince } explanation(language: \"en\") { lines } } }";
    let variables = json!({ "area": area.0, "on": on });
    who.graphql(app, document, variables)
        .await
        .data("coverage")
        .clone()
}

#[tokio::test]
async fn a_figure_says_what_share_of_devices_synced_since_its_day_and_nothing_of_a_few() {
    on_both(async |app| {
        let mut caregivers = Vec::new();
        for at in 0..6 {
            let caregiver = with_child(&app).await;
            if at < 4 {
                sync(&app, &caregiver, &format!("may-{at}")).await;
            }
            caregivers.push(caregiver);
        }
        app.clock.advance(Duration::days(1));
        let watching = app.supervisor(app.country()).await;
        let few = freshness(&app, &watching, app.ward(), "2026-11-22").await;
        assert_eq!(
            few["freshness"]["devicesSynced"],
            Value::Null,
            "four devices are too few: {few}"
        );
        assert!(few.to_string().contains("Too few devices"), "{few}");

        for (at, caregiver) in caregivers.iter_mut().enumerate().skip(4) {
            *caregiver = app.sign_in_again(caregiver).await;
            sync(&app, caregiver, &format!("may-{at}")).await;
        }
        app.clock.advance(Duration::days(2));
        for (at, caregiver) in caregivers.iter_mut().enumerate().take(2) {
            *caregiver = app.sign_in_again(caregiver).await;
            sync(&app, caregiver, &format!("may-{at}")).await;
        }
        let watching = app.sign_in_again(&watching).await;
        // Of six devices in use two have synced since: a third, told as 30 %.
        for area in [app.ward(), app.province(), app.country()] {
            for on in ["2026-11-24", "2026-11-25"] {
                let told = freshness(&app, &watching, area, on).await;
                assert_eq!(told["freshness"]["devicesSynced"], 0.3, "{on}: {told}");
                assert_eq!(
                    told["freshness"]["devicesSyncedSince"],
                    "2026-11-24T17:00:00+00:00"
                );
                assert!(
                    told.to_string().contains("30 % of the devices in use here"),
                    "{told}"
                );
            }
        }
        let elsewhere = freshness(&app, &watching, app.other_province(), "2026-11-24").await;
        assert_eq!(elsewhere["freshness"]["devicesSynced"], Value::Null);
    })
    .await;
}

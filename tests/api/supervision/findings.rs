//! Findings: what does not fit together is shown as it is and found, has an owner and a state, and gives nothing away.

use serde_json::{Value, json};

use super::{call, coverage, done, refused};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

fn share(app: &TestApp, numerator: i32, denominator: i32) -> Value {
    json!({ "areaId": app.ward().to_string(), "indicator": "D1", "periodFrom": "2026-01-01", "periodTo": "2026-06-30",
        "numerator": numerator, "denominator": denominator, "source": "Danh sách mẫu" })
}

fn population(app: &TestApp, from: &str, to: &str, value: i32) -> Value {
    json!({ "areaId": app.ward().to_string(), "indicator": "D3", "periodFrom": from, "periodTo": to, "value": value,
        "source": "Trạm y tế", "status": "ROSTER" })
}

async fn found(app: &TestApp, who: &Actor, state: Option<&str>) -> Vec<Value> {
    let variables = json!({ "areaId": app.ward().to_string(), "state": state });
    let answer = call(app, who, "dataFindings", variables).await;
    let edges = answer
        .data("dataFindings.edges")
        .as_array()
        .expect("findings")
        .clone();
    edges.into_iter().map(|edge| edge["node"].clone()).collect()
}

#[tokio::test]
async fn more_than_all_is_shown_found_taken_explained_and_gone_when_it_fits_again() {
    on_both(async |app| {
        let ward = app.supervisor(app.ward()).await;
        let province = app.supervisor(app.province()).await;
        done(&app, &ward, "reportValue", share(&app, 50, 40)).await;
        let seen = coverage(&app, &ward, app.ward(), "D1", "2026-06-30", "CURRENT").await;
        assert_eq!(seen["rate"], 1.25, "shown as it is");
        let open = found(&app, &ward, Some("OPEN")).await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(
            (&open[0]["kind"], &open[0]["indicator"], &open[0]["owner"]),
            (&json!("OVER_100"), &json!("D1"), &json!(null))
        );
        let id = &open[0]["id"];
        let wordless = json!({ "id": id, "state": "EXPLAINED" });
        assert_eq!(
            refused(&app, &province, "handleFinding", wordless).await,
            [("REQUIRED".into(), "note".into())]
        );
        let resolved = json!({ "id": id, "state": "RESOLVED" });
        assert_eq!(
            refused(&app, &province, "handleFinding", resolved.clone()).await,
            [("CONFLICT".into(), "state".into())]
        );
        let taken = done(
            &app,
            &province,
            "handleFinding",
            json!({ "id": id, "state": "ACKNOWLEDGED" }),
        )
        .await;
        assert_eq!(
            (&taken["finding"]["owner"], &taken["finding"]["isMine"]),
            (&json!(province.account.to_string()), &json!(true))
        );
        let said = json!({ "id": id, "state": "EXPLAINED", "note": "Trẻ từ xã bên" });
        done(&app, &ward, "handleFinding", said).await;
        done(&app, &ward, "reportValue", share(&app, 50, 40)).await;
        assert_eq!(
            found(&app, &ward, None).await[0]["state"],
            "EXPLAINED",
            "examining again changes nothing"
        );
        done(&app, &ward, "reportValue", share(&app, 39, 40)).await;
        assert_eq!(found(&app, &ward, None).await[0]["state"], "RESOLVED");
        done(&app, &ward, "handleFinding", resolved).await;
        done(&app, &ward, "reportValue", share(&app, 41, 40)).await;
        let again = found(&app, &ward, Some("OPEN")).await;
        assert_eq!((again.len(), &again[0]["id"]), (1, id), "found again");
        let elsewhere = app.supervisor(app.other_province()).await;
        let answer = call(
            &app,
            &elsewhere,
            "handleFinding",
            json!({ "input": { "id": id, "state": "ACKNOWLEDGED" } }),
        )
        .await;
        assert_eq!(answer.code(), "NOT_FOUND");
    })
    .await;
}

#[tokio::test]
async fn a_sudden_jump_is_found_and_a_slow_change_is_not() {
    on_both(async |app| {
        let who = app.supervisor(app.ward()).await;
        done(
            &app,
            &who,
            "setDenominator",
            population(&app, "2025-07-01", "2025-12-31", 100),
        )
        .await;
        done(
            &app,
            &who,
            "setDenominator",
            population(&app, "2026-01-01", "2026-06-30", 150),
        )
        .await;
        assert!(
            found(&app, &who, None).await.is_empty(),
            "half more is no jump yet"
        );
        done(
            &app,
            &who,
            "setDenominator",
            population(&app, "2026-07-01", "2026-12-31", 226),
        )
        .await;
        let jumps = found(&app, &who, None).await;
        assert_eq!(jumps.len(), 1);
        assert_eq!(
            (&jumps[0]["kind"], &jumps[0]["periodFrom"]),
            (&json!("JUMP"), &json!("2026-07-01"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_finding_about_what_is_hidden_is_hidden_too() {
    on_both(async |app| {
        let ward = app.supervisor(app.ward()).await;
        let province = app.supervisor(app.province()).await;
        done(&app, &ward, "reportValue", share(&app, 4, 3)).await;
        assert_eq!(
            found(&app, &ward, None).await.len(),
            1,
            "the commune itself sees it"
        );
        let seen = found(&app, &province, None).await;
        assert!(seen.is_empty(), "{seen:?}");
        let hidden = found(&app, &ward, None).await;
        let input = json!({ "input": { "id": hidden[0]["id"], "state": "ACKNOWLEDGED" } });
        assert_eq!(
            call(&app, &province, "handleFinding", input).await.code(),
            "NOT_FOUND"
        );
    })
    .await;
}

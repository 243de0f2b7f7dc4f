//! Reported values: who may report and verify, what must be said, and that small populations stay hidden.

use serde_json::{Value, json};

use super::{but, call, coverage, done, refused};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

fn share(app: &TestApp) -> Value {
    json!({ "areaId": app.ward().to_string(), "indicator": "D1", "periodFrom": "2026-01-01", "periodTo": "2026-06-30",
        "numerator": 30, "denominator": 40, "source": "Danh sách mẫu", "document": "12/BC" })
}

async fn asked(app: &TestApp, who: &Actor) -> Value {
    coverage(app, who, app.ward(), "D1", "2026-06-30", "CURRENT").await
}

#[tokio::test]
async fn a_value_is_reported_by_its_area_and_verified_one_level_up_never_by_its_author() {
    on_both(async |app| {
        let ward = app.supervisor(app.ward()).await;
        let colleague = app.supervisor(app.ward()).await;
        let province = app.supervisor(app.province()).await;
        let elsewhere = app.supervisor(app.other_province()).await;
        let unknown = asked(&app, &province).await;
        assert_eq!(unknown["numerator"]["state"], "UNKNOWN", "unreported is not zero");
        assert_eq!(unknown["method"], "REPORTED");
        let made = done(&app, &ward, "reportValue", share(&app)).await;
        let made = &made["reportedValue"];
        assert_eq!((&made["version"], &made["state"]), (&json!(1), &json!("UNVERIFIED")));
        assert_eq!(made["viewerCanVerify"], false);
        let again = done(&app, &ward, "reportValue", share(&app)).await;
        assert_eq!(again["reportedValue"]["id"], made["id"], "the same again is the same");
        let seen = asked(&app, &province).await;
        assert_eq!((&seen["numerator"]["value"], &seen["denominator"]["value"]), (&json!(30), &json!(40)));
        assert_eq!(seen["rate"], 0.75);
        let said = seen["explanation"]["lines"].to_string();
        assert!(said.contains("Danh sách mẫu") && said.contains("not verified yet"), "{said}");
        let nothing = coverage(&app, &province, app.ward(), "D1", "2026-07-01", "CURRENT").await;
        assert_eq!(nothing["numerator"]["state"], "UNKNOWN", "a value speaks for its period only");

        let verify = json!({ "id": made["id"] });
        assert_eq!(refused(&app, &ward, "verifyReportedValue", verify.clone()).await, [("CONFLICT".into(), "id".into())]);
        assert_eq!(refused(&app, &colleague, "verifyReportedValue", verify.clone()).await, [("INVALID".into(), "id".into())]);
        let hidden = call(&app, &elsewhere, "verifyReportedValue", json!({ "input": verify })).await;
        assert_eq!(hidden.code(), "NOT_FOUND");
        let wordless = but(verify.clone(), json!({ "holds": false }));
        assert_eq!(refused(&app, &province, "verifyReportedValue", wordless.clone()).await, [("REQUIRED".into(), "comment".into())]);
        let verified = done(&app, &province, "verifyReportedValue", verify.clone()).await;
        assert_eq!(verified["reportedValue"]["state"], "VERIFIED");
        done(&app, &province, "verifyReportedValue", verify.clone()).await;
        let other = but(wordless, json!({ "comment": "Sai kỳ" }));
        assert_eq!(refused(&app, &province, "verifyReportedValue", other).await, [("CONFLICT".into(), "id".into())]);
        let said = asked(&app, &province).await["explanation"]["lines"].to_string();
        assert!(said.contains("; verified by the office above"), "{said}");

        let better = but(share(&app), json!({ "numerator": 35 }));
        let better = done(&app, &ward, "reportValue", better).await;
        assert_eq!(better["reportedValue"]["version"], 2);
        assert_eq!(asked(&app, &province).await["numerator"]["value"], 35);
        let back = json!({ "id": better["reportedValue"]["id"], "holds": false, "comment": "Thiếu chữ ký" });
        done(&app, &province, "verifyReportedValue", back).await;
        assert_eq!(asked(&app, &province).await["numerator"]["value"], 30, "what was returned does not count");
        let listed = call(&app, &ward, "reportedValues", json!({ "areaId": app.ward().to_string() })).await;
        let listed = listed.data("reportedValues.edges").as_array().expect("versions").clone();
        let states: Vec<_> = listed.iter().map(|edge| (&edge["node"]["state"], &edge["node"]["inForce"])).collect();
        assert_eq!(states, [(&json!("RETURNED"), &json!(false)), (&json!("VERIFIED"), &json!(true))]);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_reported_is_named_by_its_field() {
    on_both(async |app| {
        let who = app.supervisor(app.country()).await;
        let closed = super::bac_lieu(&app);
        for (changes, code, field) in [
            (json!({ "indicator": "D3" }), "INVALID", "indicator"),
            (json!({ "indicator": "D33" }), "NOT_FOUND", "indicator"),
            (json!({ "numerator": null }), "REQUIRED", "numerator"),
            (json!({ "numerator": -1 }), "INVALID", "numerator"),
            (json!({ "denominator": -1 }), "INVALID", "denominator"),
            (json!({ "inPlace": true }), "REQUIRED", "numerator"),
            (json!({ "indicator": "D5" }), "REQUIRED", "inPlace"),
            (json!({ "indicator": "D9" }), "REQUIRED", "milestone"),
            (json!({ "periodTo": null }), "REQUIRED", "periodTo"),
            (
                json!({ "periodTo": "2025-12-31" }),
                "DATE_OUT_OF_RANGE",
                "periodTo",
            ),
            (
                json!({ "periodTo": "2026-12-31" }),
                "DATE_OUT_OF_RANGE",
                "periodTo",
            ),
            (
                json!({ "periodFrom": "2017-01-01", "periodTo": "2017-12-31" }),
                "DATE_OUT_OF_RANGE",
                "periodFrom",
            ),
            (json!({ "source": " " }), "REQUIRED", "source"),
            (json!({ "areaId": closed.to_string() }), "CLOSED", "areaId"),
        ] {
            let input = but(share(&app), changes.clone());
            let said = refused(&app, &who, "reportValue", input).await;
            assert!(
                said.contains(&(code.to_owned(), field.to_owned())),
                "{changes}: {said:?}"
            );
        }
        let elsewhere = app.supervisor(app.other_province()).await;
        let answer = call(
            &app,
            &elsewhere,
            "reportValue",
            json!({ "input": share(&app) }),
        )
        .await;
        assert_eq!(answer.code(), "NOT_FOUND");
        assert_eq!(
            asked(&app, &who).await["numerator"]["state"],
            "UNKNOWN",
            "nothing was written"
        );
    })
    .await;
}

#[tokio::test]
async fn a_small_reported_population_is_hidden_from_above_with_all_that_gives_it_away() {
    on_both(async |app| {
        let own = app.supervisor(app.ward()).await;
        let country = app.supervisor(app.country()).await;
        let small = but(share(&app), json!({ "numerator": 2, "denominator": 3 }));
        done(&app, &own, "reportValue", small).await;
        let siblings = super::children(&app, app.province(), "2026-06-30");
        for sibling in siblings.iter().filter(|area| **area != app.ward()).take(3) {
            let input = but(share(&app), json!({ "areaId": sibling.to_string() }));
            done(&app, &country, "reportValue", input).await;
        }
        let whole = but(
            share(&app),
            json!({ "areaId": app.province().to_string(), "numerator": 92, "denominator": 123 }),
        );
        done(&app, &country, "reportValue", whole).await;
        let seen = asked(&app, &own).await;
        assert_eq!(
            (&seen["numerator"]["value"], &seen["denominator"]["value"]),
            (&json!(2), &json!(3))
        );
        let hidden = asked(&app, &country).await;
        for count in ["numerator", "denominator", "gap"] {
            assert_eq!(hidden[count]["state"], "POOLED", "{hidden}");
        }
        assert_eq!(
            (&hidden["rate"], &hidden["targetMet"]),
            (&json!(null), &json!(null))
        );
        let province = coverage(
            &app,
            &country,
            app.province(),
            "D1",
            "2026-06-30",
            "CURRENT",
        )
        .await;
        assert_eq!(province["denominator"]["value"], 123);
        let mut shown = 0;
        for sibling in siblings.iter().filter(|area| **area != app.ward()).take(3) {
            let answer = coverage(&app, &country, *sibling, "D1", "2026-06-30", "CURRENT").await;
            shown += answer["denominator"]["value"].as_i64().unwrap_or(0);
        }
        assert!(
            shown <= 80,
            "the total less the siblings shown must hold another than the small one: {shown}"
        );
        let listed = call(
            &app,
            &country,
            "reportedValues",
            json!({ "areaId": app.ward().to_string() }),
        )
        .await;
        assert_eq!(
            listed.data("reportedValues.edges.0.node.denominator.state"),
            "POOLED"
        );
    })
    .await;
}

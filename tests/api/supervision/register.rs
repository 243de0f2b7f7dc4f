//! The register: sources that contradict each other are all kept, one applies by rule, and a person can settle it.

use serde_json::{Value, json};
use vun::programmes::{by_code, denominators};

use super::{but, call, coverage, done, refused};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

fn value(app: &TestApp) -> Value {
    json!({ "areaId": app.ward().to_string(), "indicator": "D3", "periodFrom": "2026-01-01", "periodTo": "2026-12-31",
        "value": 40, "source": "Trạm y tế", "status": "ROSTER" })
}

async fn entries(app: &TestApp, who: &Actor, only_conflicts: bool) -> Vec<Value> {
    let variables = json!({ "areaId": app.ward().to_string(), "onlyConflicts": only_conflicts });
    let answer = call(app, who, "denominators", variables).await;
    let edges = answer
        .data("denominators.edges")
        .as_array()
        .expect("entries")
        .clone();
    edges.into_iter().map(|edge| edge["node"].clone()).collect()
}

async fn denominator(app: &TestApp, who: &Actor) -> Value {
    coverage(app, who, app.ward(), "D3", "2026-11-22", "CURRENT").await["denominator"]["value"]
        .clone()
}

#[tokio::test]
async fn two_sources_are_both_kept_and_the_conflict_is_settled_in_words() {
    on_both(async |app| {
        let who = app.supervisor(app.ward()).await;
        done(&app, &who, "setDenominator", value(&app)).await;
        assert!(entries(&app, &who, true).await.is_empty());
        let other = but(value(&app), json!({ "source": "Trường học", "value": 36 }));
        done(&app, &who, "setDenominator", other.clone()).await;
        assert_eq!(
            denominator(&app, &who).await,
            40,
            "of two equally sure the larger applies"
        );
        let conflict = entries(&app, &who, true).await;
        assert_eq!(conflict.len(), 2);
        let school = conflict
            .iter()
            .find(|row| row["source"] == "Trường học")
            .expect("the school's")
            .clone();
        assert_eq!(
            (&school["inForce"], &school["isConflict"]),
            (&json!(false), &json!(true))
        );
        let wordless = json!({ "id": school["id"], "reason": " " });
        assert_eq!(
            refused(&app, &who, "settleDenominator", wordless).await,
            [("REQUIRED".into(), "reason".into())]
        );
        app.clock.advance(chrono::Duration::seconds(1));
        let settled = json!({ "id": school["id"], "reason": "Trường vừa kiểm đếm" });
        let chosen = done(&app, &who, "settleDenominator", settled.clone()).await;
        assert_eq!(chosen["denominator"]["inForce"], true);
        assert_eq!(denominator(&app, &who).await, 36);
        assert!(entries(&app, &who, true).await.is_empty(), "settled");
        assert_eq!(
            entries(&app, &who, false).await.len(),
            3,
            "nothing was overwritten"
        );
        app.clock.advance(chrono::Duration::seconds(1));
        done(
            &app,
            &who,
            "setDenominator",
            but(other, json!({ "value": 37 })),
        )
        .await;
        assert_eq!(
            denominator(&app, &who).await,
            37,
            "the chosen source corrects itself"
        );
        let stale = refused(&app, &who, "settleDenominator", settled).await;
        assert_eq!(stale, [("CONFLICT".into(), "id".into())]);
        done(
            &app,
            &who,
            "setDenominator",
            but(value(&app), json!({ "source": "Công an", "value": 50 })),
        )
        .await;
        assert_eq!(
            denominator(&app, &who).await,
            37,
            "what was settled applies until it is settled anew"
        );
        assert!(
            !entries(&app, &who, true).await.is_empty(),
            "a third source opens it again"
        );
        let elsewhere = app.supervisor(app.other_province()).await;
        for (field, variables) in [
            ("denominators", json!({ "areaId": app.ward().to_string() })),
            (
                "settleDenominator",
                json!({ "input": { "id": school["id"], "reason": "?" } }),
            ),
        ] {
            assert_eq!(
                call(&app, &elsewhere, field, variables).await.code(),
                "NOT_FOUND"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_small_population_of_the_register_is_hidden_from_above() {
    on_both(async |app| {
        let own = app.supervisor(app.ward()).await;
        let country = app.supervisor(app.country()).await;
        done(
            &app,
            &own,
            "setDenominator",
            but(value(&app), json!({ "value": 3 })),
        )
        .await;
        assert_eq!(entries(&app, &own, false).await[0]["value"]["value"], 3);
        let seen = entries(&app, &country, false).await;
        assert_eq!(
            seen[0]["value"],
            json!({ "state": "POOLED", "value": null })
        );
    })
    .await;
}

#[tokio::test]
async fn two_imports_at_once_end_as_one_after_the_other() {
    on_both(async |app| {
        let header = "area_code,area_level,indicator,period_from,period_to,value,source,status";
        let atlas = app.app.areas.atlas();
        let read = |value: i32| {
            let file = format!(
                "{header}\n22,PROVINCE,D3,2026-01-01,2026-12-31,{value},Sở Y tế,OFFICIAL\n22,PROVINCE,D3,2026-01-01,2026-12-31,900,Sở Nội vụ,OFFICIAL\n"
            );
            denominators::read("d.csv", file.as_bytes(), &app.app.programmes.rulebook(), &by_code(&atlas)).expect("a register")
        };
        let importing: Vec<_> = [1000, 1001, 1000, 1001]
            .into_iter()
            .map(|value| {
                let (programmes, entries) = (app.app.programmes.clone(), read(value));
                tokio::spawn(async move { programmes.import_denominators(entries, false).await })
            })
            .collect();
        for import in importing {
            import.await.expect("a task").expect("an import");
        }
        let area = app.area("22", entity::area::AreaLevel::Province, app.clock.today());
        let rows = app.app.programmes.register_of_area(area, None).await.expect("the register");
        let mut versions: Vec<_> = rows.iter().map(|row| row.version).collect();
        versions.sort_unstable();
        let expected: Vec<i32> = (1..).take(versions.len()).collect();
        assert_eq!(versions, expected, "every number once");
        assert_eq!(rows.iter().filter(|row| row.source == "Sở Nội vụ").count(), 1);
    })
    .await;
}

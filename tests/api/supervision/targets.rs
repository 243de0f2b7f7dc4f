//! Areas' own targets: set with a plan, inherited, kept as versions, and the pace towards them.

use serde_json::{Value, json};

use super::{but, call, coverage, done, refused};
use crate::app::{Product, TestApp, on_both};

fn target(app: &TestApp) -> Value {
    json!({ "areaId": app.province().to_string(), "indicator": "D3", "percent": 85, "phaseFrom": "2026-01-01",
        "phaseTo": "2030-12-31", "phaseLabel": "giai đoạn mẫu 2026 - 2030", "wording": "85% cha mẹ", "decision": "1/KH-UBND",
        "decidedOn": "2026-01-15", "source": "Kế hoạch mẫu" })
}

#[tokio::test]
async fn an_own_target_is_inherited_below_and_every_change_of_it_is_kept() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let applied = async |area| {
            coverage(&app, &who, area, "D3", "2026-11-22", "CURRENT").await["target"].clone()
        };
        assert_eq!(applied(app.ward()).await["percent"], 80, "the country's");
        let set = done(&app, &who, "setTarget", target(&app)).await;
        let set = &set["target"];
        assert_eq!(
            (&set["percent"], &set["unitLevel"]),
            (&json!(85), &json!("caregiver"))
        );
        assert_eq!(
            (&set["decision"], &set["decidedOn"]),
            (&json!("1/KH-UBND"), &json!("2026-01-15"))
        );
        assert_eq!(set["deviatesFromNational"], true);
        assert_eq!(set["phase"]["label"], "giai đoạn mẫu 2026 - 2030");
        for area in [app.province(), app.ward()] {
            let applied = applied(area).await;
            assert_eq!(applied["percent"], 85);
            assert_eq!(applied["phaseState"], "CURRENT");
            assert_eq!(applied["area"]["id"], app.province().to_string());
        }
        let again = done(&app, &who, "setTarget", target(&app)).await;
        assert_eq!(again["target"]["id"], set["id"]);
        assert_eq!(again["target"]["history"].as_array().map(Vec::len), Some(1));
        app.clock.advance(chrono::Duration::minutes(1));
        let raised = but(
            target(&app),
            json!({ "percent": 90, "decision": "2/KH-UBND" }),
        );
        let raised = done(&app, &who, "setTarget", raised).await;
        let history = raised["target"]["history"]
            .as_array()
            .expect("versions")
            .clone();
        let versions: Vec<_> = history
            .iter()
            .map(|row| (&row["version"], &row["percent"], &row["decision"]))
            .collect();
        assert_eq!(
            versions,
            [
                (&json!(1), &json!(85), &json!("1/KH-UBND")),
                (&json!(2), &json!(90), &json!("2/KH-UBND"))
            ]
        );
        assert!(
            history
                .iter()
                .all(|row| row["setBy"] == who.account.to_string() && row["setAt"].is_string())
        );
        app.app.load_shipped().await.expect("what is shipped");
        assert_eq!(
            applied(app.ward()).await["percent"],
            90,
            "loading the shipped targets again leaves own ones alone"
        );
    })
    .await;
}

#[tokio::test]
async fn another_server_on_the_same_database_follows_a_new_target() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let other = Product::open(&app.db, &app.clock).await;
        let set = || {
            let rulebook = other.app.programmes.rulebook();
            let indicator = rulebook.indicator("D3").expect("D3").row.indicator_id;
            let own: Vec<_> = rulebook.targets_of(indicator, app.province()).collect();
            own.first().and_then(|target| target.percent)
        };
        done(&app, &who, "setTarget", target(&app)).await;
        assert_eq!(set(), None, "it has not looked yet");
        assert!(other.app.programmes.catch_up().await.expect("read again"));
        assert_eq!(set(), Some(85));
        let (news, statements) = app
            .statements_of(async || other.app.programmes.catch_up().await.expect("looked"))
            .await;
        assert_eq!(
            (news, statements),
            (false, 1),
            "one small read when nothing is new"
        );
        done(&app, &who, "setTarget", target(&app)).await;
        assert!(
            !other.app.programmes.catch_up().await.expect("looked"),
            "the same again is no news"
        );
    })
    .await;
}

#[tokio::test]
async fn a_shipped_target_that_its_area_changes_keeps_what_it_said_and_is_not_set_back() {
    on_both(async |app| {
        let who = app.supervisor(app.country()).await;
        let national = json!({ "areaId": app.country().to_string(), "indicator": "D3", "phase": "VN1438-P2", "percent": 82,
            "wording": "82%", "decision": "3/QĐ", "decidedOn": "2026-02-01", "source": "Quyết định mẫu" });
        let set = done(&app, &who, "setTarget", national).await;
        assert_eq!(set["target"]["code"], "VN/VN1438-P2/D3", "the same target");
        let percents: Vec<_> = set["target"]["history"].as_array().expect("versions").iter().map(|row| row["percent"].clone()).collect();
        assert_eq!(percents, [json!(80), json!(82)]);
        app.app.load_shipped().await.expect("what is shipped");
        let now = coverage(&app, &who, app.country(), "D3", "2025-12-31", "CURRENT").await;
        assert_eq!(now["target"]["percent"], 82);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_a_target_is_named_by_its_field() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        for (changes, code, field) in [
            (json!({ "percent": 101 }), "INVALID", "percent"),
            (json!({ "percent": 0 }), "INVALID", "percent"),
            (json!({ "percent": null }), "INVALID", "percent"),
            (json!({ "phaseTo": null }), "REQUIRED", "phase"),
            (json!({ "phase": "VN1437-P2" }), "NOT_FOUND", "phase"),
            (
                json!({ "phase": "VN1438-P1" }),
                "DATE_OUT_OF_RANGE",
                "phase",
            ),
            (
                json!({ "phaseTo": "2025-12-31" }),
                "DATE_OUT_OF_RANGE",
                "phase",
            ),
            (json!({ "indicator": "D33" }), "NOT_FOUND", "indicator"),
            (json!({ "indicator": "D9" }), "INVALID", "kind"),
            (
                json!({ "kind": "MILESTONE", "percent": null }),
                "INVALID",
                "kind",
            ),
            (json!({ "unitLevel": "staff" }), "INVALID", "unitLevel"),
            (
                json!({ "indicator": "D5", "unitLevel": "district" }),
                "INVALID",
                "unitLevel",
            ),
            (
                json!({ "decidedOn": "2026-12-01" }),
                "DATE_OUT_OF_RANGE",
                "decidedOn",
            ),
            (json!({ "wording": "" }), "REQUIRED", "wording"),
            (
                json!({ "areaId": app.ward().to_string() }),
                "INVALID",
                "areaId",
            ),
        ] {
            let said = refused(&app, &who, "setTarget", but(target(&app), changes.clone())).await;
            assert!(
                said.contains(&(code.to_owned(), field.to_owned())),
                "{changes}: {said:?}"
            );
        }
        let elsewhere = but(
            target(&app),
            json!({ "areaId": app.other_province().to_string() }),
        );
        let answer = call(&app, &who, "setTarget", json!({ "input": elsewhere })).await;
        assert_eq!(answer.code(), "NOT_FOUND");
        let closed = super::bac_lieu(&app);
        let now = app.clock.now();
        app.clock
            .set("2025-06-01T02:00:00Z".parse().expect("an instant"));
        let former = app.supervisor(closed).await;
        app.clock.set(now);
        let former = app.sign_in_again(&former).await;
        let input = but(target(&app), json!({ "areaId": closed.to_string() }));
        let said = refused(&app, &former, "setTarget", input).await;
        assert!(
            said.contains(&("CLOSED".to_owned(), "areaId".to_owned())),
            "{said:?}"
        );
        let kept = coverage(&app, &who, app.province(), "D3", "2026-11-22", "CURRENT").await;
        assert_eq!(kept["target"]["percent"], 80, "nothing was written");
    })
    .await;
}

#[tokio::test]
async fn the_pace_of_twelve_weeks_says_when_the_target_is_met() {
    on_both(async |app| {
        let who = app.supervisor(app.ward()).await;
        let own = but(target(&app), json!({ "areaId": app.ward().to_string(), "indicator": "D1", "percent": 90 }));
        done(&app, &who, "setTarget", own).await;
        let report = |from: &str, to: &str, numerator: i32| {
            json!({ "areaId": app.ward().to_string(), "indicator": "D1", "periodFrom": from, "periodTo": to,
                "numerator": numerator, "denominator": 100, "source": "Danh sách mẫu" })
        };
        done(&app, &who, "reportValue", report("2026-01-01", "2026-08-31", 30)).await;
        done(&app, &who, "reportValue", report("2026-09-01", "2026-11-22", 54)).await;
        let query = "query($area: ID!) { coverage(areaId: $area, indicator: \"D1\") { gap { value } pacePerWeek projectedOn \
            neededPerWeek children { edges { node { projectedOn } } } } }";
        let answer = who.graphql(&app, query, json!({ "area": app.ward().to_string() })).await;
        let answer = answer.data("coverage");
        assert_eq!(answer["gap"]["value"], 36);
        assert_eq!(answer["pacePerWeek"], 2.0, "24 in 12 weeks");
        assert_eq!(answer["projectedOn"], "2027-03-28", "36 at 2 a week are 18 weeks");
        assert!(answer["neededPerWeek"].as_f64().expect("a pace") < 1.0);
    })
    .await;
}

#[tokio::test]
async fn to_age_eight_is_read_as_the_programme_says_and_everybody_is_counted_by_it() {
    on_both(async |app| {
        let who = app.supervisor(app.ward()).await;
        let parent = app.caregiver().await;
        // A hundred months old: past turning eight, within the ninth year.
        let child = json!({ "input": { "nickname": "Bé mẫu", "bornMonth": "2018-07" } });
        let save = "mutation($input: SaveChildInput!) { saveChild(input: $input) { userErrors { code message field } } }";
        assert!(parent.graphql(&app, save, child).await.user_errors("saveChild").is_empty());
        let counted = async || {
            let query = "query($area: ID!) { coverage(areaId: $area, indicator: \"E2C\", denominator: REGISTERED) { denominator { value } \
                indicator { maxAgeMonths } } }";
            let answer = who.graphql(&app, query, json!({ "area": app.ward().to_string() })).await;
            (answer.data("coverage.denominator.value").clone(), answer.data("coverage.indicator.maxAgeMonths").clone())
        };
        assert_eq!(counted().await, (json!(0), json!(96)));
        let programmes = &app.app.programmes;
        assert!(programmes.set_early_years_inclusive("VN1437", true).await.expect("a setting"));
        app.app.coverage.settle_everybody(&app.app.learning).await.expect("everybody");
        assert_eq!(counted().await, (json!(1), json!(108)));
        let (_, differences) = app.app.coverage.check(&app.app.learning).await.expect("a check");
        assert_eq!(differences, []);
        app.app.load_shipped().await.expect("what is shipped");
        assert_eq!(counted().await, (json!(1), json!(108)), "loading what is shipped again leaves the setting");
        assert!(!programmes.set_early_years_inclusive("VN1437", true).await.expect("a setting"));
        assert!(programmes.set_early_years_inclusive("VN1", true).await.is_err());
    })
    .await;
}

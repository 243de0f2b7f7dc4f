//! Compound indicators: each element apart, the whole together, and plans that ask for less than all of them.

use entity::{area::AreaLevel, ids::AreaId};
use serde_json::{Value, json};

use super::{but, call, children, coverage, day, done, refused, thuan_an};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

fn has(area: AreaId, indicator: &str, from: &str, elements: &[(&str, bool)]) -> Value {
    let elements: Vec<Value> = elements
        .iter()
        .map(|(code, has)| json!({ "element": code, "inPlace": has }))
        .collect();
    json!({ "areaId": area.to_string(), "indicator": indicator, "periodFrom": from, "elements": elements,
        "source": "Báo cáo mẫu" })
}

/// Each element of an answer: its code, whether it is asked for, and how many have it out of all.
fn apart(answer: &Value) -> Vec<(String, bool, Value, Value)> {
    let elements = answer["elements"].as_array().expect("elements").iter();
    let element = |element: &Value| {
        (
            element["element"]["code"]
                .as_str()
                .expect("a code")
                .to_owned(),
            element["isNeeded"].as_bool().expect("yes or no"),
            element["numerator"]["value"].clone(),
            element["denominator"]["value"].clone(),
        )
    };
    elements.map(element).collect()
}

fn lines(answer: &Value) -> String {
    answer["explanation"]["lines"].to_string()
}

#[tokio::test]
async fn a_network_and_a_pilot_are_counted_apart_and_together() {
    on_both(async |app| {
        let who = app.supervisor(app.country()).await;
        let town = thuan_an(&app);
        let communes = children(&app, town, "2025-06-30");
        let before = coverage(&app, &who, town, "D5", "2025-06-30", "AS_REPORTED").await;
        assert_eq!(
            apart(&before),
            [
                ("NETWORK".into(), true, json!(null), json!(10)),
                ("PILOT".into(), true, json!(null), json!(10))
            ],
            "not reported is not zero"
        );
        for (at, commune) in communes[..9].iter().enumerate() {
            let elements = [("NETWORK", true), ("PILOT", at < 5)];
            done(
                &app,
                &who,
                "reportValue",
                has(*commune, "D5", "2025-03-01", &elements),
            )
            .await;
        }
        let seen = coverage(&app, &who, town, "D5", "2025-06-30", "AS_REPORTED").await;
        assert_eq!(seen["numerator"]["value"], 5, "together: who has both");
        assert_eq!(seen["targetMet"], false);
        assert_eq!(
            apart(&seen),
            [
                ("NETWORK".into(), true, json!(9), json!(10)),
                ("PILOT".into(), true, json!(5), json!(10))
            ]
        );
        assert_eq!(seen["elements"][0]["rate"], 0.9);
        let said = lines(&seen);
        assert!(
            said.contains("Everything of this is needed together: Network linking services; Pilot"),
            "{said}"
        );
        assert!(
            said.contains("By itself, Network linking services: 9 of 10."),
            "{said}"
        );
        let values = seen["reported"]["values"].as_array().expect("values");
        let both = values
            .iter()
            .filter(|value| value["elementsInPlace"] == json!(["NETWORK", "PILOT"]));
        assert_eq!(both.count(), 5);

        // Who says no more than that it has the whole has every element; who has it not may have some.
        super::in_place(&app, &who, communes[9], "D5", "2025-03-01", true).await;
        super::in_place(&app, &who, communes[8], "D5", "2025-04-01", false).await;
        let seen = coverage(&app, &who, town, "D5", "2025-06-30", "AS_REPORTED").await;
        assert_eq!(seen["numerator"]["value"], 6);
        assert_eq!(
            apart(&seen),
            [
                ("NETWORK".into(), true, json!(9), json!(10)),
                ("PILOT".into(), true, json!(6), json!(10))
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_plan_that_leaves_an_element_out_is_met_without_it_and_the_nation_still_counts_all() {
    on_both(async |app| {
        let who = app.supervisor(app.country()).await;
        let quang_ninh = app.area("22", AreaLevel::Province, day("2020-06-30"));
        let elements = [("NETWORK", true), ("NEEDS", false), ("PILOT", true)];
        done(
            &app,
            &who,
            "reportValue",
            has(quang_ninh, "E3", "2020-03-01", &elements),
        )
        .await;
        let own = coverage(&app, &who, quang_ninh, "E3", "2020-06-30", "AS_REPORTED").await;
        assert_eq!(
            (&own["target"]["kind"], &own["targetMet"]),
            (&json!("MILESTONE"), &json!(true))
        );
        let needed: Vec<_> = apart(&own)
            .into_iter()
            .map(|(code, needed, ..)| (code, needed))
            .collect();
        assert_eq!(
            needed,
            [
                ("NETWORK".into(), true),
                ("NEEDS".into(), false),
                ("PILOT".into(), true)
            ]
        );
        let nation = coverage(&app, &who, app.country(), "E3", "2020-06-30", "AS_REPORTED").await;
        assert_eq!(nation["numerator"]["value"], 0, "{nation}");
        assert_eq!(
            apart(&nation)[0],
            ("NETWORK".into(), true, json!(1), json!(63))
        );
        assert_eq!(
            apart(&nation)[1],
            ("NEEDS".into(), true, json!(0), json!(63))
        );

        let without = [("NETWORK", true), ("NEEDS", true), ("PILOT", false)];
        done(
            &app,
            &who,
            "reportValue",
            has(quang_ninh, "E3", "2020-04-01", &without),
        )
        .await;
        let own = coverage(&app, &who, quang_ninh, "E3", "2020-06-30", "AS_REPORTED").await;
        assert_eq!(own["targetMet"], false);
    })
    .await;
}

fn both(app: &TestApp, numbers: [i32; 3]) -> Value {
    json!({ "areaId": app.ward().to_string(), "indicator": "D2C", "periodFrom": "2026-01-01", "periodTo": "2026-06-30",
        "numerator": numbers[0], "denominator": 40, "source": "Danh sách mẫu",
        "elements": [{ "element": "SERVICES", "numerator": numbers[1] }, { "element": "SKILLS", "numerator": numbers[2] }] })
}

async fn asked(app: &TestApp, who: &Actor) -> Value {
    coverage(app, who, app.ward(), "D2C", "2026-06-30", "CURRENT").await
}

#[tokio::test]
async fn services_and_skills_of_children_are_told_apart_and_protected_together() {
    on_both(async |app| {
        let ward = app.supervisor(app.ward()).await;
        let province = app.supervisor(app.province()).await;
        let made = done(&app, &ward, "reportValue", both(&app, [8, 12, 9])).await;
        let reached: Vec<_> = (0..2)
            .map(|at| &made["reportedValue"]["elements"][at]["reached"]["value"])
            .collect();
        assert_eq!(reached, [&json!(12), &json!(9)]);
        let seen = asked(&app, &province).await;
        assert_eq!(seen["numerator"]["value"], 8);
        assert_eq!(
            apart(&seen),
            [
                ("SERVICES".into(), true, json!(12), json!(40)),
                ("SKILLS".into(), true, json!(9), json!(40))
            ]
        );
        let small = but(both(&app, [1, 2, 3]), json!({ "denominator": 3 }));
        done(&app, &ward, "reportValue", small).await;
        let own = asked(&app, &ward).await;
        assert_eq!(apart(&own)[1].2, json!(3));
        let hidden = asked(&app, &province).await;
        for element in hidden["elements"].as_array().expect("elements") {
            assert_eq!(element["numerator"]["state"], "POOLED", "{hidden}");
            assert_eq!(
                (&element["denominator"]["state"], &element["rate"]),
                (&json!("POOLED"), &json!(null))
            );
        }
        assert!(!lines(&hidden).contains("By itself"), "{hidden}");
        let listed = call(
            &app,
            &province,
            "reportedValues",
            json!({ "areaId": app.ward().to_string() }),
        )
        .await;
        assert_eq!(
            listed.data("reportedValues.edges.0.node.elements.0.reached.state"),
            "POOLED"
        );
    })
    .await;
}

#[tokio::test]
async fn elements_that_do_not_fit_are_named_by_their_field() {
    on_both(async |app| {
        let who = app.supervisor(app.country()).await;
        let network = || {
            has(
                app.ward(),
                "D5",
                "2026-01-01",
                &[("NETWORK", true), ("PILOT", false)],
            )
        };
        let (yes, number) = (
            json!({ "element": "SERVICES", "inPlace": true }),
            json!({ "element": "SERVICES", "numerator": 1 }),
        );
        for (input, field) in [
            (both(&app, [10, 12, 9]), "numerator"),
            (both(&app, [8, 12, -1]), "elements"),
            (
                but(both(&app, [1, 1, 1]), json!({ "elements": [] })),
                "elements",
            ),
            (
                but(
                    both(&app, [1, 1, 1]),
                    json!({ "elements": [number, number] }),
                ),
                "elements",
            ),
            (
                but(
                    both(&app, [1, 1, 1]),
                    json!({ "elements": [number, { "element": "OTHER", "numerator": 1 }] }),
                ),
                "elements",
            ),
            (
                but(
                    both(&app, [1, 1, 1]),
                    json!({ "elements": [yes, { "element": "SKILLS", "numerator": 1 }] }),
                ),
                "elements",
            ),
            (
                but(
                    both(&app, [1, 1, 1]),
                    json!({ "elements": [number, { "element": "SKILLS" }] }),
                ),
                "elements.1",
            ),
            (
                but(both(&app, [1, 1, 1]), json!({ "indicator": "D1" })),
                "elements",
            ),
            (but(network(), json!({ "inPlace": true })), "inPlace"),
            (
                but(
                    network(),
                    json!({ "elements": [{ "element": "NETWORK", "inPlace": true }] }),
                ),
                "elements",
            ),
        ] {
            let said = refused(&app, &who, "reportValue", input.clone()).await;
            assert_eq!(said, [("INVALID".to_owned(), field.to_owned())], "{input}");
        }
        assert_eq!(
            asked(&app, &who).await["numerator"]["state"],
            "UNKNOWN",
            "nothing was written"
        );
    })
    .await;
}

#[tokio::test]
async fn an_area_sets_which_elements_its_own_plan_asks_for() {
    on_both(async |app| {
        let ward = app.supervisor(app.ward()).await;
        let target = json!({ "areaId": app.ward().to_string(), "indicator": "D5", "phaseFrom": "2026-01-01",
            "phaseTo": "2026-12-31", "percent": 100, "wording": "Có mạng lưới hoặc mô hình thí điểm",
            "decision": "12/KH-UBND", "decidedOn": "2026-01-02", "source": "Kế hoạch mẫu",
            "elements": ["NETWORK"] });
        let wrong = but(target.clone(), json!({ "elements": ["SKILLS"] }));
        assert_eq!(refused(&app, &ward, "setTarget", wrong).await, [("INVALID".into(), "elements".into())]);
        let none = but(target.clone(), json!({ "elements": [] }));
        assert_eq!(refused(&app, &ward, "setTarget", none).await, [("INVALID".into(), "elements".into())]);
        let made = done(&app, &ward, "setTarget", target.clone()).await;
        assert_eq!(made["target"]["elements"], json!([{ "code": "NETWORK" }]));
        let elements = [("NETWORK", false), ("PILOT", true)];
        done(&app, &ward, "reportValue", has(app.ward(), "D5", "2026-02-01", &elements)).await;
        let met = async || {
            let seen = coverage(&app, &ward, app.ward(), "D5", "2026-06-30", "CURRENT").await;
            (seen["numerator"]["value"].clone(), seen["targetMet"].clone())
        };
        assert_eq!(met().await, (json!(0), json!(false)), "the network is what is asked for");
        let any = but(target, json!({ "elements": null, "elementsRule": "ANY" }));
        let made = done(&app, &ward, "setTarget", any).await;
        assert_eq!((&made["target"]["elementsRule"], met().await), (&json!("ANY"), (json!(1), json!(true))));
        let history = made["target"]["history"].as_array().expect("history").iter();
        let said: Vec<_> = history.map(|version| (&version["elements"], &version["elementsRule"])).collect();
        assert_eq!(said, [(&json!(["NETWORK"]), &json!("ALL")), (&json!([]), &json!("ANY"))]);
    })
    .await;
}

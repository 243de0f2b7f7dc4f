//! All targets of the five source documents, answered by a query each and held against the documents' figures.

use entity::area::AreaLevel;
use serde_json::{Value, json};

use super::{children, coverage, day, done, in_place};
use crate::{
    app::{TestApp, on_both},
    given::Actor,
};

/// The last day of the areas that the documents speak of.
const LAST: &str = "2025-06-30";

fn documents() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/curriculum/programme_targets.json"
    );
    let text = std::fs::read_to_string(path).expect("the targets");
    serde_json::from_str(&text).expect("JSON")
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} of {value}"))
}

fn find<'v>(documents: &'v Value, list: &str, code: &Value) -> &'v Value {
    let mut all = documents[list].as_array().expect("a list").iter();
    all.find(|item| item["code"] == *code).expect("a code")
}

fn area(app: &TestApp, place: &Value) -> entity::ids::AreaId {
    let level = match text(place, "level") {
        "country" => return app.country(),
        "province" => AreaLevel::Province,
        _ => AreaLevel::District,
    };
    app.area(text(place, "old_code"), level, day(LAST))
}

/// Makes the network of every area that owes one just large enough in the first phase and in the second.
async fn networks(app: &TestApp, who: &Actor) {
    let town = super::thuan_an(app);
    for (parent, indicator, phases) in [
        (town, "D5", vec![("2020-06-01", 5), ("2025-06-01", 9)]),
        (super::bac_lieu(app), "D5", vec![("2025-01-01", 7)]),
        (
            app.country(),
            "D5",
            vec![("2020-06-01", 32), ("2025-06-01", 57)],
        ),
        (
            app.country(),
            "E3",
            vec![("2020-06-01", 32), ("2025-06-01", 57)],
        ),
    ] {
        let units = children(app, parent, LAST);
        for (from, most) in phases {
            for unit in units.iter().take(most) {
                in_place(app, who, *unit, indicator, from, true).await;
            }
        }
    }
}

#[tokio::test]
async fn every_target_of_the_documents_is_answered_beside_its_figures() {
    on_both(async |app| {
        let documents = documents();
        let targets = documents["targets"].as_array().expect("targets");
        assert_eq!(targets.len(), 44);
        let who = app.supervisor(app.country()).await;
        networks(&app, &who).await;
        // What is owed, exactly, of a hundred: on the last day of each phase, or the last of the documents' areas.
        let mut asked = Vec::new();
        for target in targets {
            let place = area(&app, find(&documents, "places", &target["place"]));
            let phase = find(&documents, "phases", &target["phase"]);
            let years = ["from_year", "to_year"].map(|key| phase[key].as_i64().expect("a year"));
            let on = if years[1] == 2025 { LAST.to_owned() } else { format!("{}-12-31", years[1]) };
            let indicator = text(target, "indicator");
            let kind = app.app.programmes.rulebook().indicator(indicator).expect("an indicator").row.clone();
            let reported = kind.computed == entity::indicator::Computed::Reported;
            let month = format!("{}-01", &on[..7]);
            let figures = json!({ "areaId": place.to_string(), "indicator": indicator, "source": "Số liệu mẫu",
                "periodFrom": month, "periodTo": on });
            match (reported, kind.unit.as_str()) {
                (false, _) => {
                    let input = super::but(figures, json!({ "value": 100, "status": "OFFICIAL" }));
                    done(&app, &who, "setDenominator", input).await;
                }
                (true, "admin_unit") => {
                    if target["kind"] == "milestone" {
                        in_place(&app, &who, place, indicator, "2020-06-01", true).await;
                    }
                }
                (true, "milestone") => {
                    let step = if years[1] == 2020 { "PILOTING" } else { "REPLICATED" };
                    let input = super::but(figures, json!({ "milestone": step }));
                    done(&app, &who, "reportValue", input).await;
                }
                (true, _) => {
                    let owed = json!({ "numerator": target["percent"], "denominator": 100 });
                    done(&app, &who, "reportValue", super::but(figures, owed)).await;
                }
            }
            asked.push((target, place, years, on, kind));
        }
        let mut beside = String::from("document | answer\n");
        for (target, place, years, on, kind) in &asked {
            let id = text(target, "id");
            let answer = coverage(&app, &who, *place, text(target, "indicator"), on, "AS_REPORTED").await;
            let said = &answer["target"];
            assert_eq!(said["percent"], target["percent"], "{id}: {answer}");
            assert_eq!(said["kind"], text(target, "kind").to_uppercase(), "{id}");
            assert_eq!(said["unitLevel"], target["unit_level"], "{id}");
            assert_eq!(said["wording"], target["wording_vi"], "{id}");
            assert_eq!(said["area"]["id"], place.to_string(), "{id}: its own target, not one from above");
            assert_eq!(said["phaseFrom"], format!("{}-01-01", years[0]), "{id}");
            assert_eq!(said["phaseTo"], format!("{}-12-31", years[1]), "{id}");
            assert_eq!(said["phaseState"], "CURRENT", "{id}");
            let reported = kind.computed == entity::indicator::Computed::Reported;
            assert_eq!(answer["method"], if reported { "REPORTED" } else { "COMPUTED" }, "{id}");
            assert!(!answer["explanation"]["lines"].as_array().expect("lines").is_empty());
            if reported {
                assert_eq!(answer["targetMet"], true, "{id}: exactly what is owed was reported: {answer}");
            } else if kind.computed != entity::indicator::Computed::Child {
                assert_eq!(answer["numerator"]["value"], 0, "{id}: {answer}");
                assert_eq!(answer["denominator"]["value"], 100, "{id}: {answer}");
                assert_eq!(answer["gap"]["value"], target["percent"], "{id}: {answer}");
                assert_eq!(answer["targetMet"], false, "{id}");
            }
            beside.push_str(&format!(
                "{id}: {} % of {} | {} of {}, {} %, met: {}\n",
                target["percent"], text(target, "unit_level"), answer["numerator"]["value"],
                answer["denominator"]["value"], said["percent"], answer["targetMet"],
            ));
        }
        assert_eq!(beside.lines().count(), 45, "{beside}");
        eprintln!("{beside}");
    })
    .await;
}

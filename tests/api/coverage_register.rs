//! The register across changes of areas: what the areas before say of those after, by whole areas and by stated shares.

use entity::{area::AreaLevel, ids::AreaId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    area_changes::{World, families, folded, no_difference, sent},
    coverage::people,
    given::Actor,
};

const ASK: &str = "query($area: ID!, $on: Date, $basis: AreaBasis) { \
    coverage(areaId: $area, indicator: \"D3\", denominator: POPULATION, on: $on, basis: $basis) { \
      numerator { state value } denominator { state value reason } rate \
      denominatorSource { source status isSum areas { name } divided { name } } \
      explanation(language: \"en\") { lines } } }";

async fn ask(app: &TestApp, who: &Actor, area: AreaId, more: Value) -> Value {
    let mut variables = json!({ "area": area.0 });
    for (name, value) in more.as_object().expect("variables") {
        variables[name] = value.clone();
    }
    let answer = who.graphql(app, ASK, variables).await;
    answer.data("coverage").clone()
}

async fn enter(app: &TestApp, who: &Actor, area: AreaId, period: [&str; 2], what: (i64, &str)) {
    let input = json!({ "areaId": area.0, "indicator": "D3", "periodFrom": period[0], "periodTo": period[1],
        "value": what.0, "source": format!("Danh sách {}", what.1), "status": what.1 });
    sent(app, who, "setDenominator", input).await;
}

fn lines(answer: &Value) -> String {
    answer["explanation"]["lines"].to_string()
}

const YEAR: [&str; 2] = ["2026-01-01", "2026-12-31"];

#[tokio::test]
async fn a_merged_area_has_the_sum_of_its_predecessors_until_it_has_an_entry_of_its_own() {
    on_both(async |app| {
        let world = World::of(&app).await;
        let watching = app.supervisor(world.province).await;
        families(&app, world.one, 6).await;
        families(&app, world.two, 7).await;
        enter(&app, &watching, world.one, YEAR, (40, "OFFICIAL")).await;
        enter(&app, &watching, world.two, YEAR, (30, "ROSTER")).await;
        let (id, new): (Uuid, AreaId) = (app.clock.id(), app.clock.id());
        let change = world.merger(id, new);
        let preview = sent(&app, &world.administrator, "previewAreaChange", change.clone()).await;
        let effects = preview["areaChange"]["effects"].as_array().expect("effects");
        let fates: Vec<_> = effects
            .iter()
            .filter(|effect| effect["matter"] == "DENOMINATORS")
            .map(|effect| &effect["fate"])
            .collect();
        assert_eq!(fates, ["FOLLOWS", "FOLLOWS"]);
        sent(&app, &world.administrator, "applyAreaChange", change).await;

        let now = ask(&app, &watching, new, json!({})).await;
        assert_eq!(people(&now["denominator"]), 70);
        assert_eq!(now["rate"], 0.0);
        let source = &now["denominatorSource"];
        assert_eq!((&source["isSum"], &source["status"]), (&json!(true), &json!("ROSTER")));
        assert_eq!(source["areas"].as_array().map(Vec::len), Some(2));
        let told = source["source"].as_str().expect("a source");
        assert!(told.contains("Danh sách OFFICIAL") && told.contains("Danh sách ROSTER"), "{told}");
        assert!(lines(&now).contains("the sum of those before it"), "{now}");
        // The areas of today on an earlier day, and the area of that day.
        let on = json!({ "on": "2026-10-15", "basis": "CURRENT" });
        assert_eq!(people(&ask(&app, &watching, new, on.clone()).await["denominator"]), 70);
        let then = ask(&app, &watching, world.one, json!({ "on": "2026-10-15", "basis": "AS_REPORTED" })).await;
        assert_eq!(people(&then["denominator"]), 40);
        assert_eq!(then["denominatorSource"]["source"], "Danh sách OFFICIAL");
        // A closed area is what it became.
        let became = ask(&app, &watching, world.one, json!({ "basis": "CURRENT" })).await;
        assert_eq!(people(&became["denominator"]), 70);
        let series = "query($area: ID!) { coverageSeries(areaId: $area, indicator: \"D3\", from: \"2026-09\", \
            denominator: POPULATION, basis: CURRENT) { points { denominator { value } } } }";
        let series = watching.graphql(&app, series, json!({ "area": new.0 })).await;
        let points = series.data("coverageSeries.points").as_array().expect("points").clone();
        assert!(points.iter().all(|point| point["denominator"]["value"] == 70), "{points:?}");

        enter(&app, &watching, new, ["2026-11-01", "2026-12-31"], (80, "ESTIMATE")).await;
        let own = ask(&app, &watching, new, json!({})).await;
        assert_eq!(people(&own["denominator"]), 80);
        assert_eq!(own["denominatorSource"]["isSum"], false);
        assert_eq!(people(&ask(&app, &watching, new, on).await["denominator"]), 70);
        assert_eq!(folded(&app, new).await, 13);
        no_difference(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_divided_population_is_unknown_in_the_parts_without_shares_and_known_by_them_and_together()
 {
    on_both(async |app| {
        let world = World::of(&app).await;
        let watching = app.supervisor(world.province).await;
        families(&app, world.one, 6).await;
        enter(&app, &watching, world.one, YEAR, (41, "OFFICIAL")).await;
        let (id, parts): (Uuid, [AreaId; 2]) = (app.clock.id(), [app.clock.id(), app.clock.id()]);
        let change = world.split(id, parts);
        sent(
            &app,
            &world.administrator,
            "applyAreaChange",
            change.clone(),
        )
        .await;
        let unknown = ask(&app, &watching, parts[0], json!({})).await;
        assert_eq!(unknown["denominator"]["state"], "UNKNOWN");
        assert!(
            unknown["denominator"]["reason"]
                .as_str()
                .is_some_and(|why| why.contains("tỷ lệ")),
            "{unknown}"
        );
        assert_eq!(
            (&unknown["rate"], &unknown["denominatorSource"]),
            (&Value::Null, &Value::Null)
        );
        assert!(
            lines(&unknown).contains("no source states the shares"),
            "{unknown}"
        );
        // All parts together are the whole, shares or not.
        let whole = ask(&app, &watching, world.one, json!({ "basis": "CURRENT" })).await;
        assert_eq!(people(&whole["denominator"]), 41);

        let undo = json!({ "id": id });
        sent(&app, &world.administrator, "undoAreaChange", undo).await;
        assert_eq!(
            people(&ask(&app, &watching, world.one, json!({})).await["denominator"]),
            41
        );
        let mut shared = change;
        shared["id"] = json!(app.clock.id::<Uuid>());
        shared["edges"] = json!([
            { "fromId": world.one.0, "toId": parts[0].0, "share": 0.25 },
            { "fromId": world.one.0, "toId": parts[1].0, "share": 0.75 },
        ]);
        let done = sent(&app, &world.administrator, "applyAreaChange", shared).await;
        let effects = done["areaChange"]["effects"].as_array().expect("effects");
        assert!(
            effects
                .iter()
                .any(|effect| effect["matter"] == "DENOMINATORS" && effect["fate"] == "DIVIDED")
        );
        let mut sum = 0;
        for (part, expected) in parts.into_iter().zip([10, 31]) {
            for on in ["2026-11-22", "2026-10-31"] {
                let answer = ask(
                    &app,
                    &watching,
                    part,
                    json!({ "on": on, "basis": "CURRENT" }),
                )
                .await;
                assert_eq!(people(&answer["denominator"]), expected, "{answer}");
                assert_eq!(
                    answer["denominatorSource"]["status"], "ESTIMATE",
                    "a share is an estimate"
                );
                assert_eq!(
                    answer["denominatorSource"]["divided"]
                        .as_array()
                        .map(Vec::len),
                    Some(1)
                );
            }
            sum += expected;
        }
        assert_eq!(sum, 41);
        no_difference(&app).await;
    })
    .await;
}

#[tokio::test]
async fn a_small_official_value_that_went_into_a_large_area_cannot_be_subtracted_out_of_it() {
    on_both(async |app| {
        let world = World::of(&app).await;
        let watching = app.supervisor(world.province).await;
        enter(&app, &watching, world.one, YEAR, (3, "OFFICIAL")).await;
        enter(&app, &watching, world.two, YEAR, (100, "OFFICIAL")).await;
        let (id, part): (Uuid, AreaId) = (app.clock.id(), app.clock.id());
        let large: AreaId = app.clock.id();
        // A part of the small one goes to what the large one becomes.
        let change = json!({ "id": id, "decision": "03/NQ-MẪU", "effectiveOn": "2026-11-01", "kind": "PART_TRANSFERRED",
            "fromIds": [world.one.0, world.two.0],
            "to": [world.target(part, "99901"), world.target(large, "99902")],
            "edges": [
                { "fromId": world.one.0, "toId": part.0, "share": 0.4 },
                { "fromId": world.one.0, "toId": large.0, "share": 0.6 },
                { "fromId": world.two.0, "toId": large.0 },
            ] });
        sent(&app, &world.administrator, "applyAreaChange", change).await;
        let value = async |area: AreaId, on: &str, basis: &str| {
            let answer = ask(&app, &watching, area, json!({ "on": on, "basis": basis })).await;
            answer["denominator"]["value"].as_i64()
        };
        // The 102 people of the large one less the 100 of its predecessor would be the 2 that came from the small one.
        for basis in ["2026-11-22", "2026-10-31"] {
            let after = value(large, basis, "CURRENT").await;
            let whole = value(world.two, "2026-10-31", "AS_REPORTED").await;
            assert!(after.is_none() || whole.is_none(), "{after:?} less {whole:?}");
        }
        assert_eq!(value(world.one, "2026-10-31", "AS_REPORTED").await, None);
        assert_eq!(value(part, "2026-11-22", "CURRENT").await, None);
        let known = ask(&app, &watching, large, json!({})).await;
        assert_eq!(known["denominator"]["state"], "POOLED", "it is known, and not told: {known}");
    })
    .await;
}

#[tokio::test]
async fn the_shipped_mergers_carry_entries_of_the_old_communes_to_the_end_of_their_year() {
    on_both(async |app| {
        let atlas = app.app.areas.atlas();
        let ward = app.ward();
        let then = "2025-06-30".parse().expect("a day");
        let old: Vec<AreaId> = atlas.predecessors(ward);
        assert!(old.len() > 1 && old.iter().all(|area| atlas.successors(*area) == [ward]));
        let watching = app.supervisor(app.country()).await;
        for (at, area) in (1..).zip(&old) {
            assert_eq!(
                atlas.area(*area).map(|area| area.level),
                Some(AreaLevel::Commune)
            );
            enter(
                &app,
                &watching,
                *area,
                ["2025-01-01", "2025-06-30"],
                (100 * at, "OFFICIAL"),
            )
            .await;
        }
        let sum = i64::try_from((1..=old.len()).sum::<usize>() * 100).expect("people");
        for (on, basis) in [
            ("2025-06-30", "CURRENT"),
            ("2025-07-01", "AS_REPORTED"),
            ("2025-12-31", "CURRENT"),
        ] {
            let answer = ask(&app, &watching, ward, json!({ "on": on, "basis": basis })).await;
            assert_eq!(people(&answer["denominator"]), sum, "{on}: {answer}");
        }
        let late = ask(&app, &watching, ward, json!({ "on": "2026-01-01" })).await;
        assert_eq!(
            late["denominator"]["state"], "UNKNOWN",
            "an entry does not speak for another year"
        );
        let district = atlas.parent(old[0], then).expect("a district");
        let before = ask(&app, &watching, district, json!({ "on": "2025-06-30" })).await;
        assert_eq!(
            before["denominator"]["state"], "UNKNOWN",
            "a district has entries of its own or none"
        );
    })
    .await;
}

#[tokio::test]
async fn a_divided_commune_as_of_today_counts_who_is_not_yet_placed_and_says_how_many() {
    on_both(async |app| {
        let world = World::of(&app).await;
        let watching = app.supervisor(world.province).await;
        let homes = families(&app, world.one, 12).await;
        let (id, parts): (Uuid, [AreaId; 2]) = (app.clock.id(), [app.clock.id(), app.clock.id()]);
        sent(&app, &world.administrator, "applyAreaChange", world.split(id, parts)).await;
        let document = "query($area: ID!, $basis: AreaBasis) { coverage(areaId: $area, indicator: \"D3\", \
            denominator: REGISTERED, basis: $basis) { denominator { state value } notYetPlaced { state value } \
            countedAreas { id } explanation(language: \"en\") { lines } } }";
        let today = async || {
            let variables = json!({ "area": world.one.0, "basis": "CURRENT" });
            let answer = watching.graphql(&app, document, variables).await;
            answer.data("coverage").clone()
        };
        let before = today().await;
        assert_eq!(people(&before["denominator"]), 12);
        assert_eq!(people(&before["notYetPlaced"]), 12);
        assert_eq!(before["countedAreas"].as_array().map(Vec::len), Some(2));
        assert!(lines(&before).contains("12 people of the population live in a divided commune"), "{before}");
        for (at, home) in homes.iter().take(6).enumerate() {
            let place = json!({ "personId": home.person.0, "areaId": parts[at % 2].0 });
            sent(&app, &world.administrator, "placePerson", place).await;
        }
        // Two parts of three are pooled; the whole still counts everybody once.
        let after = today().await;
        assert_eq!(people(&after["denominator"]), 12);
        assert_eq!(folded(&app, parts[0]).await + folded(&app, parts[1]).await, 6);
        assert!(after["notYetPlaced"]["value"].is_null() || after["notYetPlaced"]["value"] == 6, "{after}");
        // The province counts them all, says how many are in none of its communes, and did not before the day.
        let province = json!({ "area": world.province.0, "basis": "CURRENT" });
        let province = watching.graphql(&app, document, province).await;
        let waiting = province.data("coverage.notYetPlaced").clone();
        assert_eq!(people(&waiting), 6, "{waiting}");
        let said = lines(province.data("coverage"));
        assert!(said.contains("6 people of the population live in a divided commune"), "{said}");
        let open = watching.graphql(&app, document, json!({ "area": world.two.0 })).await;
        assert_eq!(open.data("coverage.notYetPlaced"), &Value::Null);
        no_difference(&app).await;
    })
    .await;
}

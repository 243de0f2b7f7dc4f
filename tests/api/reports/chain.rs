//! From a commune to the country, with data that arrive late: what was frozen stays, and what differs stands beside it.

use std::collections::BTreeMap;

use chrono::Duration;
use entity::{area::AreaLevel, ids::AreaId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{
    agreed, done, family, figure, is_recomputed, missing, read, recompute, send, sent, total,
    versions,
};
use crate::{
    app::{TestApp, on_both},
    given::{Actor, CA_MAU},
};

const TIERS: [&str; 5] = [
    "REACHED",
    "COMPLETED",
    "DEMONSTRATED",
    "RETAINED",
    "PRACTISED",
];
const INDICATORS: [&str; 5] = ["D3", "D4", "E2", "E2S", "E2C"];

/// What coverage shows now of an area on a day, by indicator and measure.
async fn shown(
    app: &TestApp,
    who: &Actor,
    area: AreaId,
    on: &str,
) -> BTreeMap<(String, String), Value> {
    let mut shown = BTreeMap::new();
    for indicator in INDICATORS {
        for tier in TIERS {
            let document = "query($area: ID!, $indicator: String!, $tier: Tier, $on: Date) { \
                coverage(areaId: $area, indicator: $indicator, tier: $tier, on: $on, basis: AS_REPORTED, denominator: REGISTERED) { \
                numerator { state value } denominator { state value } } }";
            let variables =
                json!({ "area": area.to_string(), "indicator": indicator, "tier": tier, "on": on });
            let answer = who.graphql(app, document, variables).await;
            let found = answer.data("coverage");
            let mut keep = |measure: &str, count: &Value| {
                shown.insert((indicator.to_owned(), measure.to_owned()), count.clone());
            };
            keep(tier, &found["numerator"]);
            keep("REGISTERED", &found["denominator"]);
        }
    }
    shown
}

/// Lessons finished on a day, as a phone without a signal sends them later.
async fn late(app: &TestApp, who: &Actor, lessons: usize, at: &str) {
    if lessons == 0 {
        return;
    }
    let who = app.sign_in_again(who).await;
    let path = "{ learningPath(first: 100) { lesson { id } } }";
    let answer = who.graphql(app, path, json!({})).await;
    let steps = answer
        .data("learningPath")
        .as_array()
        .expect("steps")
        .clone();
    let events: Vec<Value> = steps
        .iter()
        .take(lessons)
        .map(|step| {
            json!({ "id": Uuid::now_v7().to_string(), "kind": "COMPLETED", "occurredAt": at,
            "lessonId": step["lesson"]["id"] })
        })
        .collect();
    let send = "mutation($input: UploadLearningEventsInput!) { uploadLearningEvents(input: $input) { \
        receipts { outcome } userErrors { code message field } } }";
    let answer = who
        .graphql(app, send, json!({ "input": { "events": events } }))
        .await;
    assert!(answer.user_errors("uploadLearningEvents").is_empty());
    let receipts = answer.data("uploadLearningEvents.receipts").to_string();
    assert!(
        !receipts.contains("REJECTED") && !receipts.contains("QUARANTINED"),
        "{receipts}"
    );
}

fn set(app: &TestApp, now: &str) {
    app.clock.set(now.parse().expect("an instant"));
}

async fn signed_in(app: &TestApp, actors: [&Actor; 5]) -> [Actor; 5] {
    let mut again = Vec::new();
    for actor in actors {
        again.push(app.sign_in_again(actor).await);
    }
    again.try_into().expect("five")
}

#[tokio::test]
async fn frozen_values_never_change_and_a_restatement_lists_exactly_what_differs() {
    on_both(async |app| {
        const PERIOD: &str = "MONTH-2026-11";
        const LAST: &str = "2026-11-30";
        let mut families = Vec::new();
        for _ in 0..8 {
            families.push(family(&app, app.ward()).await);
        }
        let actors = [
            &app.supervisor(app.ward()).await,
            &app.supervisor(app.province()).await,
            &app.supervisor(app.province()).await,
            &app.supervisor(app.country()).await,
            &app.supervisor(app.country()).await,
        ];
        // Some learn and say so at once.
        set(&app, "2026-11-25T02:00:00Z");
        late(&app, &families[0], 3, "2026-11-24T02:00:00Z").await;

        set(&app, "2026-12-01T02:00:00Z");
        let [commune, province, second, country, other] = signed_in(&app, actors).await;
        let one = agreed(&app, [&commune, &province], app.ward(), PERIOD).await;
        assert_eq!((&one["state"], &one["version"]["source"]), (&json!("ACCEPTED"), &json!("COMPUTED")));
        assert_eq!(figure(total(&one, "D3"), "REACHED"), &json!({ "state": "EXACT", "value": 1 }));
        assert_eq!(total(&one, "D3")["registered"]["value"], 8);
        let two = agreed(&app, [&second, &country], app.province(), PERIOD).await;
        assert_eq!(two["version"]["source"], "SUMMED");
        assert_eq!(figure(total(&two, "D3"), "REACHED")["value"], 1);
        let rows = two["version"]["rows"].as_array().expect("rows");
        assert_eq!(rows.iter().filter(|row| row["state"] == "ACCEPTED").count(), 1);
        let row = rows.iter().find(|row| row["state"] == "ACCEPTED").expect("a row");
        assert_eq!(row["sha256"], one["version"]["sha256"]);
        assert!(rows.iter().all(|row| row["state"] == "ACCEPTED" || row["cells"] == json!([])));
        let three = agreed(&app, [&country, &other], app.country(), PERIOD).await;
        assert_eq!(three["state"], "LOCKED");
        assert_eq!(figure(total(&three, "D3"), "REACHED")["value"], 1);
        for report in [&one, &two] {
            assert_eq!(read(&app, &country, &report["id"]).await.data("report.state"), "LOCKED");
        }

        // Phones that were without a signal for a week.
        let reports = [(&one, app.ward(), &commune), (&two, app.province(), &second), (&three, app.country(), &country)];
        let mut frozen = Vec::new();
        for (report, ..) in reports {
            frozen.push(versions(&app, &country, &report["id"]).await);
        }
        for round in 1..=2 {
            let mut before = Vec::new();
            for (_, area, _) in reports {
                before.push(shown(&app, &country, area, LAST).await);
            }
            for (at, family) in families.iter().enumerate().skip(round) {
                let lessons = (at * 7 + round * 3) % 5;
                late(&app, family, lessons, "2026-11-26T02:00:00Z").await;
            }
            for ((report, area, author), before) in reports.iter().zip(before) {
                let input = json!({ "reportId": report["id"], "reason": format!("Dữ liệu đến muộn, đợt {round}") });
                let after = shown(&app, &country, *area, LAST).await;
                let expected: BTreeMap<_, _> =
                    after.into_iter().filter(|(key, count)| before[key] != *count).collect();
                if expected.is_empty() {
                    let answer = send(&app, author, "restateReport", input).await;
                    assert_eq!(answer.user_errors("restateReport"), [("CONFLICT", "reportId")]);
                    continue;
                }
                let restated = done(&app, author, "restateReport", input).await;
                let version = &restated["version"];
                assert_eq!(version["restatementNumber"], round);
                let differences = version["differences"].as_array().expect("differences");
                let own = differences.iter().filter(|found| found["area"]["id"] == area.to_string());
                let own: BTreeMap<_, _> = own
                    .map(|found| {
                        let text = |name: &str| found[name].as_str().expect("text").to_owned();
                        let key = (text("indicator"), text("measure"));
                        assert_eq!(found["before"], before[&key], "{key:?}");
                        (key, found["after"].clone())
                    })
                    .collect();
                assert_eq!(own, expected);
                // Above the commune each number stands twice: in the row below and in the total.
                let rows = if *area == app.ward() { 0 } else { expected.len() };
                assert_eq!(differences.len(), expected.len() + rows);
            }
        }
        let mut recomputed = 0;
        for ((report, ..), before) in reports.iter().zip(frozen) {
            let now = versions(&app, &country, &report["id"]).await;
            assert!(now.len() > before.len() && now.starts_with(&before), "what was frozen is as it was");
            for version in &now {
                let published = version["published"].as_str().expect("text");
                assert!(is_recomputed(published, &version["sha256"]));
                recomputed += 1;
            }
            let chained = now.windows(2).all(|pair| {
                pair[1]["published"].as_str().is_some_and(|text| text.contains(pair[0]["sha256"].as_str().unwrap_or("?")))
            });
            assert!(chained, "each version names the hash of the one before");
        }
        assert!(recomputed >= 6);
    })
    .await;
}

/// The commune of a code-ordered place in Cà Mau.
fn communes(app: &TestApp) -> Vec<AreaId> {
    let atlas = app.app.areas.atlas();
    let province = app.area(CA_MAU, AreaLevel::Province, app.clock.today());
    atlas.children(province, app.clock.today())
}

#[tokio::test]
async fn small_communes_are_added_up_together_and_no_difference_gives_one_of_them_away() {
    on_both(async |app| {
        const PERIOD: &str = "MONTH-2026-11";
        let places = communes(&app);
        let mut families = Vec::new();
        for (place, count) in [(places[0], 3), (places[1], 4)] {
            for _ in 0..count {
                families.push(family(&app, place).await);
            }
        }
        let province = app.other_province();
        let actors = [
            &app.supervisor(province).await,
            &app.supervisor(province).await,
            &app.supervisor(app.country()).await,
            &app.supervisor(app.country()).await,
            &app.administrator(app.country()).await,
        ];
        set(&app, "2026-12-01T02:00:00Z");
        let [author, receiver, country, _, auditor] = signed_in(&app, actors).await;
        let first = agreed(&app, [&author, &receiver], places[0], PERIOD).await;
        let cell = total(&first, "D3");
        assert_eq!(cell["registered"]["state"], "POOLED");
        assert_eq!(figure(cell, "REACHED")["value"], Value::Null);
        assert_eq!(cell["commitments"].as_array().map(Vec::len), Some(7));
        let form: Value = serde_json::from_str(first["version"]["published"].as_str().expect("text")).expect("JSON");
        let cells = form["total"].as_array().expect("cells");
        let hidden = cells.iter().find(|cell| cell["indicator"] == "D3").expect("D3");
        assert_eq!((&hidden["state"], &hidden["figures"]), (&json!("POOLED"), &json!({})));

        // With one of the two the sum would be that one: it stays closed.
        let draft = done(&app, &author, "draftReport", json!({ "areaId": province.to_string(), "period": PERIOD })).await;
        let input = json!({ "reportId": draft["id"], "acknowledgeMissing": missing(&draft) });
        let half = done(&app, &author, "submitReport", input).await;
        assert_eq!(total(&half, "D3")["registered"]["state"], "POOLED");
        let back = json!({ "reportId": draft["id"], "comments": [{ "indicator": "D3", "text": "Còn thiếu một xã" }] });
        done(&app, &country, "returnReport", back).await;
        let second = agreed(&app, [&author, &receiver], places[1], PERIOD).await;
        let whole = read(&app, &author, &draft["id"]).await.data("report").clone();
        let input = json!({ "reportId": draft["id"], "acknowledgeMissing": missing(&whole) });
        let whole = done(&app, &author, "submitReport", input).await;
        assert_eq!(total(&whole, "D3")["registered"], json!({ "state": "EXACT", "value": 7 }));
        let input = json!({ "reportId": draft["id"], "acknowledgeMissing": missing(&whole) });
        done(&app, &country, "acceptReport", input).await;

        // Late data in a pooled commune: nobody sees in its report that anything has changed.
        late(&app, &families[0], 1, "2026-11-26T02:00:00Z").await;
        let why = json!({ "reportId": first["id"], "reason": "Dữ liệu đến muộn" });
        let answer = send(&app, &author, "restateReport", why).await;
        assert_eq!(answer.user_errors("restateReport"), [("CONFLICT", "reportId")]);
        let why = json!({ "reportId": draft["id"], "reason": "Dữ liệu đến muộn" });
        let restated = done(&app, &author, "restateReport", why).await;
        let differences = restated["version"]["differences"].as_array().expect("differences");
        assert!(differences.iter().any(|found| found["indicator"] == "D3" && found["measure"] == "REACHED"));
        for found in differences {
            assert_eq!(found["area"]["id"], province.to_string(), "only the sum differs: {found}");
        }

        // An auditor opens a cell; what comes out fits the commitment.
        let open = "mutation($input: OpenReportCellInput!) { openReportCell(input: $input) { \
            commitments { measure value key about commitment } userErrors { code field message } } }";
        let cell = json!({ "reportId": second["id"], "versionNumber": 1, "areaId": places[1].to_string(), "indicator": "D3" });
        let opened = auditor.graphql(&app, open, json!({ "input": cell })).await;
        let opened = opened.data("openReportCell.commitments").clone();
        let registered = opened.as_array().expect("a list").iter().find(|one| one["measure"] == "REGISTERED");
        assert_eq!(registered.expect("registered")["value"], 4);
        let published = second["version"]["published"].as_str().expect("text");
        if let Some(again) = recompute(published, &opened) {
            assert_eq!(again[0], second["version"]["sha256"].as_str().expect("text"));
            for (made, one) in again[1..].iter().zip(opened.as_array().expect("a list")) {
                assert_eq!(one["commitment"], **made);
                assert!(published.contains(made.as_str()));
            }
        }
        let refused = author.graphql(&app, open, json!({ "input": cell })).await;
        assert_eq!(refused.code(), "FORBIDDEN");
        let shown = json!({ "reportId": draft["id"], "versionNumber": 2, "areaId": province.to_string(), "indicator": "D3" });
        let answer = auditor.graphql(&app, open, json!({ "input": shown })).await;
        assert_eq!(answer.user_errors("openReportCell"), [("NOT_FOUND", "indicator")]);
    })
    .await;
}

#[tokio::test]
async fn the_last_day_of_63_provinces_and_the_first_of_34_stand_side_by_side() {
    on_both(async |app| {
        set(&app, "2025-06-20T02:00:00Z");
        let commune = app.area(crate::given::WARD, AreaLevel::Commune, app.clock.today());
        for _ in 0..6 {
            family(&app, commune).await;
        }
        let country = app.country();
        let actor = app.supervisor(country).await;
        set(&app, "2025-07-20T02:00:00Z");
        let actor = app.sign_in_again(&actor).await;
        let mut counted = Vec::new();
        for (period, last) in [
            ("HALF-2025-1", "2025-06-30"),
            ("DAY-2025-07-01", "2025-07-01"),
        ] {
            let report = sent(&app, &actor, country, period).await;
            assert_eq!(report["period"]["to"], last);
            let rows = report["version"]["rows"].as_array().expect("rows");
            let people: i64 = rows
                .iter()
                .flat_map(|row| row["cells"].as_array().expect("cells"))
                .filter(|cell| cell["indicator"] == "D3")
                .filter_map(|cell| cell["registered"]["value"].as_i64())
                .sum();
            assert_eq!(total(&report, "D3")["registered"]["value"], people);
            counted.push((rows.len(), people));
            let path = format!(
                "/reports/{}/latest/report.xlsx",
                report["id"].as_str().expect("an id")
            );
            let file =
                super::world::bytes(super::world::fetch(&app, Some(&actor), &path).await).await;
            let listed = super::files::areas_of(file);
            assert_eq!(listed, rows.len());
        }
        assert_eq!(counted, [(63, 6), (34, 6)]);
    })
    .await;
}

#[tokio::test]
async fn a_frozen_table_shows_what_coverage_shows_and_nothing_more() {
    on_both(async |app| {
        let population = vun::generate::Generate {
            caregivers: 250,
            events_each: 5,
            seed: 3,
            groups: 1,
            accounts: 1,
            tokens: None,
        };
        let made = vun::generate::run(&app.app, population).await;
        made.expect("a population");
        let country = app.country();
        let actor = app.supervisor(country).await;
        app.clock.advance(Duration::days(1));
        let actor = app.sign_in_again(&actor).await;
        let report = sent(&app, &actor, country, "DAY-2026-11-22").await;
        let rows = report["version"]["rows"].as_array().expect("rows");
        assert_eq!(rows.len(), 34);
        let mut states = BTreeMap::new();
        for indicator in INDICATORS {
            let document = "query($area: ID!, $indicator: String!) { \
                coverage(areaId: $area, indicator: $indicator, on: \"2026-11-22\", basis: AS_REPORTED, denominator: REGISTERED) { \
                denominator { state value } children(first: 200) { nodes { area { id } denominator { state value } } } } }";
            let variables = json!({ "area": country.to_string(), "indicator": indicator });
            let answer = actor.graphql(&app, document, variables).await;
            let shown = answer.data("coverage");
            assert_eq!(total(&report, indicator)["registered"], shown["denominator"], "{indicator}");
            for (row, child) in rows.iter().zip(shown["children"]["nodes"].as_array().expect("children")) {
                assert_eq!(row["area"]["id"], child["area"]["id"]);
                let mut cells = row["cells"].as_array().expect("cells").iter();
                let cell = cells.find(|cell| cell["indicator"] == indicator).expect("a cell");
                assert_eq!(cell["registered"], child["denominator"], "{indicator} in {}", row["area"]["name"]);
                *states.entry(cell["registered"]["state"].to_string()).or_insert(0) += 1;
            }
        }
        assert_eq!(states.len(), 2, "both shown and pooled: {states:?}");
        let published = report["version"]["published"].as_str().expect("text");
        let form: Value = serde_json::from_str(published).expect("JSON");
        let tables = form["rows"].as_array().expect("rows").iter().map(|row| &row["cells"]);
        for cell in tables.chain([&form["total"]]).flat_map(|cells| cells.as_array().expect("cells")) {
            let (figures, commitments) = (&cell["figures"], &cell["commitments"]);
            let empty = if cell["state"] == "POOLED" { figures } else { commitments };
            assert_eq!(*empty, json!({}));
        }
        assert!(is_recomputed(published, &report["version"]["sha256"]));
    })
    .await;
}

//! What areas say themselves is frozen beside what is counted, and differs in a restatement when it was corrected.

use serde_json::{Value, json};

use super::world::{bytes, done, fetch, is_recomputed, missing, recompute, sent};
use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
};

const PERIOD: &str = "MONTH-2026-10";
const STATEMENTS: &str = "query($id: ID!) { report(id: $id) { version { sha256 published total { \
    indicator registered { state } population { state value } targetPercent commitments { measure } \
    figures { measure numerator { state value } rate targetMet } \
    reported { shape milestone values { area { id } version verified source } unreported { id } } } } } }";

async fn said(app: &TestApp, who: &Actor, input: Value) -> Value {
    let answer = who
        .graphql(app, &operation("reportValue"), json!({ "input": input }))
        .await;
    assert_eq!(answer.user_errors("reportValue"), [] as [(&str, &str); 0]);
    answer.data("reportValue.reportedValue").clone()
}

fn of(area: entity::ids::AreaId, indicator: &str, what: Value) -> Value {
    let mut input = json!({ "areaId": area.to_string(), "indicator": indicator, "periodFrom": "2026-10-01",
        "source": format!("Sổ mẫu {indicator}") });
    for (name, value) in what.as_object().expect("an object") {
        input[name] = value.clone();
    }
    input
}

/// The cells of a frozen version, by the code of the indicator.
async fn cells(app: &TestApp, who: &Actor, report: &Value) -> (Value, impl Fn(&str) -> Value) {
    let answer = who
        .graphql(app, STATEMENTS, json!({ "id": report["id"] }))
        .await;
    let version = answer.data("report.version").clone();
    let total = version["total"].as_array().expect("cells").clone();
    let cell = move |code: &str| {
        let found = total.iter().find(|cell| cell["indicator"] == code);
        found.unwrap_or_else(|| panic!("no {code}")).clone()
    };
    (version, cell)
}

#[tokio::test]
async fn what_an_area_reported_itself_is_frozen_with_its_version_and_source() {
    on_both(async |app| {
        let province = app.supervisor(app.province()).await;
        let country = app.supervisor(app.country()).await;
        let share = json!({ "periodTo": "2026-10-31", "numerator": 30, "denominator": 40 });
        let share = said(&app, &province, of(app.province(), "D1", share)).await;
        said(
            &app,
            &province,
            of(
                app.province(),
                "D5",
                json!({ "elements": [{ "element": "NETWORK", "inPlace": true }, { "element": "PILOT", "inPlace": true }] }),
            ),
        )
        .await;
        said(
            &app,
            &province,
            of(app.province(), "D9", json!({ "milestone": "PILOTING" })),
        )
        .await;
        let verify = json!({ "input": { "id": share["id"] } });
        let verified = country
            .graphql(&app, &operation("verifyReportedValue"), verify)
            .await;
        assert_eq!(
            verified.user_errors("verifyReportedValue"),
            [] as [(&str, &str); 0]
        );

        let report = sent(&app, &province, app.province(), PERIOD).await;
        let (version, cell) = cells(&app, &province, &report).await;
        let d1 = cell("D1");
        assert_eq!(d1["figures"][0]["measure"], "REPORTED");
        assert_eq!(
            d1["figures"][0]["numerator"],
            json!({ "state": "EXACT", "value": 30 })
        );
        assert_eq!(
            (&d1["population"]["value"], &d1["figures"][0]["rate"]),
            (&json!(40), &json!(0.75))
        );
        assert_eq!(
            d1["registered"]["state"], "UNKNOWN",
            "nobody is registered for it"
        );
        let reported = &d1["reported"];
        assert_eq!(reported["shape"], "OF_PEOPLE");
        assert_eq!(reported["values"][0]["verified"], true);
        assert_eq!(reported["values"][0]["source"], "Sổ mẫu D1");
        assert_eq!(cell("D5")["figures"][0]["numerator"]["value"], 1);
        assert_eq!(
            cell("D5")["population"]["value"],
            1,
            "the province is the unit the nation counts"
        );
        let apart = &cell("D5")["figures"][1];
        assert_eq!(
            (&apart["measure"], &apart["numerator"]["value"]),
            (&json!("REPORTED/NETWORK"), &json!(1))
        );
        assert_eq!(apart["targetMet"], Value::Null, "the target is of the whole");
        assert_eq!(cell("D9")["reported"]["milestone"], "PILOTING");
        assert_eq!(cell("D9")["figures"], json!([]), "a step is no number");
        let silent = cell("D6");
        assert_eq!(
            silent["figures"][0]["numerator"]["state"], "UNKNOWN",
            "not reported is not zero"
        );
        assert_eq!(
            silent["reported"]["unreported"][0]["id"],
            app.province().to_string()
        );
        assert_eq!(
            cell("D3")["reported"],
            Value::Null,
            "what lessons prove is not said"
        );
        assert!(is_recomputed(
            version["published"].as_str().expect("text"),
            &version["sha256"]
        ));

        // The files carry it: a line in CSV, a sheet of its own in the workbook.
        let path = |ending: &str| {
            format!(
                "/reports/{}/1/report.{ending}",
                report["id"].as_str().expect("an id")
            )
        };
        let csv = bytes(fetch(&app, Some(&province), &path("csv")).await).await;
        let csv = String::from_utf8(csv).expect("text");
        assert!(
            csv.lines()
                .any(|line| line.contains(",TOTAL,D1,REPORTED,30,40,")),
            "{csv}"
        );
        let book = bytes(fetch(&app, Some(&province), &path("xlsx")).await).await;
        let mut book: calamine::Xlsx<_> =
            calamine::Reader::new(std::io::Cursor::new(book)).expect("a workbook");
        let sheet =
            calamine::Reader::worksheet_range(&mut book, "Đơn vị tự báo cáo").expect("the sheet");
        let row = sheet
            .rows()
            .rfind(|row| row[1].to_string().starts_with("D1 "))
            .expect("the province's line of D1, after those of its communes");
        assert_eq!(
            (row[2].to_string(), row[3].to_string(), row[6].to_string()),
            ("30".into(), "40".into(), "Rồi".into())
        );
        let row = sheet
            .rows()
            .rfind(|row| row[1].to_string().starts_with("D9 "))
            .expect("the province's line of D9, after those of its communes");
        assert_eq!(row[2].to_string(), "Đang thí điểm");
        let csv_step = csv
            .lines()
            .find(|line| line.contains(",TOTAL,D9,MILESTONE,"));
        assert!(
            csv_step.is_some_and(|line| line.contains(",PILOTING,")),
            "{csv}"
        );

        // Corrected afterwards: the frozen version stays, and the restatement lists what differs and nothing else.
        let accepted = json!({ "reportId": report["id"], "acknowledgeMissing": missing(&report) });
        done(&app, &country, "acceptReport", accepted).await;
        let better = json!({ "periodTo": "2026-10-31", "numerator": 31, "denominator": 40 });
        said(&app, &province, of(app.province(), "D1", better)).await;
        said(
            &app,
            &province,
            of(app.province(), "D9", json!({ "milestone": "EVALUATED" })),
        )
        .await;
        let (again, _) = cells(&app, &province, &report).await;
        assert_eq!(again, version, "what was frozen stays");
        let why = json!({ "reportId": report["id"], "reason": "Sửa số liệu" });
        let restated = done(&app, &province, "restateReport", why).await;
        let differences = restated["version"]["differences"]
            .as_array()
            .expect("differences");
        let listed: Vec<_> = differences
            .iter()
            .map(|found| {
                (
                    found["indicator"].as_str(),
                    found["measure"].as_str(),
                    &found["before"]["value"],
                    &found["after"]["value"],
                )
            })
            .collect();
        assert_eq!(
            listed,
            [
                (Some("D1"), Some("REPORTED"), &json!(30), &json!(31)),
                (Some("D9"), Some("MILESTONE"), &json!(1), &json!(2)),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn a_small_reported_population_leaves_the_commune_as_commitments_only() {
    on_both(async |app| {
        let ward = app.supervisor(app.ward()).await;
        let auditor = app.administrator(app.country()).await;
        let small = json!({ "periodTo": "2026-10-31", "numerator": 2, "denominator": 3 });
        let mut small = of(app.ward(), "D1", small);
        small["source"] = json!("Danh sách 3 cháu");
        said(&app, &ward, small).await;
        let report = sent(&app, &ward, app.ward(), PERIOD).await;
        let (version, cell) = cells(&app, &ward, &report).await;
        let d1 = cell("D1");
        assert_eq!(d1["figures"][0]["numerator"]["state"], "POOLED");
        assert_eq!(d1["reported"]["values"][0]["source"], Value::Null, "words may name a number");
        let measures: Vec<_> = d1["commitments"].as_array().expect("commitments").iter().map(|found| found["measure"].clone()).collect();
        assert_eq!(measures, ["POPULATION", "REPORTED"]);
        let published = version["published"].as_str().expect("text");
        assert!(!published.contains("3 cháu"), "{published}");

        // The number behind it is what was reported.
        let open = "mutation($input: OpenReportCellInput!) { openReportCell(input: $input) { \
            commitments { measure value key about commitment } userErrors { code field message } } }";
        let asked = json!({ "reportId": report["id"], "versionNumber": 1, "areaId": app.ward().to_string(), "indicator": "D1" });
        let opened = auditor.graphql(&app, open, json!({ "input": asked })).await;
        let opened = opened.data("openReportCell.commitments").clone();
        let value = |measure: &str| {
            let found = opened.as_array().expect("commitments").iter().find(|found| found["measure"] == measure);
            found.map(|found| found["value"].clone())
        };
        assert_eq!((value("REPORTED"), value("POPULATION")), (Some(json!(2)), Some(json!(3))));
        if let Some(again) = recompute(published, &opened) {
            assert_eq!(again.len(), 3, "the hash and two commitments: {again:?}");
        }
    })
    .await;
}

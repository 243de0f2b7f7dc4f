//! Files made from frozen reports: what a spreadsheet and another system read out of them.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use serde_json::{Value, json};

use super::world::{agreed, bytes, convert, family, fetch, is_recomputed};
use crate::app::on_both;

const PERIOD: &str = "DAY-2026-11-22";

/// The cells of the first sheet.
fn sheet(file: Vec<u8>) -> calamine::Range<Data> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).expect("a workbook");
    assert_eq!(
        book.sheet_names(),
        ["Báo cáo", "Đơn vị tự báo cáo", "Các bậc", "Thuyết minh"]
    );
    book.worksheet_range("Báo cáo").expect("a sheet")
}

/// How many areas a workbook lists above its total.
pub fn areas_of(file: Vec<u8>) -> usize {
    let sheet = sheet(file);
    let numbered = sheet
        .rows()
        .filter(|row| matches!(row[0], Data::Float(_) | Data::Int(_)));
    numbered.count()
}

#[tokio::test]
async fn the_workbook_has_heading_basis_table_and_signatures_and_its_numbers_are_numbers() {
    on_both(async |app| {
        for _ in 0..6 {
            family(&app, app.ward()).await;
        }
        let author = app.supervisor(app.province()).await;
        let country = app.supervisor(app.country()).await;
        app.clock.advance(chrono::Duration::days(1));
        let (author, country) = (
            app.sign_in_again(&author).await,
            app.sign_in_again(&country).await,
        );
        let report = agreed(&app, [&author, &country], app.province(), PERIOD).await;
        let base = format!("/reports/{}", report["id"].as_str().expect("an id"));
        let response = fetch(&app, Some(&author), &format!("{base}/latest/report.xlsx")).await;
        let called = response.headers()["content-disposition"]
            .to_str()
            .expect("text")
            .to_owned();
        assert_eq!(
            called,
            format!("attachment; filename=\"{PERIOD}-79-v1.xlsx\"")
        );
        let sheet = sheet(bytes(response).await);
        let text: Vec<String> = sheet.rows().flatten().map(ToString::to_string).collect();
        let all = text.join("|");
        for wanted in [
            "THÀNH PHỐ HỒ CHÍ MINH",
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "Căn cứ Quyết định số 1438/QĐ-TTg ngày 29/10/2018",
            "1437/QĐ-TTg",
            "Tổng số: Thành phố Hồ Chí Minh",
            "THỦ TRƯỞNG ĐƠN VỊ",
            "mục tiêu",
        ] {
            assert!(all.contains(wanted), "{wanted} is not in {all}");
        }
        let total = sheet
            .rows()
            .find(|row| row[1].to_string().starts_with("Tổng số"))
            .expect("a total");
        // D3 comes first: reached, population, share, registered.
        assert_eq!(total[2], Data::Float(0.0));
        assert_eq!(
            (total[3].to_string(), total[4].to_string()),
            ("…".to_owned(), "…".to_owned())
        );
        assert_eq!(total[5], Data::Float(6.0));
        let rows = report["version"]["rows"].as_array().expect("rows").len();
        let again = fetch(&app, Some(&country), &format!("{base}/1/report.xlsx")).await;
        assert_eq!(areas_of(bytes(again).await), rows);

        let csv = bytes(fetch(&app, Some(&author), &format!("{base}/1/report.csv")).await).await;
        let text = String::from_utf8(csv).expect("UTF-8");
        let (mark, rest) = text.split_at('\u{feff}'.len_utf8());
        assert_eq!(mark, "\u{feff}");
        let mut reader = csv::Reader::from_reader(rest.as_bytes());
        assert_eq!(reader.headers().expect("a line").get(0), Some("Kỳ"));
        let lines: Vec<_> = reader.records().map(|line| line.expect("a line")).collect();
        let counted = lines
            .iter()
            .filter(|line| !line[8].starts_with("REPORTED") && &line[8] != "MILESTONE");
        assert_eq!(
            counted.count(),
            (rows + 1) * 25,
            "five indicators in five tiers"
        );
        let sum = lines
            .iter()
            .find(|line| &line[6] == "TOTAL" && &line[7] == "D3")
            .expect("a total");
        assert_eq!((&sum[9], &sum[11]), ("0", "6"));
        assert_eq!(
            &sum[14],
            report["version"]["sha256"].as_str().expect("text")
        );

        let json = bytes(fetch(&app, Some(&author), &format!("{base}/1/report.json")).await).await;
        let published = String::from_utf8(json).expect("UTF-8");
        assert_eq!(report["version"]["published"], *published);
        assert!(is_recomputed(&published, &report["version"]["sha256"]));
    })
    .await;
}

#[tokio::test]
async fn a_dhis2_payload_is_made_whole_or_its_holes_are_named() {
    on_both(async |app| {
        for _ in 0..6 {
            family(&app, app.ward()).await;
        }
        let author = app.supervisor(app.ward()).await;
        let province = app.supervisor(app.province()).await;
        app.clock
            .set("2026-12-02T02:00:00Z".parse().expect("an instant"));
        let (author, province) = (
            app.sign_in_again(&author).await,
            app.sign_in_again(&province).await,
        );
        let report = agreed(&app, [&author, &province], app.ward(), "MONTH-2026-11").await;
        let path = format!("/reports/{}/1/dhis2", report["id"].as_str().expect("an id"));
        let mut mapping = json!({ "dataSet": "pBOMPrpg1QX", "orgUnits": {}, "dataElements": {
            "D3.REACHED": { "dataElement": "fbfJHSPpUQD", "categoryOptionCombo": "PT59n8BQbqM" },
            "D3.REGISTERED": { "dataElement": "cYeuwXTCPkU" } } });
        let dry = convert(&app, &author, &format!("{path}?dryRun=true"), &mapping).await;
        assert_eq!(dry.status, 200);
        let holes = dry.json["holes"].as_array().expect("holes").clone();
        let kinds = |kind: &str| holes.iter().filter(|hole| hole["kind"] == kind).count();
        assert_eq!((kinds("ORG_UNIT"), kinds("PERIOD")), (1, 0));
        assert!(
            kinds("DATA_ELEMENT") > 0 && holes.iter().any(|hole| hole["key"] == "D3.COMPLETED")
        );
        let refused = convert(&app, &author, &path, &mapping).await;
        assert_eq!(refused.status, 422);
        assert!(
            refused.json.to_string().contains("ORG_UNIT 25978"),
            "{}",
            refused.json
        );

        mapping["orgUnits"]["25978"] = json!("O6uvpzGd5pu");
        let ignored: Vec<Value> = holes
            .iter()
            .filter(|hole| hole["kind"] == "DATA_ELEMENT")
            .map(|hole| hole["key"].clone())
            .collect();
        mapping["ignore"] = json!(ignored);
        let made = convert(&app, &author, &path, &mapping).await;
        assert_eq!(made.status, 200);
        // The shape of a dataValueSets payload as DHIS2 publishes it.
        assert_eq!(made.json["dataSet"], "pBOMPrpg1QX");
        assert_eq!(made.json["period"], "202611");
        assert_eq!(made.json["orgUnit"], "O6uvpzGd5pu");
        assert_eq!(made.json["completeDate"], "2026-12-02");
        let values = made.json["dataValues"].as_array().expect("values");
        assert_eq!(values.len(), 2);
        for value in values {
            assert!(value["value"].is_string() && value["dataElement"].is_string());
            assert_eq!(
                (&value["period"], &value["orgUnit"]),
                (&json!("202611"), &json!("O6uvpzGd5pu"))
            );
        }
        assert!(
            values
                .iter()
                .any(|value| value["value"] == "6" && value["dataElement"] == "cYeuwXTCPkU")
        );
        for wrong in [
            json!({}),
            json!({ "dataSet": "x", "orgUnits": {}, "dataElements": {} }),
        ] {
            assert_eq!(convert(&app, &author, &path, &wrong).await.status, 422);
        }
        let elsewhere = app.supervisor(app.other_province()).await;
        assert_eq!(convert(&app, &elsewhere, &path, &mapping).await.status, 404);
        assert_eq!(
            convert(&app, &author, &format!("{path}?x=1"), &mapping)
                .await
                .status,
            400
        );
    })
    .await;
}

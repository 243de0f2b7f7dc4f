//! Who may take which step, and what a wrong one gets.

use entity::area::AreaLevel;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{agreed, bytes, done, family, fetch, missing, read, send, sent, versions};
use crate::{
    app::{TestApp, on_both},
    given::{Actor, CA_MAU},
};

const PERIOD: &str = "MONTH-2026-10";

fn draft(app: &TestApp, period: &str) -> Value {
    json!({ "areaId": app.ward().to_string(), "period": period })
}

#[tokio::test]
async fn a_period_must_have_begun_to_be_drafted_and_ended_to_be_submitted() {
    on_both(async |app| {
        let who = app.supervisor(app.ward()).await;
        for (period, error) in [
            ("MONTH-2026-12", ("DATE_OUT_OF_RANGE", "period")),
            ("MONTH-2026-13", ("NOT_FOUND", "period")),
            ("WEEK-1", ("NOT_FOUND", "period")),
        ] {
            let answer = send(&app, &who, "draftReport", draft(&app, period)).await;
            assert_eq!(answer.user_errors("draftReport"), [error], "{period}");
        }
        let running = done(&app, &who, "draftReport", draft(&app, "MONTH-2026-11")).await;
        assert_eq!(running["viewerCanSubmit"], false);
        let answer = send(
            &app,
            &who,
            "submitReport",
            json!({ "reportId": running["id"] }),
        )
        .await;
        assert_eq!(
            answer.user_errors("submitReport"),
            [("DATE_OUT_OF_RANGE", "reportId")]
        );
        // Drafting again gives the report there is, whoever asks and whatever id she has made.
        let other = app.supervisor(app.province()).await;
        let mut again = draft(&app, "MONTH-2026-11");
        again["id"] = json!(Uuid::now_v7().to_string());
        assert_eq!(
            done(&app, &other, "draftReport", again).await["id"],
            running["id"]
        );
    })
    .await;
}

#[tokio::test]
async fn of_two_who_submit_at_once_one_wins_and_the_same_request_twice_is_one() {
    on_both(async |app| {
        let who = app.supervisor(app.ward()).await;
        for (period, same) in [("MONTH-2026-09", false), (PERIOD, true)] {
            let report = done(&app, &who, "draftReport", draft(&app, period)).await;
            let version = Uuid::now_v7();
            let input = |id: Uuid| json!({ "reportId": report["id"], "versionId": id.to_string() });
            let second = if same { version } else { Uuid::now_v7() };
            let (one, two) = tokio::join!(
                send(&app, &who, "submitReport", input(version)),
                send(&app, &who, "submitReport", input(second)),
            );
            let mut refused = [
                one.user_errors("submitReport"),
                two.user_errors("submitReport"),
            ];
            refused.sort_by_key(Vec::len);
            if same {
                assert!(refused.iter().all(Vec::is_empty), "{refused:?}");
            } else {
                assert!(refused[0].is_empty());
                assert_eq!(refused[1], [("CONFLICT", "reportId")]);
            }
            let frozen = versions(&app, &who, &report["id"]).await;
            assert_eq!(frozen.len(), 1);
            let later = send(
                &app,
                &who,
                "submitReport",
                json!({ "reportId": report["id"] }),
            )
            .await;
            assert_eq!(
                later.user_errors("submitReport"),
                [("CONFLICT", "reportId")]
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_report_is_returned_with_a_comment_mended_and_never_accepted_by_its_author() {
    on_both(async |app| {
        let commune = app.supervisor(app.ward()).await;
        let province = app.supervisor(app.province()).await;
        let country = app.supervisor(app.country()).await;
        let report = done(&app, &province, "draftReport", draft(&app, PERIOD)).await;
        let id = report["id"].clone();
        let early = send(&app, &province, "acceptReport", json!({ "reportId": id })).await;
        assert_eq!(early.user_errors("acceptReport"), [("CONFLICT", "reportId")]);
        done(&app, &commune, "submitReport", json!({ "reportId": id })).await;

        // The commune cannot receive its own report; whoever drafted or submitted it cannot accept it.
        let seen = read(&app, &commune, &id).await.data("report").clone();
        assert_eq!((&seen["viewerCanAccept"], &seen["viewerCanReturn"]), (&json!(false), &json!(false)));
        for (who, mutation) in [(&commune, "acceptReport"), (&province, "acceptReport")] {
            let answer = send(&app, who, mutation, json!({ "reportId": id })).await;
            assert_eq!(answer.user_errors(mutation), [("CONFLICT", "reportId")]);
        }
        assert_eq!(read(&app, &province, &id).await.data("report.viewerCanAccept"), false);
        for (comments, error) in [
            (json!([]), ("REQUIRED", "comments")),
            (json!([{ "text": "  " }]), ("REQUIRED", "comments.0.text")),
            (json!([{ "indicator": "X9", "text": "Sai" }]), ("NOT_FOUND", "comments.0.indicator")),
        ] {
            let input = json!({ "reportId": id, "comments": comments });
            let answer = send(&app, &country, "returnReport", input).await;
            assert_eq!(answer.user_errors("returnReport"), [error]);
        }
        let input = json!({ "reportId": id, "comments": [{ "indicator": "D3", "text": "Thiếu xã" }, { "text": "Xem lại" }] });
        for _ in 0..2 {
            let returned = done(&app, &country, "returnReport", input.clone()).await;
            assert_eq!(returned["state"], "RETURNED");
            assert_eq!(returned["comments"].as_array().map(Vec::len), Some(2), "once, however often it was sent");
        }
        let answer = send(&app, &country, "acceptReport", json!({ "reportId": id })).await;
        assert_eq!(answer.user_errors("acceptReport"), [("CONFLICT", "reportId")]);
        let again = done(&app, &commune, "submitReport", json!({ "reportId": id })).await;
        assert_eq!((&again["state"], &again["version"]["number"]), (&json!("SUBMITTED"), &json!(2)));
        for _ in 0..2 {
            let accepted = done(&app, &country, "acceptReport", json!({ "reportId": id })).await;
            assert_eq!((&accepted["state"], &accepted["viewerCanRestate"]), (&json!("ACCEPTED"), &json!(true)));
        }
        let why = json!({ "reportId": id, "reason": "Không có gì mới" });
        let nothing = send(&app, &commune, "restateReport", why).await;
        assert_eq!(nothing.user_errors("restateReport"), [("CONFLICT", "reportId")]);
        let silent = send(&app, &commune, "restateReport", json!({ "reportId": id, "reason": " " })).await;
        assert_eq!(silent.user_errors("restateReport"), [("REQUIRED", "reason")]);
    })
    .await;
}

#[tokio::test]
async fn who_is_missing_below_is_named_and_must_be_said_on_submitting_and_on_accepting() {
    on_both(async |app| {
        let author = app.supervisor(app.province()).await;
        let country = app.supervisor(app.country()).await;
        let input = json!({ "areaId": app.province().to_string(), "period": PERIOD });
        let report = done(&app, &author, "draftReport", input).await;
        let below = missing(&report);
        assert!(below.len() > 100);
        let mut input = json!({ "reportId": report["id"] });
        let silent = send(&app, &author, "submitReport", input.clone()).await;
        assert_eq!(
            silent.user_errors("submitReport"),
            [("REQUIRED", "acknowledgeMissing")]
        );
        input["acknowledgeMissing"] = json!(below[1..]);
        let almost = send(&app, &author, "submitReport", input.clone()).await;
        let errors = almost.user_errors("submitReport");
        let name = report["missingChildren"][0]["name"]
            .as_str()
            .expect("a name");
        assert!(errors[0].message.contains(name), "{errors:?}");
        input["acknowledgeMissing"] = json!(below);
        let done_so = done(&app, &author, "submitReport", input.clone()).await;
        assert_eq!(done_so["version"]["source"], "COMPUTED");
        let silent = send(
            &app,
            &country,
            "acceptReport",
            json!({ "reportId": report["id"] }),
        )
        .await;
        assert_eq!(
            silent.user_errors("acceptReport"),
            [("REQUIRED", "acknowledgeMissing")]
        );
        done(&app, &country, "acceptReport", input).await;
    })
    .await;
}

#[tokio::test]
async fn an_area_that_merged_reports_on_periods_it_lived_to_see_the_end_of_and_keeps_its_history() {
    on_both(async |app| {
        let day = |text: &str| text.parse().expect("a day");
        let old = app.area("95", AreaLevel::Province, day("2024-12-31"));
        let heir = app.supervisor(app.area(CA_MAU, AreaLevel::Province, app.clock.today())).await;
        let country = app.supervisor(app.country()).await;
        let input = |period: &str| json!({ "areaId": old.to_string(), "period": period });
        let answer = send(&app, &heir, "draftReport", input("YEAR-2025")).await;
        let errors = answer.user_errors("draftReport");
        assert_eq!(errors, [("CLOSED", "areaId")]);
        assert!(errors[0].message.contains("Cà Mau"), "{errors:?}");
        for period in ["QUARTER-2025-2", "YEAR-2024"] {
            let report = agreed(&app, [&heir, &country], old, period).await;
            assert_eq!(report["area"]["name"], "Tỉnh Bạc Liêu");
            assert_eq!(report["receivingArea"]["name"], "Việt Nam");
        }
        let history = "query($area: ID!) { reports(areaId: $area) { nodes { period { code } state isLate version { sha256 } } } }";
        let answer = heir.graphql(&app, history, json!({ "area": old.to_string() })).await;
        let nodes = answer.data("reports.nodes").as_array().expect("nodes").clone();
        let codes: Vec<_> = nodes.iter().map(|node| node["period"]["code"].clone()).collect();
        assert_eq!(codes, ["QUARTER-2025-2", "YEAR-2024"]);
        assert!(nodes.iter().all(|node| node["isLate"] == true && node["version"]["sha256"].is_string()));
    })
    .await;
}

#[tokio::test]
async fn what_was_changed_behind_the_product_is_found_on_reading_and_refused() {
    on_both(async |app| {
        for _ in 0..6 {
            family(&app, app.ward()).await;
        }
        let author = app.supervisor(app.ward()).await;
        let receiver = app.supervisor(app.province()).await;
        app.clock.advance(chrono::Duration::days(1));
        let (author, receiver) = (app.sign_in_again(&author).await, app.sign_in_again(&receiver).await);
        let report = sent(&app, &author, app.ward(), "DAY-2026-11-22").await;
        let harms = [
            "UPDATE report_version SET published = replace(published, '\"REACHED\":0', '\"REACHED\":6')",
            "UPDATE report_version SET published = replace(published, '\"REACHED\":6', '\"REACHED\":0'), number = 2",
        ];
        app.db.write().execute_unprepared(harms[0]).await.expect("an update");
        let answer = read(&app, &receiver, &report["id"]).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
        assert!(answer.errors()[0]["message"].as_str().is_some_and(|text| text.contains("mã băm")));
        let answer = send(&app, &receiver, "acceptReport", json!({ "reportId": report["id"] })).await;
        assert!(!answer.errors().is_empty() || answer.user_errors("acceptReport") == [("CONFLICT", "")]);
        let (versions, faults) = app.app.reports.check().await.expect("a check");
        assert_eq!((versions, faults.len()), (1, 1));
        let path = format!("/reports/{}/1/report.csv", report["id"].as_str().expect("an id"));
        let file = fetch(&app, Some(&receiver), &path).await;
        assert_eq!(file.status(), 422);
        assert!(String::from_utf8(bytes(file).await).expect("text").contains("mã băm"));
        // Put back it is good again; under another number it is not.
        let back = harms[1].replace(", number = 2", "");
        app.db.write().execute_unprepared(&back).await.expect("an update");
        read(&app, &receiver, &report["id"]).await.data("report.version.sha256");
        assert_eq!(app.app.reports.check().await.expect("a check"), (1, vec![]));
        // So is a number that is kept inside.
        let seal = "UPDATE report_seal SET value = 99 WHERE indicator = 'D4' AND measure = 'REACHED'";
        app.db.write().execute_unprepared(seal).await.expect("an update");
        assert_eq!(app.app.reports.check().await.expect("a check").1.len(), 1);
        app.db.write().execute_unprepared(harms[1]).await.expect("an update");
        let all = "query($id: ID!) { report(id: $id) { versions { number } } }";
        let answer = receiver.graphql(&app, all, json!({ "id": report["id"] })).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT");
    })
    .await;
}

#[tokio::test]
async fn who_is_late_is_listed_with_rates_of_areas() {
    on_both(async |app| {
        let author = app.supervisor(app.ward()).await;
        let province = app.supervisor(app.province()).await;
        sent(&app, &author, app.ward(), PERIOD).await;
        let ask = crate::authorization::operation("reportProgress");
        let variables = json!({ "areaId": app.province().to_string(), "period": PERIOD });
        let answer = province.graphql(&app, &ask, variables).await;
        let found = answer.data("reportProgress");
        let expected = found["expected"].as_array().expect("areas");
        assert_eq!(
            (&found["submittedCount"], &found["onTimeCount"]),
            (&json!(1), &json!(0))
        );
        assert!(found["onTimeRate"] == 0.0 && found["completenessRate"] == 0.0);
        assert_eq!(found["expectedCount"], expected.len());
        // October's were due in the first days of November.
        assert!(
            expected
                .iter()
                .all(|area| area["isLate"] == true && area["dueOn"] == "2026-11-02")
        );
        let running = json!({ "areaId": app.province().to_string(), "period": "MONTH-2026-11" });
        let answer = province.graphql(&app, &ask, running).await;
        let areas = answer
            .data("reportProgress.expected")
            .as_array()
            .expect("areas")
            .clone();
        assert!(areas.iter().all(|area| area["isLate"] == false));
    })
    .await;
}

#[tokio::test]
async fn a_report_of_others_is_answered_as_if_it_did_not_exist() {
    on_both(async |app| {
        let author = app.supervisor(app.ward()).await;
        let elsewhere = app.supervisor(app.other_province()).await;
        let report = sent(&app, &author, app.ward(), PERIOD).await;
        let unknown = json!(Uuid::now_v7().to_string());
        for id in [&report["id"], &unknown] {
            assert_eq!(read(&app, &elsewhere, id).await.code(), "NOT_FOUND");
            for mutation in ["submitReport", "acceptReport"] {
                let answer = send(&app, &elsewhere, mutation, json!({ "reportId": id })).await;
                assert_eq!(answer.code(), "NOT_FOUND");
            }
            for file in ["report.csv", "report.xlsx", "report.json"] {
                let path = format!("/reports/{}/1/{file}", id.as_str().expect("an id"));
                assert_eq!(
                    fetch(&app, Some(&elsewhere), &path).await.status(),
                    404,
                    "{path}"
                );
            }
        }
        let path = format!(
            "/reports/{}/1/report.csv",
            report["id"].as_str().expect("an id")
        );
        assert_eq!(fetch(&app, None, &path).await.status(), 401);
        let caregiver: Actor = app.caregiver().await;
        assert_eq!(fetch(&app, Some(&caregiver), &path).await.status(), 403);
        assert_eq!(fetch(&app, Some(&author), &path).await.status(), 200);
        for wrong in [
            "/reports/x/1/report.csv",
            &path.replace("/1/", "/9/"),
            &path.replace("csv", "exe"),
        ] {
            assert_eq!(
                fetch(&app, Some(&author), wrong).await.status(),
                404,
                "{wrong}"
            );
        }
    })
    .await;
}

//! Reports on pages: begun, submitted, returned, accepted, restated, downloaded; by forms alone.

use std::io::Cursor;

use axum::http::StatusCode;
use calamine::{Data, Reader as _, Xlsx};

use super::browser::{Browser, Page};
use crate::{
    app::{TestApp, on_both},
    given::CA_MAU,
    reports::world::{agreed, family},
};

const PERIOD: &str = "MONTH-2026-10";

/// Begins a report of the ward and answers its path.
async fn begun(app: &TestApp, browser: &Browser) -> String {
    let list = format!("/dashboard/areas/{}/reports", app.ward());
    let page = browser.open(app, &list).await;
    assert!(page.says(&format!("value=\"{PERIOD}\"")), "{}", page.text);
    let fields = [("token", page.hidden("token")), ("period", PERIOD)];
    browser.post(app, &list, &fields).await.goes_to().to_owned()
}

/// Sends a form of a page: its hidden fields and what is filled in.
async fn send(
    app: &TestApp,
    browser: &Browser,
    path: &str,
    step: &str,
    more: &[(&str, &str)],
) -> Page {
    let page = browser.open(app, path).await;
    let action = format!("{path}/{step}");
    let form = page.text.split(&format!("action=\"{action}\"")).nth(1);
    let form = form.unwrap_or_else(|| panic!("no form {step} in {}", page.text));
    let form = form.split("</form>").next().unwrap_or_default();
    let hidden = form.split("<input type=\"hidden\" name=\"").skip(1);
    let mut fields: Vec<(&str, &str)> = hidden
        .filter_map(|rest| {
            let (name, rest) = rest.split_once('"')?;
            Some((name, rest.strip_prefix(" value=\"")?.split_once('"')?.0))
        })
        .collect();
    fields.extend(more);
    browser.post(app, &action, &fields).await
}

#[tokio::test]
async fn a_report_goes_its_way_by_forms_alone_and_its_author_cannot_accept_it() {
    on_both(async |app| {
        for _ in 0..6 {
            family(&app, app.ward()).await;
        }
        let author = app.supervisor(app.ward()).await;
        let above = app.supervisor(app.province()).await;
        let (author, above) = (
            Browser::of(&app, &author).await,
            Browser::of(&app, &above).await,
        );
        let path = begun(&app, &author).await;
        assert_eq!(begun(&app, &author).await, path, "one report for a period");
        let page = author.open(&app, &path).await;
        assert!(page.says("đang lập") && page.says("Chưa chốt số liệu"));

        let sent = send(&app, &author, &path, "submit", &[]).await;
        assert_eq!(sent.goes_to(), format!("{path}?done=submitted"));
        let page = author.open(&app, sent.goes_to()).await;
        assert!(page.says("role=\"status\"") && page.says("đã gửi, chờ duyệt"));
        assert!(!page.says("/accept\""), "not her own");

        let empty = send(&app, &above, &path, "return", &[("comment-D3", "  ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        empty.check("a return without a comment");
        assert!(empty.says("ít nhất một nhận xét") && empty.says("đã gửi, chờ duyệt"));
        let comment = "Thiếu thôn mẫu.\r\nXem lại <b>mẫu số</b>.";
        let back = send(&app, &above, &path, "return", &[("comment-D3", comment)]).await;
        assert_eq!(back.goes_to(), format!("{path}?done=returned"));
        let page = author.open(&app, &path).await;
        assert!(
            page.says("bị trả lại") && page.says("<strong>D3</strong>: Thiếu thôn mẫu. Xem lại")
        );
        assert!(!page.says("<b>mẫu"), "what people write is not markup");

        send(&app, &author, &path, "submit", &[]).await.goes_to();
        let accepted = send(&app, &above, &path, "accept", &[]).await;
        assert_eq!(accepted.goes_to(), format!("{path}?done=accepted"));
        let page = above.open(&app, &path).await;
        assert!(page.says("đã chấp nhận") && page.says("bản số 2"));

        let same = send(
            &app,
            &author,
            &path,
            "restate",
            &[("reason", "Số liệu đến muộn")],
        )
        .await;
        assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(same.says("không khác bản đã chốt"));
    })
    .await;
}

#[tokio::test]
async fn the_form_sent_twice_freezes_once_and_missing_areas_must_be_said() {
    on_both(async |app| {
        let who = app.supervisor(app.province()).await;
        let browser = Browser::of(&app, &who).await;
        let list = format!("/dashboard/areas/{}/reports", app.province());
        let page = browser.open(&app, &list).await;
        let fields = [("token", page.hidden("token")), ("period", PERIOD)];
        let path = browser
            .post(&app, &list, &fields)
            .await
            .goes_to()
            .to_owned();
        let unsaid = send(&app, &browser, &path, "submit", &[]).await;
        assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unsaid.says("đánh dấu ô xác nhận") && unsaid.says("đang lập"));

        let page = browser.open(&app, &path).await;
        let mut fields = vec![
            ("token", page.hidden("token")),
            ("version", page.hidden("version")),
            ("said", "yes"),
        ];
        fields.extend(
            page.all_hidden("missing")
                .into_iter()
                .map(|id| ("missing", id)),
        );
        let submit = format!("{path}/submit");
        for _ in 0..2 {
            let sent = browser.post(&app, &submit, &fields).await;
            assert_eq!(sent.goes_to(), format!("{path}?done=submitted"));
        }
        let page = browser.open(&app, &path).await;
        assert!(page.says("bản số 1") && !page.says("bản số 2"));
        let listed = browser.open(&app, &list).await;
        assert!(listed.says("đã gửi, chờ duyệt") && listed.says("chưa lập"));
    })
    .await;
}

#[tokio::test]
async fn files_come_with_the_session_and_nobody_elses_reports_exist() {
    on_both(async |app| {
        let author = app.supervisor(app.ward()).await;
        let above = app.supervisor(app.province()).await;
        let report = agreed(&app, [&author, &above], app.ward(), PERIOD).await;
        let id = report["id"].as_str().expect("an id");
        let path = format!("/dashboard/reports/{id}");
        let browser = Browser::of(&app, &above).await;
        let page = browser.open(&app, &path).await;
        for file in ["report.xlsx", "report.csv", "report.json"] {
            assert!(page.says(&format!("{path}/1/{file}")), "{file}");
        }
        let file = browser.get(&app, &format!("{path}/1/report.xlsx")).await;
        assert_eq!(file.status, StatusCode::OK);
        let called = file.headers["content-disposition"].to_str().unwrap();
        assert!(called.starts_with("attachment; filename=\"MONTH-2026-10-25978-v1.xlsx\""));
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file.bytes)).unwrap();
        let sheet = book.worksheet_range("Báo cáo").unwrap();
        let heading = |cell: &Data| cell.to_string().contains("CỘNG HÒA XÃ HỘI");
        assert!(sheet.rows().flatten().any(heading));

        let dry = [
            ("token", page.hidden("token")),
            ("mapping", "{\"dataElements\": 5}"),
            ("dryRun", "yes"),
        ];
        let refused = browser.post(&app, &format!("{path}/1/dhis2"), &dry).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.says("tệp ánh xạ DHIS2"), "{}", refused.text);

        let other = app.area(CA_MAU, entity::area::AreaLevel::Province, app.clock.today());
        let stranger = app.supervisor(other).await;
        let stranger = Browser::of(&app, &stranger).await;
        let own = format!("/dashboard/areas/{other}/reports");
        let token = stranger.open(&app, &own).await.hidden("token").to_owned();
        for path in [
            path.clone(),
            format!("{path}/1/report.xlsx"),
            format!("{path}/latest/report.csv"),
            format!("/dashboard/areas/{}/reports", app.ward()),
            "/dashboard/reports/1".to_owned(),
        ] {
            let page = stranger.get(&app, &path).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
            page.check(&path);
        }
        for step in ["submit", "return", "accept", "restate"] {
            let fields = [("token", &*token), ("comment-", "x"), ("reason", "x")];
            let page = stranger
                .post(&app, &format!("{path}/{step}"), &fields)
                .await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{step}");
        }
        let visitor = Browser::default();
        let file = format!("{path}/1/report.xlsx");
        assert!(
            visitor
                .get(&app, &file)
                .await
                .goes_to()
                .starts_with("/dashboard/sign-in")
        );
        for broken in ["?version=x", "?version=99"] {
            let page = browser.get(&app, &format!("{path}{broken}")).await;
            assert!(page.status.is_client_error(), "{broken}");
            page.check(broken);
        }
    })
    .await;
}

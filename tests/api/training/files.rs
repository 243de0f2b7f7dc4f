//! Rosters and attendance as files: what a spreadsheet reads of them, how they print, and who gets them.

use std::io::{Cursor, Read as _};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use calamine::{Data, Reader as _, Xlsx};
use http_body_util::BodyExt;
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
};

async fn fetch(app: &TestApp, who: Option<&Actor>, path: &str) -> (StatusCode, String, Vec<u8>) {
    let mut request = Request::get(path);
    if let Some(who) = who {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", who.token));
    }
    let request = request.body(Body::empty()).unwrap();
    let answer = app.router.clone().oneshot(request).await.unwrap();
    let called = answer.headers().get(header::CONTENT_DISPOSITION);
    let called = called.map_or_else(String::new, |called| called.to_str().unwrap().to_owned());
    let status = answer.status();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, called, bytes.to_vec())
}

fn part(file: &[u8], name: &str) -> String {
    let mut packed = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut text = String::new();
    packed
        .by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// A group of two, of whom one learned and came.
async fn village(app: &TestApp) -> (Actor, Uuid) {
    let ward = app.ward();
    let trainer = app.trainer(ward).await;
    let group = Uuid::now_v7();
    let change = async |name: &str, input: serde_json::Value| {
        let answer = trainer
            .graphql(app, &operation(name), json!({ "input": input }))
            .await;
        assert_eq!(answer.user_errors(name), [] as [(&str, &str); 0], "{name}");
    };
    change(
        "createGroup",
        json!({ "id": group, "name": "=Nhóm ấp 3", "areaId": ward.0 }),
    )
    .await;
    let mut people = Vec::new();
    for (name, year, phone) in [
        ("Trần Thị Mẫu Đào", 1990, Some("0912 345 678")),
        ("=Lê Văn Mẫu An", 1985, None),
    ] {
        let person = Uuid::now_v7();
        people.push(person);
        change(
            "registerPerson",
            json!({
                "id": person, "fullName": name, "birthYear": year, "phone": phone, "areaId": ward.0,
                "audiences": ["CAREGIVER"], "consents": ["LEARNING_RECORD"], "groupId": group,
            }),
        )
        .await;
    }
    let catalogue = app.app.content.catalogue();
    let lessons: Vec<_> = ["HC1.1", "HC1.2"]
        .map(|code| catalogue.lesson_by_code(code).unwrap().id.0)
        .into();
    change(
        "assignLessons",
        json!({ "groupId": group, "lessonIds": lessons, "dueOn": app.clock.today() }),
    )
    .await;
    change("recordSession", json!({
        "id": Uuid::now_v7(), "groupId": group, "heldAt": app.clock.now(), "lessonIds": [lessons[0]],
        "people": [{ "personId": people[0] }],
    })).await;
    (trainer, group)
}

#[tokio::test]
async fn a_roster_is_read_by_a_spreadsheet_with_vietnamese_headings_in_the_order_of_given_names() {
    on_both(async |app| {
        let (trainer, group) = village(&app).await;
        let path = format!("/groups/{group}/roster.xlsx");
        let ((status, called, file), statements) = app
            .statements_of(async || fetch(&app, Some(&trainer), &path).await)
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(called, "attachment; filename=\"danh-sach-2026-11-22.xlsx\"");
        assert!(statements <= 8, "{statements} statements");
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file.clone())).unwrap();
        let sheet = book.worksheet_range("Danh sách").unwrap();
        let rows: Vec<Vec<String>> = sheet
            .rows()
            .map(|row| row.iter().map(ToString::to_string).collect())
            .collect();
        assert_eq!(rows[0][0], "DANH SÁCH NHÓM");
        assert!(
            rows[1][0].starts_with("=Nhóm ấp 3, "),
            "text stays text: {}",
            rows[1][0]
        );
        let headings = [
            "STT",
            "Họ và tên",
            "Năm sinh",
            "Điện thoại",
            "Vào nhóm",
            "Học gần nhất",
            "Số bài xong",
            "HC1.1",
            "HC1.2",
        ];
        assert_eq!(rows[3], headings);
        assert_eq!(
            rows[4],
            [
                "1",
                "=Lê Văn Mẫu An",
                "1985",
                "",
                "22/11/2026",
                "",
                "0",
                "",
                ""
            ]
        );
        assert_eq!(
            rows[5],
            [
                "2",
                "Trần Thị Mẫu Đào",
                "1990",
                "0912345678",
                "22/11/2026",
                "22/11/2026",
                "1",
                "x",
                ""
            ]
        );
        assert_eq!(
            sheet.get((4, 2)),
            Some(&Data::Float(1985.0)),
            "numbers are numbers"
        );
        let printed = part(&file, "xl/worksheets/sheet1.xml");
        assert!(!printed.contains("<f>"), "nothing is calculated");
        for wanted in [
            "orientation=\"landscape\"",
            "paperSize=\"9\"",
            "fitToHeight=\"0\"",
            "Trang &amp;P/&amp;N",
        ] {
            assert!(printed.contains(wanted), "{wanted}: {printed}");
        }
        let names = part(&file, "xl/workbook.xml");
        assert!(
            names.contains("_xlnm.Print_Titles") && names.contains("$4:$4"),
            "the headings stand on every page"
        );
        let (_, _, text) =
            fetch(&app, Some(&trainer), &format!("/groups/{group}/roster.csv")).await;
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], format!("\u{feff}{}", headings.join(",")));
        assert_eq!(
            lines[1], "1,'=Lê Văn Mẫu An,1985,,22/11/2026,,0,,",
            "guarded against being calculated"
        );
    })
    .await;
}

#[tokio::test]
async fn attendance_has_a_column_for_each_session_and_only_leaders_of_the_group_get_it() {
    on_both(async |app| {
        let (trainer, group) = village(&app).await;
        let path = format!("/groups/{group}/attendance.csv");
        let (status, called, text) = fetch(&app, Some(&trainer), &path).await;
        assert_eq!(
            (status, called.as_str()),
            (
                StatusCode::OK,
                "attachment; filename=\"diem-danh-2026-11-22.csv\""
            )
        );
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "\u{feff}STT,Họ và tên,22/11/2026,Số buổi,Ký tên",
                "1,'=Lê Văn Mẫu An,,0,",
                "2,Trần Thị Mẫu Đào,x,1,",
            ]
        );
        let (_, _, file) = fetch(
            &app,
            Some(&trainer),
            &format!("/groups/{group}/attendance.xlsx"),
        )
        .await;
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(file)).unwrap();
        assert_eq!(
            book.worksheet_range("Điểm danh").unwrap().get((5, 2)),
            Some(&Data::String("x".to_owned()))
        );
        let stranger = app.trainer(app.ward()).await;
        let learner = app.caregiver().await;
        for (who, path, status) in [
            (None, path.clone(), StatusCode::UNAUTHORIZED),
            (Some(&learner), path.clone(), StatusCode::FORBIDDEN),
            (Some(&stranger), path.clone(), StatusCode::NOT_FOUND),
            (
                Some(&trainer),
                format!("/groups/{group}/roster.pdf"),
                StatusCode::NOT_FOUND,
            ),
            (
                Some(&trainer),
                format!("/groups/{}/roster.csv", Uuid::now_v7()),
                StatusCode::NOT_FOUND,
            ),
            (
                Some(&trainer),
                "/groups/x/roster.csv".to_owned(),
                StatusCode::NOT_FOUND,
            ),
        ] {
            let (found, _, body) = fetch(&app, who, &path).await;
            assert_eq!(found, status, "{path}");
            assert!(!String::from_utf8_lossy(&body).contains("Mẫu"));
        }
    })
    .await;
}

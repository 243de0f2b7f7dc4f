//! Importing rosters: what is read, what is told by row and column, and that nothing is ever half done.

use std::io::Write as _;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Duration;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    app::{TestApp, on_both},
    authorization::operation,
    given::Actor,
    program::vun,
    requests::Answer,
};

const HEADINGS: [&str; 6] = [
    "STT",
    "Họ và tên",
    "Năm sinh",
    "Điện thoại",
    "Ngày vào nhóm",
    "Đồng ý lưu kết quả học",
];

async fn import(app: &TestApp, who: &Actor, input: Value) -> Answer {
    let variables = json!({ "input": input });
    who.graphql(app, &operation("importPersons"), variables)
        .await
}

/// A trainer's group.
async fn group(app: &TestApp) -> (Actor, Uuid) {
    let trainer = app.trainer(app.ward()).await;
    let id = Uuid::now_v7();
    let input = json!({ "input": { "id": id, "name": "Nhóm ấp 3", "areaId": app.ward().0 } });
    trainer.graphql(app, &operation("createGroup"), input).await;
    (trainer, id)
}

async fn members(app: &TestApp, trainer: &Actor, group: Uuid) -> Vec<String> {
    let query = "query($id: ID!) { group(id: $id) { members(first: 200) { nodes { person { fullName } } } } }";
    let answer = trainer.graphql(app, query, json!({ "id": group })).await;
    let nodes = answer
        .data("group.members.nodes")
        .as_array()
        .unwrap()
        .iter();
    nodes
        .map(|node| node["person"]["fullName"].as_str().unwrap().to_owned())
        .collect()
}

fn csv(lines: &[&str]) -> String {
    let headings = HEADINGS.join(";");
    STANDARD.encode(format!("\u{feff}{headings}\r\n{}\r\n", lines.join("\r\n")))
}

/// A workbook as offices keep them: a merged title, headings below it, dates as dates, telephones as numbers.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> String {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet
        .merge_range(0, 0, 0, 5, "DANH SÁCH NHÓM CHA MẸ ẤP 3", &Format::new())
        .unwrap();
    for (column, heading) in (0..).zip(HEADINGS) {
        sheet.write(2, column, heading).unwrap();
    }
    fill(sheet);
    STANDARD.encode(book.save_to_buffer().unwrap())
}

#[tokio::test]
async fn a_workbook_is_checked_dry_recorded_once_and_the_same_again_changes_nothing() {
    on_both(async |app| {
        let (trainer, group) = group(&app).await;
        let joined = app.clock.today() - Duration::days(7);
        let file = workbook(|sheet| {
            let day = Format::new().set_num_format("dd/mm/yyyy");
            let date = ExcelDateTime::parse_from_str(&joined.to_string()).unwrap();
            for (row, name, year, phone) in [
                (3, "Trần Thị Mẫu Hoa", 1990.0, 912_345_678.0),
                (4, "Lê Văn Mẫu An", 1985.0, 1_689_123_456.0),
                (6, "Nguyễn Thị Mẫu Đào", 1992.0, 912_345_678.0),
            ] {
                sheet.write(row, 1, name).unwrap();
                sheet.write(row, 2, year).unwrap();
                sheet.write(row, 3, phone).unwrap();
                sheet
                    .write_datetime_with_format(row, 4, &date, &day)
                    .unwrap();
                sheet.write(row, 5, "x").unwrap();
            }
        });
        let input = |dry: bool| json!({ "groupId": group, "file": file, "dryRun": dry });
        let looked = import(&app, &trainer, input(true)).await;
        assert_eq!(looked.user_errors("importPersons"), [] as [(&str, &str); 0]);
        assert_eq!(looked.data("importPersons.recordedCount"), 3);
        let shared =
            json!([{ "row": 4, "kind": "PHONE_SHARED" }, { "row": 7, "kind": "PHONE_SHARED" }]);
        assert_eq!(looked.data("importPersons.notices"), &shared);
        assert_eq!(
            members(&app, &trainer, group).await,
            [] as [String; 0],
            "a dry run writes nothing"
        );
        let done = import(&app, &trainer, input(false)).await;
        assert_eq!(done.data("importPersons.recordedCount"), 3);
        let names = ["Lê Văn Mẫu An", "Nguyễn Thị Mẫu Đào", "Trần Thị Mẫu Hoa"];
        assert_eq!(members(&app, &trainer, group).await, names, "by given name");
        let again = import(&app, &trainer, input(false)).await;
        assert_eq!(again.data("importPersons.recordedCount"), 0);
        let kinds = again
            .data("importPersons.notices")
            .as_array()
            .unwrap()
            .iter();
        assert!(
            kinds
                .clone()
                .all(|notice| notice["kind"] == "ALREADY_THERE")
                && kinds.count() == 3
        );
        assert_eq!(members(&app, &trainer, group).await.len(), 3);
        let list = trainer
            .graphql(&app, &operation("worklist"), json!({ "groupId": group }))
            .await;
        let phones: Vec<_> = list
            .data("worklist")
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["phone"].clone())
            .collect();
        assert!(
            phones.contains(&json!("+84389123456")),
            "an old number of eleven digits is what it became: {phones:?}"
        );
        assert_eq!(list.data("worklist.0.days"), 7, "since the day she joined");
    })
    .await;
}

#[tokio::test]
async fn everything_wrong_in_a_roster_is_told_by_row_and_column_and_nobody_is_recorded() {
    on_both(async |app| {
        let (trainer, group) = group(&app).await;
        let file = workbook(|sheet| {
            sheet.write(3, 1, "Trần Thị Mẫu").unwrap();
            sheet.write(3, 4, "30/02/2026").unwrap();
            sheet
                .write_formula(4, 1, Formula::new("=A1&\"x\""))
                .unwrap();
            sheet.write(5, 1, "Lê Mẫu").unwrap();
            sheet.write(5, 3, "12345").unwrap();
            sheet.write(5, 2, 1800).unwrap();
            sheet
                .merge_range(6, 1, 7, 1, "Hai Người", &Format::new())
                .unwrap();
            sheet.write(8, 1, "Phạm Mẫu").unwrap();
            sheet.write(8, 4, "2020-01-01").unwrap();
            sheet.write(9, 1, "Võ Mẫu").unwrap();
            sheet.write(9, 5, "để hỏi lại").unwrap();
        });
        let told = import(&app, &trainer, json!({ "groupId": group, "file": file })).await;
        let found: Vec<_> = told
            .user_errors("importPersons")
            .into_iter()
            .map(|error| (error.field, error.code))
            .collect();
        let expected = [
            ("rows.4.E", "INVALID"),
            ("rows.5.B", "INVALID"),
            ("rows.5.B", "REQUIRED"),
            ("rows.6.C", "DATE_OUT_OF_RANGE"),
            ("rows.6.D", "INVALID"),
            ("rows.7.B", "INVALID"),
            ("rows.9.E", "DATE_OUT_OF_RANGE"),
            ("rows.10.F", "INVALID"),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(field, code)| ((*field).to_owned(), (*code).to_owned()))
            .collect();
        assert_eq!(found, expected);
        let twice = csv(&[
            "1;Trần Mẫu;1990;0912345678;;x",
            "2;Lê Mẫu;1991;;;",
            "3;TRAN MAU;1990;+84 912 345 678;;x",
        ]);
        let told = import(&app, &trainer, json!({ "groupId": group, "file": twice })).await;
        assert_eq!(
            told.user_errors("importPersons"),
            [("CONFLICT", "rows.4.B")]
        );
        assert!(
            told.user_errors("importPersons")[0].message.contains('2'),
            "it names the other row"
        );
        assert_eq!(members(&app, &trainer, group).await, [] as [String; 0]);
    })
    .await;
}

#[tokio::test]
async fn files_that_are_no_roster_or_too_much_are_refused_before_they_cost_anything() {
    on_both(async |app| {
        let (trainer, group) = group(&app).await;
        let many: Vec<String> = (0..10_000)
            .map(|number| format!("{number};Người Mẫu {number};;;;"))
            .collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let packed = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated);
        bomb.start_file("xl/workbook.xml", packed).unwrap();
        for _ in 0..12 {
            bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        let bomb = bomb.finish().unwrap().into_inner();
        assert!(bomb.len() < 100_000, "it is small until it is unpacked");
        // Two cells at the far corners of a sheet would be seventeen thousand million as a rectangle.
        let far = workbook(|sheet| {
            sheet.write(3, 1, "Trần Mẫu").unwrap();
            sheet.write(1_048_575, 1, "Lê Mẫu").unwrap();
        });
        for (file, code) in [
            (csv(&many), "TOO_MANY"),
            (far, "TOO_MANY"),
            (STANDARD.encode(bomb), "TOO_MANY"),
            (STANDARD.encode("PK no zip at all"), "INVALID"),
            (STANDARD.encode([0xff, 0xfe, 0x00]), "INVALID"),
            (STANDARD.encode("Tên trường;Lớp\r\nMẫu;1"), "REQUIRED"),
            (STANDARD.encode("Họ và tên\r\n"), "REQUIRED"),
            ("no base64 !".to_owned(), "INVALID"),
            (STANDARD.encode(vec![b'a'; 600 * 1024]), "TOO_MANY"),
        ] {
            let told = import(&app, &trainer, json!({ "groupId": group, "file": file })).await;
            assert_eq!(
                told.user_errors("importPersons"),
                [(code, "file")],
                "{:.40}",
                file
            );
        }
        // More than a group holds: nobody, not the first two hundred.
        let full: Vec<String> = (0..201)
            .map(|number| format!("{number};Người Mẫu {number};;;;"))
            .collect();
        let full: Vec<&str> = full.iter().map(String::as_str).collect();
        let told = import(
            &app,
            &trainer,
            json!({ "groupId": group, "file": csv(&full) }),
        )
        .await;
        assert_eq!(told.user_errors("importPersons"), [("TOO_MANY", "file")]);
        assert_eq!(members(&app, &trainer, group).await, [] as [String; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_trainer_imports_into_her_own_groups_and_an_administrator_into_her_area_only() {
    on_both(async |app| {
        let (trainer, group) = group(&app).await;
        let other = app.trainer(app.ward()).await;
        let administrator = app.administrator(app.province()).await;
        let elsewhere = app.administrator(app.other_province()).await;
        let file = STANDARD.encode("Họ và tên,Mã xã\r\nTrần Mẫu,25978\r\nLê Mẫu,\r\n");
        let told = import(&app, &other, json!({ "groupId": group, "file": file })).await;
        assert_eq!(
            told.user_errors("importPersons"),
            [("NOT_FOUND", "groupId")]
        );
        let told = import(
            &app,
            &administrator,
            json!({ "groupId": group, "file": file }),
        )
        .await;
        assert_eq!(
            told.user_errors("importPersons"),
            [("NOT_FOUND", "groupId")]
        );
        let told = import(
            &app,
            &elsewhere,
            json!({ "areaId": app.ward().0, "file": file }),
        )
        .await;
        let fields: Vec<_> = told
            .user_errors("importPersons")
            .into_iter()
            .map(|error| error.field)
            .collect();
        assert_eq!(
            fields,
            ["rows.2.B", "rows.3.B"],
            "the commune of neither is hers"
        );
        let told = import(&app, &administrator, json!({ "file": file })).await;
        assert_eq!(
            told.user_errors("importPersons"),
            [("NOT_FOUND", "rows.3.B")],
            "whose row names no commune needs one"
        );
        let done = import(
            &app,
            &administrator,
            json!({ "areaId": app.ward().0, "file": file }),
        )
        .await;
        assert_eq!(done.data("importPersons.recordedCount"), 2);
        let again = import(
            &app,
            &administrator,
            json!({ "areaId": app.ward().0, "file": file }),
        )
        .await;
        assert_eq!(again.data("importPersons.recordedCount"), 0);
        let done = import(&app, &trainer, json!({ "groupId": group, "file": file })).await;
        assert_eq!(done.data("importPersons.recordedCount"), 2);
        let alike = done
            .data("importPersons.notices")
            .as_array()
            .unwrap()
            .iter();
        assert!(
            alike.clone().all(|notice| notice["kind"] == "LOOKS_ALIKE"),
            "and nothing of whom: {done}"
        );
        assert_eq!(alike.count(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_shared_telephone_is_a_hint_of_ones_own_people_and_never_of_strangers() {
    on_both(async |app| {
        let (trainer, group_id) = group(&app).await;
        let (stranger, _) = group(&app).await;
        let query = "mutation($input: RegisterPersonInput!) { registerPerson(input: $input) {
            person { id } samePhone { person { fullName } birthYear } userErrors { code field message } } }";
        let register = async |who: &Actor, name: &str, group: Option<Uuid>| {
            let input = json!({ "input": {
                "fullName": name, "areaId": app.ward().0, "audiences": ["CAREGIVER"], "phone": "0912 345 678",
                "groupId": group,
            } });
            who.graphql(&app, query, input).await
        };
        let first = register(&trainer, "Trần Thị Mẫu", Some(group_id)).await;
        assert_eq!(first.data("registerPerson.samePhone"), &json!([]));
        let second = register(&trainer, "Lê Văn Mẫu", Some(group_id)).await;
        assert_ne!(second.data("registerPerson.person.id"), &Value::Null, "a hint, not a refusal");
        let hint = json!([{ "person": { "fullName": "Trần Thị Mẫu" }, "birthYear": null }]);
        assert_eq!(second.data("registerPerson.samePhone"), &hint);
        let other = register(&stranger, "Phạm Mẫu", None).await;
        assert_eq!(other.data("registerPerson.samePhone"), &json!([]));
    })
    .await;
}

#[tokio::test]
async fn an_operator_is_told_by_row_and_column_and_then_records_all_of_them() {
    on_both(async |app| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("danh-sach.csv");
        let name = file.to_str().unwrap();
        let atlas = app.app.areas.atlas();
        let code = atlas.code(app.ward(), app.clock.today()).unwrap();
        let arguments = ["import", "persons", name, "--commune", code];
        let headings = HEADINGS.join(";");
        std::fs::write(
            &file,
            format!("{headings}\n1;Trần Mẫu;1990;0912345678;;x\n2;Lê Mẫu;1991;12345;;x\n"),
        )
        .unwrap();
        let (done, said) = vun(&app.settings, &arguments).await;
        assert!(!done && said.contains("vun: rows 3 D: "), "{said}");
        assert!(!said.contains("rows 2"), "{said}");

        // The second has a number of eleven digits, which became the first's.
        std::fs::write(
            &file,
            format!("{headings}\n1;Trần Mẫu;1990;0389123456;;x\n2;Lê Mẫu;1991;01689123456;;x\n"),
        )
        .unwrap();
        let (done, said) = vun(&app.settings, &arguments).await;
        assert!(
            done && said.contains("2 people read, 2 recorded"),
            "nothing was left of the first try: {said}"
        );
        assert!(said.contains("row 3: "), "the telephone is shared: {said}");
    })
    .await;
}

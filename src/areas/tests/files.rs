//! What is wrong with a file is named by line and reason; what an import would change is counted.

use super::RECORDS;
use crate::areas::{Reason, RowError, import, plan};

const HEADER: &str =
    "code,name,level,parent_code,valid_from,valid_to,successor_codes,uid,unit_type,change,basis";
const GOOD: [&str; 9] = [
    "01,Tỉnh Một,province,VN,,2025-06-30,01,P01-0,tinh,merged,QĐ 1",
    "02,Tỉnh Hai,province,VN,,,,P02-0,tinh,,",
    "01,Tỉnh Một,province,VN,2025-07-01,,,P01-1,tinh,,QĐ 1",
    "101,Huyện A,district,01,,2025-06-30,,D101-0,huyen,level_abolished,QĐ 2",
    "10001,Xã B,commune,101,,2025-06-30,10001,C10001-0,xa,kept,QĐ 3",
    "10002,Xã C,commune,101,,2025-06-30,10002|10003,C10002-0,xa,split,QĐ 3",
    "10001,Xã B,commune,01,2025-07-01,,,C10001-1,xa,,QĐ 3",
    "10002,Xã C,commune,01,2025-07-01,,,C10002-1,xa,,QĐ 3",
    "10003,Xã D,commune,01,2025-07-01,,,C10003-1,xa,,QĐ 3",
];

/// The good file with one line put in the place of another, or added at its end.
fn file(line: u64, row: &str) -> String {
    let mut rows: Vec<&str> = GOOD.to_vec();
    match usize::try_from(line - 2).unwrap() {
        at if at < rows.len() => rows[at] = row,
        _ => rows.push(row),
    }
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

#[test]
fn a_small_file_is_read() {
    let records = import::read("f", file(2, GOOD[0]).as_bytes()).unwrap();
    assert_eq!(records.areas.len(), 1 + 3 + 1 + 4);
    assert_eq!(records.atoms.len(), 4 + 2);
    let with_mark = format!("\u{feff}{}", file(2, GOOD[0]).replace('\n', "\r\n"));
    assert_eq!(import::read("f", with_mark.as_bytes()).unwrap(), records);
}

#[test]
fn every_bad_row_is_named_by_line_and_reason() {
    let value = str::to_owned;
    for (line, row, reason) in [
        (
            4,
            "01,Tỉnh Một,province,VN,2025-07-01,,",
            Reason::Unreadable,
        ),
        (
            4,
            ",Tỉnh Một,province,VN,2025-07-01,,,P01-1,tinh,,QĐ 1",
            Reason::Empty("code"),
        ),
        (
            4,
            "01,,province,VN,2025-07-01,,,P01-1,tinh,,QĐ 1",
            Reason::Empty("name"),
        ),
        (
            4,
            "01,Tỉnh Một,region,VN,2025-07-01,,,P01-1,tinh,,QĐ 1",
            Reason::UnknownWord("level", value("region")),
        ),
        (
            4,
            "01,Tỉnh Một,province,VN,2025-07-01,,,P01-1,xa,,QĐ 1",
            Reason::UnknownWord("unit_type", value("xa")),
        ),
        (
            5,
            "101,Huyện A,district,01,,2025-06-30,,D101-0,huyen,vanished,QĐ 2",
            Reason::UnknownWord("change", value("vanished")),
        ),
        (
            4,
            "01,Tỉnh Một,province,VN,2025-02-30,,,P01-1,tinh,,QĐ 1",
            Reason::NoDate("valid_from", value("2025-02-30")),
        ),
        (
            4,
            "01,Tỉnh Một,province,VN,2025-7-1,,,P01-1,tinh,,QĐ 1",
            Reason::NoDate("valid_from", value("2025-7-1")),
        ),
        (
            5,
            "101,Huyện A,district,01,,30/06/2025,,D101-0,huyen,level_abolished,QĐ 2",
            Reason::NoDate("valid_to", value("30/06/2025")),
        ),
        (
            5,
            "101,Huyện A,district,01,2025-07-01,2025-06-30,,D101-0,huyen,level_abolished,QĐ 2",
            Reason::EndsBeforeItBegins,
        ),
        (
            5,
            "101,Huyện A,district,01,,2025-06-30,,D101-0,huyen,,QĐ 2",
            Reason::HalfEnded,
        ),
        (
            5,
            "101,Huyện A,district,01,,,,D101-0,huyen,level_abolished,QĐ 2",
            Reason::HalfEnded,
        ),
        (
            3,
            "02,Tỉnh Hai,province,VN,,,01,P02-0,tinh,,",
            Reason::HalfEnded,
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,10002,C10002-0,xa,split,QĐ 3",
            Reason::SuccessorCount(1),
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,10002|10002,C10002-0,xa,split,QĐ 3",
            Reason::SuccessorCount(1),
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,,C10002-0,xa,merged,QĐ 3",
            Reason::SuccessorCount(0),
        ),
        (
            10,
            "10003,Xã D,commune,09,2025-07-01,,,C10003-1,xa,,QĐ 3",
            Reason::NoParent(value("09")),
        ),
        // The district of the code ended the day before; a province cannot lie in itself.
        (
            10,
            "10003,Xã D,commune,101,2025-07-01,,,C10003-1,xa,,QĐ 3",
            Reason::NoParent(value("101")),
        ),
        (
            3,
            "02,Tỉnh Hai,province,02,,,,P02-0,tinh,,",
            Reason::NoParent(value("02")),
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,10002|10009,C10002-0,xa,split,QĐ 3",
            Reason::NoSuccessor(value("10009")),
        ),
        // The successor begins on another day; or is of another level; or is the row itself.
        (
            7,
            "10002,Xã C,commune,101,,2025-06-29,10002|10003,C10002-0,xa,split,QĐ 3",
            Reason::NoSuccessor(value("10002")),
        ),
        (
            7,
            "10002,Xã C,commune,101,,2025-06-30,10002|01,C10002-0,xa,split,QĐ 3",
            Reason::NoSuccessor(value("01")),
        ),
        (
            11,
            "10003,Xã E,commune,02,2026-01-01,,,C10003-2,xa,,QĐ 3",
            Reason::CodeTaken(10),
        ),
        (
            11,
            "10004,Xã E,commune,02,2026-01-01,,,C10003-1,xa,,QĐ 3",
            Reason::UidTaken(10),
        ),
        (
            11,
            "10004,Xã E,commune,101,,2025-06-30,10001,C10004-0,xa,merged,QĐ 3",
            Reason::NotAlone(11),
        ),
        (
            10,
            "10003,Xã D,commune,02,2025-07-01,,,C10003-1,xa,,QĐ 3",
            Reason::CrossesProvinces,
        ),
        (
            5,
            "101,Huyện A,district,01,,2025-06-30,,D101-0,huyen,level_abolished,",
            Reason::NoDecision,
        ),
    ] {
        let found = import::read("units.csv", file(line, row).as_bytes()).unwrap_err();
        // An error may show on the row that another row spoils.
        let line = match reason {
            Reason::NotAlone(_) => 6,
            Reason::CrossesProvinces => 7,
            _ => line,
        };
        let expected = RowError {
            file: "units.csv".to_owned(),
            line,
            reason,
        };
        assert!(found.contains(&expected), "{row}: {found:?}");
    }
}

#[test]
fn every_bad_row_is_listed_not_only_the_first() {
    let text = format!(
        "{HEADER}\n{}\n{}\n\u{0}\n",
        GOOD[1].replace("VN", "77"),
        GOOD[2].replace("VN", "78")
    );
    let lines: Vec<_> = import::read("f", text.as_bytes())
        .unwrap_err()
        .iter()
        .map(|error| error.line)
        .collect();
    assert_eq!(lines, [4]);
    let text = text.replace("\u{0}\n", "");
    let lines: Vec<_> = import::read("f", text.as_bytes())
        .unwrap_err()
        .iter()
        .map(|error| error.line)
        .collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn a_file_without_a_column_or_not_of_text_is_refused() {
    let found = import::read("f", b"code,name\n01,x\n").unwrap_err();
    assert!(
        found.iter().all(|error| error.line == 1) && found.len() == 9,
        "{found:?}"
    );
    let mut bytes = file(4, GOOD[2]).into_bytes();
    let at = bytes.windows(3).rposition(|three| three == b"101").unwrap();
    bytes[at] = 0xff;
    let found = import::read("f", &bytes).unwrap_err();
    assert_eq!(found[0].reason, Reason::Unreadable);
    assert!(import::read("f", b"").is_err());
}

#[test]
fn every_reason_has_its_message_in_both_languages() {
    use crate::{error::UserError, messages::Language};
    for reason in [
        Reason::NoColumn("code"),
        Reason::Unreadable,
        Reason::Empty("code"),
        Reason::UnknownWord("level", "x".into()),
        Reason::NoDate("valid_to", "x".into()),
        Reason::EndsBeforeItBegins,
        Reason::HalfEnded,
        Reason::SuccessorCount(3),
        Reason::NoParent("09".into()),
        Reason::NoSuccessor("09".into()),
        Reason::CodeTaken(4),
        Reason::UidTaken(4),
        Reason::NotAlone(4),
        Reason::CrossesProvinces,
        Reason::NoDecision,
    ] {
        let error = RowError {
            file: "units.csv".to_owned(),
            line: 17,
            reason,
        };
        for language in [Language::Vietnamese, Language::English] {
            let text = UserError::from(&error).text(language);
            assert!(
                text.starts_with("units.csv") && text.contains("17") && !text.contains('{'),
                "{text}"
            );
        }
    }
}

#[test]
fn a_plan_against_what_is_held_already_is_empty_and_a_difference_is_found() {
    let same = plan::plan(&RECORDS, &RECORDS, &Default::default());
    assert!(same.summary.is_unchanged());
    assert_eq!(same.summary.areas.unchanged, RECORDS.areas.len());
    let mut held = RECORDS.clone();
    held.names[0].name.push('x');
    let gone = RECORDS.areas[7].area_id;
    held.areas.retain(|area| area.area_id != gone);
    held.names.retain(|name| name.area_id != gone);
    held.codes.retain(|code| code.area_id != gone);
    held.parents.retain(|parent| parent.area_id != gone);
    held.edges.remove(0);
    held.atoms.pop();
    let found = plan::plan(&RECORDS, &held, &Default::default());
    assert_eq!(
        (found.summary.areas.new, found.summary.areas.changed),
        (1, 1)
    );
    assert_eq!(
        (found.summary.changes.new, found.summary.changes.changed),
        (0, 1)
    );
    assert_eq!(found.summary.atoms.new, 1);
    assert_eq!(found.names.len(), found.codes.len());
}

//! What cells mean: dates as people write them, numbers that lost their zeros, and faults where they are.

use proptest::prelude::*;

use super::*;

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

/// A sheet with headings in its first row.
fn sheet(headings: &[&str], rows: &[&[Cell]]) -> Sheet {
    let headings: Vec<Cell> = headings.iter().map(|heading| text(heading)).collect();
    let lines = [&headings[..]].into_iter().chain(rows.iter().copied());
    let mut cells = Vec::new();
    for (row, line) in (0..).zip(lines) {
        for (column, cell) in (0..).zip(line) {
            cells.push(((row, column), cell.clone()));
        }
    }
    Sheet {
        cells,
        merged: Vec::new(),
    }
}

fn faults(sheet: &Sheet) -> Vec<(String, &'static str)> {
    let mut faults = Faults::default();
    read(sheet, &mut faults).unwrap();
    let told = faults.told().into_iter();
    told.map(|error| (error.field.join("."), error.message))
        .collect()
}

#[test]
fn headings_are_known_by_their_words_wherever_they_stand() {
    let mut sheet = sheet(
        &[
            "STT",
            "SĐT",
            "HỌ VÀ TÊN",
            "Năm  sinh",
            "Ghi chú",
            "Đồng ý lưu kết quả học",
        ],
        &[&[
            Cell::Number(1.0),
            Cell::Number(912_345_678.0),
            text("Trần Mẫu"),
            Cell::Number(1990.0),
            text("?"),
            text("X"),
        ]],
    );
    for ((row, _), _) in &mut sheet.cells {
        *row += 3;
    }
    sheet
        .cells
        .insert(0, ((0, 0), text("ỦY BAN NHÂN DÂN XÃ MẪU")));
    sheet.merged.push(((0, 0), (0, 5)));
    let mut faults = Faults::default();
    let found = read(&sheet, &mut faults).unwrap();
    assert!(
        faults.is_empty(),
        "a merged title above the headings is nobody's fault"
    );
    assert_eq!(found.ignored, ["Ghi chú"]);
    let [row] = &found.rows[..] else {
        panic!("{found:?}")
    };
    assert_eq!(
        (row.row, row.full_name.as_str(), row.birth_year),
        (4, "Trần Mẫu", Some(1990))
    );
    assert_eq!(
        row.phone.as_deref(),
        Some("0912345678"),
        "a number has lost its zero"
    );
    assert_eq!(row.consents, [Purpose::LearningRecord]);
}

#[test]
fn every_way_of_writing_a_day_is_read_and_days_that_are_none_are_faults_at_their_cells() {
    let day = |cell: Cell| {
        let sheet = sheet(&["Họ tên", "Ngày sinh"], &[&[text("Trần Mẫu"), cell]]);
        let mut faults = Faults::default();
        let found = read(&sheet, &mut faults).unwrap();
        found
            .rows
            .first()
            .and_then(|row| row.birth_year)
            .ok_or_else(|| faults.told())
    };
    for good in [
        text("05/03/1990"),
        text("5-3-1990"),
        text("1990-03-05"),
        text("5.3.1990"),
        text("28/02/1990"),
        Cell::Serial(32937.0),
        Cell::Number(32937.0),
        Cell::Serial(32937.75),
    ] {
        assert_eq!(day(good.clone()), Ok(1990), "{good:?}");
    }
    for wrong in [
        text("30/02/1990"),
        text("31/04/1990"),
        text("5/13/1990"),
        text("ngày 5"),
        text("1990"),
        text("5/3/90"),
        text("+5/3/1990"),
        Cell::Number(-3.0),
        Cell::Number(1e300),
        Cell::Number(f64::NAN),
        Cell::Serial(12.0),
        Cell::Mark(true),
    ] {
        let errors = day(wrong.clone()).unwrap_err();
        assert_eq!(errors[0].field, ["rows", "2", "B"], "{wrong:?}");
        assert_eq!(errors[0].message, "import-date-invalid");
    }
}

#[test]
fn formulas_broken_cells_missing_names_and_doubtful_consents_are_told_by_row_and_column() {
    let sheet = sheet(
        &["Họ tên", "Năm sinh", "Điện thoại", "Đồng ý thống kê"],
        &[
            &[
                Cell::Formula,
                Cell::Number(1990.5),
                Cell::Mark(true),
                text("có lẽ"),
            ],
            &[
                text("Lê Mẫu"),
                Cell::Broken,
                text("0168 912 3456"),
                text("không"),
            ],
        ],
    );
    assert_eq!(
        faults(&sheet),
        [
            ("rows.2.A".to_owned(), "import-formula"),
            ("rows.2.A".to_owned(), "import-name-missing"),
            ("rows.2.B".to_owned(), "import-year-invalid"),
            ("rows.2.C".to_owned(), "phone-invalid"),
            ("rows.2.D".to_owned(), "import-mark-invalid"),
            ("rows.3.B".to_owned(), "import-cell-broken"),
        ]
    );
}

#[test]
fn merged_cells_in_the_roster_and_a_heading_twice_are_faults_and_no_heading_at_all_is_an_error() {
    let mut twice = sheet(&["Họ tên", "Họ và tên"], &[&[text("Lê Mẫu")]]);
    twice.merged.push(((1, 0), (2, 0)));
    assert_eq!(
        faults(&twice),
        [
            ("rows.1.B".to_owned(), "import-heading-twice"),
            ("rows.2.A".to_owned(), "import-cells-merged")
        ]
    );
    let none = sheet(&["Tên trường", "Lớp"], &[&[text("Lê Mẫu")]]);
    assert!(read(&none, &mut Faults::default()).is_err());
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        any::<String>().prop_map(Cell::Text),
        any::<f64>().prop_map(Cell::Number),
        any::<f64>().prop_map(Cell::Serial),
        any::<bool>().prop_map(Cell::Mark),
        Just(Cell::Formula),
        Just(Cell::Broken),
        "[0-9/.-]{1,12}".prop_map(Cell::Text),
    ]
}

proptest! {
    /// Whatever stands in a cell, a row is read or has a fault, and never both.
    #[test]
    fn a_row_is_read_or_has_a_fault_and_never_both(cells in prop::collection::vec(any_cell(), 8)) {
        let headings = ["Họ tên", "Năm sinh", "Ngày sinh", "SĐT", "Mã xã", "Ngày vào nhóm", "Đồng ý thống kê", "Cán bộ"];
        let sheet = sheet(&headings, &[&cells]);
        let mut faults = Faults::default();
        let found = read(&sheet, &mut faults).unwrap();
        prop_assert_eq!(found.rows.len() == 1, faults.is_empty());
        for error in faults.told() {
            prop_assert_eq!(&error.field[..2], &["rows".to_owned(), "2".to_owned()]);
        }
    }
}

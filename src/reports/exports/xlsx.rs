//! A frozen version as a workbook that can be printed, signed and filed: national heading, legal basis, the table by
//! area, totals, signatures; a second sheet of what areas reported themselves; a third with every tier; a fourth that
//! says what the figures are.
//!
//! Numbers are numbers: spreadsheets set in Vietnamese write 1.234 and 12,5. A pooled cell reads "gộp" and an unknown
//! one "…", so that nobody takes either for zero.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

mod statements;

use super::{
    super::form::{CellForm, Form, Source},
    row_words,
};
use crate::{
    clock::day_in_viet_nam,
    coverage::{
        disclosure::{Figure, Visibility},
        frozen::{POPULATION, REGISTERED},
    },
    error::{Error, Result},
    programmes::Rulebook,
    spreadsheet::A4,
};

/// A pooled number.
const POOLED: &str = "gộp";
/// A number that nobody knows, as statistical tables write it.
const UNKNOWN: &str = "…";
/// Rows above the table's own headings.
const TABLE_ROW: u32 = 11;
/// Columns of each indicator: reached, population, share, registered.
const WIDTH: u16 = 4;
const HEADINGS: [&str; 4] = [
    "Số người đạt",
    "Tổng số (sổ đăng ký)",
    "Tỷ lệ",
    "Đã đăng ký trong hệ thống",
];

struct Styles {
    middle: Format,
    strong: Format,
    title: Format,
    italic: Format,
    heading: Format,
    text: Format,
    people: Format,
    share: Format,
    sign: Format,
    total: [Format; 3],
}

impl Styles {
    fn new() -> Self {
        let base = || {
            Format::new()
                .set_font_name("Times New Roman")
                .set_font_size(12)
        };
        let middle = || base().set_align(FormatAlign::Center).set_text_wrap();
        let table = || {
            let format = base().set_border(FormatBorder::Thin);
            format.set_align(FormatAlign::VerticalCenter)
        };
        let (text, people, share) = (
            table().set_text_wrap(),
            table()
                .set_num_format("#,##0")
                .set_align(FormatAlign::Right),
            table().set_num_format("0.0%").set_align(FormatAlign::Right),
        );
        Self {
            total: [&text, &people, &share].map(|format| format.clone().set_bold()),
            middle: middle(),
            strong: middle().set_bold(),
            title: middle().set_bold().set_font_size(14),
            italic: base().set_italic().set_text_wrap(),
            heading: table()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_background_color("E7EEF7"),
            sign: middle().set_italic(),
            text,
            people,
            share,
        }
    }
}

/// The workbook.
pub(super) fn write(form: &Form, sha256: &str, rulebook: &Rulebook) -> Result<Vec<u8>> {
    make(form, sha256, rulebook).map_err(Error::internal)
}

fn make(form: &Form, sha256: &str, rulebook: &Rulebook) -> Result<Vec<u8>, XlsxError> {
    let styles = Styles::new();
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(form.frozen_at.timestamp())?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    table(book.add_worksheet(), form, rulebook, &styles)?;
    statements::sheet(book.add_worksheet(), form, rulebook, &styles)?;
    tiers(book.add_worksheet(), form, &styles)?;
    notes(book.add_worksheet(), form, sha256, &styles)?;
    book.save_to_buffer()
}

/// The indicators that are counted: what areas reported themselves stands on a sheet of its own.
fn counted(form: &Form) -> impl Iterator<Item = &CellForm> {
    let cells = form.total.iter();
    cells.filter(|cell| cell.reported.is_none())
}

fn columns(form: &Form) -> u16 {
    2 + WIDTH * u16::try_from(counted(form).count()).unwrap_or(1).max(1)
}

fn paper(sheet: &mut Worksheet) {
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3)
        .set_footer("&C&P/&N");
}

fn table(
    sheet: &mut Worksheet,
    form: &Form,
    rulebook: &Rulebook,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Báo cáo")?;
    paper(sheet);
    let last = columns(form) - 1;
    let half = last / 2;
    let place = form.area.name.to_uppercase();
    sheet.merge_range(0, 0, 0, half - 1, &place, &styles.strong)?;
    let nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
    sheet.merge_range(0, half, 0, last, nation, &styles.strong)?;
    sheet.merge_range(1, 0, 1, half - 1, "Số: ……/BC-……", &styles.middle)?;
    let motto = "Độc lập - Tự do - Hạnh phúc";
    sheet.merge_range(1, half, 1, last, motto, &styles.strong)?;
    let day = day_in_viet_nam(form.frozen_at);
    let dated = format!("……, {}", day.format("ngày %d tháng %m năm %Y"));
    sheet.merge_range(2, half, 2, last, &dated, &styles.sign)?;
    let title = "BÁO CÁO\nKết quả phổ biến kiến thức, kỹ năng chăm sóc trẻ em cho cha mẹ, người chăm sóc và cán bộ";
    sheet.set_row_height(4, 40)?;
    sheet.merge_range(4, 0, 4, last, title, &styles.title)?;
    let span = |day: chrono::NaiveDate| day.format("%d/%m/%Y").to_string();
    let (from, to) = (span(form.period.from), span(form.period.to));
    let period = format!(
        "Kỳ báo cáo {}: từ ngày {from} đến ngày {to}",
        form.period.code
    );
    sheet.merge_range(5, 0, 5, last, &period, &styles.middle)?;
    let basis: Vec<String> = rulebook
        .programmes()
        .iter()
        .map(|programme| {
            let day = programme.issued_on.format("%d/%m/%Y");
            let (number, issuer) = (&programme.decision, &programme.issuer_vi);
            format!(
                "Căn cứ Quyết định số {number} ngày {day} của {issuer}: {};",
                programme.title_vi
            )
        })
        .collect();
    sheet.set_row_height(7, 18 * u32::try_from(basis.len().max(1)).unwrap_or(1))?;
    sheet.merge_range(7, 0, 7, last, &basis.join("\n"), &styles.italic)?;
    let unit = "Đơn vị tính: người. \"gộp\": số nhỏ, chỉ nêu ở cấp trên để không ai nhận ra gia đình nào; \"…\": chưa có số liệu. Cả hai không phải là 0.";
    sheet.merge_range(9, 0, 9, last, unit, &styles.italic)?;

    let (top, below) = (TABLE_ROW, TABLE_ROW + 1);
    sheet.merge_range(top, 0, below, 0, "TT", &styles.heading)?;
    sheet.merge_range(top, 1, below, 1, "Đơn vị", &styles.heading)?;
    sheet.set_column_width(0, 5)?.set_column_width(1, 28)?;
    sheet.set_row_height(top, 60)?.set_row_height(below, 50)?;
    for (at, cell) in counted(form).enumerate() {
        let first = 2 + WIDTH * u16::try_from(at).unwrap_or(0);
        let name = rulebook
            .indicator(&cell.indicator)
            .map_or("", |found| found.row.name_vi.as_str());
        let target = cell.target.as_ref().map_or_else(String::new, |target| {
            format!(" (mục tiêu {} %)", target.percent)
        });
        let heading = format!("{} {name}{target}", cell.indicator);
        sheet.merge_range(
            top,
            first,
            top,
            first + WIDTH - 1,
            &heading,
            &styles.heading,
        )?;
        for (column, heading) in (first..).zip(HEADINGS) {
            sheet.write_with_format(below, column, heading, &styles.heading)?;
            sheet.set_column_width(column, 11)?;
        }
    }
    let mut row = below + 1;
    for (number, (area, word, cells)) in (1_u32..).zip(row_words(form)) {
        let total = word == "TOTAL";
        let [text, people, share] = if total {
            [&styles.total[0], &styles.total[1], &styles.total[2]]
        } else {
            [&styles.text, &styles.people, &styles.share]
        };
        let name = match word {
            "TOTAL" => format!("Tổng số: {}", area.name),
            "MISSING" => format!("{} (chưa có báo cáo)", area.name),
            _ => area.name.clone(),
        };
        if total {
            sheet.write_blank(row, 0, text)?;
        } else {
            sheet.write_with_format(row, 0, number, text)?;
        }
        sheet.write_with_format(row, 1, name, text)?;
        for (at, indicator) in counted(form).enumerate() {
            let first = 2 + WIDTH * u16::try_from(at).unwrap_or(0);
            let found = cells
                .iter()
                .find(|cell| cell.indicator == indicator.indicator);
            let Some(cell) = found else {
                for column in first..first + WIDTH {
                    sheet.write_with_format(row, column, UNKNOWN, people)?;
                }
                continue;
            };
            let tier = default_tier(rulebook, &cell.indicator);
            let published = cell.published(tier, POPULATION);
            number_in(sheet, (row, first), published.numerator(), people)?;
            number_in(sheet, (row, first + 1), published.denominator(), people)?;
            match published.share().exact() {
                Some(exact) => sheet.write_with_format(row, first + 2, exact.rate(), share)?,
                None => {
                    sheet.write_with_format(row, first + 2, word_for(published.share()), share)?
                }
            };
            let registered = cell.published(tier, REGISTERED).denominator();
            number_in(sheet, (row, first + 3), registered, people)?;
        }
        row += 1;
    }
    row += 1;
    sheet.merge_range(row, 0, row, half - 1, "NGƯỜI LẬP BIỂU", &styles.strong)?;
    sheet.merge_range(row, half, row, last, "THỦ TRƯỞNG ĐƠN VỊ", &styles.strong)?;
    let (signed, sealed) = ("(Ký, ghi rõ họ tên)", "(Ký, ghi rõ họ tên, đóng dấu)");
    sheet.merge_range(row + 1, 0, row + 1, half - 1, signed, &styles.sign)?;
    sheet.merge_range(row + 1, half, row + 1, last, sealed, &styles.sign)?;
    sheet.set_repeat_rows(top, below)?;
    sheet.set_freeze_panes(below + 1, 2)?;
    sheet.set_print_area(0, 0, row + 6, last)?;
    Ok(())
}

/// The tier that an indicator is measured by.
fn default_tier(rulebook: &Rulebook, code: &str) -> &'static str {
    let tier = rulebook
        .indicator(code)
        .and_then(|found| found.row.default_tier)
        .map(crate::learning::tiers::Tier::from);
    tier.unwrap_or(crate::learning::tiers::Tier::Demonstrated)
        .word()
}

fn word_for<T: Copy>(figure: Figure<T>) -> &'static str {
    match figure.visibility() {
        Visibility::Pooled => POOLED,
        Visibility::Exact | Visibility::Unknown | Visibility::Undefined => UNKNOWN,
    }
}

fn number_in(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    figure: Figure<u64>,
    format: &Format,
) -> Result<(), XlsxError> {
    match figure.exact() {
        Some(people) => sheet.write_with_format(row, column, people, format)?,
        None => sheet.write_with_format(row, column, word_for(figure), format)?,
    };
    Ok(())
}

fn tiers(sheet: &mut Worksheet, form: &Form, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Các bậc")?;
    paper(sheet);
    let headings = ["Đơn vị", "Chỉ tiêu", "Bậc", "Số người đạt"];
    for (column, heading) in (0_u16..).zip(headings) {
        sheet.write_with_format(0, column, heading, &styles.heading)?;
    }
    sheet.set_column_width(0, 30)?;
    sheet.set_column_width(2, 18)?.set_column_width(3, 14)?;
    let mut row = 1;
    for (area, _, cells) in row_words(form) {
        let lines = |cell: &CellForm| cell.tiers().cloned().collect::<Vec<_>>();
        for cell in cells.iter().filter(|cell| cell.reported.is_none()) {
            for tier in lines(cell) {
                sheet.write_with_format(row, 0, &area.name, &styles.text)?;
                sheet.write_with_format(row, 1, &cell.indicator, &styles.text)?;
                sheet.write_with_format(row, 2, &tier, &styles.text)?;
                let figure = cell.published(&tier, POPULATION).numerator();
                number_in(sheet, (row, 3), figure, &styles.people)?;
                row += 1;
            }
        }
    }
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_print_area(0, 0, row.max(1) - 1, 3)?;
    Ok(())
}

fn notes(
    sheet: &mut Worksheet,
    form: &Form,
    sha256: &str,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Thuyết minh")?;
    paper(sheet);
    sheet.set_column_width(0, 34)?.set_column_width(1, 90)?;
    let newest = form
        .newest_event_at
        .map_or_else(|| UNKNOWN.to_owned(), |at| at.to_rfc3339());
    let source = match form.source {
        Source::Computed => "Tính trực tiếp từ hệ thống cho đơn vị",
        Source::Summed => "Cộng báo cáo đã được chấp nhận của các đơn vị cấp dưới",
    };
    let restated = match (form.restatement, &form.reason) {
        (Some(number), Some(reason)) => format!("Số {number}: {reason}"),
        _ => "Không".to_owned(),
    };
    let lines = [
        ("Phiên bản số liệu đã chốt", form.number.to_string()),
        ("Điều chỉnh", restated),
        (
            "Số ô khác phiên bản trước",
            form.differences.len().to_string(),
        ),
        (
            "Số liệu đến hết ngày",
            form.on.format("%d/%m/%Y").to_string(),
        ),
        ("Thời điểm chốt", form.frozen_at.to_rfc3339()),
        ("Dữ liệu mới nhất nhận lúc", newest),
        ("Phiên bản quy tắc tính", form.rule_version.to_string()),
        ("Nguồn của dòng tổng số", source.to_owned()),
        (
            "Đơn vị cấp dưới chưa có báo cáo",
            form.acknowledged_missing.len().to_string(),
        ),
        ("Mã băm SHA-256 của bản công bố", sha256.to_owned()),
        ("Mã báo cáo", form.report.to_string()),
    ];
    for (row, (name, value)) in (0_u32..).zip(lines) {
        sheet.write_with_format(row, 0, name, &styles.heading)?;
        sheet.write_with_format(row, 1, value, &styles.text)?;
    }
    Ok(())
}

//! The sheet of what areas reported themselves: a line for each area and reported indicator.

use entity::indicator_element;
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{Styles, UNKNOWN, number_in, paper, word_for};
use crate::{
    coverage::frozen::{POPULATION, REPORTED},
    programmes::Rulebook,
    reports::{
        exports::row_words,
        form::{CellForm, Form, MilestoneForm, ReportedForm, ReportedShape},
    },
};

const HEADINGS: [(&str, f64); 9] = [
    ("Đơn vị", 30.0),
    ("Chỉ tiêu", 44.0),
    ("Kết quả", 16.0),
    ("Trên tổng số", 12.0),
    ("Tỷ lệ", 10.0),
    ("Mục tiêu", 10.0),
    ("Cấp trên đã xác minh", 14.0),
    ("Nguồn", 50.0),
    ("Từng hợp phần", 50.0),
];

pub(super) fn sheet(
    sheet: &mut Worksheet,
    form: &Form,
    rulebook: &Rulebook,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Đơn vị tự báo cáo")?;
    paper(sheet);
    for (column, (heading, width)) in (0_u16..).zip(HEADINGS) {
        sheet.write_with_format(0, column, heading, &styles.heading)?;
        sheet.set_column_width(column, width)?;
    }
    let mut row = 1;
    for (area, _, cells) in row_words(form) {
        for cell in cells {
            let Some(reported) = &cell.reported else {
                continue;
            };
            let indicator = rulebook.indicator(&cell.indicator);
            let name = indicator.map_or("", |found| found.row.name_vi.as_str());
            sheet.write_with_format(row, 0, &area.name, &styles.text)?;
            let name = format!("{} {name}", cell.indicator);
            sheet.write_with_format(row, 1, name, &styles.text)?;
            line(sheet, row, cell, reported, styles)?;
            let elements = indicator.map_or(&[][..], |found| &found.elements);
            let elements = elements_in(cell, elements);
            sheet.write_with_format(row, 8, elements, &styles.text)?;
            row += 1;
        }
    }
    sheet.set_repeat_rows(0, 0)?;
    sheet.set_freeze_panes(1, 1)?;
    sheet.set_print_area(0, 0, row.max(1) - 1, 8)?;
    Ok(())
}

fn line(
    sheet: &mut Worksheet,
    row: u32,
    cell: &CellForm,
    reported: &ReportedForm,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let published = cell.published(REPORTED, POPULATION);
    if reported.shape == ReportedShape::Milestone {
        let step = reported.milestone.map_or(UNKNOWN, step);
        sheet.write_with_format(row, 2, step, &styles.text)?;
        sheet.write_blank(row, 3, &styles.people)?;
        sheet.write_blank(row, 4, &styles.share)?;
    } else {
        number_in(sheet, (row, 2), published.numerator(), &styles.people)?;
        number_in(sheet, (row, 3), published.denominator(), &styles.people)?;
        match published.share().exact() {
            Some(share) => sheet.write_with_format(row, 4, share.rate(), &styles.share)?,
            None => sheet.write_with_format(row, 4, word_for(published.share()), &styles.share)?,
        };
    }
    match &cell.target {
        Some(target) => {
            let share = f64::from(target.percent) / 100.0;
            sheet.write_with_format(row, 5, share, &styles.share)?
        }
        None => sheet.write_blank(row, 5, &styles.share)?,
    };
    let verified = reported
        .values
        .iter()
        .filter(|value| value.verified)
        .count();
    let checked = match reported.values.len() {
        0 => "Chưa báo cáo".to_owned(),
        1 if verified == 1 => "Rồi".to_owned(),
        1 => "Chưa".to_owned(),
        all => format!("{verified}/{all}"),
    };
    sheet.write_with_format(row, 6, checked, &styles.text)?;
    let mut sources: Vec<&str> = reported
        .values
        .iter()
        .filter_map(|value| value.source.as_deref())
        .collect();
    sources.sort_unstable();
    sources.dedup();
    sheet.write_with_format(row, 7, sources.join("; "), &styles.text)?;
    Ok(())
}

/// How many have each element of a compound indicator: "Mạng lưới: 3; Thí điểm: 2".
fn elements_in(cell: &CellForm, elements: &[indicator_element::Model]) -> String {
    let counts = cell.elements().map(|(code, measure)| {
        let row = elements.iter().find(|row| row.code == code);
        let name = row.map_or(code, |row| &row.name_vi);
        let figure = cell.published(measure, POPULATION).numerator();
        let count = figure.exact().map(|count| count.to_string());
        format!(
            "{name}: {}",
            count.unwrap_or_else(|| word_for(figure).to_owned())
        )
    });
    counts.collect::<Vec<_>>().join("; ")
}

fn step(step: MilestoneForm) -> &'static str {
    match step {
        MilestoneForm::None => "Chưa bắt đầu",
        MilestoneForm::Piloting => "Đang thí điểm",
        MilestoneForm::Evaluated => "Đã đánh giá",
        MilestoneForm::Replicated => "Đã nhân rộng",
    }
}

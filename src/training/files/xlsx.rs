//! A table as a workbook that prints on A4: landscape, one page wide, the headings on every page, pages numbered.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, XlsxError};

use super::tables::{Field, Table};
use crate::{
    error::{Error, Result},
    spreadsheet::A4,
};

/// The row of the headings, counted from 0.
const HEADINGS: u32 = 3;

/// The workbook.
pub(super) fn write(table: &Table) -> Result<Vec<u8>> {
    make(table).map_err(Error::internal)
}

fn make(table: &Table) -> Result<Vec<u8>, XlsxError> {
    let base = || {
        Format::new()
            .set_font_name("Times New Roman")
            .set_font_size(11)
    };
    let cell = || base().set_border(FormatBorder::Thin);
    let title = base()
        .set_bold()
        .set_font_size(14)
        .set_align(FormatAlign::Center);
    let (middle, left) = (
        base().set_align(FormatAlign::Center),
        cell().set_text_wrap(),
    );
    let heading = cell()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_background_color("E7EEF7");
    let sign = cell().set_align(FormatAlign::Center);
    let last = u16::try_from(table.headings.len()).unwrap_or(1).max(2) - 1;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(table.sheet)?;
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3)
        .set_footer("&CTrang &P/&N");
    sheet.merge_range(0, 0, 0, last, &table.title, &title)?;
    sheet.merge_range(1, 0, 1, last, &table.subtitle, &middle)?;
    sheet.merge_range(2, 0, 2, last, table.legend, &middle)?;
    for (column, (text, width)) in (0_u16..).zip(&table.headings) {
        sheet.write_string_with_format(HEADINGS, column, text, &heading)?;
        sheet.set_column_width(column, *width)?;
    }
    let mut below = HEADINGS;
    for row in &table.rows {
        below += 1;
        for (column, field) in (0_u16..).zip(row) {
            match field {
                // Text is written as text, whatever it begins with.
                Field::Text(text) if column == 1 => {
                    sheet.write_string_with_format(below, column, text, &left)?
                }
                Field::Text(text) => sheet.write_string_with_format(below, column, text, &sign)?,
                Field::Number(number) => {
                    sheet.write_number_with_format(below, column, *number, &sign)?
                }
            };
        }
    }
    sheet.set_repeat_rows(HEADINGS, HEADINGS)?;
    sheet.set_freeze_panes(HEADINGS + 1, 2)?;
    sheet.set_print_area(0, 0, below, last)?;
    book.save_to_buffer()
}

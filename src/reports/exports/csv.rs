//! The table of a frozen version as CSV: UTF-8 with a byte order mark, so that spreadsheets read Vietnamese.

use super::{
    super::form::{Form, MILESTONE},
    row_words,
};
use crate::{
    coverage::{
        disclosure::{Figure, Visibility},
        frozen::{POPULATION, REGISTERED},
    },
    error::{Error, Result},
    messages::{self, Language},
};

/// The table, a line for each area, indicator and tier; REPORTED and MILESTONE stand for what areas said themselves. The
/// total comes last.
pub(super) fn write(form: &Form, sha256: &str, language: Language) -> Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    let headings = messages::text(language, "report-csv-headings");
    writer
        .write_record(headings.split(';').map(str::trim))
        .map_err(Error::internal)?;
    let (from, to) = (form.period.from.to_string(), form.period.to.to_string());
    let number = form.number.to_string();
    for (area, word, cells) in row_words(form) {
        let mut line = |indicator: &str, tier: &str, figures: [String; 3], target: String| {
            let fields = [
                form.period.code.clone(),
                from.clone(),
                to.clone(),
                area.code.clone().unwrap_or_default(),
                area.level.clone(),
                area.name.clone(),
                word.to_owned(),
                indicator.to_owned(),
                tier.to_owned(),
            ];
            let fields = fields.into_iter().chain(figures);
            let fields = fields.chain([target, number.clone(), sha256.to_owned()]);
            let guarded: Vec<String> = fields.map(guarded).collect();
            writer.write_record(guarded).map_err(Error::internal)
        };
        if cells.is_empty() {
            line("", "", Default::default(), String::new())?;
        }
        for cell in cells {
            let target = cell.target.as_ref();
            let target = target.map_or_else(String::new, |target| target.percent.to_string());
            if let Some(step) = cell.reported.as_ref().and_then(|said| said.milestone) {
                let figures = [step.word().to_owned(), String::new(), String::new()];
                line(&cell.indicator, MILESTONE, figures, target.clone())?;
            }
            for tier in cell.tiers() {
                let figures = [
                    cell.published(tier, POPULATION).numerator(),
                    cell.published(tier, POPULATION).denominator(),
                    cell.published(tier, REGISTERED).denominator(),
                ];
                line(
                    &cell.indicator,
                    tier,
                    figures.map(|figure| shown(figure, language)),
                    target.clone(),
                )?;
            }
        }
    }
    writer.into_inner().map_err(Error::internal)
}

fn shown(figure: Figure<u64>, language: Language) -> String {
    match (figure.exact(), figure.visibility()) {
        (Some(people), _) => people.to_string(),
        (None, Visibility::Pooled) => messages::text(language, "report-word-pooled"),
        (None, _) => String::new(),
    }
}

/// A field that no spreadsheet takes for a formula.
fn guarded(field: String) -> String {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}")
    } else {
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_calculate_is_written_as_text() {
        for formula in ["=1+1", "+84", "-2", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(guarded(formula.to_owned()), format!("'{formula}"));
        }
        assert_eq!(guarded("Xã 2=3".to_owned()), "Xã 2=3");
    }
}

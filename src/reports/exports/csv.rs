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
    error::Result,
    messages::{self, Language},
    spreadsheet::CsvFile,
};

/// The table, a line for each area, indicator and tier; REPORTED and MILESTONE stand for what areas said themselves. The
/// total comes last.
pub(super) fn write(form: &Form, sha256: &str, language: Language) -> Result<Vec<u8>> {
    let mut file = CsvFile::new();
    let headings = messages::text(language, "report-csv-headings");
    file.line(headings.split(';').map(|heading| heading.trim().to_owned()))?;
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
            file.line(fields)
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
    file.into_bytes()
}

fn shown(figure: Figure<u64>, language: Language) -> String {
    match (figure.exact(), figure.visibility()) {
        (Some(people), _) => people.to_string(),
        (None, Visibility::Pooled) => messages::text(language, "report-word-pooled"),
        (None, _) => String::new(),
    }
}

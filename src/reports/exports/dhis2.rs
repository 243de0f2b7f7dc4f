//! A frozen version as a DHIS2 `dataValueSets` payload, by a mapping file.
//!
//! ```json
//! {
//!   "dataSet": "pBOMPrpg1QX",
//!   "attributeOptionCombo": "HllvX50cXC0",
//!   "orgUnits": { "79": "O6uvpzGd5pu", "VN": "ImspTQPwCqd" },
//!   "dataElements": { "D3.DEMONSTRATED": { "dataElement": "fbfJHSPpUQD", "categoryOptionCombo": "PT59n8BQbqM" } },
//!   "periods": { "MONTH15-2026-10": "202610" },
//!   "ignore": ["D3.RETAINED"]
//! }
//! ```
//!
//! Areas are named by official code (`VN` where there is none) or by id; data elements by indicator and measure, a
//! tier, `POPULATION`, `REGISTERED`, `REPORTED`, or an element of a compound indicator (`D5.REPORTED/NETWORK`, the only ones
//! that may be missing). Calendar periods need no entry. Only numbers that are shown are sent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    super::form::{CellState, Form, Place, element_of},
    mapping_fault,
};
use crate::error::{Error, Result, UserError, UserErrorCode as Code};

/// The largest mapping read, in bytes.
pub const MAPPING_BYTES: usize = 1 << 20;

/// What our words are called over there.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mapping {
    data_set: String,
    attribute_option_combo: Option<String>,
    org_units: BTreeMap<String, String>,
    data_elements: BTreeMap<String, Element>,
    #[serde(default)]
    periods: BTreeMap<String, String>,
    #[serde(default)]
    ignore: BTreeSet<String>,
}

/// A data element and the disaggregation it is sent under.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Element {
    data_element: String,
    category_option_combo: Option<String>,
}

/// What is sent.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DataValueSet<'a> {
    data_set: &'a str,
    complete_date: String,
    period: &'a str,
    org_unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute_option_combo: Option<&'a str>,
    data_values: Vec<DataValue<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DataValue<'a> {
    data_element: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    category_option_combo: Option<&'a str>,
    period: &'a str,
    org_unit: &'a str,
    value: String,
}

/// What a dry run says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DryRun<'a> {
    data_values: usize,
    withheld: usize,
    holes: &'a BTreeSet<Hole>,
}

/// What kind of thing a mapping lacks, what concerns most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Lack {
    Period,
    OrgUnit,
    DataElement,
}

impl Lack {
    fn word(self) -> &'static str {
        match self {
            Self::Period => "PERIOD",
            Self::OrgUnit => "ORG_UNIT",
            Self::DataElement => "DATA_ELEMENT",
        }
    }
}

/// Something the mapping lacks.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Hole {
    kind: Lack,
    key: String,
    name: String,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// A user error when it is none, or one of its identifiers cannot be one.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mapping: Self = serde_json::from_slice(bytes).map_err(|cause| {
            let error = UserError::new(Code::Invalid, "mapping", "report-mapping-unreadable");
            Error::from(error.with("cause", cause))
        })?;
        let elements = mapping.data_elements.values();
        let codes = elements
            .clone()
            .map(|element| &element.data_element)
            .chain(elements.filter_map(|element| element.category_option_combo.as_ref()))
            .chain(mapping.org_units.values())
            .chain([&mapping.data_set])
            .chain(&mapping.attribute_option_combo);
        for code in codes {
            if !is_uid(code) {
                let error = UserError::new(Code::Invalid, "mapping", "report-mapping-uid");
                return Err(error.with("uid", code).into());
            }
        }
        if mapping.data_elements.is_empty() {
            return Err(mapping_fault("report-mapping-empty"));
        }
        Ok(mapping)
    }

    fn org_unit(&self, place: &Place, holes: &mut BTreeSet<Hole>) -> Option<&str> {
        let code = place.code.as_deref().unwrap_or("VN");
        let found = self
            .org_units
            .get(&place.id.to_string())
            .or_else(|| self.org_units.get(code));
        if found.is_none() {
            holes.insert(Hole {
                kind: Lack::OrgUnit,
                key: code.to_owned(),
                name: place.name.clone(),
            });
        }
        found.map(String::as_str)
    }

    fn period(&self, form: &Form, holes: &mut BTreeSet<Hole>) -> Option<String> {
        let code = &form.period.code;
        let found = self
            .periods
            .get(code)
            .cloned()
            .or_else(|| period_over_there(code));
        if found.is_none() {
            holes.insert(Hole {
                kind: Lack::Period,
                key: code.clone(),
                name: format!("{} - {}", form.period.from, form.period.to),
            });
        }
        found
    }
}

/// Eleven letters and digits, a letter first.
fn is_uid(text: &str) -> bool {
    text.len() == 11
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|sign| sign.is_ascii_alphanumeric())
}

/// What DHIS2 calls a calendar period; it has no word for those from a 15th to a 14th.
fn period_over_there(code: &str) -> Option<String> {
    let mut parts = code.split('-');
    let (word, year, number) = (parts.next()?, parts.next()?, parts.next());
    match (word, number) {
        ("MONTH", Some(number)) => Some(format!("{year}{number}")),
        ("QUARTER", Some(number)) => Some(format!("{year}Q{number}")),
        ("HALF", Some(number)) => Some(format!("{year}S{number}")),
        ("YEAR", None) => Some(year.to_owned()),
        _ => None,
    }
}

/// The payload, or what a dry run says of it.
///
/// # Errors
/// A user error naming the holes, when it is not a dry run: nothing is half sent.
pub(super) fn write(form: &Form, mapping: &Mapping, dry_run: bool) -> Result<Vec<u8>> {
    let mut holes = BTreeSet::new();
    let period = mapping.period(form, &mut holes).unwrap_or_default();
    let own = mapping
        .org_unit(&form.area, &mut holes)
        .unwrap_or_default()
        .to_owned();
    let mut values = Vec::new();
    let mut withheld = 0;
    for (place, cells) in form.tables() {
        for cell in cells {
            for measure in cell.measures() {
                let key = format!("{}.{measure}", cell.indicator);
                if mapping.ignore.contains(&key) {
                    continue;
                }
                let figure = cell.published(measure, measure).numerator();
                let Some(people) = figure.exact().filter(|_| cell.state == CellState::Exact) else {
                    withheld += 1;
                    continue;
                };
                let element = mapping.data_elements.get(&key);
                // An element of a compound indicator is sent where somebody mapped it; the whole must be.
                if element.is_none() && element_of(measure).is_none() {
                    holes.insert(Hole {
                        kind: Lack::DataElement,
                        name: cell.indicator.clone(),
                        key,
                    });
                }
                let unit = mapping.org_unit(place, &mut holes);
                if let (Some(element), Some(org_unit)) = (element, unit) {
                    values.push(DataValue {
                        data_element: &element.data_element,
                        category_option_combo: element.category_option_combo.as_deref(),
                        period: &period,
                        org_unit,
                        value: people.to_string(),
                    });
                }
            }
        }
    }
    if dry_run {
        let told = DryRun {
            data_values: values.len(),
            withheld,
            holes: &holes,
        };
        return serde_json::to_vec(&told).map_err(Error::internal);
    }
    if !holes.is_empty() {
        /// Holes named in the message; a dry run names all.
        const NAMED: usize = 10;
        let names: Vec<String> = holes
            .iter()
            .take(NAMED)
            .map(|hole| format!("{} {}", hole.kind.word(), hole.key))
            .collect();
        let error = UserError::new(Code::Required, "mapping", "report-mapping-holes");
        let error = error.with("count", holes.len());
        return Err(error.with("holes", names.join("; ")).into());
    }
    let set = DataValueSet {
        data_set: &mapping.data_set,
        complete_date: crate::clock::day_in_viet_nam(form.frozen_at).to_string(),
        period: &period,
        org_unit: &own,
        attribute_option_combo: mapping.attribute_option_combo.as_deref(),
        data_values: values,
    };
    serde_json::to_vec(&set).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendar_periods_are_called_as_over_there_and_others_need_an_entry() {
        let cases = [
            ("MONTH-2026-03", Some("202603")),
            ("QUARTER-2025-2", Some("2025Q2")),
            ("HALF-2026-1", Some("2026S1")),
            ("YEAR-2025", Some("2025")),
            ("MONTH15-2026-10", None),
            ("END-VN1438-P2", None),
        ];
        for (code, called) in cases {
            assert_eq!(period_over_there(code).as_deref(), called, "{code}");
        }
    }

    #[test]
    fn a_mapping_with_what_cannot_be_an_identifier_is_refused() {
        let with = |uid: &str| {
            format!(
                r#"{{"dataSet":"{uid}","orgUnits":{{}},"dataElements":{{"D3.REACHED":{{"dataElement":"fbfJHSPpUQD"}}}}}}"#
            )
        };
        assert!(Mapping::read(with("pBOMPrpg1QX").as_bytes()).is_ok());
        for wrong in [
            "",
            "1BOMPrpg1QX",
            "pBOMPrpg1Q",
            "pBOMPrpg1QX ",
            "pBOMPrpg1Q-",
        ] {
            assert!(Mapping::read(with(wrong).as_bytes()).is_err(), "{wrong}");
        }
        assert!(Mapping::read(b"{}").is_err() && Mapping::read(b"\xff").is_err());
    }
}

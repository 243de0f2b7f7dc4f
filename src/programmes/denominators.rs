//! The denominator register: which value applies on a day, what an entry must be, and reading entries from a file.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    denominator,
    denominator::DenominatorStatus,
    ids::{AreaId, DenominatorId, IndicatorId},
};

use crate::{
    error::{UserError, UserErrorCode},
    shipped::{Faults, Findings},
};

use super::{Resolve, level_of_word, rulebook::Rulebook};

/// The most a denominator may be: ten times the people of Viet Nam.
pub const LARGEST: i64 = 1_000_000_000;

/// An entry for the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The area counted.
    pub area: AreaId,
    /// The indicator whose population it is.
    pub indicator: IndicatorId,
    /// First day it speaks for.
    pub period_from: NaiveDate,
    /// Last day it speaks for.
    pub period_to: NaiveDate,
    /// How many.
    pub value: i64,
    /// Where the value comes from.
    pub source: String,
    /// How sure it is.
    pub status: DenominatorStatus,
}

impl Entry {
    /// What must be mended before it can be entered. `open` tells whether an area is open on a day.
    pub fn faults(
        &self,
        rulebook: &Rulebook,
        open: &dyn Fn(AreaId, NaiveDate) -> bool,
    ) -> Vec<UserError> {
        let mut faults = Vec::new();
        let mut check = |fine: bool, code, field, message| {
            if !fine {
                faults.push(UserError::new(code, field, message));
            }
        };
        check(
            (0..=LARGEST).contains(&self.value),
            UserErrorCode::Invalid,
            "value",
            "denominator-value",
        );
        check(
            !self.source.trim().is_empty() && !self.source.contains('\0'),
            UserErrorCode::Required,
            "source",
            "denominator-source",
        );
        check(
            rulebook.indicator_by_id(self.indicator).is_some(),
            UserErrorCode::NotFound,
            "indicator",
            "indicator-unknown",
        );
        if self.period_from > self.period_to {
            check(
                false,
                UserErrorCode::DateOutOfRange,
                "periodTo",
                "period-order",
            );
        } else {
            check(
                open(self.area, self.period_from) && open(self.area, self.period_to),
                UserErrorCode::Closed,
                "areaId",
                "denominator-area-closed",
            );
        }
        faults
    }
}

/// The value that applies on a day, of entries of one area and indicator: of the shortest period that holds the day the
/// one in force.
pub fn applying(entries: &[denominator::Model], day: NaiveDate) -> Option<&denominator::Model> {
    let period = |entry: &denominator::Model| {
        let days = entry.period_to.signed_duration_since(entry.period_from);
        (-days.num_days(), entry.period_from)
    };
    let holding = entries
        .iter()
        .filter(|entry| entry.period_from <= day && day <= entry.period_to);
    let shortest = holding.clone().map(period).max()?;
    let claims: Vec<_> = holding.filter(|entry| period(entry) == shortest).collect();
    in_force(&claims)
}

/// The value in force, of versions of one area, indicator and period.
///
/// Each source speaks by its latest version. What a conflict was settled for applies; otherwise the surest status
/// (official before roster before estimate), and of several sources equally sure the largest value: it never flatters a
/// share, and does not depend on who entered first.
pub fn in_force<'a>(versions: &[&'a denominator::Model]) -> Option<&'a denominator::Model> {
    let claims = claims(versions);
    let settled = settlement(versions).and_then(|settled| {
        let mut claims = claims.iter();
        claims.find(|claim| same_claim(claim, settled)).copied()
    });
    settled.or_else(|| {
        claims
            .into_iter()
            .max_by_key(|claim| (claim.status, claim.value, &claim.source))
    })
}

/// What each status and source says of one area, indicator and period: its latest version.
pub fn claims<'a>(versions: &[&'a denominator::Model]) -> Vec<&'a denominator::Model> {
    let mut latest: BTreeMap<_, &denominator::Model> = BTreeMap::new();
    for row in versions {
        let newest = latest.entry((row.status, &row.source)).or_insert(row);
        if newest.version < row.version {
            *newest = row;
        }
    }
    latest.into_values().collect()
}

/// Whether sources contradict each other and nobody has settled it since the last of them spoke.
pub fn is_conflict(versions: &[&denominator::Model]) -> bool {
    let claims = claims(versions);
    let values: BTreeSet<i64> = claims.iter().map(|claim| claim.value).collect();
    let settled = settlement(versions).map(spoken_at);
    values.len() > 1
        && settled.is_none_or(|settled| {
            let mut claims = claims.iter();
            claims.any(|claim| claim.settled_because.is_none() && spoken_at(claim) > settled)
        })
}

/// The last time a conflict was settled.
fn settlement<'a>(versions: &[&'a denominator::Model]) -> Option<&'a denominator::Model> {
    let settled = versions.iter().filter(|row| row.settled_because.is_some());
    settled.max_by_key(|row| spoken_at(row)).copied()
}

fn spoken_at(row: &denominator::Model) -> (DateTime<Utc>, DenominatorId) {
    (row.entered_at, row.denominator_id)
}

fn same_claim(one: &denominator::Model, other: &denominator::Model) -> bool {
    (one.status, &one.source) == (other.status, &other.source)
}

/// The columns of a register file, in any order.
const COLUMNS: [&str; 8] = [
    "area_code",
    "area_level",
    "indicator",
    "period_from",
    "period_to",
    "value",
    "source",
    "status",
];

/// Reads entries from a CSV file with the columns `area_code, area_level, indicator, period_from, period_to, value,
/// source, status`. `file` names it in faults; `resolve` finds the area of a code on a day.
///
/// # Errors
/// Every fault found, by line and reason.
pub fn read(
    file: &str,
    bytes: &[u8],
    rulebook: &Rulebook,
    resolve: &Resolve<'_>,
) -> Result<Vec<Entry>, Faults> {
    let findings = Findings::default();
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => {
            findings.add(file, "line 1", error.to_string());
            return findings.unless_any(Vec::new());
        }
    };
    for column in COLUMNS {
        if !headers.iter().any(|header| header == column) {
            findings.add(file, "line 1", format!("the column {column} is missing"));
        }
    }
    for header in &headers {
        if !COLUMNS.contains(&header) {
            findings.add(
                file,
                "line 1",
                format!("{header:?} is no column of a register"),
            );
        }
    }
    let at = COLUMNS.map(|column| headers.iter().position(|header| header == column));
    if at.contains(&None) {
        return findings.unless_any(Vec::new());
    }
    let mut entries = Vec::new();
    let mut places = BTreeSet::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                findings.add(file, &format!("line {line}"), error.to_string());
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let place = format!("line {line}");
        let fields = at.map(|at| at.and_then(|at| record.get(at)).unwrap_or_default());
        match entry(fields, rulebook, resolve) {
            Ok(entry) => {
                let key = (
                    entry.area,
                    entry.indicator,
                    entry.period_from,
                    entry.period_to,
                    entry.status,
                    entry.source.clone(),
                );
                if !places.insert(key) {
                    let reason = "an earlier line of the same source speaks of the same area, indicator, period and status";
                    findings.add(file, &place, reason);
                }
                entries.push(entry);
            }
            Err(reasons) => reasons
                .into_iter()
                .for_each(|reason| findings.add(file, &place, reason)),
        }
    }
    findings.unless_any(entries)
}

fn entry(
    fields: [&str; 8],
    rulebook: &Rulebook,
    resolve: &Resolve<'_>,
) -> Result<Entry, Vec<String>> {
    let [code, level, indicator, from, to, value, source, status] = fields;
    let mut faults = Vec::new();
    let mut need = |column: &str, what: &str, said: &str| {
        faults.push(format!("{column}: {what} is needed, not {said:?}"));
    };
    let level_read = level_of_word(level);
    if level_read.is_none() {
        need(
            "area_level",
            "COUNTRY, PROVINCE, DISTRICT or COMMUNE",
            level,
        );
    }
    let indicator_read = rulebook.indicator(indicator);
    if indicator_read.is_none() {
        need(
            "indicator",
            "the code of an indicator, such as D3,",
            indicator,
        );
    }
    let mut day = |column, said: &str| {
        let day: Option<NaiveDate> = said.parse().ok();
        if day.is_none() {
            need(column, "a day such as 2025-07-01", said);
        }
        day
    };
    let period = day("period_from", from).zip(day("period_to", to));
    let value_read = value.parse().ok().filter(|n| (0..=LARGEST).contains(n));
    if value_read.is_none() {
        need("value", "a whole number from 0 to 1000000000", value);
    }
    if source.is_empty() || source.contains('\0') {
        need("source", "where the value comes from", source);
    }
    let status_read = match status.to_ascii_uppercase().as_str() {
        "ESTIMATE" => Some(DenominatorStatus::Estimate),
        "ROSTER" => Some(DenominatorStatus::Roster),
        "OFFICIAL" => Some(DenominatorStatus::Official),
        _ => None,
    };
    if status_read.is_none() {
        need("status", "ESTIMATE, ROSTER or OFFICIAL", status);
    }
    let mut area = None;
    if let (Some(level), Some((from, to))) = (level_read, period) {
        if from > to {
            faults.push("period_to: it lies before period_from".to_owned());
        } else {
            area = resolve(code, level, from).filter(|at_first| {
                // The same code may name another place later.
                resolve(code, level, to) == Some(*at_first)
            });
            if area.is_none() {
                faults.push(format!(
                    "area_code: no one area of this level had code {code:?} from {from} to {to}"
                ));
            }
        }
    }
    match (area, indicator_read, period, value_read, status_read) {
        (
            Some(area),
            Some(indicator),
            Some((period_from, period_to)),
            Some(value),
            Some(status),
        ) if faults.is_empty() => Ok(Entry {
            area,
            indicator: indicator.row.indicator_id,
            period_from,
            period_to,
            value,
            source: source.to_owned(),
            status,
        }),
        _ => Err(faults),
    }
}

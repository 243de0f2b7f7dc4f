//! The shipped file of areas: read, checked as a whole, and turned into records with the same ids everywhere.
//!
//! Invariant: kept, renamed and retyped areas are one identity; any other change makes a new one. A parent is of a
//! higher level and a successor begins after its predecessor ended, so neither relation can form a cycle.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::area::AreaLevel;

use super::{
    records::Records,
    rows::{End, Reason, Row, RowError, read_rows},
};

/// The country's code in the file's `parent_code`.
pub(super) const COUNTRY: &str = "VN";

/// Reads the shipped areas. `file` is named in what is wrong.
///
/// # Errors
/// Every row that cannot be used, by line.
pub fn read(file: &str, bytes: &[u8]) -> Result<Records, Vec<RowError>> {
    let (rows, mut wrong) = read_rows(bytes);
    // Rows that cannot be read leave gaps: what others then lack is no fault of theirs.
    let records = wrong.is_empty().then(|| Register::new(&rows).records());
    match records {
        Some(Ok(records)) => return Ok(records),
        Some(Err(found)) => wrong = found,
        None => {}
    }
    wrong.sort_by_key(|(line, _)| *line);
    let named = |(line, reason)| RowError {
        file: file.to_owned(),
        line,
        reason,
    };
    Err(wrong.into_iter().map(named).collect())
}

/// The rows with what is needed to look them up.
pub(super) struct Register<'a> {
    pub(super) rows: &'a [Row],
    /// Rows of a level and code, oldest first.
    by_code: HashMap<(AreaLevel, &'a str), Vec<usize>>,
    /// The first row of the identity each row belongs to.
    pub(super) identity: Vec<usize>,
    wrong: Vec<(u64, Reason)>,
}

impl<'a> Register<'a> {
    fn new(rows: &'a [Row]) -> Self {
        let mut by_code: HashMap<_, Vec<usize>> = HashMap::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            by_code
                .entry((row.level, row.code.as_str()))
                .or_default()
                .push(at);
        }
        for same in by_code.values_mut() {
            same.sort_by_key(|at| rows.get(*at).and_then(|row| row.from));
        }
        Self {
            rows,
            by_code,
            identity: (0..rows.len()).collect(),
            wrong: Vec::new(),
        }
    }

    fn records(mut self) -> Result<Records, Vec<(u64, Reason)>> {
        self.check_codes();
        let successors = self.successors();
        self.join(&successors);
        self.check_uids();
        let parents = self.parents();
        self.check_splits(&successors, &parents);
        let decisions = self.decisions(&successors);
        if self.wrong.is_empty() {
            Ok(self.write(&successors, &parents, &decisions))
        } else {
            Err(self.wrong)
        }
    }

    fn refuse(&mut self, row: &Row, reason: Reason) {
        self.wrong.push((row.line, reason));
    }

    pub(super) fn row(&self, at: usize) -> Option<&'a Row> {
        self.rows.get(at)
    }

    pub(super) fn numbered(&self) -> impl Iterator<Item = (usize, &'a Row)> + use<'a> {
        self.rows.iter().enumerate()
    }

    fn of_code(&self, level: AreaLevel, code: &'a str) -> &[usize] {
        self.by_code.get(&(level, code)).map_or(&[], Vec::as_slice)
    }

    /// A code names at most one area of its level at any time.
    fn check_codes(&mut self) {
        let mut taken = Vec::new();
        for same in self.by_code.values() {
            for (before, after) in same.iter().zip(same.iter().skip(1)) {
                let (Some(before), Some(after)) = (self.row(*before), self.row(*after)) else {
                    continue;
                };
                let apart =
                    matches!((before.to, after.from), (Some(end), Some(start)) if end < start);
                if !apart {
                    taken.push((after.line, Reason::CodeTaken(before.line)));
                }
            }
        }
        self.wrong.append(&mut taken);
    }

    /// The rows that each row leads to.
    fn successors(&mut self) -> Vec<Vec<usize>> {
        let mut successors = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            let next_day = row.to.and_then(|to| to.succ_opt());
            let level = match row.end {
                Some(End::BecameSpecialZone) => AreaLevel::Commune,
                _ => row.level,
            };
            let mut found = Vec::with_capacity(row.successors.len());
            for code in &row.successors {
                let opens = |at: &usize| self.row(*at).is_some_and(|row| row.from == next_day);
                let mut of_code = self.of_code(level, code).iter().copied();
                match of_code.find(|at| next_day.is_some() && opens(at)) {
                    Some(next) => found.push(next),
                    None => self.refuse(row, Reason::NoSuccessor(code.clone())),
                }
            }
            successors.push(found);
        }
        successors
    }

    /// Joins the rows of one identity: a row whose area goes on, with the row that it leads to and no other does.
    fn join(&mut self, successors: &[Vec<usize>]) {
        let mut arrivals: HashMap<usize, Vec<usize>> = HashMap::with_capacity(self.rows.len());
        for (at, next) in successors.iter().enumerate() {
            for next in next {
                arrivals.entry(*next).or_default().push(at);
            }
        }
        let mut order: Vec<_> = self.numbered().zip(successors).collect();
        order.sort_by_key(|((_, row), _)| row.from);
        for ((at, row), next) in order {
            let (Some(next), true) = (next.first(), row.end.is_some_and(End::same_area)) else {
                continue;
            };
            let mut others = arrivals.get(next).into_iter().flatten();
            if let Some(other) = others.find(|other| **other != at) {
                let line = self.row(*other).map_or(0, |other| other.line);
                self.refuse(row, Reason::NotAlone(line));
                continue;
            }
            let first = self.identity.get(at).copied().unwrap_or(at);
            if let Some(identity) = self.identity.get_mut(*next) {
                *identity = first;
            }
        }
    }

    /// A uid belongs to the rows of one identity.
    fn check_uids(&mut self) {
        let mut owners: HashMap<&str, usize> = HashMap::with_capacity(self.rows.len());
        for (at, row) in self.numbered() {
            let owner = *owners.entry(row.uid.as_str()).or_insert(at);
            if self.identity.get(owner) != self.identity.get(at) {
                let other = self.row(owner).map_or(0, |row| row.line);
                self.refuse(row, Reason::UidTaken(other));
            }
        }
    }

    /// The first row of the identity around each row; none for provinces, which lie in the country.
    fn parents(&mut self) -> Vec<Option<usize>> {
        let mut ends: HashMap<usize, Option<NaiveDate>> = HashMap::with_capacity(self.rows.len());
        for (identity, row) in self.identity.iter().zip(self.rows) {
            let end = ends.entry(*identity).or_insert(row.to);
            *end = end.and_then(|end| row.to.map(|to| to.max(end)));
        }
        let mut parents = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            if row.level == AreaLevel::Province && row.parent_code == COUNTRY {
                parents.push(None);
                continue;
            }
            let higher = [AreaLevel::Province, AreaLevel::District];
            let found = higher
                .into_iter()
                .filter(|level| *level < row.level)
                .flat_map(|level| self.of_code(level, &row.parent_code))
                .filter_map(|at| Some((self.row(*at)?, *self.identity.get(*at)?)))
                .filter(|(around, _)| begins_within(around, row))
                .find(|(_, identity)| lasts(ends.get(identity).copied().flatten(), row.to))
                .map(|(_, identity)| identity);
            if found.is_none() {
                self.refuse(row, Reason::NoParent(row.parent_code.clone()));
            }
            parents.push(found);
        }
        parents
    }

    /// A commune's parts stay in one province, so that a figure is exact from the province up.
    fn check_splits(&mut self, successors: &[Vec<usize>], parents: &[Option<usize>]) {
        for ((_, row), next) in self.numbered().zip(successors) {
            let mut around = next.iter().map(|next| parents.get(*next));
            let first = around.next();
            if row.end == Some(End::Split) && around.any(|other| Some(other) != first) {
                self.refuse(row, Reason::CrossesProvinces);
            }
        }
    }

    /// The decision behind each row's end. The old row names it; where the same area goes on under one uid, or the old
    /// row is silent, the new row does.
    fn decisions(&mut self, successors: &[Vec<usize>]) -> Vec<&'a str> {
        let mut decisions = Vec::with_capacity(self.rows.len());
        for ((_, row), next) in self.numbered().zip(successors) {
            let next = next.first().and_then(|next| self.row(*next));
            let decision = match next {
                Some(next) if row.uid == next.uid || row.basis.is_empty() => &next.basis,
                _ => &row.basis,
            };
            let needed = row.end.is_some_and(|end| end != End::Kept);
            // A missing successor is reported by itself.
            if needed && decision.is_empty() && (next.is_some() || row.successors.is_empty()) {
                self.refuse(row, Reason::NoDecision);
            }
            decisions.push(decision.as_str());
        }
        decisions
    }
}

fn begins_within(around: &Row, row: &Row) -> bool {
    let begun = around
        .from
        .is_none_or(|first| row.from.is_some_and(|day| first <= day));
    begun
        && around
            .to
            .is_none_or(|last| row.from.is_none_or(|day| day <= last))
}

fn lasts(around: Option<NaiveDate>, row: Option<NaiveDate>) -> bool {
    around.is_none_or(|around| row.is_some_and(|row| row <= around))
}

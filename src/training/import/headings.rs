//! Which column holds what: headings in Vietnamese or English, whatever their accents, case and signs.

use super::sheet::Cell;
use crate::fold;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// A running number; not read.
    Number,
    /// The full name.
    FullName,
    /// Year of birth.
    BirthYear,
    /// Day of birth; only its year is kept.
    BornOn,
    /// A telephone.
    Phone,
    /// Official code of the commune.
    Commune,
    /// First day in the group.
    JoinedOn,
    /// Whether she agreed to a learning record.
    LearningRecord,
    /// Whether she agreed to be counted.
    Statistics,
    /// Whether she is staff.
    Staff,
}

/// Headings, folded, and what their columns hold.
const HEADINGS: [(&str, Column); 34] = [
    ("stt", Column::Number),
    ("tt", Column::Number),
    ("no", Column::Number),
    ("ho va ten", Column::FullName),
    ("ho ten", Column::FullName),
    ("ten", Column::FullName),
    ("full name", Column::FullName),
    ("name", Column::FullName),
    ("nam sinh", Column::BirthYear),
    ("birth year", Column::BirthYear),
    ("year of birth", Column::BirthYear),
    ("ngay sinh", Column::BornOn),
    ("ngay thang nam sinh", Column::BornOn),
    ("date of birth", Column::BornOn),
    ("dien thoai", Column::Phone),
    ("so dien thoai", Column::Phone),
    ("sdt", Column::Phone),
    ("di dong", Column::Phone),
    ("phone", Column::Phone),
    ("telephone", Column::Phone),
    ("ma xa", Column::Commune),
    ("ma don vi", Column::Commune),
    ("commune code", Column::Commune),
    ("ngay vao nhom", Column::JoinedOn),
    ("ngay tham gia", Column::JoinedOn),
    ("joined on", Column::JoinedOn),
    ("dong y luu ket qua hoc", Column::LearningRecord),
    ("dong y luu viec hoc", Column::LearningRecord),
    ("consent learning record", Column::LearningRecord),
    ("dong y thong ke", Column::Statistics),
    ("consent statistics", Column::Statistics),
    ("can bo", Column::Staff),
    ("la can bo", Column::Staff),
    ("staff", Column::Staff),
];

/// What a column with this heading holds; nothing for one that nobody knows.
pub(super) fn known(cell: &Cell) -> Option<Column> {
    let Cell::Text(text) = cell else { return None };
    let folded = fold::fold(text);
    let words: Vec<&str> = folded
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let plain = words.join(" ");
    let found = HEADINGS.iter().find(|(heading, _)| *heading == plain);
    found.map(|(_, column)| *column)
}

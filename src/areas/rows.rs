//! The rows of the shipped file of areas, read and checked one by one.

use chrono::NaiveDate;
use entity::{area::AreaLevel, area_name::UnitType};
use unicode_normalization::UnicodeNormalization;

use crate::error::{UserError, UserErrorCode};

/// One row of the file: an area with one name and parent, for a time.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Line of the file, the header being 1.
    pub(super) line: u64,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) level: AreaLevel,
    pub(super) unit_type: UnitType,
    pub(super) parent_code: String,
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) uid: String,
    pub(super) end: Option<End>,
    pub(super) successors: Vec<String>,
    pub(super) basis: String,
}

/// How a row ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Kept,
    Renamed,
    Retyped,
    Merged,
    Split,
    LevelAbolished,
    BecameSpecialZone,
}

impl End {
    /// Whether the area goes on as the same one.
    pub(super) fn same_area(self) -> bool {
        matches!(self, Self::Kept | Self::Renamed | Self::Retyped)
    }

    /// Whether this many successors are right.
    fn allows(self, successors: usize) -> bool {
        match self {
            Self::Split => successors > 1,
            Self::LevelAbolished => successors == 0,
            _ => successors == 1,
        }
    }
}

/// A row that cannot be used. Nothing was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Name of the file as it was given.
    pub file: String,
    /// Line of the file, the header being 1.
    pub line: u64,
    /// What is wrong.
    pub reason: Reason,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The header lacks a column.
    NoColumn(&'static str),
    /// Not a row of UTF-8 text with as many fields as the header.
    Unreadable,
    /// A value is missing.
    Empty(&'static str),
    /// A value is not one of the words allowed in its column, or not in this row.
    UnknownWord(&'static str, String),
    /// A value is no date, written YYYY-MM-DD.
    NoDate(&'static str, String),
    /// The last day comes before the first.
    EndsBeforeItBegins,
    /// It ends, but the row does not say how; or says how, but not when.
    HalfEnded,
    /// Not as many successors as its change needs.
    SuccessorCount(usize),
    /// No area of a higher level had this code during the row's whole life.
    NoParent(String),
    /// No area with this code begins on the day after the row's last.
    NoSuccessor(String),
    /// Its code names another area of its level at the same time: the line of that one.
    CodeTaken(u64),
    /// Its uid belongs to another area: the line of that one.
    UidTaken(u64),
    /// It is said to go on unchanged in extent, but another area is merged into it: the line of that one.
    NotAlone(u64),
    /// Its parts would lie in different provinces.
    CrossesProvinces,
    /// No decision is named for its change.
    NoDecision,
}

impl From<&RowError> for UserError {
    fn from(error: &RowError) -> Self {
        let message = match &error.reason {
            Reason::NoColumn(_) => "area-row-no-column",
            Reason::Unreadable => "area-row-unreadable",
            Reason::Empty(_) => "area-row-empty",
            Reason::UnknownWord(..) => "area-row-unknown-word",
            Reason::NoDate(..) => "area-row-no-date",
            Reason::EndsBeforeItBegins => "area-row-ends-before-it-begins",
            Reason::HalfEnded => "area-row-half-ended",
            Reason::SuccessorCount(_) => "area-row-successor-count",
            Reason::NoParent(_) => "area-row-no-parent",
            Reason::NoSuccessor(_) => "area-row-no-successor",
            Reason::CodeTaken(_) => "area-row-code-taken",
            Reason::UidTaken(_) => "area-row-uid-taken",
            Reason::NotAlone(_) => "area-row-not-alone",
            Reason::CrossesProvinces => "area-row-crosses-provinces",
            Reason::NoDecision => "area-row-no-decision",
        };
        let shown = Self::new(UserErrorCode::Invalid, "file", message)
            .with("file", &error.file)
            .with("line", error.line);
        match &error.reason {
            Reason::NoColumn(column) | Reason::Empty(column) => shown.with("column", column),
            Reason::UnknownWord(column, value) | Reason::NoDate(column, value) => {
                shown.with("column", column).with("value", value)
            }
            Reason::SuccessorCount(count) => shown.with("count", count),
            Reason::NoParent(code) | Reason::NoSuccessor(code) => shown.with("code", code),
            Reason::CodeTaken(other) | Reason::UidTaken(other) | Reason::NotAlone(other) => {
                shown.with("other", other)
            }
            _ => shown,
        }
    }
}

const COLUMNS: [&str; 11] = [
    "code",
    "name",
    "level",
    "parent_code",
    "valid_from",
    "valid_to",
    "successor_codes",
    "uid",
    "unit_type",
    "change",
    "basis",
];

/// Reads every row that can be read by itself, and what is wrong with the others.
pub(super) fn read_rows(bytes: &[u8]) -> (Vec<Row>, Vec<(u64, Reason)>) {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let columns = match reader.headers() {
        Ok(header) => {
            COLUMNS.map(|name| header.iter().position(|column| column == name).ok_or(name))
        }
        Err(_) => return (Vec::new(), vec![(1, Reason::Unreadable)]),
    };
    let missing: Vec<_> = columns
        .iter()
        .filter_map(|column| column.err().map(|name| (1, Reason::NoColumn(name))))
        .collect();
    if !missing.is_empty() {
        return (Vec::new(), missing);
    }
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => return (rows, wrong),
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                let field = |at: usize| {
                    let column = columns.get(at).copied().and_then(Result::ok);
                    column
                        .and_then(|column| record.get(column))
                        .unwrap_or("")
                        .trim()
                };
                match row(line, field) {
                    Ok(row) => rows.push(row),
                    Err(reason) => wrong.push((line, reason)),
                }
            }
            Err(cause) => wrong.push((
                cause.position().map_or(line, csv::Position::line),
                Reason::Unreadable,
            )),
        }
    }
}

fn row<'a>(line: u64, field: impl Fn(usize) -> &'a str) -> Result<Row, Reason> {
    let needed = |at: usize| match (field(at), COLUMNS.get(at)) {
        ("", Some(column)) => Err(Reason::Empty(column)),
        (value, _) => Ok(value),
    };
    let code = needed(0)?.to_owned();
    let name: String = needed(1)?.nfc().collect();
    let level = level(needed(2)?)?;
    let parent_code = needed(3)?.to_owned();
    let from = date("valid_from", field(4))?;
    let to = date("valid_to", field(5))?;
    let mut successors: Vec<String> = field(6)
        .split('|')
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect();
    successors.sort_unstable();
    successors.dedup();
    let uid = needed(7)?.to_owned();
    let unit_type = unit_type(level, needed(8)?)?;
    let end = end(level, field(9))?;
    if matches!((from, to), (Some(from), Some(to)) if to < from) {
        return Err(Reason::EndsBeforeItBegins);
    }
    match end {
        None if to.is_some() || !successors.is_empty() => return Err(Reason::HalfEnded),
        Some(_) if to.is_none() => return Err(Reason::HalfEnded),
        Some(end) if !end.allows(successors.len()) => {
            return Err(Reason::SuccessorCount(successors.len()));
        }
        _ => {}
    }
    Ok(Row {
        line,
        code,
        name,
        level,
        unit_type,
        parent_code,
        from,
        to,
        uid,
        end,
        successors,
        basis: field(10).to_owned(),
    })
}

fn date(column: &'static str, text: &str) -> Result<Option<NaiveDate>, Reason> {
    if text.is_empty() {
        return Ok(None);
    }
    let shaped = text.len() == 10;
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    match day.filter(|_| shaped) {
        Some(day) => Ok(Some(day)),
        None => Err(Reason::NoDate(column, text.to_owned())),
    }
}

fn level(word: &str) -> Result<AreaLevel, Reason> {
    Ok(match word {
        "province" => AreaLevel::Province,
        "district" => AreaLevel::District,
        "commune" => AreaLevel::Commune,
        _ => return Err(Reason::UnknownWord("level", word.to_owned())),
    })
}

fn unit_type(level: AreaLevel, word: &str) -> Result<UnitType, Reason> {
    Ok(match (level, word) {
        (AreaLevel::Province, "tinh") => UnitType::Province,
        (AreaLevel::Province | AreaLevel::District, "thanh_pho") => UnitType::City,
        (AreaLevel::District, "quan") => UnitType::UrbanDistrict,
        (AreaLevel::District, "huyen") => UnitType::RuralDistrict,
        (AreaLevel::District, "thi_xa") => UnitType::Town,
        (AreaLevel::Commune, "phuong") => UnitType::Ward,
        (AreaLevel::Commune, "xa") => UnitType::Commune,
        (AreaLevel::Commune, "thi_tran") => UnitType::Township,
        (AreaLevel::Commune, "dac_khu") => UnitType::SpecialZone,
        _ => return Err(Reason::UnknownWord("unit_type", word.to_owned())),
    })
}

/// Whether areas of a level can be of a unit type.
pub(super) fn fits_level(level: AreaLevel, unit: UnitType) -> bool {
    match unit {
        UnitType::Country => level == AreaLevel::Country,
        UnitType::Province => level == AreaLevel::Province,
        UnitType::City => matches!(level, AreaLevel::Province | AreaLevel::District),
        UnitType::UrbanDistrict | UnitType::RuralDistrict | UnitType::Town => {
            level == AreaLevel::District
        }
        UnitType::Ward | UnitType::Commune | UnitType::Township | UnitType::SpecialZone => {
            level == AreaLevel::Commune
        }
    }
}

fn end(level: AreaLevel, word: &str) -> Result<Option<End>, Reason> {
    Ok(Some(match (level, word) {
        (_, "") => return Ok(None),
        (_, "kept") => End::Kept,
        (_, "renamed") => End::Renamed,
        (_, "retyped") => End::Retyped,
        (_, "merged") => End::Merged,
        (AreaLevel::Commune, "split") => End::Split,
        (AreaLevel::District, "level_abolished") => End::LevelAbolished,
        (AreaLevel::District, "became_special_zone") => End::BecameSpecialZone,
        _ => return Err(Reason::UnknownWord("change", word.to_owned())),
    }))
}

/// The word with which the full names of a unit type begin; none for the country.
pub(super) fn official_word(unit_type: UnitType) -> &'static str {
    match unit_type {
        UnitType::Country => "",
        UnitType::Province => "Tỉnh",
        UnitType::City => "Thành phố",
        UnitType::UrbanDistrict => "Quận",
        UnitType::RuralDistrict => "Huyện",
        UnitType::Town => "Thị xã",
        UnitType::Ward => "Phường",
        UnitType::Commune => "Xã",
        UnitType::Township => "Thị trấn",
        UnitType::SpecialZone => "Đặc khu",
    }
}

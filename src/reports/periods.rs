//! Periods as data: what can be reported on, from when until when, and by when.
//!
//! | code | period |
//! |---|---|
//! | `MONTH-2026-10`, `QUARTER-2026-3`, `HALF-2026-2`, `YEAR-2026` | by the calendar |
//! | `MONTH15-2026-10` and so on | from the 15th of the month before to the 14th of the last month, as Decree 09/2019/NĐ-CP, article 12, closes the figures of periodic reports |
//! | `DAY-2025-07-01` | one day, for a report asked for out of turn |
//! | `START-VN1438-P2` | the first day of a phase: where a programme begins |
//! | `MIDDLE-VN1438-P2` | from its first day to the end of the month in its middle |
//! | `END-VN1438-P2` | the whole phase |

use chrono::{Datelike, Days, Months, NaiveDate};
use entity::{area::AreaLevel, phase};

use crate::programmes::Rulebook;

/// What kind of period it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodKind {
    /// One day.
    Day,
    /// One month.
    Month,
    /// Three months.
    Quarter,
    /// Six months.
    Half,
    /// Twelve months.
    Year,
    /// The first day of a phase.
    Start,
    /// A phase up to its middle.
    Middle,
    /// A whole phase.
    End,
}

/// Where months are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cut {
    /// From the first day of a month to the last of one.
    Calendar,
    /// From a 15th to a 14th.
    Fifteenth,
}

/// A period that can be reported on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its code.
    pub code: String,
    /// What kind it is.
    pub kind: PeriodKind,
    /// First day.
    pub from: NaiveDate,
    /// Last day: the day the figures are of.
    pub to: NaiveDate,
}

/// A period that comes again and again.
struct Preset {
    word: &'static str,
    kind: PeriodKind,
    months: u32,
}

const PRESETS: [Preset; 4] = [
    Preset {
        word: "MONTH",
        kind: PeriodKind::Month,
        months: 1,
    },
    Preset {
        word: "QUARTER",
        kind: PeriodKind::Quarter,
        months: 3,
    },
    Preset {
        word: "HALF",
        kind: PeriodKind::Half,
        months: 6,
    },
    Preset {
        word: "YEAR",
        kind: PeriodKind::Year,
        months: 12,
    },
];

const CUTS: [Cut; 2] = [Cut::Calendar, Cut::Fifteenth];

const REVIEWS: [(&str, PeriodKind); 3] = [
    ("START", PeriodKind::Start),
    ("MIDDLE", PeriodKind::Middle),
    ("END", PeriodKind::End),
];

/// Days after the period's last by which communes, districts, provinces and the country report: those below first.
const DUE_DAYS: [(PeriodKind, [u64; 4]); 8] = [
    (PeriodKind::Day, [1, 2, 3, 5]),
    (PeriodKind::Month, [2, 4, 6, 10]),
    (PeriodKind::Quarter, [3, 6, 10, 15]),
    (PeriodKind::Half, [5, 8, 12, 20]),
    (PeriodKind::Year, [5, 10, 15, 25]),
    (PeriodKind::Start, [15, 20, 30, 45]),
    (PeriodKind::Middle, [15, 20, 30, 45]),
    (PeriodKind::End, [15, 20, 30, 45]),
];

/// The years that periods are offered for: the decisions are of 2018.
const YEARS: std::ops::RangeInclusive<i32> = 2018..=2199;
/// The first day figures can be of.
const FIRST_DAY: (i32, u32, u32) = (2018, 10, 29);

/// The words of the periods that come again and again, by the calendar and from a 15th to a 14th, and of the reviews.
pub fn words() -> Vec<String> {
    let suffixed = |preset: &Preset| [preset.word.to_owned(), format!("{}15", preset.word)];
    let reviews = REVIEWS.iter().map(|(word, _)| (*word).to_owned());
    PRESETS.iter().flat_map(suffixed).chain(reviews).collect()
}

impl Period {
    /// The word its code begins with.
    pub fn word(&self) -> &str {
        self.code.split_once('-').map_or("", |(word, _)| word)
    }

    /// The period of a code; none when no period is called so.
    pub fn of_code(code: &str, rulebook: &Rulebook) -> Option<Self> {
        let (word, rest) = code.split_once('-')?;
        let found = match REVIEWS.iter().find(|(review, _)| *review == word) {
            None if word == "DAY" => one_day(rest.parse().ok()?)?,
            Some((_, kind)) => review(*kind, phases(rulebook).find(|phase| phase.code == rest)?)?,
            None => {
                let (year, number) = match rest.split_once('-') {
                    Some((year, number)) => (year, number.parse().ok()?),
                    None => (rest, 1),
                };
                let (preset, cut) = preset(word)?;
                periodic(preset, cut, year.parse().ok()?, number)?
            }
        };
        // One period, one code: `MONTH-2026-010` is none.
        (found.code == code).then_some(found)
    }

    /// The periodic periods that hold a day and the reviews whose last day is in the same year, by their last days.
    pub fn around(day: NaiveDate, rulebook: &Rulebook) -> Vec<Self> {
        let mut found: Vec<Self> = PRESETS
            .iter()
            .flat_map(|preset| CUTS.map(|cut| (preset, cut)))
            .flat_map(|(preset, cut)| {
                let years = [day.year(), day.year() + 1];
                let numbers = 1..=(12 / preset.months);
                years
                    .into_iter()
                    .flat_map(move |year| numbers.clone().map(move |number| (year, number)))
                    .filter_map(move |(year, number)| periodic(preset, cut, year, number))
            })
            .filter(|period| period.from <= day && day <= period.to)
            .collect();
        for phase in phases(rulebook) {
            let reviews = REVIEWS.iter().filter_map(|(_, kind)| review(*kind, phase));
            found.extend(reviews.filter(|review| review.to.year() == day.year()));
        }
        found.sort_by(|a, b| (a.to, &a.code).cmp(&(b.to, &b.code)));
        found
    }

    /// The last day on which an area of a level is in time.
    pub fn due_on(&self, level: AreaLevel) -> NaiveDate {
        let found = DUE_DAYS.iter().find(|(kind, _)| *kind == self.kind);
        let [commune, district, province, country] = found.map_or([0; 4], |(_, days)| *days);
        let days = match level {
            AreaLevel::Commune => commune,
            AreaLevel::District => district,
            AreaLevel::Province => province,
            AreaLevel::Country => country,
        };
        self.to.checked_add_days(Days::new(days)).unwrap_or(self.to)
    }
}

fn phases(rulebook: &Rulebook) -> impl Iterator<Item = &phase::Model> {
    rulebook
        .programmes()
        .iter()
        .flat_map(|programme| rulebook.phases_of(programme.programme_id))
}

fn preset(word: &str) -> Option<(&'static Preset, Cut)> {
    let (bare, cut) = match word.strip_suffix("15") {
        Some(bare) => (bare, Cut::Fifteenth),
        None => (word, Cut::Calendar),
    };
    let preset = PRESETS.iter().find(|preset| preset.word == bare)?;
    Some((preset, cut))
}

fn periodic(preset: &Preset, cut: Cut, year: i32, number: u32) -> Option<Period> {
    let runs = 12 / preset.months;
    if !YEARS.contains(&year) || !(1..=runs).contains(&number) {
        return None;
    }
    let first = NaiveDate::from_ymd_opt(year, (number - 1) * preset.months + 1, 1)?;
    let behind = first.checked_add_months(Months::new(preset.months))?;
    let (from, to) = match cut {
        Cut::Calendar => (first, behind.pred_opt()?),
        Cut::Fifteenth => (
            first.checked_sub_months(Months::new(1))?.with_day(15)?,
            behind.pred_opt()?.with_day(14)?,
        ),
    };
    let word = preset.word;
    let suffix = match cut {
        Cut::Calendar => "",
        Cut::Fifteenth => "15",
    };
    let code = match preset.kind {
        PeriodKind::Year => format!("{word}{suffix}-{year}"),
        PeriodKind::Month => format!("{word}{suffix}-{year}-{number:02}"),
        _ => format!("{word}{suffix}-{year}-{number}"),
    };
    counted(Period {
        code,
        kind: preset.kind,
        from,
        to,
    })
}

fn one_day(day: NaiveDate) -> Option<Period> {
    let kept = YEARS.contains(&day.year());
    let period = kept.then(|| Period {
        code: format!("DAY-{day}"),
        kind: PeriodKind::Day,
        from: day,
        to: day,
    })?;
    counted(period)
}

fn review(kind: PeriodKind, phase: &phase::Model) -> Option<Period> {
    let (word, _) = REVIEWS.iter().find(|(_, known)| *known == kind)?;
    let first_day = first_day()?;
    let from = phase.from_on.max(first_day);
    let to = match kind {
        PeriodKind::Start => from,
        PeriodKind::Middle => {
            let half = (phase.to_on - from).num_days() / 2;
            let middle = from.checked_add_days(Days::new(u64::try_from(half).ok()?))?;
            let next = middle.with_day(1)?.checked_add_months(Months::new(1))?;
            next.pred_opt()?
        }
        _ => phase.to_on,
    };
    counted(Period {
        code: format!("{word}-{}", phase.code),
        kind,
        from,
        to,
    })
}

fn first_day() -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(FIRST_DAY.0, FIRST_DAY.1, FIRST_DAY.2)
}

/// Only a period with a day that can be asked about.
fn counted(period: Period) -> Option<Period> {
    (period.from <= period.to && period.to >= first_day()?).then_some(period)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[rstest]
    #[case("MONTH-2026-10", "2026-10-01", "2026-10-31")]
    #[case("MONTH15-2026-10", "2026-09-15", "2026-10-14")]
    #[case("MONTH15-2026-01", "2025-12-15", "2026-01-14")]
    #[case("MONTH-2024-02", "2024-02-01", "2024-02-29")]
    #[case("QUARTER-2025-2", "2025-04-01", "2025-06-30")]
    #[case("QUARTER15-2026-1", "2025-12-15", "2026-03-14")]
    #[case("HALF-2026-2", "2026-07-01", "2026-12-31")]
    #[case("HALF15-2026-1", "2025-12-15", "2026-06-14")]
    #[case("YEAR-2025", "2025-01-01", "2025-12-31")]
    #[case("YEAR15-2026", "2025-12-15", "2026-12-14")]
    #[case("DAY-2025-07-01", "2025-07-01", "2025-07-01")]
    fn a_code_names_its_days(#[case] code: &str, #[case] from: &str, #[case] to: &str) {
        let period = Period::of_code(code, &Rulebook::default()).unwrap();
        assert_eq!((period.from, period.to), (day(from), day(to)));
        assert_eq!(period.code, code);
    }

    #[rstest]
    #[case("MONTH-2026-13")]
    #[case("MONTH-2026-0")]
    #[case("MONTH-2026-1")]
    #[case("MONTH-2026-010")]
    #[case("MONTH-+2026-10")]
    #[case("QUARTER-2026-5")]
    #[case("YEAR-2026-1")]
    #[case("YEAR-2017")]
    #[case("MONTH-2018-01")]
    #[case("WEEK-2026-10")]
    #[case("DAY-2026-2-30")]
    #[case("DAY-2018-10-28")]
    #[case("END-VN1438-P9")]
    #[case("")]
    fn what_is_no_period_is_none(#[case] code: &str) {
        assert_eq!(Period::of_code(code, &Rulebook::default()), None);
    }

    #[test]
    fn those_below_report_before_those_above() {
        let month = Period::of_code("MONTH-2026-10", &Rulebook::default()).unwrap();
        let levels = [
            AreaLevel::Commune,
            AreaLevel::District,
            AreaLevel::Province,
            AreaLevel::Country,
        ];
        let due = levels.map(|level| month.due_on(level));
        assert!(due.is_sorted() && due[0] > month.to && due[2] == day("2026-11-06"));
    }

    proptest! {
        #[test]
        fn every_day_lies_in_one_period_of_each_kind_and_periods_follow_without_a_gap(days in 60_u64..20_000) {
            let on = day("2018-11-01") + Days::new(days);
            let rulebook = Rulebook::default();
            let around = Period::around(on, &rulebook);
            prop_assert_eq!(around.len(), PRESETS.len() * CUTS.len());
            for period in around {
                prop_assert_eq!(Period::of_code(&period.code, &rulebook), Some(period.clone()));
                let next = period.to.succ_opt().unwrap();
                let follows = Period::around(next, &rulebook).into_iter().filter(|other| other.from == next);
                prop_assert!(follows.count() >= 1, "{} is followed by none", period.code);
            }
        }
    }
}

//! Periods of reports as a person chooses them.

use chrono::{Datelike, Months};

use super::{Dashboard, head::Choice, words::Words};
use crate::reports::periods::{Period, PeriodKind};

/// Months back from today of which periods are offered.
const MONTHS_BACK: u32 = 15;

/// The periods that have ended in the last months, the newest first.
pub fn ended(dashboard: &Dashboard) -> Vec<Period> {
    let today = dashboard.areas().today();
    let mut found = begun(dashboard);
    found.retain(|period| period.to < today);
    found
}

/// The periods that have begun and ended in the last months or run now, the newest first.
pub fn begun(dashboard: &Dashboard) -> Vec<Period> {
    let today = dashboard.areas().today();
    let days = (0..=MONTHS_BACK).filter_map(|back| today.checked_sub_months(Months::new(back)));
    let mut found: Vec<Period> = days
        .flat_map(|day| dashboard.reports().periods(Some(day)))
        .filter(|period| period.from <= today)
        .collect();
    found.sort_by(|a, b| (b.to, &b.code).cmp(&(a.to, &a.code)));
    found.dedup();
    found
}

/// The last calendar month that has ended.
pub fn last_month(dashboard: &Dashboard) -> Option<Period> {
    let today = dashboard.areas().today();
    let day = today.with_day(1)?.pred_opt()?;
    let code = format!("MONTH-{:04}-{:02}", day.year(), day.month());
    dashboard.reports().period(&code).ok()
}

/// A period in words: its kind, its days, its code.
pub fn name(words: Words, period: &Period) -> String {
    let kind = words.say(match period.kind {
        PeriodKind::Day => "dashboard-period-day",
        PeriodKind::Month => "dashboard-period-month",
        PeriodKind::Quarter => "dashboard-period-quarter",
        PeriodKind::Half => "dashboard-period-half",
        PeriodKind::Year => "dashboard-period-year",
        PeriodKind::Start => "dashboard-period-start",
        PeriodKind::Middle => "dashboard-period-middle",
        PeriodKind::End => "dashboard-period-end",
    });
    format!(
        "{kind} {} – {} ({})",
        words.day(period.from),
        words.day(period.to),
        period.code
    )
}

/// Periods to choose from.
pub fn choices(words: Words, periods: &[Period], chosen: &str) -> Vec<Choice> {
    let choice = |period: &Period| Choice {
        value: period.code.clone(),
        label: name(words, period),
        chosen: period.code == chosen,
    };
    periods.iter().map(choice).collect()
}

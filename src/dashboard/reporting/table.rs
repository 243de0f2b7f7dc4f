//! Frozen figures as tables: the total with every indicator, and the areas below on one of them.

use std::collections::BTreeSet;

use super::super::words::{Said, Words};
use crate::{
    coverage::{
        disclosure::Published,
        frozen::{POPULATION, REGISTERED},
    },
    programmes::Rulebook,
    reports::form::{CellForm, CellState, Form, RowState, Seen},
};

/// The tiers in the order in which they are reached.
const TIERS: [(&str, &str); 5] = [
    ("REACHED", "dashboard-tier-reached"),
    ("COMPLETED", "dashboard-tier-completed"),
    ("DEMONSTRATED", "dashboard-tier-demonstrated"),
    ("RETAINED", "dashboard-tier-retained"),
    ("PRACTISED", "dashboard-tier-practised"),
];

/// One row of frozen figures.
pub struct FrozenRow {
    /// What it is about.
    pub name: String,
    /// The longer name, where there is one.
    pub long: String,
    /// How the row came about, where that differs.
    pub state: Option<String>,
    /// The one word for a row that shows no number at all.
    pub whole: Option<Said>,
    /// Registered, population, and the tiers.
    pub figures: Vec<Said>,
    /// The share in the indicator's own tier.
    pub share: Said,
    /// The target.
    pub target: Option<String>,
    /// Whether it was met.
    pub met: Said,
    /// Whether it is the one shown below.
    pub here: bool,
    /// Where it is shown in detail.
    pub href: Option<String>,
}

/// A number that a restatement shows differently.
pub struct Changed {
    /// In which area.
    pub area: String,
    /// On which indicator.
    pub indicator: String,
    /// In which measure.
    pub measure: String,
    /// As it was.
    pub before: Said,
    /// As it is.
    pub after: Said,
}

/// Headings of the figures.
pub fn headings(words: Words) -> Vec<String> {
    let measures = [
        "dashboard-measure-registered",
        "dashboard-measure-population",
    ];
    let tiers = TIERS.iter().map(|(_, key)| *key);
    measures
        .into_iter()
        .chain(tiers)
        .map(|key| words.say(key))
        .collect()
}

/// The indicators of a form, in their order.
pub fn indicators(form: &Form, rulebook: &Rulebook) -> Vec<String> {
    let known: BTreeSet<&str> = form
        .tables()
        .flat_map(|(_, cells)| cells)
        .map(|cell| &*cell.indicator)
        .collect();
    let ordered = rulebook.indicators().iter();
    let ordered = ordered.filter(|indicator| known.contains(&*indicator.row.code));
    ordered
        .map(|indicator| indicator.row.code.clone())
        .collect()
}

/// The total, an indicator each.
pub fn total(
    words: Words,
    form: &Form,
    rulebook: &Rulebook,
    chosen: &str,
    href: impl Fn(&str) -> String,
) -> Vec<FrozenRow> {
    let row = |cell: &CellForm| {
        let known = rulebook.indicator(&cell.indicator);
        let long = known.map_or("", |known| words.of(&known.row.name_vi, &known.row.name_en));
        FrozenRow {
            name: cell.indicator.clone(),
            long: long.to_owned(),
            here: cell.indicator == chosen,
            href: Some(href(&cell.indicator)),
            ..figures(words, cell, rulebook)
        }
    };
    form.total.iter().map(row).collect()
}

/// The areas below on one indicator.
pub fn below(words: Words, form: &Form, rulebook: &Rulebook, indicator: &str) -> Vec<FrozenRow> {
    let row = |row: &crate::reports::form::Row| {
        let cell = row.cells.iter().find(|cell| cell.indicator == indicator);
        let state = match row.state {
            RowState::Accepted => "dashboard-row-accepted",
            RowState::Computed => "dashboard-row-computed",
            RowState::Missing => "dashboard-row-missing",
        };
        FrozenRow {
            name: row.area.name.clone(),
            state: Some(words.say(state)),
            ..cell.map_or_else(|| without(words), |cell| figures(words, cell, rulebook))
        }
    };
    form.rows.iter().map(row).collect()
}

/// What a restatement shows differently.
pub fn differences(words: Words, form: &Form) -> Vec<Changed> {
    let changed = |difference: &crate::reports::form::Difference| {
        let mut places = form.tables().map(|(place, _)| place);
        let place = places.find(|place| place.id == difference.area);
        Changed {
            area: place.map_or_else(String::new, |place| place.name.clone()),
            indicator: difference.indicator.clone(),
            measure: measure(words, &difference.measure),
            before: seen(words, difference.before),
            after: seen(words, difference.after),
        }
    };
    form.differences.iter().map(changed).collect()
}

fn figures(words: Words, cell: &CellForm, rulebook: &Rulebook) -> FrozenRow {
    let own_tier = rulebook
        .indicator(&cell.indicator)
        .and_then(|known| known.row.default_tier)
        .map_or("DEMONSTRATED", |tier| {
            let tier = crate::learning::tiers::Tier::from(tier);
            let mut known = super::super::asking::TIERS.iter();
            known
                .find(|(named, ..)| *named == tier)
                .map_or("DEMONSTRATED", |(_, code, _)| *code)
        });
    let own: Published = cell.published(own_tier, POPULATION);
    let measures = [REGISTERED, POPULATION]
        .into_iter()
        .chain(TIERS.iter().map(|(code, _)| *code));
    let percent = cell.target.as_ref().map(|target| target.percent);
    FrozenRow {
        name: String::new(),
        long: String::new(),
        state: None,
        whole: (cell.state == CellState::Pooled).then(|| own_word(words)),
        figures: measures
            .map(|measure| words.people(cell.published(measure, measure).numerator()))
            .collect(),
        share: words.share(own.share()),
        target: percent.map(|percent| words.whole_percent(percent)),
        met: percent.map_or_else(
            || words.unknown(),
            |percent| words.met(own.is_target_met(percent)),
        ),
        here: false,
        href: None,
    }
}

/// A row of an area that has no figures: no report of it was accepted.
fn without(words: Words) -> FrozenRow {
    FrozenRow {
        name: String::new(),
        long: String::new(),
        state: None,
        whole: Some(words.unknown()),
        figures: Vec::new(),
        share: words.unknown(),
        target: None,
        met: words.unknown(),
        here: false,
        href: None,
    }
}

/// The word for a cell that is pooled as a whole.
fn own_word(words: Words) -> Said {
    words.people(Published::read_back(None).numerator())
}

fn measure(words: Words, code: &str) -> String {
    let tier = TIERS.iter().find(|(known, _)| *known == code);
    words.say(match (code, tier) {
        (REGISTERED, _) => "dashboard-measure-registered",
        (POPULATION, _) => "dashboard-measure-population",
        (_, Some((_, key))) => key,
        (_, None) => "dashboard-unknown",
    })
}

fn seen(words: Words, seen: Seen) -> Said {
    words.people(
        Published::read_back(match seen {
            Seen::Exact(people) => Some((Some(people), None)),
            Seen::Pooled => None,
            Seen::Unknown | Seen::Absent => Some((None, None)),
        })
        .numerator(),
    )
}

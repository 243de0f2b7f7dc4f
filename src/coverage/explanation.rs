//! Why a figure is what it is, in words an official can check.

use entity::{ids::AreaId, indicator::Computed};

mod denominator;
mod reported;

pub use denominator::sum_of;

use super::{
    AreaBasis, Cell,
    disclosure::{Figure, Visibility},
    synced::Synced,
};
use crate::{
    areas::Atlas,
    clock::day_in_viet_nam,
    error::{UserError, UserErrorCode},
    learning::{RULE_VERSION, applies::asks_for_disability, tiers::Tier},
    messages::Language,
    programmes::Rulebook,
};

/// One sentence of an explanation.
#[derive(Clone, Debug)]
pub struct Line {
    key: &'static str,
    names: Vec<(&'static str, String)>,
    /// What is called differently in each language: in Vietnamese, in English.
    spoken: Vec<(&'static str, [String; 2])>,
}

/// An explanation.
#[derive(Clone, Debug)]
pub struct Explained {
    /// The rule that counted.
    pub rule: Line,
    /// What else went in.
    pub lines: Vec<Line>,
}

impl Line {
    pub(super) fn new(key: &'static str) -> Self {
        Self {
            key,
            names: Vec::new(),
            spoken: Vec::new(),
        }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.names.push((name, value.to_string()));
        self
    }

    /// Names something that is called differently in each language.
    pub(super) fn spoken(mut self, name: &'static str, vi: &str, en: &str) -> Self {
        self.spoken.push((name, [vi, en].map(str::to_owned)));
        self
    }

    /// The sentence in a language.
    pub fn text(&self, language: Language) -> String {
        let error = UserError::new(UserErrorCode::Invalid, "", self.key);
        let spoken = self.spoken.iter().map(|(name, [vi, en])| match language {
            Language::Vietnamese => (name, vi),
            Language::English => (name, en),
        });
        let names = self.names.iter().map(|(name, value)| (name, value));
        let named = names
            .chain(spoken)
            .fold(error, |error, (name, value)| error.with(name, value));
        named.text(language)
    }
}

/// Explains an answer.
pub fn explain(atlas: &Atlas, rulebook: &Rulebook, cell: &Cell) -> Explained {
    let asked = &cell.asked;
    let indicator = rulebook.indicator_by_id(asked.indicator);
    let computed = indicator.map_or(Computed::Reported, |indicator| indicator.row.computed);
    let months = indicator
        .and_then(|indicator| rulebook.max_age_months(indicator))
        .unwrap_or_default();
    let who = match computed {
        Computed::Caregiver if indicator.is_some_and(|known| asks_for_disability(known)) => {
            "explain-caregivers-disability"
        }
        Computed::Caregiver => "explain-caregivers",
        Computed::Staff => "explain-staff",
        Computed::Union => "explain-union",
        Computed::Child => "explain-children-own",
        Computed::Reported => "explain-not-computed",
    };
    let who = match (asked.is_beside_indicator(), who) {
        (true, "explain-caregivers-disability") => "explain-children-disability",
        (true, _) => "explain-children",
        (false, who) => who,
    };
    let rule = Line::new(who)
        .with("months", months)
        .with("version", RULE_VERSION);
    if let Some(reported) = &cell.reported {
        let mut lines = reported::lines(atlas, cell, reported, indicator.map(|known| &**known));
        lines.extend(areas_and_pools(atlas, cell));
        return Explained { rule, lines };
    }
    let tier = match asked.tier {
        Tier::Reached => "explain-reached",
        Tier::Completed => "explain-completed",
        Tier::Demonstrated => "explain-demonstrated",
        Tier::Retained => "explain-retained",
        Tier::Practised => "explain-practised",
    };
    let mut lines = vec![Line::new(tier), Line::new("explain-exclusions")];
    lines.extend(denominator::lines(atlas, cell));
    lines.push(Line::new(match asked.basis {
        AreaBasis::AsReported => "explain-as-reported",
        AreaBasis::Current => "explain-current",
    }));
    lines.extend(areas_and_pools(atlas, cell));
    lines.extend(since(cell));
    Explained { rule, lines }
}

/// Which areas went in, and whether numbers are too small to be shown.
fn areas_and_pools(atlas: &Atlas, cell: &Cell) -> Vec<Line> {
    let mut lines = areas(atlas, cell);
    if cell.figures.numerator().visibility() == Visibility::Pooled {
        lines.push(Line::new("coverage-pooled"));
    }
    lines
}

/// The names of areas, each as of the day asked about or the nearest of its life.
fn names<'a>(atlas: &Atlas, cell: &Cell, areas: impl IntoIterator<Item = &'a AreaId>) -> String {
    let name = |area: &AreaId| {
        let on = cell.asked.on;
        let day = atlas.area(*area).map_or(on, |known| known.day_within(on));
        atlas.display_name(*area, day)
    };
    let areas = areas.into_iter();
    areas.map(name).collect::<Vec<_>>().join("; ")
}

/// Which areas went in: the successors of a closed one, or those that were merged into an open one.
fn areas(atlas: &Atlas, cell: &Cell) -> Vec<Line> {
    let asked = &cell.asked;
    let mut lines = Vec::new();
    let names = |areas: &[AreaId]| names(atlas, cell, areas);
    let merged = atlas.predecessors(asked.area);
    if cell.counted != [asked.area] {
        lines.push(Line::new("explain-successors").with("areas", names(&cell.counted)));
    } else if !merged.is_empty() && merged != [asked.area] {
        lines.push(Line::new("explain-merged").with("areas", names(&merged)));
    }
    if !cell.unplaced.is_empty() {
        let waiting = cell.not_yet_placed.and_then(Figure::exact);
        lines.push(match waiting {
            Some(people) => Line::new("explain-unplaced-people").with("people", people),
            None => Line::new("explain-unplaced"),
        });
    }
    if cell.widened {
        lines.push(Line::new("explain-widened"));
    }
    lines
}

/// How many of the devices in use have synced since.
pub fn devices(synced: Synced) -> Line {
    let since = day_in_viet_nam(synced.since);
    match synced.percent {
        Some(percent) => Line::new("explain-devices")
            .with("percent", percent)
            .with("since", since),
        None => Line::new("explain-devices-few"),
    }
}

/// Who is in the figure of an area above communes and in no commune, where it may be told and is anybody.
pub fn in_no_commune(people: Figure<u64>) -> Option<Line> {
    let people = people.exact().filter(|people| *people > 0)?;
    Some(Line::new("explain-in-no-commune").with("people", people))
}

/// What has come in since the month of the figure, and when the figure last moved.
fn since(cell: &Cell) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(late) = cell.late.and_then(Figure::exact) {
        lines.push(Line::new("explain-late").with("changes", late));
    }
    if let Some(day) = cell.newest_on {
        lines.push(Line::new("explain-newest").with("day", day));
    }
    lines
}

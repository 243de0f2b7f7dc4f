//! Why a figure is what it is, in words an official can check.

use entity::indicator::Computed;

mod reported;

use super::{Cell, DenominatorKind, disclosure::Visibility};
use crate::{
    areas::Atlas,
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
    fn new(key: &'static str) -> Self {
        Self {
            key,
            names: Vec::new(),
        }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.names.push((name, value.to_string()));
        self
    }

    /// The sentence in a language.
    pub fn text(&self, language: Language) -> String {
        let error = UserError::new(UserErrorCode::Invalid, "", self.key);
        let named = self
            .names
            .iter()
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
        Computed::Child | Computed::Reported => "explain-not-computed",
    };
    let rule = Line::new(who)
        .with("months", months)
        .with("version", RULE_VERSION);
    if let Some(reported) = &cell.reported {
        let mut lines = reported::lines(atlas, cell, reported);
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
    lines.push(match (asked.denominator, cell.register.as_slice()) {
        (DenominatorKind::Registered, _) => Line::new("explain-denominator-registered"),
        (DenominatorKind::Population, []) => Line::new("explain-denominator-unknown"),
        (DenominatorKind::Population, [value, ..]) => Line::new("explain-denominator-register")
            .with("source", &value.source)
            .with("from", value.period_from)
            .with("to", value.period_to),
    });
    lines.extend(areas_and_pools(atlas, cell));
    Explained { rule, lines }
}

/// The areas that were added for a closed one, and whether numbers are too small to be shown.
fn areas_and_pools(atlas: &Atlas, cell: &Cell) -> Vec<Line> {
    let mut lines = Vec::new();
    if cell.counted != [cell.asked.area] {
        let names: Vec<_> = cell
            .counted
            .iter()
            .map(|area| atlas.display_name(*area, cell.asked.on))
            .collect();
        lines.push(Line::new("explain-successors").with("areas", names.join("; ")));
    }
    if cell.widened {
        lines.push(Line::new("explain-widened"));
    }
    if cell.figures.numerator().visibility() == Visibility::Pooled {
        lines.push(Line::new("coverage-pooled"));
    }
    lines
}
